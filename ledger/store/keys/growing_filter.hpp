// One Bloom filter for keys whose number isn't known beforehand: parts, each of them larger than the
// one before up to a limit; a full part is followed by the next (Almeida, Baquero, Preguica and
// Hutchison, "Scalable Bloom filters", 2007). A look-up costs a cache miss a part. Adding costs none:
// a key is added right after it was looked up. Thread: one at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ledger/entry/entry.hpp"
#include "ledger/store/keys/bloom_filter.hpp"

namespace giro::store {

class GrowingFilter {
 public:
  // The first part has room for `keys_at_first`, the largest for `keys_at_most`.
  GrowingFilter(std::uint64_t keys_at_first, std::uint64_t keys_at_most)
      : keys_of_next_(keys_at_first), keys_at_most_(keys_at_most) {}

  // REQUIRES: seqs don't fall.
  void add(const BloomProbe& probe, Seq seq) {
    if (parts_.empty() || parts_.back().keys == parts_.back().keys_max) add_part();
    Part& part = parts_.back();
    part.filter.add(probe);
    part.last_seq = seq;
    ++part.keys;
  }

  [[nodiscard]] bool maybe(const BloomProbe& probe) const {
    return std::ranges::any_of(parts_, [&](const Part& part) { return part.filter.maybe(probe); });
  }

  void prefetch(std::uint64_t fingerprint) const {
    for (const Part& part : parts_) part.filter.prefetch(fingerprint);
  }

  // Keys up to `seq` needn't be found any more: drops the parts that hold no others.
  void forget_until(Seq seq) {
    std::erase_if(parts_, [&](const Part& part) { return part.last_seq <= seq; });
  }

  [[nodiscard]] std::size_t part_count() const { return parts_.size(); }

 private:
  struct Part {
    BloomFilter filter;
    std::uint64_t keys = 0;
    std::uint64_t keys_max = 0;
    Seq last_seq = 0;
  };
  static constexpr std::uint64_t kGrowth = 8;
  // One look-up in two hundred says "maybe" for a key that isn't there.
  static constexpr std::size_t kBitsPerKey = 12;

  void add_part() {
    parts_.push_back(
        {.filter = BloomFilter(keys_of_next_, kBitsPerKey), .keys_max = keys_of_next_});
    keys_of_next_ = std::min(keys_of_next_ * kGrowth, keys_at_most_);
  }

  std::uint64_t keys_of_next_;
  std::uint64_t keys_at_most_;
  std::vector<Part> parts_;
};

}  // namespace giro::store
