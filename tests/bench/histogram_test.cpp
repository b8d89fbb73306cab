#include "bench/load/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace giro::load {
namespace {

TEST(Histogram, HasNothingToSayBeforeItsFirstValue) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.max(), 0U);
  EXPECT_EQ(histogram.at_percentile(99), 0U);
}

TEST(Histogram, IsExactBelow2048) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 1'000; ++value) histogram.record(value);
  EXPECT_EQ(histogram.at_percentile(0), 1U);
  EXPECT_EQ(histogram.at_percentile(50), 500U);
  EXPECT_EQ(histogram.at_percentile(99.9), 999U);
  EXPECT_EQ(histogram.at_percentile(100), 1'000U);
}

TEST(Histogram, GivesItsLargestValueExactly) {
  Histogram histogram;
  histogram.record(1'234'567'891);
  EXPECT_EQ(histogram.max(), 1'234'567'891U);
  EXPECT_EQ(histogram.at_percentile(50), 1'234'567'891U);
}

TEST(Histogram, CountsWhatIsTooLargeAsItsLimit) {
  Histogram histogram;
  histogram.record(~std::uint64_t{0});
  EXPECT_EQ(histogram.count(), 1U);
  EXPECT_EQ(histogram.max(), (std::uint64_t{1} << 40) - 1);
}

RC_GTEST_PROP(Histogram, KnowsAnyPercentileToThreeDigits, ()) {
  auto values = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::uint64_t>>(
      rc::gen::inRange<std::uint64_t>(0, std::uint64_t{1} << 40)));
  const double percent = *rc::gen::element(0.0, 10.0, 50.0, 90.0, 99.0, 99.9, 100.0);
  Histogram histogram;
  for (const std::uint64_t value : values) histogram.record(value);
  std::ranges::sort(values);
  const double wanted = std::ceil(static_cast<double>(values.size()) * percent / 100.0);
  const std::size_t rank = std::max<std::size_t>(static_cast<std::size_t>(wanted), 1);
  const std::uint64_t exact = values[rank - 1];
  const std::uint64_t found = histogram.at_percentile(percent);
  RC_ASSERT(found >= exact);
  RC_ASSERT(found - exact <= exact / 1'000);
}

}  // namespace
}  // namespace giro::load
