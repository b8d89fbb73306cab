// One filter for any number of keys: it never misses one, and forgets only what it may.
#include "ledger/store/keys/growing_filter.hpp"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace giro::test {
namespace {

using store::GrowingFilter;

std::vector<std::uint64_t> random_keys(std::size_t count) {
  std::mt19937_64 random(3);
  std::vector<std::uint64_t> keys(count);
  for (std::uint64_t& key : keys) key = random();
  return keys;
}

TEST(GrowingFilter, FindsEveryKeyInWhicheverPartItIs) {
  GrowingFilter filter(100, 800);
  const std::vector<std::uint64_t> keys = random_keys(5'000);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    filter.add(keys[i], i + 1);
    ASSERT_TRUE(filter.maybe(keys[i]));
  }
  for (const std::uint64_t key : keys) ASSERT_TRUE(filter.maybe(key));
  // 100 + 800 + 800 + ...
  EXPECT_EQ(filter.part_count(), 8U);
}

TEST(GrowingFilter, SaysMaybeToFewOtherKeys) {
  GrowingFilter filter(1'000, 8'000);
  const std::vector<std::uint64_t> keys = random_keys(109'000);
  for (std::size_t i = 0; i < 9'000; ++i) filter.add(keys[i], i + 1);
  int wrong = 0;
  for (std::size_t i = 9'000; i < keys.size(); ++i) wrong += filter.maybe(keys[i]);
  EXPECT_LT(wrong, 1'500) << "of 100,000, with two full parts of which each errs once in 200";
}

TEST(GrowingFilter, ForgetsAPartOnceAllOfItMayBeForgotten) {
  GrowingFilter filter(100, 100);
  const std::vector<std::uint64_t> keys = random_keys(250);
  for (std::size_t i = 0; i < keys.size(); ++i) filter.add(keys[i], i + 1);
  ASSERT_EQ(filter.part_count(), 3U);
  filter.forget_until(99);
  EXPECT_EQ(filter.part_count(), 3U);
  filter.forget_until(150);
  EXPECT_EQ(filter.part_count(), 2U);
  for (std::size_t i = 150; i < keys.size(); ++i) ASSERT_TRUE(filter.maybe(keys[i]));
  filter.forget_until(250);
  EXPECT_EQ(filter.part_count(), 0U);
  filter.add(keys[0], 251);
  EXPECT_TRUE(filter.maybe(keys[0]));
}

TEST(GrowingFilter, IsEmptyAtFirst) {
  EXPECT_FALSE(GrowingFilter(10, 10).maybe(42));
}

}  // namespace
}  // namespace giro::test
