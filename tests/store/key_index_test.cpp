// A key that was used is found at every moment, whatever its run is going through.
#include "ledger/store/keys/key_index.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/store/schema/schema.hpp"
#include "tests/store/test_ledger.hpp"

namespace giro::test {
namespace {

// A ledger that seals every 100 keys, so that runs of every level come and go.
class KeyIndexTest : public testing::Test {
 protected:
  KeyIndexTest() : ledger({.keys_in_run = 100, .wal_pages_max = 100}) { open_few_accounts(ledger); }

  void pay(std::size_t payments) {
    for (std::size_t i = 0; i < payments; ++i, ++count) {
      // One in seven is rejected: it uses its key up all the same.
      const bool rejected = count % 7 == 0;
      ledger.pay(key_of(count), rejected ? eur("ada", "world", 1'000'000) : eur("world", "bob", 1));
    }
    ledger.commit();
  }

  void expect_every(std::size_t stride) {
    for (std::size_t i = 0; i < count; i += stride) {
      ASSERT_EQ(ledger.seq_of(PaymentKey(key_of(i))), i + 4) << "payment " << i;
    }
    for (std::size_t i = 0; i < 50; ++i) {
      ASSERT_EQ(ledger.seq_of(PaymentKey("unknown-" + std::to_string(count + i))), 0U);
    }
  }

  std::int64_t number(const std::string& sql) const {
    SQLite::Database db(ledger.file().string());
    return db.execAndGet(sql).getInt64();
  }
  std::int64_t orphan_blocks() const {
    return number(
        "SELECT count(*) FROM (SELECT id FROM key_blocks UNION ALL SELECT id FROM key_filters) "
        "WHERE id >> 32 NOT IN (SELECT run FROM key_runs)");
  }

