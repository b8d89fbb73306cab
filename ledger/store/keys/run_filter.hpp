// As much of a run's Bloom filter as memory has room for: its first blocks, read from the file piece by
// piece. A fingerprint whose block isn't in memory is looked for in the file. Thread: the store's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "ledger/state/prefetch.hpp"
#include "ledger/store/keys/bloom_filter.hpp"
#include "ledger/store/keys/zeroed_pages.hpp"

namespace giro::store {

class RunFilter {
 public:
  RunFilter() = default;
  // Of a filter of so many blocks; none of them is in memory yet.
  explicit RunFilter(std::uint64_t blocks) : blocks_(blocks) {}

  // In the part that is in memory, and not among its keys: the usual case.
  [[nodiscard]] bool rules_out(const BloomProbe& probe) const {
    const std::uint64_t index = part_of(probe.fingerprint(), blocks_);
    return index < loaded_ && !block(index).maybe(probe);
  }
  // What rules_out() says may be trusted: its block is in memory.
  [[nodiscard]] bool knows(const BloomProbe& probe) const {
    return part_of(probe.fingerprint(), blocks_) < loaded_;
  }
  void prefetch(std::uint64_t fingerprint) const {
    const std::uint64_t index = part_of(fingerprint, blocks_);
    if (index < loaded_) giro::prefetch(&block(index));
  }

  // The room that it gets, in bytes; what is beyond goes. Returns how many it may take.
  std::uint64_t set_room(std::uint64_t bytes) {
    const std::uint64_t room = bytes / sizeof(BloomBlock);
    // All, or whole chunks: those are given back one by one.
    room_ = room >= blocks_ ? blocks_ : room / kBlocksInChunk * kBlocksInChunk;
    chunks_.resize(std::min<std::uint64_t>(chunks_.size(), chunks_for(room_)));
    loaded_ = std::min(loaded_, room_);
    return room_ * sizeof(BloomBlock);
  }
  // The number of blocks in memory; there is room for more of them.
  [[nodiscard]] std::uint64_t loaded() const { return loaded_; }
  [[nodiscard]] bool wants_more() const { return loaded_ < room_; }
  // The next ones. REQUIRES: wants_more().
  void load(std::span<const BloomBlock> next) {
    for (const BloomBlock& block :
         next.first(std::min<std::uint64_t>(next.size(), room_ - loaded_))) {
      if (loaded_ % kBlocksInChunk == 0) {
        chunks_.emplace_back(std::min(kBlocksInChunk, blocks_ - loaded_));
      }
      chunks_.back()[loaded_++ % kBlocksInChunk] = block;
    }
  }
  // What comes next can't be read: what is in memory stays.
  void stop_loading() { room_ = loaded_; }

 private:
  static constexpr std::uint64_t kBlocksInChunk = 65'536;  // 2 MiB, a large page.
  using Chunk = std::vector<BloomBlock, ZeroedPages<BloomBlock>>;

  [[nodiscard]] static std::uint64_t chunks_for(std::uint64_t blocks) {
    return (blocks + kBlocksInChunk - 1) / kBlocksInChunk;
  }
  [[nodiscard]] const BloomBlock& block(std::uint64_t index) const {
    return chunks_[index / kBlocksInChunk][index % kBlocksInChunk];
  }

  std::uint64_t blocks_ = 1;
  std::uint64_t room_ = 0;
  std::uint64_t loaded_ = 0;
  std::vector<Chunk> chunks_;
};

}  // namespace giro::store
