// Holds, reversals and account changes in the file: what a restart makes of them, what views and verify say.
#include <random>
#include <string>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/settling.hpp"
#include "tests/store/test_ledger.hpp"

namespace giro::test {
namespace {

class Holds : public testing::Test {
 protected:
  Holds() {
    open_few_accounts(ledger);
    ledger.pay("start", eur("world", "ada", 1'000));
    ledger.commit();
  }

  // Its code; "applied".
  std::string decide(const Command& command) {
    const Outcome outcome = ledger.submit(command);
    if (const auto* refused = std::get_if<Refused>(&outcome)) return refused->refusal.message;
    const Entry& entry = entry_of(outcome, ledger.store().group());
    return entry.applied() ? "applied" : std::string(name(entry.outcome));
  }
  [[nodiscard]] std::int64_t query(const std::string& sql) const {
    return SQLite::Database(ledger.file().string()).execAndGet(sql).getInt64();
  }
  [[nodiscard]] Held held(std::string_view id) const {
    return ledger.state().account(ledger.state().find(id)).held;
  }

  TestLedger ledger;
};

TEST_F(Holds, ThatAreOpenSurviveARestart) {
  decide(hold_of("hold", eur("ada", "bob", 300), "24h"));
  ledger.commit();
  ledger.crash_and_reopen();
  EXPECT_EQ(held("ada").out, 300);
  EXPECT_EQ(held("bob").in, 300);
  EXPECT_EQ(decide(capture_of("more", by_key("hold"), 301)), "capture_exceeds_hold");
  EXPECT_EQ(decide(capture_of("part", by_key("hold"), 100)), "applied");
  ledger.commit();
  ledger.crash_and_reopen();
  EXPECT_EQ(held("ada").out, 200);
  EXPECT_EQ(decide(capture_of("rest", by_key("hold"))), "applied");
  ledger.commit();
  EXPECT_EQ(query("SELECT count(*) FROM holds"), 0);
  EXPECT_EQ(query("SELECT balance FROM v_accounts WHERE id = 'bob'"), 300);
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(Holds, ThatAreClosedSayWhyAfterARestartToo) {
  for (const char* key : {"captured", "voided", "expired"}) {
    decide(hold_of(key, eur("ada", "bob", 10), "1s"));
  }
  decide(capture_of("c", by_key("captured")));
  decide(void_of("v", by_key("voided")));
  ledger.commit();
  ledger.now.ns += 2'000'000'000;
  EXPECT_FALSE(ledger.ledger().decide_due(ledger.now, 10));
  ledger.commit();
  for (const char* when : {"at once", "after a restart"}) {
    const std::string suffix = when;
    EXPECT_EQ(decide(void_of("1" + suffix, by_key("captured"))), "hold_captured") << when;
    EXPECT_EQ(decide(capture_of("2" + suffix, by_key("voided"))), "hold_voided") << when;
    EXPECT_EQ(decide(capture_of("3" + suffix, by_key("expired"))), "hold_expired") << when;
    EXPECT_EQ(decide(capture_of("4" + suffix, by_key("start"))), "not_a_hold") << when;
    EXPECT_EQ(decide(capture_of("5" + suffix, by_key("nothing"))), "hold_unknown") << when;
    EXPECT_EQ(decide(capture_of("6" + suffix, {.key = {}, .seq = 4'000'000})), "hold_unknown");
    ledger.commit();
    ledger.crash_and_reopen();
  }
  EXPECT_EQ(held("ada"), Held{});
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(Holds, MadeAndCapturedInOneGroupNeverHaveARow) {
  EXPECT_EQ(decide(hold_of("hold", eur("ada", "bob", 10))), "applied");
  EXPECT_EQ(decide(capture_of("capture", by_key("hold"))), "applied");
  EXPECT_EQ(decide(void_of("void", by_key("hold"))), "hold_captured") << "within the group";
  ledger.commit();
  EXPECT_EQ(query("SELECT count(*) FROM holds"), 0);
  EXPECT_EQ(query("SELECT count(*) FROM followups"), 1);
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(Holds, ExpireInTheOrderOfTheirEndsOverARestart) {
  decide(hold_of("late", eur("ada", "bob", 1), "9s"));
  decide(hold_of("early", eur("ada", "bob", 2), "5s"));
  decide(hold_of("never", eur("ada", "bob", 3)));
  ledger.commit();
  ledger.crash_and_reopen();
  ledger.now.ns += 60'000'000'000;
  EXPECT_TRUE(ledger.ledger().decide_due(ledger.now, 1)) << "there is more";
  EXPECT_FALSE(ledger.ledger().decide_due(ledger.now, 1));
  ASSERT_EQ(ledger.store().group().size(), 2U);
  EXPECT_EQ(ledger.store().group()[0].key.view(), "early");
  EXPECT_EQ(ledger.store().group()[1].key.view(), "late");
  EXPECT_EQ(ledger.store().group()[0].author.uid, TestLedger::kUid) << "on behalf of who made it";
  ledger.commit();
  EXPECT_EQ(held("ada").out, 3);
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(Holds, ReversalsAddUpOverRestarts) {
  decide(reversal_of("r1", by_key("start"), 400));
  ledger.commit();
  ledger.crash_and_reopen();
  EXPECT_EQ(decide(reversal_of("r2", by_key("start"), 601)), "reversal_exceeds_original");
  EXPECT_EQ(decide(reversal_of("r3", by_key("start"))), "applied");
  EXPECT_EQ(decide(reversal_of("r4", by_key("start"))), "reversal_exceeds_original");
  EXPECT_EQ(decide(reversal_of("r5", by_key("r1"))), "not_reversible");
  ledger.commit();
  EXPECT_EQ(query("SELECT balance FROM v_accounts WHERE id = 'ada'"), 0);
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(Holds, ReplaysAnswerWhatWasDecidedWhateverHappenedSince) {
  decide(hold_of("hold", eur("ada", "bob", 10)));
  decide(capture_of("capture", by_key("hold"), 4));
  decide(void_of("void", by_key("hold")));
  ledger.commit();
  ledger.crash_and_reopen();
  EXPECT_TRUE(
      std::holds_alternative<Replayed>(ledger.submit(hold_of("hold", eur("ada", "bob", 10)))));
  EXPECT_TRUE(
      std::holds_alternative<Replayed>(ledger.submit(capture_of("capture", by_key("hold"), 4))));
  EXPECT_TRUE(std::holds_alternative<Replayed>(ledger.submit(void_of("void", by_key("hold")))));
  EXPECT_TRUE(std::holds_alternative<Refused>(ledger.submit(void_of("capture", by_key("hold")))))
      << "another method";
}

// --- everything, drawn from a seed ---

class RandomHolds : public testing::TestWithParam<unsigned> {
 protected:
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  std::string some_account() { return "a" + std::to_string(pick(6)); }
  std::string some_key() { return "k" + std::to_string(pick(next_ + 1)); }

  Command draw() {
    const std::string key = "k" + std::to_string(++next_);
    const std::string named = some_key();
    const ReferenceRequest reference =
        pick(3) == 0 ? ReferenceRequest{.key = {}, .seq = 1 + pick(next_ + 8)} : by_key(named);
    const std::string from = pick(4) == 0 ? "world" : some_account();
    std::string to = some_account();
    while (to == from) to = some_account();
    const LegRequest leg = eur(from, to, 1 + pick(50));
    switch (pick(12)) {
      case 0:
      case 1:
        return hold_of(key, leg,
                       pick(2) == 0 ? std::optional<std::string_view>("3s") : std::nullopt);
      case 2:
      case 3:
        return capture_of(key, reference,
                          pick(2) == 0 ? std::optional<Amount>(1 + pick(20)) : std::nullopt,
                          pick(3) == 0);
      case 4:
        return void_of(key, reference);
      case 5:
        return reversal_of(key, reference,
                           pick(2) == 0 ? std::optional<Amount>(1 + pick(20)) : std::nullopt);
      case 6:
        return change(key);
      case 7:
        return cancel_of(key, reference);
      case 8:
      case 9:
        return schedule(key, leg);
      case 10: {
        std::string third = some_account();
        while (third == to) third = some_account();
        const std::vector<LegRequest> legs{leg, eur(to, third, 1 + pick(9))};
        PaymentRequest request = payment(legs);
        request.key = key;
        return checked(request);
      }
      default: {
        PaymentRequest request = payment(leg);
        request.key = key;
        return checked(request);
      }
    }
  }

  Command schedule(const std::string& key, const LegRequest& leg) {
    const std::string other = some_account();
    const std::vector<LegRequest> legs{leg, eur("world", other, 1 + pick(9))};
    const std::string at = format_rfc3339({ledger.now.ns + pick(5'000) * 1'000'000LL});
    PaymentRequest paid = pick(4) == 0 ? payment(legs) : payment(leg);
    paid.key = key;
    if (paid.legs.empty() && pick(4) == 0) paid.up_to = true;
    if (pick(4) == 0) paid.reference = "r";
    return checked(test::schedule(paid, at, [this](auto& s) {
      if (pick(2) == 0) return;
      s.every = pick(2) == 0 ? "P1D" : "P1W";
      if (pick(2) == 0) s.count = 1 + pick(4);
    }));
  }

  Command change(const std::string& key) {
    const std::string id = some_account();
    AccountChangeRequest request;
    request.key = key;
    request.id = id;
    constexpr std::array<std::string_view, 4> kStates{"none", "debits", "credits", "all"};
    switch (pick(5)) {
      case 0:
        request.action = AccountAction::close;
        break;
      case 1:
        request.action = AccountAction::reopen;
        break;
      case 2:
        request.floor = pick(2) == 0 ? std::optional<Amount>(-pick(100)) : std::nullopt;
        request.metadata = pick(2) == 0 ? R"({"n":1})" : "";
        break;
      case 3:
        request.ceiling = pick(2) == 0 ? std::optional<Amount>(100 + pick(900)) : std::nullopt;
        break;
      default:
        request.frozen = kStates[pick(3) == 0 ? static_cast<std::size_t>(pick(4)) : 0];
    }
    return *CheckedAccountChange::check(request);
  }

  void expect_equal_to_replay() {
    State replayed;
    for (const Entry& entry : ledger.journal()) {
      const Seq made = entry.kind() == EntryKind::scheduled ? entry.follows() : 0;
      const auto taken = replayed.replay(entry, made == 0 ? nullptr : &ledger.journal()[made - 1]);
      ASSERT_TRUE(taken) << entry.seq << ": " << taken.error();
    }
    const State& state = ledger.state();
    ASSERT_EQ(replayed.seq(), state.seq());
    ASSERT_EQ(replayed.holds().size(), state.holds().size());
    for (const auto& [seq, hold] : replayed.holds()) EXPECT_EQ(*state.holds().find(seq), hold);
    ASSERT_EQ(replayed.schedules().size(), state.schedules().size());
    for (const auto& [seq, open] : replayed.schedules()) {
      EXPECT_EQ(*state.schedules().find(seq), open);
    }
    SQLite::Database db(ledger.file().string());
    SQLite::Statement row(db,
                          "SELECT id, balance, held_in, held_out, version, frozen, closed, floor "
                          "FROM v_accounts ORDER BY number");
    for (AccountNumber number = 1; number <= state.account_count(); ++number) {
      const Account& account = state.account(number);
      Account expected = replayed.account(number);
      expected.limits = account.limits;
      EXPECT_EQ(expected, account) << state.name(number);
      EXPECT_EQ(replayed.limits(replayed.account(number)), state.limits(account));
      ASSERT_TRUE(row.executeStep());
      EXPECT_EQ(row.getColumn(1).getInt64(), account.balance) << state.name(number);
      EXPECT_EQ(row.getColumn(2).getInt64(), account.held.in) << state.name(number);
      EXPECT_EQ(row.getColumn(3).getInt64(), account.held.out) << state.name(number);
      EXPECT_EQ(row.getColumn(4).getInt64(), static_cast<std::int64_t>(account.version));
      EXPECT_EQ(row.getColumn(5).getString(), std::string(name(state.limits(account).frozen)));
      EXPECT_EQ(row.getColumn(6).getInt() != 0, state.limits(account).closed);
    }
  }

  // What each entry left, found again by walking the accounts' histories.
  void expect_history() {
    const auto reader = ledger.reader();
    for (AccountNumber number = 1; number <= ledger.state().account_count(); ++number) {
      for (const Entry& entry : ledger.journal()) {
        for (const Posting& posting : entry.postings()) {
          if (posting.from != number && posting.to != number) continue;
          if (&posting != &entry.postings().back()) continue;
          const auto point = reader->account_at(number, ledger.point(number), entry.seq);
          EXPECT_EQ(point.held, posting.from == number ? posting.from_held : posting.to_held)
              << "entry " << entry.seq << " account " << number;
        }
      }
    }
  }

  TestLedger ledger{{.keys_in_run = 60, .wal_pages_max = 40}};

 private:
  std::mt19937 random_{GetParam()};
  int next_ = 0;
};

TEST_P(RandomHolds, EndTheSameInMemoryInTheFileAndByReplay) {
  ledger.open("world", without_floor);
  for (int i = 0; i < 6; ++i) ledger.open("a" + std::to_string(i));
  ledger.commit();
  for (int group = 0; group < 40; ++group) {
    ledger.now.ns += pick(1'000) * 1'000'000LL;
    if (pick(8) == 0) ledger.now.ns += pick(3) * 86'400'000'000'000;
    (void)ledger.ledger().decide_due(ledger.now,
                                     std::size_t{1} + static_cast<std::size_t>(pick(20)));
    for (int i = pick(25); i >= 0; --i) (void)ledger.submit(draw());
    ASSERT_NO_THROW(ledger.commit());
    if (pick(3) == 0) (void)ledger.store().idle_step();
    if (pick(4) > 0) continue;
    ASSERT_NO_THROW(ledger.crash_and_reopen()) << "after group " << group;
  }
  expect_equal_to_replay();
  expect_history();
  EXPECT_EQ(problems_of(ledger.file()), "");
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomHolds, testing::Range(1U, 9U));

}  // namespace
}  // namespace giro::test
