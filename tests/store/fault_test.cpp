// Every write, sync and truncation of an operation fails once, one after the other: whatever is on
// disk afterwards is the ledger before it or the ledger after it, and whole.
#include <functional>
#include <string>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/faulty_vfs.hpp"
#include "tests/store/workload.hpp"

namespace giro::test {
namespace {

using store::CommitResult;
using store::Store;
using Failure = FaultyDisk::Failure;

constexpr Failure kFailures[] = {Failure::broken_once, Failure::broken, Failure::full_once,
                                 Failure::full};
constexpr std::uint64_t kStepsMax = 3'000;  // No operation here takes as many.

// A ledger with something for every kind of upkeep: changed accounts, a run to seal, runs to merge.
class FaultTest : public testing::Test {
 protected:
  FaultTest() {
    TestLedger ledger({.directory = original_, .keys_in_run = 100});
    Workload workload(50);
    workload.open_accounts(ledger);
    workload.run(ledger, 780, 20);
    before_ = snapshot(ledger.state());
  }

  // A fresh copy of the ledger, on the faulty disk.
  TestLedger copy(std::uint32_t wal_pages_max = 4'096) {
    copy_folder(original_, copy_);
    return TestLedger({.directory = copy_,
                       .keys_in_run = 100,
                       .wal_pages_max = wal_pages_max,
                       .surroundings = {.vfs = disk_.vfs()}});
  }
  // The same group every time.
  static void decide_group(TestLedger& ledger) {
    ledger.open("new", without_floor);
    for (int i = 0; i < 40; ++i) {
      ledger.pay("in group " + std::to_string(i), eur("EUR:0", "new", 10 + i));
      ledger.pay_all("legs " + std::to_string(i),
                     {eur("EUR:0", "EUR:1", 1), eur("new", "EUR:0", 1)},
                     [](auto& p) { p.reference = "legs"; });
    }
  }
  Snapshot after_group() {
    TestLedger ledger = copy();
    decide_group(ledger);
    ledger.commit();
    return snapshot(ledger.state());
  }
  // What is there with a healthy disk.
  Snapshot recovered() {
    disk_.heal();
    const TestLedger ledger({.directory = copy_, .keys_in_run = 100});
    return snapshot(ledger.state());
  }

  // Fails step 1 of `operation`, then step 2, ... until it gets through; `check` after each.
  template <class Result>
  void at_every_step(std::uint32_t wal_pages_max, void (*prepare)(TestLedger&),
                     const std::function<Result(TestLedger&)>& operation,
                     const std::function<void(Result)>& check) {
    for (const Failure failure : kFailures) {
      std::uint64_t step = 1;
      for (;; ++step) {
        ASSERT_LT(step, kStepsMax);
        Result result{};
        {
          TestLedger ledger = copy(wal_pages_max);
          prepare(ledger);
          disk_.fail_at(step, failure);
          result = operation(ledger);
        }
        const bool reached = disk_.failed();
        SCOPED_TRACE("failure " + std::to_string(static_cast<int>(failure)) + " at step " +
                     std::to_string(step));
        check(result);
        if (HasFatalFailure()) return;
        const std::string problems = problems_of(copy_ / "ledger.db");
        ASSERT_EQ(problems, "");
        if (!reached) break;
      }
      EXPECT_GT(step, 5U) << "the operation did next to nothing";
    }
  }

  void expect_commits_whole_or_not_at_all(std::uint32_t wal_pages_max) {
    const Snapshot after = after_group();
    at_every_step<CommitResult>(
        wal_pages_max, decide_group, [](TestLedger& ledger) { return ledger.store().commit(); },
        [&](CommitResult result) {
          const Snapshot found = recovered();
          ASSERT_TRUE(found == before_ || found == after) << "a mixture";
          ASSERT_TRUE(result != CommitResult::committed || found == after) << "a commit was lost";
          ASSERT_TRUE(result != CommitResult::refused || found == before_) << "it was written";
        });
  }

