// Scheduled payments and standing orders in the file: what a restart makes of them, what the view and verify say.
#include <string>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/ledger/bodies.hpp"
#include "tests/store/test_ledger.hpp"

namespace giro::test {
namespace {

using testing::ElementsAre;

class Scheduled : public testing::Test {
 protected:
  static constexpr std::int64_t kSecond = 1'000'000'000;

  Scheduled() {
    open_few_accounts(ledger);
    ledger.pay("start", eur("world", "ada", 100));
    ledger.commit();
  }

  [[nodiscard]] std::string after(std::int64_t seconds) const {
    return format_rfc3339({began.ns + seconds * kSecond});
  }
  void wait_until(std::int64_t seconds) { ledger.now.ns = began.ns + seconds * kSecond; }

  // Its code; "applied"; of a replay with "again".
  std::string decide(const Command& command) {
    const Outcome outcome = ledger.submit(command);
    if (const auto* refused = std::get_if<Refused>(&outcome)) return refused->refusal.message;
    const Entry& entry = entry_of(outcome, ledger.store().group());
    const std::string code = entry.applied() ? "applied" : std::string(name(entry.outcome));
    return std::holds_alternative<Replayed>(outcome) ? code + " again" : code;
  }
  template <class Change = decltype(unchanged)>
  std::string schedule(std::string_view key, const LegRequest& leg, std::int64_t seconds,
                       Change change = {}) {
    return decide(scheduled(key, leg, seconds, change));
  }
  template <class Change = decltype(unchanged)>
  [[nodiscard]] CheckedSchedule scheduled(std::string_view key, const LegRequest& leg,
                                          std::int64_t seconds, Change change = {}) const {
    const std::string at = after(seconds);
    ScheduleRequest request = test::schedule(payment(leg), at, change);
    request.payment.key = key;
    return checked(request);
  }
  std::string cancel(std::string_view key, std::string_view schedule) {
    return decide(
        *CheckedCancel::check({.key = key, .schedule = by_key(schedule), .dry_run = false}));
  }
  // Decides what is due, at most so many legs, and commits: "key code" of each.
  std::vector<std::string> decide_due(std::size_t count = 1'000) {
    (void)ledger.ledger().decide_due(ledger.now, count);
    std::vector<std::string> decided;
    for (const Entry& entry : ledger.store().group()) {
      decided.push_back(std::string(entry.key.view()) + " " +
                        (entry.applied() ? "applied" : std::string(name(entry.outcome))));
    }
    ledger.commit();
    return decided;
  }
  [[nodiscard]] std::int64_t query(const std::string& sql) const {
    return SQLite::Database(ledger.file().string()).execAndGet(sql).getInt64();
  }
  [[nodiscard]] std::string ask(const std::string& sql) const {
    return SQLite::Database(ledger.file().string()).execAndGet(sql).getString();
  }
  [[nodiscard]] Amount balance(std::string_view id) const {
    return ledger.state().account(ledger.state().find(id)).balance;
  }

