// A Bloom filter whose eight bits for a fingerprint lie in one 32-byte block: one cache miss a
// look-up, hit or miss. Split-block filter as in Putze, Sanders and Singler, "Cache-, hash- and
// space-efficient Bloom filters" (2007), in the layout of Apache Parquet's specification.
// Which block it is, the upper half of the fingerprint says: keys in order of their fingerprints fill
// the blocks in order. Thread: reading, any; adding, one.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "ledger/state/prefetch.hpp"
#include "ledger/store/keys/zeroed_pages.hpp"

namespace giro::store {

// Which of `count` equal parts of all fingerprints this one lies in; rises with the fingerprint.
[[nodiscard]] inline std::uint64_t part_of(std::uint64_t fingerprint, std::uint64_t count) {
  return ((fingerprint >> 32) * count) >> 32;
}

// A fingerprint as filters look for it: worked out once, asked of many filters. Made of a fingerprint
// without a word, so that one filter can be asked for one as well.
class BloomProbe {
 public:
  BloomProbe(std::uint64_t fingerprint) : fingerprint_(fingerprint) {
    for (std::size_t i = 0; i < kSalts.size(); ++i) {
      bits_[i] = std::uint32_t{1} << ((static_cast<std::uint32_t>(fingerprint) * kSalts[i]) >> 27);
    }
  }
  [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }

 private:
  friend struct BloomBlock;

  // Odd multipliers of the specification.
  static constexpr std::array<std::uint32_t, 8> kSalts{0x47b6137bU, 0x44974d91U, 0x8824ad5bU,
                                                       0xa2b7289dU, 0x705495c7U, 0x2df1424bU,
                                                       0x9efc4947U, 0x5c6bfb31U};

  std::uint64_t fingerprint_;  // The upper half chooses the block, the lower half the bits.
  std::array<std::uint32_t, 8> bits_{};
};

struct alignas(32) BloomBlock {
  std::array<std::uint32_t, 8> words{};

  void add(const BloomProbe& probe) {
    for (std::size_t i = 0; i < words.size(); ++i) words[i] |= probe.bits_[i];
  }
  [[nodiscard]] bool maybe(const BloomProbe& probe) const {
    std::uint32_t missing = 0;
    for (std::size_t i = 0; i < words.size(); ++i) missing |= probe.bits_[i] & ~words[i];
    return missing == 0;
  }
};
static_assert(std::endian::native == std::endian::little, "the words go to the file as they lie");

[[nodiscard]] inline std::uint64_t bloom_blocks_for(std::uint64_t keys, std::size_t bits_per_key) {
  return std::max<std::uint64_t>(1, (keys * bits_per_key + 255) / 256);
}

class BloomFilter {
 public:
  BloomFilter(std::uint64_t keys, std::size_t bits_per_key)
      : blocks_(bloom_blocks_for(keys, bits_per_key)) {}

  void add(const BloomProbe& probe) { blocks_[index(probe.fingerprint())].add(probe); }
  [[nodiscard]] bool maybe(const BloomProbe& probe) const {
    return blocks_[index(probe.fingerprint())].maybe(probe);
  }
  void prefetch(std::uint64_t fingerprint) const { giro::prefetch(&blocks_[index(fingerprint)]); }

 private:
  [[nodiscard]] std::size_t index(std::uint64_t fingerprint) const {
    return part_of(fingerprint, blocks_.size());
  }

  std::vector<BloomBlock, ZeroedPages<BloomBlock>> blocks_;
};

}  // namespace giro::store
