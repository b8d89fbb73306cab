// The rules of opening an account that need no state.
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/ledger/refusals.hpp"

namespace giro::test {
namespace {

using OpeningChange = std::function<void(OpenAccountRequest&)>;

constexpr Amount kLowest = std::numeric_limits<Amount>::min();

std::string opening_problem(const OpeningChange& change) {
  return problem_of(account("ada", change));
}

TEST(OpenAccountCheck, FillsInTheScaleOfIsoCurrenciesAndAFloorOfZero) {
  const CheckedOpenAccount open = checked(account("ada"));
  EXPECT_EQ(open.id().view(), "ada");
  EXPECT_EQ(open.currency(), (Currency{CurrencyCode("EUR"), 2}));
  EXPECT_EQ(open.floor(), 0);
  EXPECT_EQ(open.ceiling(), std::nullopt);
  EXPECT_EQ(open.metadata(), "");
}

TEST(OpenAccountCheck, RefusesIdsThatBreakTheirRule) {
  EXPECT_EQ(problem_of(account("")), "invalid id");
  EXPECT_EQ(problem_of(account(std::string(64, 'a'))), "");
  EXPECT_EQ(problem_of(account(std::string(65, 'a'))), "invalid id");
}

TEST(OpenAccountCheck, RefusesCurrenciesThatBreakTheirRule) {
  EXPECT_EQ(opening_problem([](auto& o) { o.currency = "e"; }), "invalid currency");
}

TEST(OpenAccountCheck, NeedsAScaleForCurrenciesThatIsoDoesNotKnow) {
  EXPECT_EQ(opening_problem([](auto& o) { o.currency = "PTS"; }), "invalid scale");
}

TEST(OpenAccountCheck, AllowsScalesOfZeroTo18) {
  const auto problem_of_scale = [](std::int64_t scale) {
    return opening_problem([&](auto& o) { o.currency = "PTS", o.scale = scale; });
  };
  EXPECT_EQ(problem_of_scale(-1), "invalid scale");
  EXPECT_EQ(problem_of_scale(0), "");
  EXPECT_EQ(problem_of_scale(18), "");
  EXPECT_EQ(problem_of_scale(19), "invalid scale");
  EXPECT_EQ(problem_of_scale(std::int64_t{1} << 32), "invalid scale");
}

TEST(OpenAccountCheck, AllowsIsoCurrenciesTheirOwnScaleOnly) {
  EXPECT_EQ(opening_problem([](auto& o) { o.scale = 2; }), "");
  EXPECT_EQ(opening_problem([](auto& o) { o.scale = 3; }), "invalid scale");
  EXPECT_EQ(opening_problem([](auto& o) { o.currency = "JPY", o.scale = 2; }), "invalid scale");
}

TEST(OpenAccountCheck, KeepsTheEndsOfTheRangeForNoFloor) {
  EXPECT_EQ(opening_problem([](auto& o) { o.floor = kLowest; }), "invalid floor");
  EXPECT_EQ(opening_problem([](auto& o) { o.floor = kLowest + 1; }), "");
  EXPECT_EQ(opening_problem([](auto& o) { o.floor = kAmountMax - 1; }), "");
  EXPECT_EQ(opening_problem([](auto& o) { o.floor = kAmountMax; }), "invalid floor");
  EXPECT_EQ(checked(account("ada", without_floor)).floor(), std::nullopt);
}

TEST(OpenAccountCheck, AllowsCeilingsFromZero) {
  EXPECT_EQ(opening_problem([](auto& o) { o.ceiling = -1, o.floor = -5; }), "invalid ceiling");
  EXPECT_EQ(opening_problem([](auto& o) { o.ceiling = 0; }), "");
  EXPECT_EQ(opening_problem([](auto& o) { o.ceiling = kAmountMax - 1; }), "");
  EXPECT_EQ(opening_problem([](auto& o) { o.ceiling = kAmountMax; }), "invalid ceiling");
}

TEST(OpenAccountCheck, AllowsNoCeilingBelowTheFloor) {
  EXPECT_EQ(opening_problem([](auto& o) { o.floor = 10, o.ceiling = 9; }), "invalid ceiling");
  EXPECT_EQ(opening_problem([](auto& o) { o.floor = 10, o.ceiling = 10; }), "");
  EXPECT_EQ(opening_problem([](auto& o) { o.floor.reset(), o.ceiling = 0; }), "");
}

TEST(OpenAccountCheck, AllowsMetadataOf4096Bytes) {
  const std::string longest(4096, 'm');
  const std::string over(4097, 'm');
  EXPECT_EQ(opening_problem([&](auto& o) { o.metadata = longest; }), "");
  EXPECT_EQ(opening_problem([&](auto& o) { o.metadata = over; }), "invalid metadata");
}

TEST(OpenAccountCheck, NamesTheFirstBrokenFieldInTheOrderOfTheProtocol) {
  const std::string over(4097, 'm');
  const std::vector<std::pair<std::string, OpeningChange>> breaks{
      {"invalid id", [](auto& o) { o.id = ""; }},
      {"invalid currency", [](auto& o) { o.currency = ""; }},
      {"invalid scale", [](auto& o) { o.scale = 19; }},
      {"invalid floor", [](auto& o) { o.floor = kAmountMax; }},
      {"invalid ceiling", [](auto& o) { o.ceiling = -1; }},
      {"invalid metadata", [&](auto& o) { o.metadata = over; }}};
  for (std::size_t i = 0; i < breaks.size(); ++i) {
    for (std::size_t k = i; k < breaks.size(); ++k) {
      const auto both = [&](OpenAccountRequest& o) {
        breaks[k].second(o);
        breaks[i].second(o);
      };
      EXPECT_EQ(opening_problem(both), breaks[i].first) << "with " << breaks[k].first;
    }
  }
}

}  // namespace
}  // namespace giro::test
