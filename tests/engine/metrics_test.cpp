#include "engine/metrics.hpp"

#include <gtest/gtest.h>

namespace giro::test {
namespace {

TEST(Metrics, ADistributionCountsUpToEachBound) {
  Distribution distribution(kItemBounds);
  for (const std::uint64_t value : {1U, 2U, 3U, 10'000U, 10'001U}) distribution.add(value);
  EXPECT_EQ(distribution.count(0), 1U);
  EXPECT_EQ(distribution.count(1), 1U);
  EXPECT_EQ(distribution.count(2), 1U);
  EXPECT_EQ(distribution.count(kItemBounds.size() - 1), 1U);
  EXPECT_EQ(distribution.count(kItemBounds.size()), 1U);
  EXPECT_EQ(distribution.sum(), 20'007U);
}

}  // namespace
}  // namespace giro::test