  TestLedger ledger;
  const Timestamp began = ledger.now;
};

TEST_F(Scheduled, SurviveARestartAndAreDecidedAfterIt) {
  EXPECT_EQ(schedule("rent", eur("ada", "bob", 30), 60), "applied");
  ledger.commit();
  EXPECT_EQ(query("SELECT count(*) FROM schedules"), 1);
  ledger.crash_and_reopen();
  EXPECT_EQ(ledger.ledger().next_due().ns, began.ns + 60 * kSecond);
  EXPECT_THAT(decide_due(), ElementsAre()) << "before its time";
  wait_until(60);
  EXPECT_THAT(decide_due(), ElementsAre("rent applied"));
  EXPECT_EQ(balance("bob"), 30);
  EXPECT_EQ(query("SELECT count(*) FROM schedules"), 0);
  EXPECT_EQ(query("SELECT balance FROM v_accounts WHERE id = 'bob'"), 30);
  ledger.crash_and_reopen();
  EXPECT_THAT(decide_due(), ElementsAre()) << "once";
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(Scheduled, InOrderAfterARestartThatSleptThroughManyABoundedNumberAtOnce) {
  schedule("third", eur("ada", "bob", 1), 30);
  schedule("first", eur("ada", "bob", 1), 10);
  schedule("second", eur("ada", "bob", 1), 20);
  schedule("daily", eur("ada", "bob", 1), 15, [](auto& s) { s.every = "P1D"; });
  ledger.commit();
  ledger.crash_and_reopen();
  wait_until(86'400 + 20);
  EXPECT_TRUE(ledger.ledger().are_more_due(ledger.now, 4));
  EXPECT_THAT(decide_due(2), ElementsAre("first applied", "daily applied"));
  ledger.crash_and_reopen();
  EXPECT_THAT(decide_due(2), ElementsAre("second applied", "third applied"));
  EXPECT_THAT(decide_due(2), ElementsAre("daily applied"));
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(Scheduled, OfManyLegsCountAsManyInAGroup) {
  const std::vector<LegRequest> legs{eur("ada", "bob", 1), eur("bob", "world", 1)};
  for (const char* key : {"a", "b", "c"}) {
    const std::string at = after(9);
    ScheduleRequest request = test::schedule(payment(legs), at);
    request.payment.key = key;
    EXPECT_EQ(decide(checked(request)), "applied");
  }
  ledger.commit();
  ledger.crash_and_reopen();
  wait_until(9);
  EXPECT_THAT(decide_due(4), ElementsAre("a applied", "b applied"));
  EXPECT_EQ(query("SELECT count(*) FROM legs"), 4);
  EXPECT_THAT(decide_due(4), ElementsAre("c applied"));
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(Scheduled, MadeAndCancelledInOneGroupNeverHaveARow) {
  EXPECT_EQ(schedule("rent", eur("ada", "bob", 30), 60), "applied");
  EXPECT_EQ(cancel("stop", "rent"), "applied");
  EXPECT_EQ(cancel("stop-2", "rent"), "schedule_cancelled") << "within the group";
  ledger.commit();
  EXPECT_EQ(query("SELECT count(*) FROM schedules"), 0);
  EXPECT_EQ(query("SELECT count(*) FROM followups"), 1);
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(Scheduled, AreDecidedInTheGroupInWhichTheyWereMade) {
  schedule("rent", eur("ada", "bob", 30), 60);
  wait_until(60);
  EXPECT_THAT(decide_due(), ElementsAre("rent applied", "rent applied"));
  EXPECT_EQ(query("SELECT count(*) FROM schedules"), 0);
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(Scheduled, ThatAreOverSayWhyAfterARestartToo) {
  schedule("paid", eur("ada", "bob", 1), 10);
  schedule("poor", eur("ada", "bob", 1'000), 10);
  schedule("stopped", eur("ada", "bob", 1), 10);
  schedule("monthly", eur("ada", "bob", 1), 10, [](auto& s) { s.every = "P1M"; });
  EXPECT_EQ(cancel("stop", "stopped"), "applied");
  ledger.commit();
  wait_until(10);
  EXPECT_THAT(decide_due(),
              ElementsAre("paid applied", "poor insufficient_funds", "monthly applied"));
  EXPECT_EQ(cancel("stop-monthly", "monthly"), "applied") << "between two times";
  ledger.commit();
  for (const char* when : {"at once", "after a restart"}) {
    const std::string suffix = when;
    EXPECT_EQ(cancel("1" + suffix, "paid"), "schedule_decided") << when;
    EXPECT_EQ(cancel("2" + suffix, "poor"), "schedule_decided") << when;
    EXPECT_EQ(cancel("3" + suffix, "stopped"), "schedule_cancelled") << when;
    EXPECT_EQ(cancel("4" + suffix, "monthly"), "schedule_cancelled") << when;
    EXPECT_EQ(cancel("5" + suffix, "start"), "not_a_schedule") << when;
    EXPECT_EQ(cancel("6" + suffix, "nothing"), "schedule_unknown") << when;
    ledger.commit();
    ledger.crash_and_reopen();
  }
  wait_until(std::int64_t{100} * 86'400);
  EXPECT_THAT(decide_due(), ElementsAre());
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(Scheduled, AreReplayedWhateverBecameOfThem) {
  const auto monthly = [](auto& s) { s.every = "P1M", s.count = 2, up_to(s.payment); };
  schedule("rent", eur("ada", "bob", 30), 60, monthly);
  schedule("poor", eur("ada", "bob", 1'000), 10);
  schedule("passed", eur("ada", "bob", 1), -10);
  cancel("nothing", "never");
  for (const char* when : {"in the group", "committed", "after a restart"}) {
    EXPECT_EQ(schedule("rent", eur("ada", "bob", 30), 60, monthly), "applied again") << when;
    EXPECT_EQ(schedule("poor", eur("ada", "bob", 1'000), 10), "applied again") << when;
    EXPECT_EQ(schedule("passed", eur("ada", "bob", 1), -10), "schedule_passed again") << when;
    EXPECT_EQ(cancel("nothing", "never"), "schedule_unknown again") << when;
    ledger.commit();
    if (when == std::string_view("committed")) ledger.crash_and_reopen();
    wait_until(60);
    (void)decide_due();
  }
  EXPECT_THAT(schedule("rent", eur("ada", "bob", 30), 61, monthly),
              testing::HasSubstr("differs in at;"));
  EXPECT_THAT(schedule("rent", eur("ada", "bob", 30), 60), testing::HasSubstr("differs in every;"));
  EXPECT_THAT(cancel("rent", "poor"), testing::HasSubstr("differs in method;"));
  PaymentRequest paid = payment(eur("ada", "bob", 30));
  paid.key = "rent";
  EXPECT_THAT(decide(checked(paid)), testing::HasSubstr("differs in method;"));
  EXPECT_EQ(ledger.seq_of(PaymentKey("rent")), 5U) << "the key is the schedule's, for ever";
}

TEST_F(Scheduled, KeepOccurrencesOverRestarts) {
  schedule("monthly", eur("ada", "bob", 1), 60,
           [](auto& s) { s.every = "P1D", s.count = 3, s.payment.reference = "rent"; });
  ledger.commit();
  for (int day = 0; day < 3; ++day) {
    wait_until(60 + day * 86'400);
    ledger.crash_and_reopen();
    EXPECT_THAT(decide_due(), ElementsAre("monthly applied")) << day;
    const Entry& last = ledger.journal().back();
    EXPECT_EQ(scheduled_of(last).occurrence, static_cast<std::uint32_t>(day + 1));
  }
  EXPECT_EQ(ledger.ledger().next_due(), kNever);
  EXPECT_EQ(ledger.reader()->payments({.reference = "rent"})->payments.size(), 4U)
      << "the schedule and each time";
  EXPECT_EQ(query("SELECT count(*) FROM followups"), 3);
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(Scheduled, ThatWereRejectedAreFoundByTheirScheduleToo) {
  schedule("poor", eur("ada", "bob", 1'000), 10);
  schedule("unknown", eur("ada", "nobody", 1), 10);
  ledger.commit();
  wait_until(10);
  EXPECT_THAT(decide_due(), ElementsAre("poor insufficient_funds", "unknown account_unknown"));
  EXPECT_EQ(query("SELECT count(*) FROM followups"), 2);
  EXPECT_EQ(query("SELECT count(*) FROM v_entries WHERE type = 'scheduled_payment' AND status = "
                  "'rejected' AND follows = 5"),
            1);
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(Scheduled, AreShownByTheView) {
  schedule("rent", eur("ada", "bob", 30), 60,
           [this](auto& s) { s.every = "P1M", s.until = "2002-01-01T00:00:00Z"; });
  schedule("once", eur("ada", "later", 7), 5);
  ledger.commit();
  EXPECT_EQ(query("SELECT count(*) FROM v_schedules"), 2);
  EXPECT_EQ(ask("SELECT seq || key || from_id || to_id || amount || currency || occurrence || "
                "every || next_at || until FROM v_schedules WHERE key = 'rent'"),
            "5rentadabob30EUR1P1M" + after(60) + "2002-01-01T00:00:00.000000000Z");
  EXPECT_EQ(query("SELECT every IS NULL AND until IS NULL FROM v_schedules WHERE key = 'once'"), 1);
}

TEST_F(Scheduled, AreListedByPagesAndByAccount) {
  const auto keys = [](const store::SchedulesPage& page) {
    std::vector<std::string> found;
    found.reserve(page.schedules.size());
    for (const auto& open : page.schedules) found.emplace_back(open.schedule.key.view());
    return found;
  };
  for (const char* key : {"a", "b", "c"}) schedule(key, eur("ada", "bob", 1), 60);
  schedule("d", eur("world", "later", 1), 30);
  cancel("stop", "b");
  ledger.commit();
  const auto reader = ledger.reader();
  const auto first = reader->schedules({}, 0, 2);
  EXPECT_THAT(keys(first), ElementsAre("a", "c"));
  ASSERT_TRUE(first.next);
  EXPECT_THAT(keys(reader->schedules({}, *first.next, 2)), ElementsAre("d"));
  EXPECT_FALSE(reader->schedules({}, *first.next, 2).next);
  EXPECT_THAT(keys(reader->schedules(AccountId("later"), 0, 10)), ElementsAre("d"));
  EXPECT_THAT(keys(reader->schedules(AccountId("bob"), 0, 10)), ElementsAre("a", "c"));
  EXPECT_THAT(keys(reader->schedules(AccountId("nobody"), 0, 10)), ElementsAre());
  EXPECT_EQ(first.schedules.front().next_at.ns, began.ns + 60 * kSecond);
  EXPECT_EQ(first.schedules.front().occurrence, 1U);
}

TEST_F(Scheduled, OfARowThatIsNoneIsDamageAtAStart) {
  schedule("rent", eur("ada", "bob", 30), 60);
  ledger.commit();
  ledger.close();
  for (const char* sql : {"UPDATE schedules SET seq = 4", "UPDATE schedules SET seq = 999",
                          "UPDATE schedules SET seq = 5, legs = 0",
                          "UPDATE schedules SET legs = 1, occurrence = 0"}) {
    open_to_change(ledger.file()).exec(sql);
    EXPECT_THROW(ledger.reopen(), std::runtime_error) << sql;
  }
}

}  // namespace
}  // namespace giro::test
