// Files that don't belong together: a backup in place of the ledger, beside the log of the file that was
// there before. SQLite reads a blend of both; a start either has the whole ledger, or refuses.
#include <fstream>
#include <string>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "ledger/store/sqlite/damaged_pages.hpp"
#include "tests/store/workload.hpp"

namespace giro::test {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;

void copy_by_backup(const std::filesystem::path& from, const std::filesystem::path& to) {
  SQLite::Database source(from.string(), SQLite::OPEN_READWRITE);
  SQLite::Database target(to.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  sqlite3_backup* backup =
      sqlite3_backup_init(target.getHandle(), "main", source.getHandle(), "main");
  ASSERT_EQ(sqlite3_backup_step(backup, -1), SQLITE_DONE);
  ASSERT_EQ(sqlite3_backup_finish(backup), SQLITE_OK);
}

void copy_by_vacuum(const std::filesystem::path& from, const std::filesystem::path& to) {
  SQLite::Database(from.string(), SQLite::OPEN_READWRITE).exec("VACUUM INTO '" + to.string() + "'");
}

// The file alone, as `cp` would take it while nobody writes: what a checkpoint has moved so far.
void copy_by_cp(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::copy_file(from, to);
}

// Runs of keys are made anew from the journal where a block is missing: no start reads them all.
std::string problems_of_journal(const std::filesystem::path& ledger_file) {
  std::string all;
  for (const store::Problem& problem : store::verify(ledger_file, [] { return false; }).problems) {
    if (problem.what.find("key run") == std::string::npos) all += problem.what + "\n";
  }
  return all;
}

using Copy = void (*)(const std::filesystem::path&, const std::filesystem::path&);

struct Case {
  const char* name;
  Copy copy;
  bool with_anchor;
};

void PrintTo(const Case& kind, std::ostream* out) {
  *out << kind.name;
}

class ABackupBesideAnotherLog : public testing::TestWithParam<Case> {};

TEST_P(ABackupBesideAnotherLog, IsRefusedOrIsTheWholeLedger) {
  int refused = 0;
  int whole = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    TestLedger ledger({.keys_in_run = 150, .wal_pages_max = 60});
    Workload workload(seed);
    workload.open_accounts(ledger);
    std::vector<std::filesystem::path> copies;
    for (int moment = 0; moment < 8; ++moment) {
      workload.run(ledger, 1 + workload.pick(250), 1 + workload.pick(40));
      if (workload.pick(3) == 0) (void)ledger.store().idle_step();
      copies.push_back(ledger.directory().parent_path() / ("copy" + std::to_string(moment)));
      ASSERT_NO_FATAL_FAILURE(GetParam().copy(ledger.file(), copies.back()));
    }
    workload.run(ledger, 1 + workload.pick(100), 20);
    const Snapshot acknowledged = snapshot(ledger.state());
    ledger.crash();
    const std::filesystem::path killed = ledger.directory().parent_path() / "killed";
    copy_folder(ledger.directory(), killed);
    for (const auto& copy : copies) {
      copy_folder(killed, ledger.directory());
      std::filesystem::copy_file(copy, ledger.file(),
                                 std::filesystem::copy_options::overwrite_existing);
      std::filesystem::remove(ledger.file().string() + "-shm");
      if (!GetParam().with_anchor) std::filesystem::remove(ledger.directory() / "anchor");
      const std::string file = read_file(ledger.file());
      const std::string log = read_file(ledger.file().string() + "-wal");
      const auto opened = Ledger::open(ledger.options());
      if (!opened) {
        ++refused;
        EXPECT_THAT(opened.error(), AnyOf(HasSubstr("ledger.db-wal"), HasSubstr("giro verify")));
        EXPECT_TRUE(read_file(ledger.file()) == file) << "seed " << seed << " " << copy;
        EXPECT_TRUE(read_file(ledger.file().string() + "-wal") == log) << "seed " << seed;
        continue;
      }
      ++whole;
      ASSERT_EQ(snapshot((*opened)->state()), acknowledged)
          << "seed " << seed << ": it goes on with a blend of " << copy;
      ASSERT_EQ(problems_of_journal(ledger.file()), "") << "seed " << seed << " " << copy;
    }
  }
  EXPECT_GT(refused, 10);
  RecordProperty("whole", whole);
}

INSTANTIATE_TEST_SUITE_P(
    TwoHistories, ABackupBesideAnotherLog,
    testing::Values(Case{"TakenByBackup", copy_by_backup, true},
                    Case{"TakenByBackupWithoutAnAnchor", copy_by_backup, false},
                    Case{"TakenByVacuum", copy_by_vacuum, true},
                    Case{"TakenByVacuumWithoutAnAnchor", copy_by_vacuum, false},
                    Case{"TakenByCp", copy_by_cp, true},
                    Case{"TakenByCpWithoutAnAnchor", copy_by_cp, false}),
    [](const auto& test) { return std::string(test.param.name); });

// What a power cut may leave of a checkpoint under way: the first sector of the journal's root is an old one, and leads to
// an old end of the journal. The log has the page whole.
TEST(APageHalfWrittenByACheckpoint, IsNoOldFileBesideItsLog) {
  constexpr std::size_t kPageBytes = 4'096;
  constexpr std::size_t kSectorBytes = 512;
  TestLedger ledger({.wal_pages_max = 10'000});
  Workload workload(1);
  workload.open_accounts(ledger);
  workload.run(ledger, 400, 40);
  ledger.close_and_reopen();
  const std::string early = read_file(ledger.file());
  workload.run(ledger, 2'000, 40);
  ledger.close_and_reopen();
  workload.run(ledger, 300, 40);
  const Snapshot acknowledged = snapshot(ledger.state());
  ledger.crash();
  std::string torn = read_file(ledger.file());
  const int root = SQLite::Database("file:" + ledger.file().string() + "?immutable=1",
                                    SQLite::OPEN_READONLY | SQLite::OPEN_URI)
                       .execAndGet("SELECT rootpage FROM sqlite_schema WHERE name = 'journal'")
                       .getInt();
  const std::size_t at = (static_cast<std::size_t>(root) - 1) * kPageBytes;
  torn.replace(at, kSectorBytes, early, at, kSectorBytes);
  std::ofstream(ledger.file(), std::ios::binary) << torn;
  const std::size_t damaged = store::damaged_page_count();
  EXPECT_EQ(problems_of(ledger.file()), "") << "whoever reads it reads that page in the log";
  ledger.reopen();
  EXPECT_EQ(snapshot(ledger.state()), acknowledged);
  EXPECT_EQ(problems_of(ledger.file()), "");
  EXPECT_EQ(store::damaged_page_count(), damaged) << "what the log mends isn't told as damage";
}

// --- each part that can be missing or wrong is told apart, and none leaves a new ledger behind ---

class PartsOfALedger : public testing::Test {
 protected:
  PartsOfALedger() {
    open_few_accounts(ledger);
    ledger.pay("one", eur("world", "ada", 5));
    ledger.commit();
  }
  std::string refusal() {
    const auto opened = Ledger::open(ledger.options());
    return opened ? "" : opened.error();
  }
  std::filesystem::path part(const std::string& name) { return ledger.directory() / name; }
  void remove(const std::string& name) { std::filesystem::remove(part(name)); }

  TestLedger ledger;
};

TEST_F(PartsOfALedger, WithoutItsFileButItsAnchorIsSaidToBeMissing) {
  ledger.close();
  remove("ledger.db");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("ledger.db is missing"), HasSubstr("anchor")));
  EXPECT_FALSE(std::filesystem::exists(part("ledger.db")));
}

TEST_F(PartsOfALedger, WithoutItsFileAndAnchorButItsLogIsSaidToBeMissing) {
  ledger.crash();
  remove("ledger.db");
  remove("anchor");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("ledger.db is missing"), HasSubstr("log")));
  EXPECT_FALSE(std::filesystem::exists(part("ledger.db")));
  EXPECT_GT(std::filesystem::file_size(part("ledger.db-wal")), 0U)
      << "the log is all there is left";
}

