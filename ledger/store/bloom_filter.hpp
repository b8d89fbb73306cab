// A Bloom filter whose eight bits for a fingerprint lie in one 32-byte block: one cache miss a
// look-up, hit or miss. Split-block filter as in Putze, Sanders and Singler, "Cache-, hash- and
// space-efficient Bloom filters" (2007), in the layout of Apache Parquet's specification.
// With kBitsPerKey = 16 about one look-up in a thousand says "maybe" for a fingerprint that isn't
// there. Thread: reading, any; adding, one.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "ledger/prefetch.hpp"
#include "ledger/store/zeroed_pages.hpp"

namespace giro::store {

// A fingerprint as filters look for it: worked out once, asked of many filters. Made of a fingerprint
// without a word, so that one filter can be asked for one as well.
class BloomProbe {
 public:
  BloomProbe(std::uint64_t fingerprint) : upper_(fingerprint >> 32) {
    for (std::size_t i = 0; i < kSalts.size(); ++i) {
      bits_[i] = std::uint32_t{1} << ((static_cast<std::uint32_t>(fingerprint) * kSalts[i]) >> 27);
    }
  }

 private:
  friend class BloomFilter;

  // Odd multipliers of the specification.
  static constexpr std::array<std::uint32_t, 8> kSalts{0x47b6137bU, 0x44974d91U, 0x8824ad5bU,
                                                       0xa2b7289dU, 0x705495c7U, 0x2df1424bU,
                                                       0x9efc4947U, 0x5c6bfb31U};

  std::uint64_t upper_;  // Chooses the block; the lower half of the fingerprint chooses the bits.
  std::array<std::uint32_t, 8> bits_{};
};

class BloomFilter {
 public:
  static constexpr std::size_t kBitsPerKey = 16;

  BloomFilter() = default;
  explicit BloomFilter(std::uint64_t keys)
      : blocks_(std::max<std::uint64_t>(1, (keys * kBitsPerKey + 255) / 256)) {}
  // Takes over what bytes() gave. A number of bytes that can't be gives a filter that says "maybe" to
  // all: no key is lost to it.
  explicit BloomFilter(std::span<const std::uint8_t> bytes)
      : blocks_(bytes.size() % sizeof(Block) == 0 ? bytes.size() / sizeof(Block) : 0) {
    std::copy_n(bytes.data(), blocks_.size() * sizeof(Block),
                reinterpret_cast<std::uint8_t*>(blocks_.data()));
  }

  void add(const BloomProbe& probe) {
    Block& block = blocks_[index(probe.upper_)];
    for (std::size_t i = 0; i < block.words.size(); ++i) block.words[i] |= probe.bits_[i];
  }

  [[nodiscard]] bool maybe(const BloomProbe& probe) const {
    if (blocks_.empty()) return true;
    const Block& block = blocks_[index(probe.upper_)];
    std::uint32_t missing = 0;
    for (std::size_t i = 0; i < block.words.size(); ++i) {
      missing |= probe.bits_[i] & ~block.words[i];
    }
    return missing == 0;
  }

  void prefetch(std::uint64_t fingerprint) const {
    if (!blocks_.empty()) giro::prefetch(&blocks_[index(fingerprint >> 32)]);
  }

  [[nodiscard]] std::span<const std::uint8_t> bytes() const {
    return {reinterpret_cast<const std::uint8_t*>(blocks_.data()), blocks_.size() * sizeof(Block)};
  }

 private:
  struct alignas(32) Block {
    std::array<std::uint32_t, 8> words{};
  };
  static_assert(std::endian::native == std::endian::little, "the bytes go to the file as they lie");

  [[nodiscard]] std::size_t index(std::uint64_t upper) const {
    return static_cast<std::size_t>((upper * blocks_.size()) >> 32);
  }

  std::vector<Block, ZeroedPages<Block>> blocks_;
};

}  // namespace giro::store
