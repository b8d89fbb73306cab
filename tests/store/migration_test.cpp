// A ledger of an older version is brought to this one at its first start, all of it or nothing.
// The old one is real: tests/store/fixtures says how it was made.
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/store/schema/schema.hpp"
#include "tests/store/backed_up_ledger.hpp"
#include "tests/store/faulty_vfs.hpp"
#include "tests/store/old_ledger.hpp"
#include "tests/store/test_ledger.hpp"

namespace giro::test {
namespace {

using testing::HasSubstr;

using Rows = std::vector<std::string>;

Rows rows_of(const std::filesystem::path& file, const std::string& sql) {
  const SQLite::Database db(file.string(), SQLite::OPEN_READWRITE);
  SQLite::Statement row(db, sql);
  Rows rows;
  while (row.executeStep()) {
    std::string text;
    for (int column = 0; column < row.getColumnCount(); ++column) {
      text += row.getColumn(column).getString() + "|";
    }
    rows.push_back(std::move(text));
  }
  return rows;
}

class AnOldLedger : public testing::Test {
 protected:
  explicit AnOldLedger(OldLedger old) : old_(std::move(old)) { make_old_ledger(); }

  void make_old_ledger() { old_.make_in(directory()); }

  [[nodiscard]] std::filesystem::path directory() const { return folder_.path() / "ledger"; }
  [[nodiscard]] std::filesystem::path file() const { return directory() / "ledger.db"; }
  [[nodiscard]] store::StoreOptions options() const { return {.directory = directory()}; }
  [[nodiscard]] Rows version() const { return rows_of(file(), "PRAGMA user_version"); }
  [[nodiscard]] Rows old_version() const { return {std::to_string(old_.version) + "|"}; }

  void expect_the_same_ledger() {
    const auto report = store::verify(file(), [] { return false; });
    EXPECT_EQ(report.head_seq, old_.head);
    EXPECT_EQ(report.head_digest, old_.digest);
    EXPECT_EQ(problems_of(file()), "");
  }

  const OldLedger old_;

