// A large ledger after a crash.
#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/test_ledger.hpp"

namespace giro::test {
namespace {

TEST(Startup, AfterACrashReplaysTwoHundredThousandPayments) {
  constexpr std::size_t kPayments = 200'000;
  constexpr std::size_t kAccounts = 500;
  TestLedger ledger;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < kAccounts; ++i) {
    ids.push_back("acct:" + std::to_string(i));
    ledger.open(ids.back(), without_floor);
  }
  ledger.commit();
  for (std::size_t i = 0; i < kPayments; ++i) {
    const std::size_t from = (i * 7'919) % kAccounts;
    const std::size_t to = (from + 1 + i % (kAccounts - 1)) % kAccounts;
    ledger.pay("payment-" + std::to_string(i), eur(ids[from], ids[to], 1 + static_cast<Amount>(i)));
    if (i % 8'000 == 0) ledger.commit();
  }
  ledger.commit();
  const Snapshot before = snapshot(ledger.state());
  ledger.crash();
  const auto start = std::chrono::steady_clock::now();
  ledger.reopen();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  ASSERT_EQ(snapshot(ledger.state()), before);
  for (std::size_t i = 0; i < kPayments; i += 997) {
    ASSERT_EQ(ledger.seq_of(PaymentKey("payment-" + std::to_string(i))), kAccounts + i + 1);
  }
  ledger.settle();
  ledger.crash_and_reopen();
  EXPECT_EQ(snapshot(ledger.state()), before);
}

// Groups so large that each commit sweeps a part of a round; the crash comes anywhere in it.
TEST(Startup, AtAnyPointOfASweepHasTheSameState) {
  constexpr std::size_t kAccounts = 300;
  constexpr std::size_t kInGroup = 5'000;
  TestLedger ledger({.wal_pages_max = 300});
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < kAccounts; ++i) {
    ids.push_back("acct:" + std::to_string(i));
    ledger.open(ids.back(), without_floor);
  }
  ledger.commit();
  std::mt19937_64 random(70);
  for (int group = 0; group < 40; ++group) {
    for (std::size_t i = 0; i < kInGroup; ++i) {
      // Mostly few accounts, so that some stay untouched for long.
      const std::size_t from = random() % (random() % 10 == 0 ? kAccounts : 50);
      const std::size_t to = (from + 1 + random() % (kAccounts - 1)) % kAccounts;
      ledger.pay(std::to_string(random()), eur(ids[from], ids[to], 1));
    }
    ledger.commit();
    if (random() % 4 == 0) ledger.open("late:" + std::to_string(group)), ledger.commit();
    if (random() % 6 != 0) continue;
    const Snapshot before = snapshot(ledger.state());
    ledger.crash_and_reopen();
    ASSERT_EQ(snapshot(ledger.state()), before) << "after group " << group;
  }
  SQLite::Database db(ledger.file().string());
  EXPECT_GT(db.execAndGet("SELECT count(DISTINCT as_of_seq) FROM accounts").getInt(), 3)
      << "no round was caught half way";
  EXPECT_GT(db.execAndGet("SELECT value FROM meta WHERE name = 'swept_seq'").getInt64(), 0);
  EXPECT_EQ(db.execAndGet("SELECT count(*) FROM v_accounts WHERE balance <> 0").getInt(),
            std::ranges::count_if(snapshot(ledger.state()).accounts,
                                  [](const Account& account) { return account.balance != 0; }));
  EXPECT_EQ(problems_of(ledger.file()), "");
}

}  // namespace
}  // namespace giro::test