  FaultyDisk disk_;
  ScratchFolder folder_;
  std::filesystem::path original_ = folder_.path() / "original";
  std::filesystem::path copy_ = folder_.path() / "copy";
  Snapshot before_;
};

TEST_F(FaultTest, ACommitIsThereWholeOrNotAtAll) {
  expect_commits_whole_or_not_at_all(4'096);
}

TEST_F(FaultTest, ACommitThatCheckpointsIsThereWholeOrNotAtAll) {
  expect_commits_whole_or_not_at_all(1);
}

TEST_F(FaultTest, UpkeepThatFailsChangesNothing) {
  at_every_step<int>(
      1, [](TestLedger&) {},
      [](TestLedger& ledger) {
        while (ledger.store().idle_step() == Store::Idle::more) {
        }
        return 0;
      },
      [&](int) { ASSERT_EQ(recovered(), before_); });
}

TEST_F(FaultTest, ACleanStopThatFailsChangesNothing) {
  at_every_step<int>(
      4'096, [](TestLedger&) {},
      [](TestLedger& ledger) {
        ledger.store().close();
        return 0;
      },
      [&](int) { ASSERT_EQ(recovered(), before_); });
}

TEST_F(FaultTest, ANewLedgerThatCouldNotBeMadeIsMadeTheNextTime) {
  for (const Failure failure : kFailures) {
    for (std::uint64_t step = 1;; ++step) {
      ASSERT_LT(step, kStepsMax);
      std::filesystem::remove_all(copy_);
      disk_.fail_at(step, failure);
      const bool made =
          Ledger::open({.directory = copy_, .surroundings = {.vfs = disk_.vfs()}}).has_value();
      const bool reached = disk_.failed();
      EXPECT_TRUE(made || reached);
      disk_.heal();
      TestLedger ledger({.directory = copy_, .surroundings = {.vfs = disk_.vfs()}});
      open_few_accounts(ledger);
      ASSERT_EQ(problems_of(ledger.file()), "") << "step " << step;
      if (!reached) break;
    }
  }
}

TEST_F(FaultTest, AFullDiskIsSaidToBeFullAndAnIoErrorIsNot) {
  for (const Failure failure : kFailures) {
    disk_.heal();
    TestLedger ledger = copy();
    decide_group(ledger);
    disk_.fail_at(1, failure);
    const bool full = failure == Failure::full || failure == Failure::full_once;
    EXPECT_EQ(ledger.store().commit(), full ? CommitResult::refused : CommitResult::unknown);
    EXPECT_FALSE(ledger.store().failure().empty());
  }
}

// The daemon refuses payments on a full disk, and goes on without a restart once there is room.
TEST_F(FaultTest, GoesOnAfterAFullDisk) {
  TestLedger ledger = copy();
  decide_group(ledger);
  disk_.fail_at(1, Failure::full);
  ASSERT_EQ(ledger.store().commit(), CommitResult::refused);
  for (int attempt = 0; attempt < 3; ++attempt) {
    ASSERT_NO_THROW(ledger.crash_and_reopen()) << "a ledger must start on a full disk";
    ASSERT_EQ(snapshot(ledger.state()), before_);
    ASSERT_EQ(ledger.store().probe(), CommitResult::refused);
  }
  ledger.crash_and_reopen();
  disk_.heal();
  EXPECT_EQ(ledger.store().probe(), CommitResult::committed);
  decide_group(ledger);
  ledger.commit();
  ledger.crash_and_reopen();
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(FaultTest, StartsOnAFullDiskWithARunOfKeysHalfWritten) {
  TestLedger ledger = copy();
  ledger.crash();
  open_to_change(copy_ / "ledger.db")
      .exec("INSERT INTO key_blocks VALUES (900 << 32, zeroblob(24))");
  disk_.fail_at(1, Failure::full);
  ASSERT_NO_THROW(ledger.reopen());
  EXPECT_EQ(snapshot(ledger.state()), before_);
}

// A store whose upkeep failed is dropped by the daemon; one that isn't must not lose balances.
TEST_F(FaultTest, AProbeThatIsTriedAgainLosesNothing) {
  for (const Failure failure : {Failure::full_once, Failure::broken_once}) {
    {
      TestLedger ledger = copy();
      disk_.fail_at(1, failure);
      ASSERT_NE(ledger.store().probe(), CommitResult::committed);
      (void)ledger.store().probe();
      while (ledger.store().idle_step() == Store::Idle::more) {
      }
    }
    EXPECT_EQ(recovered(), before_);
    EXPECT_EQ(problems_of(copy_ / "ledger.db"), "");
  }
}

}  // namespace
}  // namespace giro::test
