#include "bench/load/rate_series.hpp"

#include <algorithm>

namespace giro::load {
namespace {

constexpr double kPointInterval = 0.005;

}  // namespace

void RateSeries::start(Clock::time_point now) {
  begun_ = now;
  points_.assign(1, Point{});
  done_ = 0;
  last_ = 0;
}

void RateSeries::add(Clock::time_point now, std::uint64_t units) {
  done_ += units;
  last_ = std::chrono::duration<double>(now - begun_).count();
  if (last_ - points_.back().seconds >= kPointInterval) points_.push_back({last_, done_});
}

void RateSeries::finish() {
  if (points_.back().done == done_) return;
  points_.push_back({last_, done_});
}

double RateSeries::rate() const {
  return last_ > 0 ? static_cast<double>(done_) / last_ : 0;
}

double RateSeries::rate_between(std::uint64_t from, std::uint64_t to) const {
  const auto units = static_cast<double>(to - from);
  const double time =
      seconds_when(static_cast<double>(to)) - seconds_when(static_cast<double>(from));
  return time > 0 ? units / time : 0;
}

std::vector<RateSeries::Rate> RateSeries::over_time(unsigned parts) const {
  std::vector<Rate> rates;
  if (last_ <= 0) return rates;
  const double width = last_ / parts;
  double before = 0;
  for (unsigned part = 1; part <= parts; ++part) {
    const double end = width * part;
    const double after = done_at(end);
    rates.push_back({end, (after - before) / width});
    before = after;
  }
  return rates;
}

double RateSeries::seconds_when(double done) const {
  const auto above = std::ranges::lower_bound(
      points_, done, {}, [](const Point& point) { return static_cast<double>(point.done); });
  if (above == points_.begin()) return 0;
  if (above == points_.end()) return last_;
  const Point& below = *(above - 1);
  const double share =
      (done - static_cast<double>(below.done)) / static_cast<double>(above->done - below.done);
  return below.seconds + share * (above->seconds - below.seconds);
}

double RateSeries::done_at(double seconds) const {
  const auto above = std::ranges::lower_bound(points_, seconds, {}, &Point::seconds);
  if (above == points_.begin()) return 0;
  if (above == points_.end()) return static_cast<double>(done_);
  const Point& below = *(above - 1);
  const double share = (seconds - below.seconds) / (above->seconds - below.seconds);
  return static_cast<double>(below.done) + share * static_cast<double>(above->done - below.done);
}

}  // namespace giro::load
