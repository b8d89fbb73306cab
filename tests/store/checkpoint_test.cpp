// The write-ahead log beside readers that stay open: it may grow, it is told, and it shrinks again.
#include <string>

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/store/sqlite/checkpointer.hpp"
#include "tests/store/faulty_vfs.hpp"
#include "tests/store/test_ledger.hpp"

namespace giro::test {
namespace {

using store::Checkpointer;
using testing::HasSubstr;

class Checkpoints : public testing::Test {
 protected:
  void pay_many(int commits) {
    for (int i = 0; i < commits; ++i) {
      for (int j = 0; j < 300; ++j) {
        const std::string note(1'000, 'x');
        ledger.pay("k" + std::to_string(++keys_), eur("world", "ada", 1),
                   [&](auto& p) { p.description = note; });
      }
      ledger.commit();
    }
  }
  [[nodiscard]] std::uintmax_t log_size() const {
    return std::filesystem::file_size(ledger.file().string() + "-wal");
  }

  FaultyDisk disk;
  TestLedger ledger{{.wal_pages_max = 256, .surroundings = {.vfs = disk.vfs()}}};

 private:
  int keys_ = 0;
};

TEST_F(Checkpoints, BesideAnOpenReaderSayThatItHoldsTheLogAndShrinkItOnceItIsGone) {
  open_few_accounts(ledger);
  {
    SQLite::Database reader(ledger.file().string(), SQLite::OPEN_READWRITE);
    reader.exec("BEGIN");
    reader.execAndGet("SELECT count(*) FROM journal");
    pay_many(80);
    EXPECT_THAT(ledger.store().checkpoint_trouble(), HasSubstr("reader"));
    EXPECT_TRUE(ledger.store().checkpoint_waits());
    EXPECT_GT(log_size(), Checkpointer::kLogBytesKept);
    EXPECT_GT(ledger.store().log_bytes(), Checkpointer::kLogBytesKept);
  }
  pay_many(4);
  EXPECT_EQ(ledger.store().checkpoint_trouble(), "");
  EXPECT_LE(log_size(), Checkpointer::kLogBytesKept);
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(Checkpoints, ThatFailAreToldAndLoseNothing) {
  open_few_accounts(ledger);
  bool told = false;
  bool told_of_anchor = false;
  for (std::uint64_t step = 1; step < 400 && !told; ++step) {
    disk.fail_at(step, FaultyDisk::Failure::broken_once);
    ledger.pay("p" + std::to_string(step), eur("world", "ada", 1));
    for (int j = 0; j < 600; ++j) {
      ledger.pay("f" + std::to_string(step) + "-" + std::to_string(j), eur("world", "ada", 1));
    }
    if (ledger.store().commit() == store::CommitResult::committed) {
      (void)ledger.store().take_group();
      const std::string& trouble = ledger.store().checkpoint_trouble();
      told_of_anchor = told_of_anchor || trouble == "the file `anchor` can't be written";
      told = trouble.starts_with("a checkpoint failed");
    }
    disk.heal();
    if (ledger.store().is_spent()) ledger.crash_and_reopen();
  }
  ASSERT_TRUE(told) << "no checkpoint failed";
  EXPECT_TRUE(told_of_anchor) << "whose failures stop no payment";
  EXPECT_FALSE(ledger.store().checkpoint_waits());
  pay_many(6);
  EXPECT_EQ(ledger.store().checkpoint_trouble(), "");
  ledger.crash_and_reopen();
  EXPECT_EQ(problems_of(ledger.file()), "");
}

}  // namespace
}  // namespace giro::test
