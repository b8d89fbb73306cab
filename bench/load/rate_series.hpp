// How much was done by when: from this come the rate over time and the rate of any part of a run.
//
// What always holds: points rise in time and in what is done; at most a point each 5 ms, so that
// memory is bounded by the length of the run. Thread: one at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace giro::load {

using Clock = std::chrono::steady_clock;

class RateSeries {
 public:
  struct Point {
    double seconds = 0;  // Since start().
    std::uint64_t done = 0;
  };
  struct Rate {
    double seconds = 0;  // The end of the interval.
    double per_second = 0;
  };

  void start(Clock::time_point now);
  void add(Clock::time_point now, std::uint64_t units);
  // Keeps the last figures too. REQUIRES: nothing is added after it.
  void finish();

  [[nodiscard]] std::uint64_t done() const { return done_; }
  // Until the last unit was done.
  [[nodiscard]] double seconds() const { return last_; }
  [[nodiscard]] double rate() const;
  // Of the units after the first `from` until `to`. REQUIRES: from < to <= done().
  [[nodiscard]] double rate_between(std::uint64_t from, std::uint64_t to) const;
  // The run cut into `parts` of equal time.
  [[nodiscard]] std::vector<Rate> over_time(unsigned parts) const;

 private:
  [[nodiscard]] double seconds_when(double done) const;
  [[nodiscard]] double done_at(double seconds) const;

  Clock::time_point begun_;
  std::vector<Point> points_ = std::vector<Point>(1);  // Never empty.
  std::uint64_t done_ = 0;
  double last_ = 0;
};

}  // namespace giro::load