 private:
  ScratchFolder folder_;
};

class Migration : public AnOldLedger, public testing::WithParamInterface<OldLedger> {
 protected:
  Migration() : AnOldLedger(GetParam()) {}
};
INSTANTIATE_TEST_SUITE_P(OfALedger, Migration,
                         testing::Values(kVersion2, kVersion3, kVersion4, kVersion5, kVersion6),
                         [](const auto& old) { return old.param.text(); });

TEST_P(Migration, KeepsTheJournalToTheLetterAndItsChain) {
  const char* const sql =
      "SELECT seq, at, kind, outcome, uid, key, from_account, to_account, amount, from_prev, "
      "to_prev, from_after, to_after, details, metadata, hex(digest) FROM journal ORDER BY seq";
  const Rows before = rows_of(file(), sql);
  const TestLedger ledger(options());
  EXPECT_EQ(rows_of(file(), sql), before);
  EXPECT_EQ(version(), Rows{std::to_string(store::kSchemaVersion) + "|"});
  expect_the_same_ledger();
}

TEST_P(Migration, KeepsEveryAccountAsTheOldProgramShowedIt) {
  const char* const accounts =
      "SELECT number, id, currency, scale, floor, ceiling, posted_in, posted_out, balance, "
      "version, "
      "opened_seq, last_seq, metadata FROM v_accounts ORDER BY number";
  // Since version 6 the view says `held` or `captured` where it said `applied`, as answers do.
  const char* const payments =
      "SELECT seq, at, type, iif(status = 'rejected', status, 'applied'), code, uid, key, from_id, "
      "to_id, amount, from_after, to_after, "
      "has_legs, details, metadata FROM v_entries ORDER BY seq";
  const Rows before = rows_of(file(), accounts);
  const Rows entries = rows_of(file(), payments);
  ASSERT_THAT(before, testing::Contains(HasSubstr("9223372036854775807")));
  const TestLedger ledger(options());
  EXPECT_EQ(rows_of(file(), accounts), before);
  EXPECT_EQ(rows_of(file(), payments), entries);
}

TEST_P(Migration, FindsEveryKeyThatDecided) {
  const Rows keys =
      rows_of(file(), "SELECT seq || ' ' || key FROM journal WHERE kind NOT IN (2, 6, 11)");
  ASSERT_GT(keys.size(), 400U);
  TestLedger ledger(options());
  for (const std::string& row : keys) {
    const std::size_t space = row.find(' ');
    const std::string key = row.substr(space + 1, row.size() - space - 2);
    ASSERT_EQ(std::to_string(ledger.seq_of(PaymentKey(key))), row.substr(0, space)) << key;
  }
  const auto decision = ledger.pay("rich-1", eur("eur:rich", "eur:poor", kAmountMax));
  EXPECT_TRUE(std::holds_alternative<Replayed>(decision));
}

TEST_P(Migration, GoesOnDecidingWhereTheOldTotalsWereFull) {
  TestLedger ledger(options());
  const LegRequest leg{.from = "wei:world", .to = "wei:a", .amount = 1'000, .currency = "WEI"};
  ledger.pay("next", leg);
  ledger.commit();
  EXPECT_TRUE(ledger.journal().back().applied());
  ledger.close_and_reopen();
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_P(Migration, LeavesALedgerWhoseBackupIsRestoredToTheLetter) {
  {
    const TestLedger migrated(options());
  }
  const ScratchFolder folder;
  const auto backup = folder.path() / "backup";
  must_succeed(store::back_up_to_file(directory(), backup, store::DurableFile::Existing::stays,
                                      tell_nobody));
  const auto restored = folder.path() / "restored";
  const auto made = must_succeed(
      store::restore({.source = backup, .directory = restored, .until = {}}, tell_nobody));
  EXPECT_EQ(store::to_hex(made.end.digest), old_.digest);
  EXPECT_EQ(journal_rows(restored, old_.head), journal_rows(directory(), old_.head));
}

// What a query or a program relies on is the same in both.
TEST_P(Migration, LeavesTheTablesViewsAndCodesOfANewLedger) {
  const TestLedger migrated(options());
  const TestLedger made;
  const char* const columns =
      "SELECT m.name, c.cid, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk FROM sqlite_master "
      "m, "
      "pragma_table_xinfo(m.name) c WHERE m.type IN ('table', 'view') ORDER BY 1, 2";
  EXPECT_EQ(rows_of(migrated.file(), columns), rows_of(made.file(), columns));
  for (const char* const sql :
       {"SELECT name, sql FROM sqlite_master WHERE type = 'view' ORDER BY name",
        "SELECT code, name FROM codes ORDER BY code"}) {
    EXPECT_EQ(rows_of(migrated.file(), sql), rows_of(made.file(), sql));
  }
}

class MigrationOfVersion5 : public AnOldLedger {
 protected:
  MigrationOfVersion5() : AnOldLedger(kVersion5) {}
};

TEST_F(MigrationOfVersion5, KnowsWhatCountsOnAnotherDay) {
  const TestLedger ledger(options());
  EXPECT_EQ(
      rows_of(file(),
              "SELECT account, effective_date, key FROM v_effective JOIN v_entries USING (seq) "
              "ORDER BY 2, 1"),
      (Rows{"eur:gone|2001-08-31|dated-1|", "eur:poor|2001-08-31|dated-1|",
            "eur:gone|2001-09-30|legs-1|", "eur:poor|2001-09-30|legs-1|"}));
  EXPECT_EQ(rows_of(file(),
                    "SELECT a.id, sum(change) + sum(change_high) * 1000000000000000000 FROM "
                    "effective_days e JOIN accounts a ON a.number = e.account WHERE days = 1 AND "
                    "day <= 11565 GROUP BY 1 ORDER BY 1"),
            (Rows{"eur:gone|1000|", "eur:poor|-1000|"}))
      << "before its own day";
  EXPECT_EQ(problems_of(file()), "");
}

TEST_P(Migration, KnowsNoNodesAndTakesThemOn) {
  TestLedger ledger(options());
  EXPECT_EQ(rows_of(file(), "SELECT count(*), count(node) FROM v_entries"),
            (Rows{std::to_string(old_.head) + "|0|"}));
  ledger.ledger().ask_at("one");
  ledger.pay("next",
             LegRequest{.from = "wei:world", .to = "wei:a", .amount = 1, .currency = "WEI"});
  ledger.commit();
  EXPECT_EQ(rows_of(file(), "SELECT uid, node FROM v_entries WHERE key = 'next'"),
            (Rows{"1000|one|"}));
  EXPECT_EQ(problems_of(file()), "");
}

TEST_P(Migration, LeavesTheViewsThatSomebodyElseMade) {
  SQLite::Database(file().string(), SQLite::OPEN_READWRITE)
      .exec(
          "CREATE VIEW rich AS SELECT id, balance FROM v_accounts WHERE balance <> 0;"
          "CREATE INDEX by_floor ON accounts (floor)");
  const Rows rich = rows_of(file(), "SELECT * FROM rich ORDER BY id");
  ASSERT_FALSE(rich.empty());
  const TestLedger ledger(options());
  EXPECT_EQ(rows_of(file(), "SELECT * FROM rich ORDER BY id"), rich);
  EXPECT_EQ(problems_of(file()), "");
}

TEST_P(Migration, IsSaidAtTheStartThatMadeIt) {
  TestLedger ledger(options());
  EXPECT_THAT(ledger.store().notices(),
              testing::Contains(HasSubstr("schema version " + std::to_string(old_.version) +
                                          " to " + std::to_string(store::kSchemaVersion))));
  ledger.close_and_reopen();
  EXPECT_THAT(ledger.store().notices(),
              testing::Not(testing::Contains(HasSubstr("schema version"))));
}

TEST_P(Migration, LetsTheNextCommitSayWhichGroupItIs) {
  TestLedger ledger(options());
  // Those of before version 4 never said it.
  const std::uint64_t before = ledger.store().applied_index();
  EXPECT_EQ(before > 0, old_.version >= 4);
  ledger.pay("next",
             LegRequest{.from = "wei:world", .to = "wei:a", .amount = 1, .currency = "WEI"});
  ledger.commit();
  EXPECT_EQ(ledger.store().applied_index(), before + 1);
  ledger.crash_and_reopen();
  EXPECT_EQ(ledger.store().applied_index(), before + 1);
  EXPECT_EQ(problems_of(file()), "");
}

TEST_P(Migration, NeverTouchesALedgerThatIsntOneHistory) {
  SQLite::Database(file().string(), SQLite::OPEN_READWRITE)
      .exec("DELETE FROM journal WHERE seq = 520; PRAGMA wal_checkpoint(TRUNCATE)");
  const std::string before = read_file(file());
  const auto opened = Ledger::open(options());
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error(), HasSubstr("nothing was changed"));
  EXPECT_EQ(read_file(file()), before);
  EXPECT_EQ(version(), old_version());
}

TEST_P(Migration, IsAskedForByWhatOnlyReads) {
  const auto reader = store::Reader::open(file());
  ASSERT_FALSE(reader);
  EXPECT_THAT(reader.error(), HasSubstr("schema version " + std::to_string(old_.version) +
                                        ": start girod on it once"));
  EXPECT_EQ(version(), old_version());
}

// At every step that the disk can fail, once and for good, and when the power goes there.
class MigrationOnADiskThatFails
    : public AnOldLedger,
      public testing::WithParamInterface<std::tuple<OldLedger, FaultyDisk::Failure>> {
 protected:
  MigrationOnADiskThatFails() : AnOldLedger(std::get<OldLedger>(GetParam())) {}
};

TEST_P(MigrationOnADiskThatFails, IsWholeOrWasNotMade) {
  std::set<std::string> versions;
  for (std::uint64_t step = 1;; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    make_old_ledger();
    FaultyDisk disk;
    store::StoreOptions on_disk = options();
    on_disk.surroundings = {.vfs = disk.vfs()};
    disk.fail_at(step, std::get<FaultyDisk::Failure>(GetParam()));
    {
      const auto opened = Ledger::open(on_disk);
      if (!disk.failed()) {
        ASSERT_TRUE(opened) << opened.error();
        break;
      }
      if (!opened) {
        EXPECT_THAT(opened.error(), HasSubstr("start"));
      }
    }
    disk.heal();
    disk.cut_power(step);
    versions.insert(version().front());
    {
      ASSERT_TRUE(Ledger::open(on_disk));
    }
    expect_the_same_ledger();
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_THAT(versions, testing::UnorderedElementsAre(old_version().front(),
                                                      std::to_string(store::kSchemaVersion) + "|"));
}

INSTANTIATE_TEST_SUITE_P(
    Everywhere, MigrationOnADiskThatFails,
    testing::Combine(testing::Values(kVersion2, kVersion3, kVersion4, kVersion5, kVersion6),
                     testing::Values(FaultyDisk::Failure::broken_once, FaultyDisk::Failure::broken,
                                     FaultyDisk::Failure::full_once, FaultyDisk::Failure::full)));

TEST_P(Migration, OnAFullDiskSaysThatNothingChangedAndDoesNotStart) {
  FaultyDisk disk;
  store::StoreOptions on_disk = options();
  on_disk.surroundings = {.vfs = disk.vfs()};
  disk.fail_at(1, FaultyDisk::Failure::full);
  const std::string before = read_file(file());
  const auto opened = Ledger::open(on_disk);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error(),
              testing::AllOf(HasSubstr("schema version " + std::to_string(old_.version)),
                             HasSubstr("It is as it was"), HasSubstr("Make room")));
  EXPECT_EQ(read_file(file()), before);
  EXPECT_EQ(version(), old_version());
}

}  // namespace
}  // namespace giro::test
