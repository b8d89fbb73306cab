// Random operations of every kind, decided by the ledger with its file and by the second model beside it, with
// restarts and crashes in between: every answer, balance, statement and alert is equal, and a seed leads to
// the same end each time.
//
//   GIRO_LONG=1 build/release/tests/whole_tests --gtest_filter='*Model*'     1,000,000 operations, 20 seeds
//   GIRO_SEED=17 build/release/tests/whole_tests --gtest_filter='*OneSeed'   one seed, 50,000 operations
#include <cstdlib>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/whole/beside.hpp"

namespace giro::test {
namespace {

constexpr std::uint64_t kSeeds = 20;
constexpr std::uint64_t kLong = 50'000;  // A seed.

std::uint64_t operations() {
  constexpr std::uint64_t kShort = 10'000;
  return std::getenv("GIRO_LONG") != nullptr ? kLong : kShort;
}

std::string repeat(std::uint64_t seed) {
  return "\nAgain: GIRO_SEED=" + std::to_string(seed) +
         " build/release/tests/whole_tests --gtest_filter='*OneSeed'";
}

void expect_often(std::uint64_t times, std::string_view what) {
  EXPECT_GT(times, kSeeds) << what << " occurred too rarely for this test to say anything of it";
  testing::Test::RecordProperty(std::string(what), std::to_string(times));
}

void expect_all_kinds(Coverage& seen) {
  expect_often(seen.codes[Rejection::none], "applied");
  for (const Rejection code : all_rejections()) expect_often(seen.codes[code], name(code));
  for (int number = 0; number <= static_cast<int>(EntryKind::books); ++number) {
    const auto kind = static_cast<EntryKind>(number);
    expect_often(seen.applied[kind], "kind_" + std::to_string(number));
  }
  expect_often(seen.replays, "replays");
  expect_often(seen.conflicts, "conflicts");
  expect_often(seen.keys_of_others, "keys_of_others");
  expect_often(seen.rehearsals, "rehearsals");
  expect_often(seen.groups_applied, "groups_applied");
  expect_often(seen.groups_rejected, "groups_rejected");
  expect_often(seen.groups_replayed, "groups_replayed");
  expect_often(seen.groups_in_conflict, "groups_in_conflict");
  expect_often(seen.crossed, "crossed_lines");
  expect_often(seen.questions, "questions");
  expect_often(seen.restarts, "restarts");
  expect_often(seen.crashes, "crashes");
}

TEST(Whole, IsWhatTheSecondModelSaysOverTwentySeeds) {
  Coverage seen;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Beside beside(seed);
    beside.run(operations());
    ASSERT_EQ(beside.wrong(), "") << repeat(seed);
    seen.add(beside.coverage());
  }
  expect_all_kinds(seen);
}

TEST(Whole, EndsTheSameForTheSameSeed) {
  constexpr std::uint64_t kFew = 2'000;
  Beside first(7);
  Beside second(7);
  Beside other(8);
  for (Beside* each : {&first, &second, &other}) {
    each->run(kFew);
    ASSERT_EQ(each->wrong(), "");
  }
  EXPECT_EQ(first.digest(), second.digest());
  EXPECT_NE(first.digest(), other.digest());
}

TEST(Whole, FollowsOneSeed) {
  const char* seed = std::getenv("GIRO_SEED");
  if (seed == nullptr) GTEST_SKIP() << "GIRO_SEED names none";
  Beside beside(std::stoull(seed));
  beside.run(kLong);
  EXPECT_EQ(beside.wrong(), "");
}

}  // namespace
}  // namespace giro::test
