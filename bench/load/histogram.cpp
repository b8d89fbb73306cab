#include "bench/load/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace giro::load {
namespace {

// 2,048 values of the first bucket are exact; each further bucket is the upper half of as many,
// twice as wide. So a part is at most 1/1024 of its value.
constexpr unsigned kPartBits = 11;
constexpr std::uint64_t kHalf = std::uint64_t{1} << (kPartBits - 1);
constexpr std::uint64_t kLargest = (std::uint64_t{1} << 40) - 1;

unsigned shift_of(std::uint64_t value) {
  return static_cast<unsigned>(std::bit_width(value | (2 * kHalf - 1))) - kPartBits;
}

std::size_t index_of(std::uint64_t value) {
  const unsigned shift = shift_of(value);
  return shift * kHalf + (value >> shift);
}

// The largest value that index_of() puts here.
std::uint64_t highest_at(std::uint64_t index) {
  if (index < 2 * kHalf) return index;
  const std::uint64_t shift = index / kHalf - 1;
  const std::uint64_t part = index - shift * kHalf;
  return ((part + 1) << shift) - 1;
}

}  // namespace

Histogram::Histogram() : counts_(index_of(kLargest) + 1) {}

void Histogram::record(std::uint64_t nanoseconds) {
  const std::uint64_t value = std::min(nanoseconds, kLargest);
  ++counts_[index_of(value)];
  ++count_;
  max_ = std::max(max_, value);
}

std::uint64_t Histogram::at_percentile(double percent) const {
  const double wanted = std::ceil(static_cast<double>(count_) * percent / 100.0);
  const auto rank = std::max(std::uint64_t{1}, static_cast<std::uint64_t>(wanted));
  std::uint64_t seen = 0;
  for (std::size_t index = 0; index < counts_.size(); ++index) {
    seen += counts_[index];
    if (seen >= rank) return std::min(highest_at(index), max_);
  }
  return max_;
}

}  // namespace giro::load
