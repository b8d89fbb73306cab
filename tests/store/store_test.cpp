// What was decided is there again, after every kind of stop.
#include "ledger/store/store.hpp"

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/store/schema/schema.hpp"
#include "tests/ledger/bodies.hpp"
#include "tests/store/workload.hpp"

namespace giro::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

void run_and_reopen_after_every_group(std::uint64_t seed, void (TestLedger::*reopen)()) {
  TestLedger ledger({.keys_in_run = 100, .wal_pages_max = 40});
  Workload workload(seed);
  workload.open_accounts(ledger);
  for (int group = 0; group < 60; ++group) {
    workload.decide(ledger, 1 + workload.pick(40));
    ledger.commit();
    if (workload.pick(4) == 0) (void)ledger.store().idle_step();
    const Snapshot before = snapshot(ledger.state());
    (ledger.*reopen)();
    ASSERT_EQ(snapshot(ledger.state()), before) << "after group " << group << ", seed " << seed;
  }
  EXPECT_EQ(problems_of(ledger.file()), "");
}

std::string refusal_of(const store::StoreOptions& options) {
  const auto opened = Ledger::open(options);
  return opened ? "" : opened.error();
}

TEST(Store, ReopenedAfterEveryGroupThatACrashEndedHasTheSameState) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    run_and_reopen_after_every_group(seed, &TestLedger::crash_and_reopen);
  }
}

TEST(Store, ReopenedAfterEveryGroupThatACleanStopEndedHasTheSameState) {
  for (const std::uint64_t seed : {4, 5, 6}) {
    run_and_reopen_after_every_group(seed, &TestLedger::close_and_reopen);
  }
}

