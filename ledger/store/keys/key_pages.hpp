// What a key run looks like in the file: rows of about a page each, every one with a checksum.
//
//   key_runs     which payments a run holds the keys of
//   key_blocks   its (fingerprint, seq), sorted. Fingerprints are spread evenly, so a block is the part
//                of their range that has its number: no list of first fingerprints is needed to find it
//   key_filters  a Bloom filter of them, which tells most keys that aren't there without their block
//
// What always holds: a row that was changed, moved to another place or is of another run isn't
// returned but reported as unreadable, so damage never makes an old key look new. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "ledger/store/keys/bloom_filter.hpp"
#include "ledger/store/keys/key_table.hpp"

namespace giro::store {

// Of a run; all that tells where its keys lie.
struct KeyRunInfo {
  std::uint32_t run = 0;  // Its number; rises with time, never used again.
  int level = 0;          // How often its keys were merged.
  Seq first_seq = 0;
  Seq last_seq = 0;
  std::uint64_t keys = 0;

  // On average a block holds this many, so that all but one in 400 fit a 4 KiB page with their row; the
  // rest take a second one.
  static constexpr std::uint64_t kKeysInBlock = 290;
  // About one look-up in a hundred says "maybe" for a key that isn't there (docs/decisions/0007).
  static constexpr std::size_t kFilterBitsPerKey = 10;
  static constexpr std::uint64_t kBloomBlocksInPage = 126;

  [[nodiscard]] std::uint64_t blocks() const {
    return std::max<std::uint64_t>(1, (keys + kKeysInBlock - 1) / kKeysInBlock);
  }
  [[nodiscard]] std::uint64_t bloom_blocks() const {
    return bloom_blocks_for(keys, kFilterBitsPerKey);
  }
  [[nodiscard]] std::uint64_t filter_pages() const {
    return (bloom_blocks() + kBloomBlocksInPage - 1) / kBloomBlocksInPage;
  }
  // For the column `checksum` of its row.
  [[nodiscard]] std::int64_t checksum() const;

  friend bool operator==(const KeyRunInfo&, const KeyRunInfo&) = default;
};

enum class KeyPageKind : std::uint8_t { block, filter };

// A row of key_blocks or key_filters.
struct KeyPage {
  KeyPageKind kind = KeyPageKind::block;
  std::int64_t id = 0;
  std::vector<std::uint8_t> bytes;
};

// The pages' ids, in the order of their index.
[[nodiscard]] inline std::int64_t key_page_id(std::uint32_t run, std::uint64_t index) {
  return static_cast<std::int64_t>((std::uint64_t{run} << 32) | index);
}

// A page isn't there, or isn't what was written.
struct UnreadableKeys : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// 12 bytes a key: the fingerprint and seq - first_seq, which therefore must fit 32 bits.
inline constexpr std::size_t kKeyBytes = 12;

// REQUIRES: sorted, all of this block.
[[nodiscard]] KeyPage make_key_block(const KeyRunInfo& run, std::uint64_t index,
                                     std::span<const KeyEntry> entries);
// REQUIRES: at most kBloomBlocksInPage.
[[nodiscard]] KeyPage make_filter_page(const KeyRunInfo& run, std::uint64_t index,
                                       std::span<const BloomBlock> blocks);

// What a page holds, without its checksum. Throws UnreadableKeys.
[[nodiscard]] std::span<const std::uint8_t> checked_key_page(const KeyRunInfo& run,
                                                             KeyPageKind kind, std::uint64_t index,
                                                             std::span<const std::uint8_t> bytes);

// A block's entries as they lie in its bytes: nothing is copied.
class KeyBlockView {
 public:
  KeyBlockView(std::span<const std::uint8_t> checked, Seq first_seq)
      : bytes_(checked), first_seq_(first_seq) {}

  [[nodiscard]] std::size_t size() const { return bytes_.size() / kKeyBytes; }
  [[nodiscard]] KeyEntry operator[](std::size_t index) const;
  // The first entry that isn't below the fingerprint.
  [[nodiscard]] std::size_t lower_bound(std::uint64_t fingerprint) const;

 private:
  std::span<const std::uint8_t> bytes_;
  Seq first_seq_;
};

}  // namespace giro::store
