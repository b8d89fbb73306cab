// What a start tells is on disk: a log that nobody synced is made durable first.
#include <string>

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/faulty_vfs.hpp"
#include "tests/store/test_ledger.hpp"

namespace giro::test {
namespace {

using store::CommitResult;
using store::ObstacleKind;
using testing::HasSubstr;
using Failure = FaultyDisk::Failure;

class DurableStart : public testing::Test {
 protected:
  DurableStart() { open_few_accounts(ledger); }

  void decide(std::string_view key) { ledger.pay(key, eur("world", "ada", 5)); }
  // The commit's log is written, and its sync, the last step, fails: the disk may have it or not.
  void commit_without_sync() {
    for (std::uint64_t step = 1;; ++step) {
      decide("in doubt " + std::to_string(step));
      disk.fail_at(step, Failure::broken_once);
      const CommitResult result = ledger.store().commit();
      const bool failed = disk.failed();
      disk.heal();
      if (!failed) break;
      ASSERT_EQ(result, CommitResult::unknown);
      doubtful = "in doubt " + std::to_string(step);
      ledger.crash_and_reopen();
      if (ledger.seq_of(PaymentKey(doubtful)) != 0) return;  // All of it was written.
    }
    FAIL() << "no step left a whole commit that wasn't synced";
  }
  Seq find(std::string_view key) { return ledger.seq_of(PaymentKey(key)); }

  FaultyDisk disk;
  TestLedger ledger{{.surroundings = {.vfs = disk.vfs()}}};
  std::string doubtful;
};

TEST_F(DurableStart, KeepsThroughAPowerCutWhatItToldAfterASyncThatFailed) {
  ASSERT_NO_FATAL_FAILURE(commit_without_sync());
  const Seq told = find(doubtful);
  ASSERT_NE(told, 0U);
  for (std::uint64_t cut = 1; cut <= 20; ++cut) {
    ledger.crash();
    disk.cut_power(cut);
    ledger.reopen();
    ASSERT_EQ(find(doubtful), told) << "an answered payment is gone after power cut " << cut;
  }
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(DurableStart, DoesNotStartWhereTheSyncFailsAgain) {
  decide("answered");
  ledger.commit();
  ledger.crash();
  for (std::uint64_t step = 1;; ++step) {
    disk.fail_at(step, Failure::broken);
    const auto opened = Ledger::open(ledger.options());
    if (!disk.failed()) break;
    ASSERT_FALSE(opened.has_value()) << "step " << step;
  }
  disk.heal();
  ledger.reopen();
  EXPECT_NE(find("answered"), 0U);
}

TEST_F(DurableStart, OnAFullDiskWaitsUntilThereIsRoomBeforeItTellsAnything) {
  for (int i = 0; i < 200; ++i) decide("answered " + std::to_string(i));
  ledger.commit();
  ledger.crash();
  disk.fail_at(1, Failure::full);
  ledger.reopen();
  ASSERT_TRUE(ledger.store().obstacle().has_value());
  EXPECT_EQ(ledger.store().obstacle()->kind, ObstacleKind::not_durable);
  EXPECT_FALSE(ledger.store().obstacle()->past_is_safe());
  EXPECT_EQ(ledger.store().probe(), CommitResult::refused);
  EXPECT_TRUE(ledger.store().obstacle().has_value());

  disk.heal();
  EXPECT_EQ(ledger.store().probe(), CommitResult::committed);
  EXPECT_FALSE(ledger.store().obstacle().has_value());
  decide("after");
  ledger.commit();
  ledger.crash();
  disk.cut_power(3);
  ledger.reopen();
  EXPECT_NE(find("answered 199"), 0U);
  EXPECT_NE(find("after"), 0U);
}

// Its entries were synced by this process, so that replays go on at once on a full disk.
TEST_F(DurableStart, NeedsNoRoomForWhatThisProcessCommitted) {
  decide("answered");
  ledger.commit();
  store::StoreOptions options = ledger.options();
  options.durable_seq = ledger.state().seq();
  ledger.crash();
  disk.fail_at(1, Failure::full);
  const auto reopened = must_open(Ledger::open(options));
  EXPECT_FALSE(reopened->store().obstacle().has_value());
  EXPECT_NE(reopened->find_payment(PaymentKey("answered")).value(), nullptr);
}

TEST_F(DurableStart, WaitsForAReaderThatKeepsTheLogFromTheFile) {
  SQLite::Database reader(ledger.file().string(), SQLite::OPEN_READWRITE);
  reader.exec("BEGIN");
  reader.execAndGet("SELECT count(*) FROM journal");
  decide("answered");
  ledger.commit();
  ledger.crash_and_reopen();
  ASSERT_TRUE(ledger.store().obstacle().has_value());
  EXPECT_THAT(ledger.store().obstacle()->what, HasSubstr("reader"));
  reader.exec("COMMIT");
  EXPECT_EQ(ledger.store().probe(), CommitResult::committed);
}

// Commits that come after one that failed could lie behind log that never reached the disk.
TEST_F(DurableStart, UpkeepWhoseCommitFailedEndsTheStoreForGood) {
  for (int i = 0; i < 50; ++i) decide("p" + std::to_string(i));
  ledger.commit();
  disk.fail_at(1, Failure::broken_once);
  ASSERT_EQ(ledger.store().idle_step(), store::Store::Idle::unknown);
  EXPECT_TRUE(ledger.store().is_spent());
  EXPECT_EQ(ledger.store().idle_step(), store::Store::Idle::unknown);
  EXPECT_EQ(ledger.store().probe(), CommitResult::unknown);
  decide("after");
  EXPECT_EQ(ledger.store().commit(), CommitResult::unknown);
  ledger.crash_and_reopen();
  EXPECT_EQ(find("after"), 0U);
}

}  // namespace
}  // namespace giro::test
