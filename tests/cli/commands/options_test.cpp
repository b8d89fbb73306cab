#include "cli/commands/options.hpp"

#include <gtest/gtest.h>

#include "cli/commands/keyed_request.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

Result<Amount> cents(const std::string& text) {
  const auto amount = parse_decimal(text, 2);
  if (!amount) return usage_failure("no amount");
  return *amount;
}

TEST(Options, ASeqIsMarkedAndTheRestIsAKey) {
  EXPECT_EQ(key_or_seq("#42"), json::value(42));
  for (const char* key : {"42", "#", "#0", "#-1", "#4x", "#99999999999999999999", "room-7"}) {
    EXPECT_EQ(key_or_seq(key), json::value(key));
  }
}

TEST(Options, LimitsAreAmountsOrNone) {
  json::object params;
  ASSERT_TRUE(add_terms(params, {.floor = "none", .ceiling = "12.50", .metadata = "{}"}, cents));
  EXPECT_EQ(params,
            (json::object{{"floor", nullptr}, {"ceiling", 1250}, {"metadata", json::object{}}}));
}

TEST(Options, WhatWasNotGivenIsNotSent) {
  json::object params;
  ASSERT_TRUE(add_terms(params, {}, cents));
  ASSERT_TRUE(add_description(params, {}));
  EXPECT_TRUE(params.empty());
}

TEST(Options, ALimitOrMetadataThatIsNoneIsWrongUsage) {
  json::object params;
  const auto limit = add_terms(params, {.floor = "x", .ceiling = {}, .metadata = {}}, cents);
  const auto metadata = add_terms(params, {.floor = {}, .ceiling = {}, .metadata = "[]"}, cents);
  for (const auto* failed : {&limit, &metadata}) {
    ASSERT_FALSE(*failed);
    EXPECT_EQ(failed->error().exit, ExitCode::usage);
  }
}

TEST(KeyedRequest, TheExitCodeSaysWhetherItWasDecidedFor) {
  for (const char* status : {"applied", "held", "captured", "voided", "expired", "reversed"}) {
    EXPECT_EQ(exit_code_of_outcome({{"status", status}}), ExitCode::ok) << status;
  }
  EXPECT_EQ(exit_code_of_outcome({{"status", "rejected"}}), ExitCode::rejected);
  EXPECT_EQ(exit_code_of_outcome({{"status", "unknown"}}), ExitCode::rejected);
  EXPECT_EQ(exit_code_of_outcome({{"status", "queued"}}), ExitCode::try_again);
  EXPECT_EQ(exit_code_of_outcome({}), ExitCode::rejected);
}

TEST(KeyedRequest, WhatTheAnswerSaysComesFirst) {
  json::object outcome{{"amount", 5}};
  complete_from(outcome, {{"amount", 9}, {"from", "a"}, {"key", "k"}}, {"amount", "from", "to"});
  EXPECT_EQ(outcome, (json::object{{"amount", 5}, {"from", "a"}}));
}

}  // namespace
}  // namespace giro::cli
