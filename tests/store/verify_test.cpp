// A ledger that nobody tampered with verifies clean, at any moment of its life.
#include "ledger/store/verify/verify.hpp"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/workload.hpp"

namespace giro::test {
namespace {

TEST(Verify, FindsANewLedgerClean) {
  const TestLedger ledger;
  const auto report = store::verify(ledger.file(), [] { return false; });
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.entries, 0U);
  EXPECT_EQ(report.head_seq, 0U);
}

TEST(Verify, FindsALedgerCleanAtEveryMoment) {
  TestLedger ledger({.keys_in_run = 100, .wal_pages_max = 60});
  Workload workload(30);
  workload.open_accounts(ledger);
  for (int group = 0; group < 80; ++group) {
    workload.decide(ledger, 1 + workload.pick(60));
    ledger.commit();
    if (group % 3 == 0) (void)ledger.store().idle_step();
    if (group % 20 == 0) ledger.crash_and_reopen();
    ASSERT_EQ(problems_of(ledger.file()), "") << "after group " << group;
  }
  ledger.settle();
  EXPECT_EQ(problems_of(ledger.file()), "");
  ledger.close();
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST(Verify, TellsHowFarTheLedgerGoes) {
  TestLedger ledger;
  open_few_accounts(ledger);
  ledger.pay("k", eur("world", "ada", 5));
  ledger.commit();
  const auto report = store::verify(ledger.file(), [] { return false; });
  EXPECT_EQ(report.entries, 4U);
  EXPECT_EQ(report.accounts, 3U);
  EXPECT_EQ(report.head_seq, 4U);
  EXPECT_EQ(report.head_digest.size(), 64U);
}

TEST(Verify, IsCleanBesideAWriterAtWork) {
  TestLedger ledger({.keys_in_run = 500, .wal_pages_max = 200});
  Workload workload(31);
  workload.open_accounts(ledger);
  workload.run(ledger, 2'000, 100);
  std::atomic<bool> done = false;
  std::thread writer([&] {
    while (!done) {
      workload.run(ledger, 100, 20);
      (void)ledger.store().idle_step();
    }
  });
  for (int check = 0; check < 6; ++check) {
    const std::string problems = problems_of(ledger.file());
    EXPECT_EQ(problems, "") << "check " << check;
  }
  done = true;
  writer.join();
  EXPECT_EQ(problems_of(ledger.file()), "");
}

// More entries than one slice holds.
TEST(Verify, ChecksALargeLedgerInSlicesAndCanBeBrokenOff) {
  TestLedger ledger({.keys_in_run = 10'000});
  open_few_accounts(ledger);
  for (int i = 0; i < 120'000; ++i) {
    ledger.pay(std::to_string(i), eur("world", i % 2 == 0 ? "ada" : "bob", 1));
    if (i % 8'000 == 0) ledger.commit();
  }
  ledger.commit();
  int asked = 0;
  const auto whole = store::verify(ledger.file(), [&] { return ++asked > 1'000; });
  EXPECT_TRUE(whole.ok());
  EXPECT_EQ(whole.entries, 120'003U);
  EXPECT_GE(asked, 2);
  const auto broken_off = store::verify(ledger.file(), [] { return true; });
  ASSERT_EQ(broken_off.problems.size(), 1U);
  EXPECT_THAT(broken_off.problems.front().what, testing::HasSubstr("broken off"));
}

}  // namespace
}  // namespace giro::test