TEST(Store, KeepsEveryEntryToTheLetter) {
  TestLedger ledger;
  Workload workload(7);
  workload.open_accounts(ledger);
  workload.run(ledger, 1'500, 100);
  const auto reader = ledger.reader();
  for (const Entry& entry : ledger.journal()) {
    const auto read = reader->entry(entry.seq);
    ASSERT_TRUE(read.has_value());
    ASSERT_TRUE(*read == entry) << "seq " << entry.seq << ", key " << entry.key.view();
  }
  EXPECT_FALSE(reader->entry(ledger.state().seq() + 1).has_value());
}

TEST(Store, GoesOnWithTheNextSeqAndALaterTimeAfterACrash) {
  TestLedger ledger;
  open_few_accounts(ledger);
  const Timestamp last = ledger.state().at();
  ledger.crash_and_reopen();
  ledger.now = Timestamp{5};  // The clock jumped back.
  ledger.pay("k", eur("world", "ada", 5));
  ledger.commit();
  EXPECT_EQ(ledger.journal().back().seq, 4U);
  EXPECT_EQ(ledger.journal().back().at.ns, last.ns + 1);
}

TEST(Store, ForgetsAGroupThatWasNotCommitted) {
  TestLedger ledger;
  open_few_accounts(ledger);
  const Snapshot before = snapshot(ledger.state());
  ledger.pay("k", eur("world", "ada", 5));
  ledger.open("carol");
  ledger.crash_and_reopen();
  EXPECT_EQ(snapshot(ledger.state()), before);
  EXPECT_EQ(ledger.seq_of(PaymentKey("k")), 0U);
}

TEST(Store, AnswersEveryPaymentOfThePastWithItsFirstOutcome) {
  TestLedger ledger({.keys_in_run = 100});
  Workload workload(8);
  workload.open_accounts(ledger);
  workload.run(ledger, 1'500, 50);
  for (int life = 0; life < 2; ++life, ledger.crash_and_reopen()) {
    for (const SentPayment& sent : workload.sent()) {
      const auto decision = ledger.submit(sent.check());
      const auto* prior = std::get_if<Replayed>(&decision);
      ASSERT_NE(prior, nullptr) << sent.key;
      ASSERT_TRUE(*prior->entry == ledger.journal()[prior->entry->seq - 1]) << sent.key;
    }
    EXPECT_TRUE(ledger.store().group().empty());
  }
}

TEST(Store, NamesTheFieldInWhichARequestDiffersFromTheOneOfItsKey) {
  TestLedger ledger;
  open_few_accounts(ledger);
  const auto conflict = [&](const LegRequest& leg, auto change) {
    const auto decision = ledger.pay("k", leg, change);
    const auto* found = std::get_if<Refused>(&decision);
    return found == nullptr ? "" : std::to_string(found->conflict_seq) + " " + found->refusal.field;
  };
  const auto expect_conflicts = [&] {
    EXPECT_EQ(conflict(eur("world", "ada", 6), unchanged), "4 amount");
    EXPECT_EQ(conflict(eur("world", "bob", 5), unchanged), "4 to");
    EXPECT_EQ(conflict(eur("world", "ada", 5), [](auto& p) { p.reference = "r"; }), "4 reference");
    EXPECT_TRUE(std::holds_alternative<Replayed>(ledger.pay("k", eur("world", "ada", 5))));
  };
  ledger.pay("k", eur("world", "ada", 5));
  expect_conflicts();  // Within the open group.
  ledger.commit();
  expect_conflicts();
  ledger.crash_and_reopen();
  expect_conflicts();
}

TEST(Store, AnswersTheSameOpeningOfAnAccountWithItsFirstOutcome) {
  TestLedger ledger;
  const auto terms = [](OpenAccountRequest& open) {
    open.floor = -5, open.ceiling = 100, open.metadata = R"({"a":1})";
  };
  const auto expect_prior = [&] {
    const auto decision = ledger.open("ada", terms);
    const auto* prior = std::get_if<Replayed>(&decision);
    ASSERT_NE(prior, nullptr);
    EXPECT_EQ(prior->entry->seq, 1U);
    EXPECT_EQ(ledger.ledger().account_metadata(1), R"({"a":1})");
  };
  EXPECT_TRUE(std::holds_alternative<Decided>(ledger.open("ada", terms)));
  expect_prior();
  ledger.commit();
  expect_prior();
  ledger.crash_and_reopen();
  expect_prior();
  EXPECT_TRUE(std::holds_alternative<Decided>(ledger.open("ada")));
  EXPECT_EQ(ledger.store().group().back().outcome, Rejection::account_exists_with_different_floor);
}

TEST(Store, ADryRunLeavesNothing) {
  TestLedger ledger;
  open_few_accounts(ledger);
  const Snapshot before = snapshot(ledger.state());
  const auto decision = ledger.pay("k", eur("world", "ada", 5), dry);
  ASSERT_TRUE(std::holds_alternative<Rehearsed>(decision));
  EXPECT_EQ(payment_of(*std::get<Rehearsed>(decision).entry).posting.to_after, 5);
  EXPECT_TRUE(ledger.store().group().empty());
  EXPECT_EQ(snapshot(ledger.state()), before);
  EXPECT_EQ(ledger.seq_of(PaymentKey("k")), 0U);
  ledger.commit();
  ledger.crash_and_reopen();
  EXPECT_EQ(snapshot(ledger.state()), before);
}

TEST(Store, IdleStepsComeToAnEndWithEveryAccountWritten) {
  TestLedger ledger({.keys_in_run = 100});
  Workload workload(9);
  workload.open_accounts(ledger);
  workload.run(ledger, 1'000, 100);
  ledger.settle();
  EXPECT_EQ(ledger.store().idle_step(), store::Store::Idle::nothing);
  const SQLite::Database db(ledger.file().string());
  SQLite::Statement swept(const_cast<SQLite::Database&>(db),
                          "SELECT value FROM meta WHERE name = 'swept_seq'");
  ASSERT_TRUE(swept.executeStep());
  EXPECT_EQ(static_cast<Seq>(swept.getColumn(0).getInt64()), ledger.state().seq());
}

TEST(Store, ADropLeavesTheWriteAheadLogAsACrashWould) {
  TestLedger ledger;
  open_few_accounts(ledger);
  const std::string wal = ledger.file().string() + "-wal";
  const auto bytes = std::filesystem::file_size(wal);
  ASSERT_GT(bytes, 0U);
  ledger.crash();
  ASSERT_TRUE(std::filesystem::exists(wal));
  EXPECT_EQ(std::filesystem::file_size(wal), bytes);
}

TEST(Store, ACleanStopEmptiesTheWriteAheadLog) {
  TestLedger ledger;
  open_few_accounts(ledger);
  ledger.close();
  const std::filesystem::path wal = ledger.file().string() + "-wal";
  EXPECT_TRUE(!std::filesystem::exists(wal) || std::filesystem::file_size(wal) == 0);
}

TEST(Store, CheckpointsKeepTheWriteAheadLogSmall) {
  TestLedger ledger({.wal_pages_max = 50});
  Workload workload(10);
  workload.open_accounts(ledger);
  workload.run(ledger, 3'000, 50);
  EXPECT_LT(ledger.store().figures().wal_bytes, 150U * 4'120);
}

TEST(Store, RefusesASecondWriter) {
  TestLedger ledger;
  EXPECT_THAT(refusal_of(ledger.options()), HasSubstr("another girod keeps the ledger"));
}

TEST(Store, RefusesAFolderWithADatabaseOfAnotherProgramAndLeavesItAlone) {
  const ScratchFolder folder;
  const std::filesystem::path file = folder.path() / "ledger.db";
  SQLite::Database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("CREATE TABLE recipes (name TEXT)");
  const std::string before = read_file(file);
  EXPECT_THAT(refusal_of({.directory = folder.path()}), HasSubstr("database of another program"));
  EXPECT_TRUE(read_file(file) == before) << "the other program's file was changed";
}

TEST(Store, RefusesAFileThatIsNoDatabase) {
  const ScratchFolder folder;
  write_file(folder.path() / "ledger.db", std::string(10'000, 'x'));
  EXPECT_THAT(refusal_of({.directory = folder.path()}), HasSubstr("not a database"));
  EXPECT_EQ(read_file(folder.path() / "ledger.db"), std::string(10'000, 'x'));
}

TEST(Store, RefusesALedgerOfAnotherSchemaVersion) {
  TestLedger ledger;
  ledger.close();
  const std::string next = std::to_string(store::kSchemaVersion + 1);
  open_to_change(ledger.file()).exec("PRAGMA user_version = " + next);
  EXPECT_THAT(refusal_of(ledger.options()),
              AllOf(HasSubstr("schema version " + next),
                    HasSubstr("to " + std::to_string(store::kSchemaVersion) + " only")));
}

TEST(Store, RefusesALedgerWithoutItsSecretBecauseItCouldFindNoKey) {
  TestLedger ledger;
  ledger.close();
  open_to_change(ledger.file()).exec("DELETE FROM meta WHERE name = 'secret'");
  EXPECT_THAT(refusal_of(ledger.options()), HasSubstr("secret"));
}

}  // namespace
}  // namespace giro::test
