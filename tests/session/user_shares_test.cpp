#include "session/user_shares.hpp"

#include <optional>

#include <gtest/gtest.h>

namespace giro {
namespace {

constexpr std::uint64_t kMost = 700;

class UserSharesTest : public ::testing::Test {
 protected:
  Holding holding(std::uint32_t uid) { return {shares_.of(uid), Bound::questions}; }
  // As much as the user gets, one by one.
  static std::uint64_t fill(Holding& holding) {
    while (holding.resize(holding.amount() + 1)) {
    }
    return holding.amount();
  }

  UserShares shares_{Amounts{kMost, kMost, kMost, kMost, kMost, kMost}};
};

TEST_F(UserSharesTest, OneUserAloneGetsThreeQuarters) {
  Holding one = holding(1);
  EXPECT_EQ(fill(one), kMost * 3 / 4);
}

TEST_F(UserSharesTest, TwoUsersWhoAskInTurnsGetThreeSeventhsEach) {
  Holding one = holding(1);
  Holding two = holding(2);
  while (one.resize(one.amount() + 1) && two.resize(two.amount() + 1)) {
  }
  EXPECT_NEAR(static_cast<double>(one.amount()), kMost * 3.0 / 7, 1);
  EXPECT_NEAR(static_cast<double>(two.amount()), kMost * 3.0 / 7, 1);
}

TEST_F(UserSharesTest, ANewcomerFindsRoomBesideAFlood) {
  Holding flood = holding(1);
  fill(flood);
  Holding newcomer = holding(2);
  EXPECT_GE(fill(newcomer), 100U);
}

TEST_F(UserSharesTest, ABoundIsOneForAllHoldingsOfAUser) {
  Holding one = holding(1);
  fill(one);
  Holding other = holding(1);
  EXPECT_FALSE(other.resize(1));
}

TEST_F(UserSharesTest, WhatIsLargerThanTheBoundIsTakenByItself) {
  Holding small = holding(2);
  ASSERT_TRUE(small.resize(1));
  Holding large = holding(1);
  EXPECT_FALSE(large.resize(kMost + 1));
  ASSERT_TRUE(small.resize(0));
  EXPECT_TRUE(large.resize(kMost + 1));
}

TEST_F(UserSharesTest, AHoldingIsGivenBackAtItsEndAndMovedWhole) {
  std::optional<Holding> first(holding(1));
  const std::uint64_t all = fill(*first);
  Holding moved = std::move(*first);
  first.reset();
  Holding second = holding(1);
  EXPECT_FALSE(second.resize(1));
  ASSERT_TRUE(moved.resize(0));
  EXPECT_EQ(fill(second), all);
}

TEST_F(UserSharesTest, ALowerBoundTakesNothingAwayAndGivesNothingMore) {
  Holding one = holding(1);
  fill(one);
  shares_.set_most(Bound::questions, 10);
  EXPECT_FALSE(one.resize(one.amount() + 1));
  EXPECT_TRUE(one.resize(7));
}

}  // namespace
}  // namespace giro
