#include "ledger/codes.hpp"

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "tests/ledger/builders.hpp"

namespace giro {
namespace {

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
    Published{Rejection::books_closed, 26, "books_closed"},
    Published{Rejection::books_not_over, 27, "books_not_over"},
    Published{Rejection::books_not_closed, 28, "books_not_closed"},
    Published{Rejection::precondition_version, 50, "precondition_version"},
    Published{Rejection::precondition_balance, 51, "precondition_balance"},
    Published{Rejection::overflow, 60, "overflow"},
    Published{Rejection::insufficient_funds, 61, "insufficient_funds"},
    Published{Rejection::ceiling_exceeded, 62, "ceiling_exceeded"},
    Published{Rejection::leg_failed, 70, "leg_failed"},
};

TEST(Rejection, KeepsItsPublishedNumberAndName) {
  for (const Published& published : kPublished) {
    EXPECT_EQ(static_cast<int>(published.code), published.number) << published.name;
    EXPECT_EQ(name(published.code), published.name);
  }
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
