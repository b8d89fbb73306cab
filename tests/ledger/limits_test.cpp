// Floors, ceilings and 64 bits, at their exact bounds.
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "tests/ledger/builders.hpp"

namespace giro::test {
namespace {

auto with_floor(Amount floor) {
  return [floor](OpenAccountRequest& open) { open.floor = floor; };
}

auto with_ceiling(Amount ceiling) {
  return [ceiling](OpenAccountRequest& open) { open.ceiling = ceiling; };
}

class Limits : public testing::Test {
 protected:
  Limits() {
    book.open("world", without_floor);
    book.open("sink");
  }
  Rejection pay(std::string_view from, std::string_view to, Amount amount) {
    return book.pay(eur(from, to, amount)).outcome;
  }
  // That `from` can pay exactly `available` and not one more.
  void expect_available(std::string_view from, Amount available) {
    EXPECT_EQ(book.available(from), available);
    EXPECT_EQ(pay(from, "sink", available + 1), Rejection::insufficient_funds);
    EXPECT_EQ(pay(from, "sink", available), Rejection::none);
    EXPECT_EQ(book.available(from), 0);
    EXPECT_EQ(pay(from, "sink", 1), Rejection::insufficient_funds);
  }

  Book book;
};

TEST_F(Limits, AnAccountPaysDownToAFloorOfZero) {
  book.open("ada");
  pay("world", "ada", 100);
  expect_available("ada", 100);
  EXPECT_EQ(book.balance("ada"), 0);
}

TEST_F(Limits, AnAccountPaysDownToItsNegativeFloor) {
  book.open("card", with_floor(-500));
  pay("world", "card", 100);
  expect_available("card", 600);
  EXPECT_EQ(book.balance("card"), -500);
}

TEST_F(Limits, AnAccountPaysDownToItsPositiveFloor) {
  book.open("reserve", with_floor(500));
  pay("world", "reserve", 600);
  expect_available("reserve", 100);
  EXPECT_EQ(book.balance("reserve"), 500);
}

TEST_F(Limits, AnAccountBelowItsPositiveFloorReceivesButDoesNotPay) {
  book.open("reserve", with_floor(500));
  EXPECT_EQ(book.available("reserve"), -500);
  EXPECT_EQ(pay("reserve", "sink", 1), Rejection::insufficient_funds);
  EXPECT_EQ(pay("world", "reserve", 200), Rejection::none);
  EXPECT_EQ(book.available("reserve"), -300);
  EXPECT_EQ(pay("reserve", "sink", 1), Rejection::insufficient_funds);
}

TEST_F(Limits, AnAccountWithoutAFloorPaysWithoutLimit) {
  EXPECT_EQ(book.available("world"), std::nullopt);
  EXPECT_EQ(pay("world", "sink", kAmountMax), Rejection::none);
  EXPECT_EQ(book.balance("world"), -kAmountMax);
}

TEST_F(Limits, TheLowestFloorAllowsTheLowestBalance) {
  book.open("deep", with_floor(kNoFloor + 1));
  EXPECT_EQ(book.available("deep"), kAmountMax);
  EXPECT_EQ(pay("deep", "sink", kAmountMax), Rejection::none);
  EXPECT_EQ(book.available("deep"), 0);
}

TEST_F(Limits, MoreThanAllOf64BitsAvailableIsSaidToBeTheMost) {
  book.open("deep", with_floor(kNoFloor + 1));
  pay("world", "deep", 100);
  EXPECT_EQ(book.available("deep"), kAmountMax);
}

TEST_F(Limits, LessThanTheLowestOf64BitsAvailableIsStillBelowZero) {
  const auto available = AccountLimits{.floor = kAmountMax - 1}.available(-kAmountMax, 0);
  ASSERT_TRUE(available);
  EXPECT_LT(*available, 0);
}

TEST_F(Limits, AnAccountRisesToItsCeilingAndNotOver) {
  book.open("jar", with_ceiling(100));
  EXPECT_EQ(pay("world", "jar", 101), Rejection::ceiling_exceeded);
  EXPECT_EQ(pay("world", "jar", 100), Rejection::none);
  EXPECT_EQ(pay("world", "jar", 1), Rejection::ceiling_exceeded);
  EXPECT_EQ(pay("jar", "sink", 1), Rejection::none);
  EXPECT_EQ(pay("world", "jar", 1), Rejection::none);
}

TEST_F(Limits, AnAccountWithACeilingOfZeroOnlyPays) {
  book.open("bank", [](auto& o) { o.floor.reset(), o.ceiling = 0; });
  EXPECT_EQ(pay("world", "bank", 1), Rejection::ceiling_exceeded);
  EXPECT_EQ(pay("bank", "sink", 10), Rejection::none);
  EXPECT_EQ(pay("sink", "bank", 10), Rejection::none);
}

TEST_F(Limits, TheHighestCeilingIsALimitToo) {
  book.open("jar", with_ceiling(kAmountMax - 1));
  EXPECT_EQ(pay("world", "jar", kAmountMax), Rejection::ceiling_exceeded);
  EXPECT_EQ(pay("world", "jar", kAmountMax - 1), Rejection::none);
}

TEST_F(Limits, ABalanceRisesToTheMostThatFits64Bits) {
  book.open("bank", without_floor);
  EXPECT_EQ(pay("world", "sink", kAmountMax - 1), Rejection::none);
  EXPECT_EQ(pay("bank", "sink", 2), Rejection::overflow);
  EXPECT_EQ(pay("bank", "sink", 1), Rejection::none);
  EXPECT_EQ(book.balance("sink"), kAmountMax);
  EXPECT_EQ(pay("bank", "sink", 1), Rejection::overflow);
  EXPECT_EQ(pay("sink", "bank", 1), Rejection::none);
  EXPECT_EQ(pay("bank", "sink", 1), Rejection::none);  // There is room again.
}

TEST_F(Limits, ABalanceFallsToTheLeastThatHasAPositiveTwin) {
  book.open("other");
  EXPECT_EQ(pay("world", "sink", kAmountMax - 1), Rejection::none);
  EXPECT_EQ(pay("world", "other", 2), Rejection::overflow);
  EXPECT_EQ(pay("world", "other", 1), Rejection::none);
  EXPECT_EQ(book.balance("world"), -kAmountMax);
  EXPECT_EQ(pay("world", "other", 1), Rejection::overflow);
  EXPECT_EQ(pay("sink", "world", 1), Rejection::none);
  EXPECT_EQ(pay("world", "other", 1), Rejection::none);
}

// At a scale of 18 that is nine units, sent back and forth.
TEST_F(Limits, WhatAnAccountEverReceivedAndPaidGoesFarPast64Bits) {
  constexpr int kRounds = 1'000;
  for (int round = 0; round < kRounds; ++round) {
    ASSERT_EQ(pay("world", "sink", kAmountMax), Rejection::none);
    ASSERT_EQ(pay("sink", "world", kAmountMax), Rejection::none);
  }
  for (const char* id : {"world", "sink"}) {
    EXPECT_EQ(format_integer(book[id].posted_in), "9223372036854775807000");
    EXPECT_EQ(format_integer(book[id].posted_out()), "9223372036854775807000");
    EXPECT_EQ(book.balance(id), 0);
  }
}

}  // namespace
}  // namespace giro::test
