#include "bench/load/rate_series.hpp"

#include <gtest/gtest.h>

namespace giro::load {
namespace {

using std::chrono::milliseconds;

// 100 units in the first second, 300 in the second one.
RateSeries two_seconds() {
  RateSeries series;
  const Clock::time_point begin{};
  series.start(begin);
  for (int step = 1; step <= 10; ++step) series.add(begin + milliseconds(100 * step), 10);
  for (int step = 11; step <= 20; ++step) series.add(begin + milliseconds(100 * step), 30);
  series.finish();
  return series;
}

TEST(RateSeries, HasTheRateOfTheWhole) {
  const RateSeries series = two_seconds();
  EXPECT_EQ(series.done(), 400U);
  EXPECT_DOUBLE_EQ(series.seconds(), 2);
  EXPECT_DOUBLE_EQ(series.rate(), 200);
}

TEST(RateSeries, HasTheRateOfAnyPart) {
  const RateSeries series = two_seconds();
  EXPECT_NEAR(series.rate_between(0, 40), 100, 1e-6);
  EXPECT_NEAR(series.rate_between(360, 400), 300, 1e-6);
  EXPECT_NEAR(series.rate_between(0, 400), 200, 1e-6);
}

TEST(RateSeries, CutsTheRunIntoEqualTimes) {
  const auto rates = two_seconds().over_time(4);
  ASSERT_EQ(rates.size(), 4U);
  EXPECT_DOUBLE_EQ(rates[0].seconds, 0.5);
  EXPECT_NEAR(rates[0].per_second, 100, 1e-6);
  EXPECT_NEAR(rates[3].per_second, 300, 1e-6);
}

TEST(RateSeries, KeepsWhatCameCloseTogether) {
  RateSeries series;
  const Clock::time_point begin{};
  series.start(begin);
  for (int step = 1; step <= 1'000; ++step) {
    series.add(begin + std::chrono::microseconds(step), 1);
  }
  series.finish();
  EXPECT_EQ(series.done(), 1'000U);
  EXPECT_NEAR(series.rate_between(0, 1'000), 1e6, 1);
}

TEST(RateSeries, OfNothingIsZero) {
  RateSeries series;
  series.start(Clock::time_point{});
  series.finish();
  EXPECT_EQ(series.rate(), 0);
  EXPECT_TRUE(series.over_time(10).empty());
}

}  // namespace
}  // namespace giro::load
