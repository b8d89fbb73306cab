// Velocity limits and alerts in the file: what a restart makes of them, and what verify says.
#include <random>
#include <string>

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/test_ledger.hpp"

namespace giro::test {
namespace {

using testing::HasSubstr;

class VelocityRows : public testing::Test {
 protected:
  VelocityRows() {
    open_few_accounts(ledger);
    ledger.pay("start", eur("world", "ada", 1'000'000));
    ledger.commit();
  }
  void set(std::string_view key, std::vector<VelocityLimitRequest> limits) {
    AccountChangeRequest request;
    request.key = key, request.id = "ada", request.limits = std::move(limits);
    ledger.submit(checked(request));
  }
  [[nodiscard]] std::string watched() const {
    const Watch* watch = ledger.state().watches().find(ledger.state().find("ada"));
    return watch == nullptr ? "" : text_of(*watch);
  }
  void execute(const std::string& sql) { open_to_change(ledger.file()).exec(sql); }
  static VelocityLimitRequest limit(std::string_view window, Amount amount) {
    return {.window = window, .amount = amount, .count = {}};
  }

  TestLedger ledger;
};

TEST_F(VelocityRows, HaveAllThatWasUsedAfterARestartSweptOrNot) {
  set("set", {limit("24h", 10'000), limit("1m", 9'000)});
  int key = 0;
  const auto hold = [&](std::string_view name, Amount amount) {
    HoldRequest request{
        .payment = payment(eur("ada", "bob", amount)), .timeout = {}, .expires_at = {}};
    request.payment.key = name;
    ledger.submit(*CheckedHold::check(request));
  };
  const auto release = [&](std::string_view name) {
    ledger.submit(*CheckedVoid::check(
        {.key = "void " + std::string(name), .hold = {.key = name, .seq = {}}, .dry_run = false}));
  };
  hold("early", 500);
  for (const bool settle : {false, true, false, true, false}) {
    SCOPED_TRACE(settle);
    for (int i = 0; i < 20; ++i) {
      ledger.pay("p" + std::to_string(++key), eur("ada", "bob", 7));
      ledger.now.ns += 100'000'000;
    }
    hold("h" + std::to_string(key), 50);
    ledger.commit();
    if (settle) ledger.settle();
    ledger.pay("q" + std::to_string(++key), eur("ada", "bob", 9));
    release("h" + std::to_string(key - 1));
    if (key > 60) release("early");
    ledger.commit();
    const std::string before = watched();
    EXPECT_EQ(problems_of(ledger.file()), "");
    ledger.crash_and_reopen();
    EXPECT_EQ(watched(), before);
  }
  ledger.close_and_reopen();
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(VelocityRows, FollowEveryChangeOfTheLimits) {
  set("1", {limit("24h", 10'000)});
  ledger.pay("a", eur("ada", "bob", 7));
  ledger.commit();
  set("2", {limit("24h", 5'000), limit("1h", 100)});
  ledger.pay("b", eur("ada", "bob", 8));
  ledger.commit();
  const std::string before = watched();
  ledger.crash_and_reopen();
  EXPECT_EQ(watched(), before);
  EXPECT_THAT(before, HasSubstr("15 2]"));
  set("3", {});
  ledger.commit();
  ledger.crash_and_reopen();
  EXPECT_EQ(watched(), "");
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(VelocityRows, ThatWereChangedAreFound) {
  set("1", {limit("24h", 10'000)});
  ledger.pay("a", eur("ada", "bob", 7));
  ledger.commit();
  ledger.close_and_reopen();
  EXPECT_EQ(problems_of(ledger.file()), "");
  execute("UPDATE velocity_pieces SET amount = 1");
  EXPECT_THAT(problems_of(ledger.file()), HasSubstr("the limits or alerts of account ada"));
  execute("DELETE FROM velocity_pieces; DELETE FROM velocity_limits");
  EXPECT_THAT(problems_of(ledger.file()), HasSubstr("the row of account ada"));
}

TEST_F(VelocityRows, AlertsAreThereAfterARestartAndInTheEntriesForEver) {
  AccountChangeRequest request;
  request.key = "alert", request.id = "ada";
  request.alerts = AlertLines{.below = 500'000, .above = {}};
  ledger.submit(checked(request));
  ledger.commit();
  ledger.crash_and_reopen();
  ledger.pay("cross", eur("ada", "bob", 600'000));
  ledger.pay_all("legs", {eur("bob", "ada", 600'000), eur("ada", "bob", 600'000)});
  ledger.commit();
  const auto cross = ledger.reader()->entry(ledger.seq_of(PaymentKey("cross")));
  EXPECT_EQ(cross->postings().front().crossed, kFromBelow);
  const auto legs = ledger.reader()->entry(ledger.seq_of(PaymentKey("legs")));
  EXPECT_EQ(legs->postings()[0].crossed, 0);
  EXPECT_EQ(legs->postings()[1].crossed, kFromBelow);
  EXPECT_EQ(problems_of(ledger.file()), "");
  execute("UPDATE accounts SET alert_below = 4 WHERE id = 'ada'");
  EXPECT_THAT(problems_of(ledger.file()), HasSubstr("the limits or alerts of account ada"));
}

}  // namespace
}  // namespace giro::test
