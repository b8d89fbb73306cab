// The whole of Giro in one thread, on a disk that fails and loses power, from a thousand seeds: no payment
// that was answered is lost or decided twice, every request is answered, events come without a gap, the ledger
// verifies, and a seed leads to the same end each time, to the last byte that a client hears.
//
//   GIRO_SEED=17 build/release/tests/simulation_test --gtest_filter='*OneSeed'
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "tests/simulation/world.hpp"

namespace giro::test {
namespace {

// What a seed led to, both times.
Ending run_twice(std::uint64_t seed) {
  SCOPED_TRACE("GIRO_SEED=" + std::to_string(seed));
  Ending first = World(seed).run();
  EXPECT_EQ(first.wrong, "");
  const Ending second = World(seed).run();
  EXPECT_EQ(first.digest, second.digest);
  EXPECT_EQ(first.heard, second.heard);
  return first;
}

class Simulation : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Simulation, KeepsEveryPromiseWhateverFailsAndEndsTheSameTwice) {
  constexpr std::uint64_t kSeeds = 100;
  std::uint64_t lives = 0;
  std::uint64_t faults = 0;
  for (std::uint64_t seed = GetParam() + 1; seed <= GetParam() + kSeeds; ++seed) {
    const Ending ending = run_twice(seed);
    ASSERT_FALSE(HasFailure());
    lives += ending.lives;
    faults += ending.faults;
  }
  EXPECT_GT(lives, 3 * kSeeds) << "most runs see several daemons die";
  EXPECT_GT(faults, kSeeds) << "and the disk fail";
}

INSTANTIATE_TEST_SUITE_P(HundredSeedsFrom, Simulation, testing::Range<std::uint64_t>(0, 1'000, 100));

TEST(Simulation, FollowsOneSeed) {
  const char* seed = std::getenv("GIRO_SEED");
  if (seed == nullptr) GTEST_SKIP() << "GIRO_SEED names none";
  (void)run_twice(std::stoull(seed));
}

}  // namespace
}  // namespace giro::test
