// Counts latencies by their size, like an HDR histogram: buckets that double in width, each cut
// into 1,024 equal parts.
//
// What always holds: any value up to 18 minutes is known to 3 significant digits, larger ones count
// as 18 minutes; record() costs no allocation and no division. Thread: one at a time.
#pragma once

#include <cstdint>
#include <vector>

namespace giro::load {

class Histogram {
 public:
  Histogram();

  void record(std::uint64_t nanoseconds);
  // The value that `percent` of the recorded ones don't exceed; 0 without any.
  // REQUIRES: 0 <= percent <= 100.
  [[nodiscard]] std::uint64_t at_percentile(double percent) const;
  [[nodiscard]] std::uint64_t max() const { return max_; }
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace giro::load
