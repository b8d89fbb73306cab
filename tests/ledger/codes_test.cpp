#include "ledger/codes.hpp"

#include <array>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/ledger/builders.hpp"

namespace giro {
namespace {

using testing::ElementsAreArray;

struct Published {
  Rejection code;
  int number;
  std::string_view name;
};

// The journal keeps the numbers, clients the names: neither may ever change.
constexpr std::array kPublished{
    Published{Rejection::none, 0, "none"},
    Published{Rejection::deadline_passed, 1, "deadline_passed"},
    Published{Rejection::account_unknown, 2, "account_unknown"},
    Published{Rejection::account_exists_with_different_currency, 3,
              "account_exists_with_different_currency"},
    Published{Rejection::account_exists_with_different_floor, 4,
              "account_exists_with_different_floor"},
    Published{Rejection::account_exists_with_different_ceiling, 5,
              "account_exists_with_different_ceiling"},
    Published{Rejection::account_exists_with_different_metadata, 6,
              "account_exists_with_different_metadata"},
    Published{Rejection::currency_mismatch, 10, "currency_mismatch"},
    Published{Rejection::hold_unknown, 11, "hold_unknown"},
    Published{Rejection::not_a_hold, 12, "not_a_hold"},
    Published{Rejection::hold_captured, 13, "hold_captured"},
    Published{Rejection::hold_voided, 14, "hold_voided"},
    Published{Rejection::hold_expired, 15, "hold_expired"},
    Published{Rejection::capture_exceeds_hold, 16, "capture_exceeds_hold"},
    Published{Rejection::original_unknown, 17, "original_unknown"},
    Published{Rejection::not_reversible, 18, "not_reversible"},
    Published{Rejection::reversal_not_divisible, 19, "reversal_not_divisible"},
    Published{Rejection::reversal_exceeds_original, 20, "reversal_exceeds_original"},
    Published{Rejection::schedule_unknown, 21, "schedule_unknown"},
    Published{Rejection::not_a_schedule, 22, "not_a_schedule"},
    Published{Rejection::schedule_decided, 23, "schedule_decided"},
    Published{Rejection::schedule_cancelled, 24, "schedule_cancelled"},
    Published{Rejection::schedule_passed, 25, "schedule_passed"},
    Published{Rejection::books_closed, 26, "books_closed"},
    Published{Rejection::books_not_over, 27, "books_not_over"},
    Published{Rejection::books_not_closed, 28, "books_not_closed"},
    Published{Rejection::account_closed, 30, "account_closed"},
    Published{Rejection::account_not_closed, 31, "account_not_closed"},
    Published{Rejection::account_frozen, 32, "account_frozen"},
    Published{Rejection::account_not_empty, 33, "account_not_empty"},
    Published{Rejection::account_has_holds, 34, "account_has_holds"},
    Published{Rejection::precondition_version, 50, "precondition_version"},
    Published{Rejection::precondition_balance, 51, "precondition_balance"},
    Published{Rejection::overflow, 60, "overflow"},
    Published{Rejection::insufficient_funds, 61, "insufficient_funds"},
    Published{Rejection::ceiling_exceeded, 62, "ceiling_exceeded"},
    Published{Rejection::velocity_exceeded, 63, "velocity_exceeded"},
    Published{Rejection::leg_failed, 70, "leg_failed"},
    Published{Rejection::group_failed, 71, "group_failed"},
};

TEST(Rejection, KeepsItsPublishedNumberAndName) {
  for (const Published& published : kPublished) {
    EXPECT_EQ(static_cast<int>(published.code), published.number) << published.name;
    EXPECT_EQ(name(published.code), published.name);
  }
}

TEST(Rejection, IsPublishedWhicheverItIs) {
  std::vector<Rejection> published;
  published.reserve(kPublished.size());
  for (const Published& each : kPublished) published.push_back(each.code);
  published.erase(published.begin());  // "none" is no rejection.
  EXPECT_THAT(published, ElementsAreArray(all_rejections()));
}

// The names in the first column of the table of codes, from top to bottom; `_floor` goes on with the name before it.
std::vector<std::string> names_in_the_protocol() {
  std::ifstream page(std::string(GIRO_TEST_SOURCE_DIR) + "/docs/PROTOCOL.md");
  std::vector<std::string> names;
  std::string line;
  while (std::getline(page, line) &&
         line.find("gets the first of this table") == std::string::npos) {
  }
  while (std::getline(page, line) && !line.starts_with("|---")) {
  }
  while (std::getline(page, line) && line.starts_with("| `")) {
    const std::string cell = line.substr(2, line.find(" | ") - 2);
    for (std::size_t at = 0; (at = cell.find('`', at)) != std::string::npos;) {
      const std::size_t end = cell.find('`', at + 1);
      std::string name = cell.substr(at + 1, end - at - 1);
      if (name.starts_with('_')) name.insert(0, names.back(), 0, names.back().rfind('_'));
      names.push_back(std::move(name));
      at = end + 1;
    }
  }
  return names;
}

TEST(Rejection, HasItsPlaceInTheTableOfTheProtocol) {
  std::vector<std::string> names;
  for (const Rejection code : all_rejections()) names.emplace_back(name(code));
  EXPECT_THAT(names_in_the_protocol(), ElementsAreArray(names));
}

TEST(Rejection, IsFoundByItsName) {
  for (const Published& published : kPublished) {
    EXPECT_EQ(rejection_of(published.name), published.code);
  }
}

TEST(Rejection, IsNotFoundByAnythingElse) {
  for (const char* text : {"", "Overflow", "overflow ", "applied", "busy"}) {
    EXPECT_EQ(rejection_of(text), std::nullopt) << text;
  }
}

TEST(Rejection, IsExplainedInASentenceOfItsOwn) {
  std::set<std::string_view> explanations;
  for (const Published& published : kPublished) {
    const std::string_view text = explain(published.code);
    EXPECT_TRUE(text.ends_with('.')) << published.name;
    EXPECT_TRUE(explanations.insert(text).second) << published.name;
  }
}

TEST(ErrorCode, KeepsItsPublishedName) {
  const std::array<std::pair<ErrorCode, std::string_view>, 14> published{{
      {ErrorCode::malformed, "malformed"},
      {ErrorCode::unknown_method, "unknown_method"},
      {ErrorCode::unknown_field, "unknown_field"},
      {ErrorCode::too_large, "too_large"},
      {ErrorCode::unauthorized, "unauthorized"},
      {ErrorCode::invalid_value, "invalid"},
      {ErrorCode::same_account, "same_account"},
      {ErrorCode::account_unknown, "account_unknown"},
      {ErrorCode::busy, "busy"},
      {ErrorCode::read_only, "read_only"},
      {ErrorCode::shutting_down, "shutting_down"},
      {ErrorCode::outcome_unknown, "outcome_unknown"},
      {ErrorCode::key_conflict, "key_conflict"},
      {ErrorCode::internal, "internal"},
  }};
  for (const auto& [code, text] : published) EXPECT_EQ(name(code), text);
}

}  // namespace
}  // namespace giro
