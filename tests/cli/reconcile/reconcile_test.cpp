#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cli/reconcile/matching.hpp"
#include "cli/reconcile/statements.hpp"

namespace giro::cli {
namespace {

StatementLine line(std::int32_t day, Amount amount, std::string key = {},
                   std::string reference = {}) {
  return {.place = 0,
          .date = {day},
          .amount = amount,
          .key = std::move(key),
          .reference = std::move(reference),
          .text = {}};
}

// "matched 0-1 differing 1-0 here 2 there 3", pairs as here-there.
std::string told(const std::vector<StatementLine>& here, const std::vector<StatementLine>& there,
                 int days = 3) {
  const Matching matching = match_lines(here, there, days);
  std::string text = "matched";
  for (const Match& match : matching.matched) {
    text += " " + std::to_string(match.here) + "-" + std::to_string(match.there);
  }
  text += " differing";
  for (const Match& match : matching.differing) {
    text += " " + std::to_string(match.here) + "-" + std::to_string(match.there);
  }
  text += " here";
  for (const std::size_t i : matching.only_here) text += " " + std::to_string(i);
  text += " there";
  for (const std::size_t i : matching.only_there) text += " " + std::to_string(i);
  return text;
}

TEST(Matching, AKeyIsStrongerThanAnAmount) {
  EXPECT_EQ(told({line(1, 5, "x"), line(1, 5, "k")}, {line(1, 5, "k"), line(1, 5)}),
            "matched 1-0 0-1 differing here there");
  // A bank tells a payment's key as its reference.
  EXPECT_EQ(told({line(1, 5, "k")}, {line(1, 5, "", "k")}), "matched 0-0 differing here there");
}

TEST(Matching, OneReferenceWithAnotherAmountDiffersAndTakesNobodyElses) {
  EXPECT_EQ(told({line(1, 5, "", "r"), line(1, 6)}, {line(1, 6, "", "r")}),
            "matched differing 0-0 here 1 there");
  EXPECT_EQ(
      told({line(1, 5, "", "r"), line(1, 6, "", "r")}, {line(1, 6, "", "r"), line(1, 5, "", "r")}),
      "matched 1-0 0-1 differing here there");
}

TEST(Matching, TheNearestDayIsTakenWhicheverComesFirst) {
  EXPECT_EQ(told({line(1, 5), line(4, 5)}, {line(3, 5), line(1, 5)}),
            "matched 1-0 0-1 differing here there");
  EXPECT_EQ(told({line(1, 5)}, {line(5, 5)}, 3), "matched differing here 0 there 0");
  EXPECT_EQ(told({line(1, 5)}, {line(5, 5)}, 4), "matched 0-0 differing here there");
}

TEST(Matching, EqualLinesAreMatchedOneByOne) {
  EXPECT_EQ(told({line(1, 5), line(1, 5)}, {line(1, 5), line(1, 5), line(1, 5)}),
            "matched 0-0 1-1 differing here there 2");
}

TEST(StatementBalances, AreReadInEitherOrderAndNotGuessed) {
  Statement rising;
  add_balances_of({{5, 15}, {-3, 12}}, rising);
  EXPECT_EQ(rising.opening, 10);
  EXPECT_EQ(rising.closing, 12);
  Statement falling;
  add_balances_of({{-3, 12}, {5, 15}}, falling);
  EXPECT_EQ(falling.opening, 10);
  EXPECT_EQ(falling.closing, 12);
  Statement neither;
  add_balances_of({{-3, 12}, {5, 99}}, neither);
  EXPECT_EQ(neither.opening, std::nullopt);
  Statement none;
  add_balances_of({{-3, std::nullopt}}, none);
  EXPECT_EQ(none.closing, std::nullopt);
}

}  // namespace
}  // namespace giro::cli