  TestLedger ledger;
  std::size_t count = 0;
};

TEST_F(KeyIndexTest, FindsEveryKeyWhileRunsAreMadeAndMerged) {
  for (int group = 0; group < 400; ++group) {
    pay(30 + static_cast<std::size_t>(group % 50));
    if (group % 5 == 0) (void)ledger.store().idle_step();
    ASSERT_NO_FATAL_FAILURE(expect_every(1 + static_cast<std::size_t>(group % 97))) << group;
  }
  ledger.settle();
  ASSERT_NO_FATAL_FAILURE(expect_every(1));
  EXPECT_GE(number("SELECT max(level) FROM key_runs"), 2) << "no merge of merged runs was tested";
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(KeyIndexTest, FindsEveryKeyAfterACrashAtAnyPointOfRunMaking) {
  for (int life = 0; life < 120; ++life) {
    for (int group = 0; group < 1 + life % 6; ++group) {
      pay(10 + static_cast<std::size_t>(life % 90));
      if (life % 3 == 0) (void)ledger.store().idle_step();
    }
    life % 10 == 9 ? ledger.close_and_reopen() : ledger.crash_and_reopen();
    ASSERT_NO_FATAL_FAILURE(expect_every(1 + static_cast<std::size_t>(life % 13))) << life;
  }
  ASSERT_NO_FATAL_FAILURE(expect_every(1));
  EXPECT_EQ(problems_of(ledger.file()), "");
}

// Keys from before the start are found in their own runs; those since, by one filter of them all. A
// merge takes runs of both kinds.
TEST_F(KeyIndexTest, FindsEveryKeyWhileRunsFromBeforeTheStartAreMerged) {
  for (int life = 0; life < 2; ++life) {
    for (int group = 0; group < 150; ++group) pay(101);  // No upkeep: merges fall behind.
    ledger.crash_and_reopen();
    for (std::size_t step = 0; step < 400; ++step) {
      if (step % 4 == 0) pay(23);
      (void)ledger.store().idle_step();
      if (step % 3 != 0) continue;
      ASSERT_NO_FATAL_FAILURE(expect_every(11 + step % 29)) << step;
    }
  }
  ASSERT_NO_FATAL_FAILURE(expect_every(1));
}

TEST_F(KeyIndexTest, RunsCoverThePastWithoutGaps) {
  for (int group = 0; group < 60; ++group) pay(70);
  ledger.settle();
  EXPECT_EQ(number("SELECT min(first_seq) FROM key_runs"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM key_runs a WHERE first_seq > 1 AND NOT EXISTS "
                   "(SELECT 1 FROM key_runs b WHERE b.last_seq + 1 = a.first_seq)"),
            0);
}

TEST_F(KeyIndexTest, RemovesTheBlocksThatACrashLeftBehind) {
  for (int group = 0; group < 30; ++group) pay(100);
  ledger.settle();
  ledger.crash();
  open_to_change(ledger.file())
      .exec(
          "INSERT INTO key_blocks SELECT (900 << 32) + value, zeroblob(24) FROM "
          "(WITH RECURSIVE n(value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM n LIMIT 700) "
          "SELECT value FROM n)");
  ASSERT_EQ(orphan_blocks(), 700);
  ledger.reopen();
  ASSERT_NO_FATAL_FAILURE(expect_every(1));
  ledger.settle();
  EXPECT_EQ(orphan_blocks(), 0);
  // A number that was used is never used again.
  for (int group = 0; group < 10; ++group) pay(100);
  ledger.settle();
  EXPECT_GT(number("SELECT max(run) FROM key_runs"), 900);
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(KeyIndexTest, LeavesNoBlocksOfRunsThatWereMerged) {
  for (int group = 0; group < 100; ++group) pay(100);
  ledger.settle();
  EXPECT_EQ(orphan_blocks(), 0);
  EXPECT_LT(ledger.store().figures().key_runs, 30U);
}

// Runs as a start may find them, put into the tables by hand: so many keys each, from seq 1 on. A key
// is its seq, mixed. The journal that they are of isn't there.
class RunsByHand {
 public:
  explicit RunsByHand(SQLite::Database& db) : tables_(db) {}

  static std::uint64_t key(Seq seq) { return seq * 0x9E3779B97F4A7C15U; }
  [[nodiscard]] Seq last_seq() const { return last_seq_; }

  void add(int level, std::size_t keys) {
    const auto table = std::make_shared<store::KeyTable>(keys);
    for (std::size_t i = 1; i <= keys; ++i) table->add(key(last_seq_ + i), last_seq_ + i);
    const store::KeyRunInfo run{.run = ++runs_,
                                .level = level,
                                .first_seq = last_seq_ + 1,
                                .last_seq = last_seq_ + keys,
                                .keys = keys};
    const store::PageSink sink{.take = [&](const auto& page) { tables_.insert(page); }};
    (void)store::keys_of_table(table)(run, sink);
    tables_.insert(run);
    last_seq_ += keys;
  }

 private:
  store::KeyRunTables tables_;
  std::uint32_t runs_ = 0;
  Seq last_seq_ = 0;
};

TEST_F(KeyIndexTest, FindsTheOldRunsBehindThoseThatALargeMergeTook) {
  ledger.close();
  SQLite::Database db = store::open_writer(ledger.file());
  RunsByHand runs(db);
  for (int run = 0; run < 8; ++run) runs.add(1, 300);
  for (int run = 0; run < 3; ++run) runs.add(0, 100);
  db.exec("INSERT INTO journal (seq, at, kind, outcome, uid, key) VALUES (2700, 1, 0, 0, 0, '')");
  store::KeyIndex index(db, ledger.file(), store::read_secret(db), {.keys_in_run = 100});
  while (index.run_count() == 11) {
    db.exec("BEGIN");
    index.step(10'000, runs.last_seq());
    db.exec("COMMIT");
  }
  ASSERT_EQ(index.run_count(), 4U) << "one of level 2, and the three behind it";
  for (Seq seq = 1; seq <= runs.last_seq(); ++seq) {
    ASSERT_TRUE(index.find(RunsByHand::key(seq), [&](Seq found) { return found == seq; })) << seq;
  }
}

}  // namespace
}  // namespace giro::test
