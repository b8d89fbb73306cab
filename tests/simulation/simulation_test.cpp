// The whole of Giro in one thread, on a disk that fails and loses power, from two thousand seeds: no payment
// that was answered is lost or decided twice, every request is answered, what is decided is what a second model
// decides, events come without a gap, the ledger verifies, and a seed leads to the same end each time, to the
// last byte that a client hears.
//
//   GIRO_SEED=17 build/release/tests/simulation_test --gtest_filter='*OneSeed'
//   GIRO_SEEDS=2001-100000 build/release/tests/simulation_test --gtest_filter='*ManySeeds'
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "tests/simulation/world.hpp"

namespace giro::test {
namespace {

constexpr std::uint64_t kSeeds = 2'000;
constexpr std::uint64_t kSeedsATest = 100;

// What a seed led to, both times.
Ending run_twice(std::uint64_t seed) {
  SCOPED_TRACE("Again: GIRO_SEED=" + std::to_string(seed) +
               " build/release/tests/simulation_test --gtest_filter='*OneSeed'");
  Ending first = World(seed).run();
  EXPECT_EQ(first.wrong, "");
  const Ending second = World(seed).run();
  EXPECT_EQ(first.digest, second.digest);
  EXPECT_EQ(first.heard, second.heard);
  return first;
}

class Simulation : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Simulation, KeepsEveryPromiseWhateverFailsAndEndsTheSameTwice) {
  Ending all;
  for (std::uint64_t seed = GetParam() + 1; seed <= GetParam() + kSeedsATest; ++seed) {
    const Ending ending = run_twice(seed);
    ASSERT_FALSE(HasFailure());
    all.lives += ending.lives;
    all.faults += ending.faults;
    all.reads_failed += ending.reads_failed;
    all.entries += ending.entries;
    all.by_itself += ending.by_itself;
    all.in_groups += ending.in_groups;
    all.of_many += ending.of_many;
  }
  EXPECT_GT(all.lives, 3 * kSeedsATest) << "most runs see several daemons die";
  EXPECT_GT(all.faults, kSeedsATest) << "and the disk fail";
  EXPECT_GT(all.reads_failed, kSeedsATest / 2) << "when it is read, too";
  EXPECT_GT(all.entries, 30 * kSeedsATest);
  EXPECT_GT(all.by_itself, kSeedsATest / 2) << "holds that expire, and scheduled payments";
  EXPECT_GT(all.in_groups, kSeedsATest);
  EXPECT_GT(all.of_many, kSeedsATest);
}

INSTANTIATE_TEST_SUITE_P(HundredSeedsFrom, Simulation,
                         testing::Range<std::uint64_t>(0, kSeeds, kSeedsATest));

TEST(Simulation, FollowsManySeeds) {
  const char* seeds = std::getenv("GIRO_SEEDS");
  if (seeds == nullptr) GTEST_SKIP() << "GIRO_SEEDS says which";
  const std::string text(seeds);
  const std::uint64_t last = std::stoull(text.substr(text.find('-') + 1));
  for (std::uint64_t seed = std::stoull(text); seed <= last; ++seed) {
    (void)run_twice(seed);
    ASSERT_FALSE(HasFailure());
  }
}

TEST(Simulation, FollowsOneSeed) {
  const char* seed = std::getenv("GIRO_SEED");
  if (seed == nullptr) GTEST_SKIP() << "GIRO_SEED names none";
  (void)run_twice(std::stoull(seed));
}

}  // namespace
}  // namespace giro::test