TEST_F(PartsOfALedger, WithAnEmptyFileBesideItsLogSaysSo) {
  ledger.crash();
  std::filesystem::resize_file(part("ledger.db"), 0);
  EXPECT_THAT(refusal(), HasSubstr("ledger.db is empty"));
  EXPECT_GT(std::filesystem::file_size(part("ledger.db-wal")), 0U);
}

TEST_F(PartsOfALedger, WithoutItsLogSaysThatTheLogIsMissing) {
  ledger.crash();
  remove("ledger.db-wal");
  remove("ledger.db-shm");
  EXPECT_THAT(refusal(),
              AllOf(HasSubstr("ledger.db-wal, which isn't there"), HasSubstr("acknowledged")));
}

TEST_F(PartsOfALedger, WithAnAnchorOfGarbageSaysSo) {
  ledger.close();
  for (const std::string& garbage : {std::string("garbage"), std::string(4'096, 'x')}) {
    write_file(part("anchor"), garbage);
    EXPECT_THAT(refusal(), AllOf(HasSubstr("anchor"), HasSubstr("didn't write")));
    EXPECT_EQ(read_file(part("anchor")), garbage) << "it may be worth a look";
  }
}

TEST_F(PartsOfALedger, WithATornAnchorStartsAndSaysSo) {
  ledger.pay("two", eur("world", "ada", 5));
  ledger.commit();
  ledger.close();
  std::string bytes = read_file(part("anchor"));
  bytes.at(20) ^= 1;
  write_file(part("anchor"), bytes);
  ledger.reopen();
  ASSERT_EQ(ledger.store().notices().size(), 1U);
  EXPECT_THAT(ledger.store().notices().front(), HasSubstr("damaged"));
}

TEST_F(PartsOfALedger, WithoutAnAnchorBesideEntriesStartsAndSaysSo) {
  ledger.close();
  remove("anchor");
  ledger.reopen();
  ASSERT_EQ(ledger.store().notices().size(), 1U);
  EXPECT_THAT(ledger.store().notices().front(), HasSubstr("no anchor"));
}

// Both points of the anchor were acknowledged: the older one tells as well.
TEST_F(PartsOfALedger, WhoseOlderAnchorPointIsOfAnotherHistoryIsRefused) {
  ledger.pay("two", eur("world", "ada", 5));
  ledger.commit();
  ledger.close();
  std::string bytes = read_file(part("anchor"));
  TestLedger other;
  open_few_accounts(other);
  other.pay("another", eur("world", "bob", 9));
  other.commit();
  other.close();
  const std::string others = read_file(other.directory() / "anchor");
  // A slot of the other ledger in the place of the older one.
  constexpr std::size_t kStride = 512;
  const std::size_t older = bytes.at(8) < bytes.at(kStride + 8) ? 0 : kStride;
  const std::size_t newest = others.at(8) > others.at(kStride + 8) ? 0 : kStride;
  bytes.replace(older, 64, others.substr(newest, 64));
  write_file(part("anchor"), bytes);
  EXPECT_THAT(refusal(), HasSubstr("two histories"));
}

// --- a ledger is made only when asked ---

TEST(MakingALedger, IsRefusedInAnEmptyFolderThatNobodyNamedANewLedger) {
  const ScratchFolder folder;
  for (const auto make : {store::MakeLedger::never, store::MakeLedger::in_new_folder}) {
    const auto opened = Ledger::open({.directory = folder.path(), .make = make});
    ASSERT_FALSE(opened.has_value());
    EXPECT_THAT(opened.error(), AllOf(HasSubstr("no ledger in"), HasSubstr("mounted"),
                                      HasSubstr("girod --init --data")));
    EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "something was left behind";
  }
}

TEST(MakingALedger, InAFolderThatIsNotThereNeedsItsParent) {
  const ScratchFolder folder;
  const auto open = [](const std::filesystem::path& directory, store::MakeLedger make) {
    return Ledger::open({.directory = directory, .make = make}).has_value();
  };
  EXPECT_FALSE(open(folder.path() / "new", store::MakeLedger::never));
  EXPECT_FALSE(open(folder.path() / "no" / "parent", store::MakeLedger::in_new_folder));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_TRUE(open(folder.path() / "new", store::MakeLedger::in_new_folder));
  EXPECT_TRUE(open(folder.path() / "new", store::MakeLedger::never)) << "now there is one";
}

TEST(MakingALedger, WhereItWasAskedForSaysThatItDid) {
  const ScratchFolder folder;
  const auto opened = must_open(Ledger::open({.directory = folder.path() / "a" / "b"}));
  ASSERT_EQ(opened->store().notices().size(), 1U);
  EXPECT_THAT(opened->store().notices().front(), HasSubstr("a new ledger was made"));
}

}  // namespace
}  // namespace giro::test
