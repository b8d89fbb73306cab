// Three whole nodes of a cluster in one thread, from five hundred seeds: whatever fails, no payment that was answered is lost
// or decided twice, what was answered before another was sent has the lower seq, every request gets its outcome, and in
// the end there are three equal ledgers that say what a second model decides. A seed leads to the same end each time.
//
//   GIRO_SEED=17 build/release/tests/cluster_simulation_test --gtest_filter='*OneSeed'
//   GIRO_SEEDS=501-20000 build/release/tests/cluster_simulation_test --gtest_filter='*ManySeeds'
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "tests/simulation/cluster_world.hpp"

namespace giro::test {
namespace {

constexpr std::uint64_t kSeeds = 500;
constexpr std::uint64_t kSeedsATest = 50;

ClusterEnding run(std::uint64_t seed) {
  SCOPED_TRACE("Again: GIRO_SEED=" + std::to_string(seed) +
               " build/release/tests/cluster_simulation_test --gtest_filter='*OneSeed'");
  ClusterEnding ending = ClusterWorld(seed).run();
  EXPECT_EQ(ending.wrong, "");
  return ending;
}

class ThreeWholeNodes : public testing::TestWithParam<std::uint64_t> {};

TEST_P(ThreeWholeNodes, KeepEveryPromiseWhateverFails) {
  ClusterEnding all;
  for (std::uint64_t seed = GetParam() + 1; seed <= GetParam() + kSeedsATest; ++seed) {
    const ClusterEnding ending = run(seed);
    ASSERT_FALSE(HasFailure());
    all.deaths += ending.deaths;
    all.cuts += ending.cuts;
    all.groups += ending.groups;
    all.entries += ending.entries;
    all.by_itself += ending.by_itself;
    all.with_node += ending.with_node;
    all.without_node += ending.without_node;
  }
  EXPECT_GT(all.deaths, kSeedsATest) << "most runs see nodes die";
  EXPECT_GT(all.cuts, kSeedsATest) << "and cut off";
  EXPECT_GT(all.groups, 20 * kSeedsATest);
  EXPECT_GT(all.entries, 30 * kSeedsATest);
  EXPECT_GT(all.by_itself, kSeedsATest / 2) << "holds that expire, and scheduled payments";
  EXPECT_GT(all.with_node, all.entries / 4) << "entries by the newest rules";
  EXPECT_GT(all.without_node, all.entries / 10)
      << "and by those before, while a node knows no others";
}

INSTANTIATE_TEST_SUITE_P(FiftySeedsFrom, ThreeWholeNodes,
                         testing::Range<std::uint64_t>(0, kSeeds, kSeedsATest));

TEST(ThreeWholeNodes, EndTheSameTwice) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const ClusterEnding first = run(seed);
    const ClusterEnding second = run(seed);
    EXPECT_EQ(first.digest, second.digest);
    EXPECT_EQ(first.heard, second.heard);
  }
}

TEST(ThreeWholeNodes, FollowManySeeds) {
  const char* seeds = std::getenv("GIRO_SEEDS");
  if (seeds == nullptr) GTEST_SKIP() << "GIRO_SEEDS says which";
  const std::string text(seeds);
  const std::uint64_t last = std::stoull(text.substr(text.find('-') + 1));
  for (std::uint64_t seed = std::stoull(text); seed <= last; ++seed) {
    (void)run(seed);
    ASSERT_FALSE(HasFailure());
  }
}

TEST(ThreeWholeNodes, FollowOneSeed) {
  const char* seed = std::getenv("GIRO_SEED");
  if (seed == nullptr) GTEST_SKIP() << "GIRO_SEED names none";
  (void)run(std::stoull(seed));
}

}  // namespace
}  // namespace giro::test
