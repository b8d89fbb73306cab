// A backup is the ledger's journal, and a restore makes the ledger of any moment from it.
#include "ledger/store/backup/backup.hpp"

#include <atomic>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger/store/schema/schema.hpp"
#include "tests/store/backed_up_ledger.hpp"

namespace giro::test {
namespace {

using testing::HasSubstr;
using Existing = store::DurableFile::Existing;

class Backup : public testing::Test {
 protected:
  store::BackupFigures back_up() {
    return must_succeed(
        store::back_up_to_file(source.ledger.directory(), file(), Existing::stays, tell_nobody));
  }
  [[nodiscard]] std::filesystem::path file() const { return folder.path() / "giro.giro"; }
  [[nodiscard]] std::filesystem::path restored() const { return folder.path() / "restored"; }

  [[nodiscard]] auto restore(std::optional<Moment> until = {}) const {
    std::filesystem::remove_all(restored());
    return store::restore({.source = file(), .directory = restored(), .until = until}, tell_nobody);
  }
  // What is wrong with a backup, as checking it and restoring it both say; "": nothing.
  [[nodiscard]] std::string wrong_with_it() const {
    const auto checked = store::check_backup(file(), tell_nobody);
    const auto made = restore();
    EXPECT_EQ(checked.has_value(), made.has_value());
    EXPECT_EQ(std::filesystem::exists(restored()), made.has_value());
    EXPECT_FALSE(std::filesystem::exists(restored().string() + ".part"));
    if (checked) return "";
    EXPECT_EQ(made.error().what, checked.error().what);
    EXPECT_EQ(checked.error().of, store::BackupFailure::Of::backup);
    return checked.error().what;
  }

  static constexpr std::size_t kPageBytes = 4'096;
  // The page where a table of the ledger begins, which is at rest then.
  [[nodiscard]] std::size_t close_and_find(const std::string& table) {
    source.ledger.close();
    SQLite::Database db = open_to_change(source.ledger.file());
    return static_cast<std::size_t>(
        db.execAndGet("SELECT rootpage FROM sqlite_schema WHERE name = '" + table + "'")
            .getInt64());
  }
  static void flip_in_page(std::string& file, std::size_t page) {
    char& byte = file[(page * kPageBytes) - 600];
    byte = static_cast<char>(byte ^ 4);
  }
  // https://sqlite.org/fileformat.html, "B-tree Pages".
  static std::size_t last_leaf_below(std::size_t page, const std::string& file) {
    constexpr char kInterior = 5;
    const std::size_t at = (page - 1) * kPageBytes;
    if (file.at(at) != kInterior) return page;
    std::size_t last = 0;
    for (std::size_t i = 8; i < 12; ++i)
      last = (last << 8) | static_cast<std::uint8_t>(file[at + i]);
    return last_leaf_below(last, file);
  }

  void expect_the_model(Seq asked) {
    SCOPED_TRACE("up to seq " + std::to_string(asked));
    const BackedUpLedger::Model& model = source.at(asked);
    const auto made = must_succeed(restore(asked));
    EXPECT_EQ(made.end, (store::AnchorPoint{model.state.seq, model.digest}));
    EXPECT_EQ(made.at, model.state.at);
    EXPECT_EQ(journal_rows(restored(), asked),
              journal_rows(source.ledger.directory(), model.state.seq));
    TestLedger opened({.directory = restored()});
    EXPECT_TRUE(snapshot(opened.state()) == model.state);
    EXPECT_EQ(problems_of(opened.file()), "");
  }

  static constexpr const char* kPlace = "main 5f0c 0 00;a=7 b=2";
  // One more group, of a log that other nodes write, too.
  void apply_as_a_node(std::uint64_t index, bool leaves_an_entry = true) {
    if (leaves_an_entry) {
      source.ledger.pay("node-" + std::to_string(index), eur("world", "ada", 1));
    }
    ASSERT_EQ(source.ledger.store().commit(index, kPlace), store::CommitResult::committed);
    (void)source.ledger.store().take_group();
  }
  [[nodiscard]] auto join() const {
    std::filesystem::remove_all(restored());
    return store::restore(
        {.source = file(), .directory = restored(), .until = {}, .keeps_place = true}, tell_nobody);
  }
  // The ledger that was made goes on in the log behind this group, and is the one that was backed up.
  void expect_a_node_at(std::uint64_t index) {
    EXPECT_EQ(must_succeed(join()).place, (store::LogPlace{index, kPlace}));
    TestLedger node({.directory = restored()});
    EXPECT_EQ(node.store().applied_index(), index);
    EXPECT_EQ(node.store().source(), kPlace);
    EXPECT_EQ(node.store().chain_digest(), source.ledger.store().chain_digest());
  }

  ScratchFolder folder;
  BackedUpLedger source{1};
};

TEST_F(Backup, IsRestoredAsItWasAtAnyOf20RandomSeqs) {
  source.run(60);
  const auto made = back_up();
  EXPECT_EQ(made.end, (store::AnchorPoint{source.head(), source.at(source.head()).digest}));
  EXPECT_EQ(made.accounts, source.ledger.state().account_count());
  std::set<EntryKind> kinds;
  for (const Entry& entry : source.ledger.journal()) kinds.insert(entry.kind());
  ASSERT_EQ(kinds.size(), 13U) << "an entry of every kind is in it";
  expect_the_model(source.head());
  for (int i = 0; i < 20; ++i) expect_the_model(1 + source.pick(source.head()));
}

TEST_F(Backup, IsTakenBesideAWriterAtWork) {
  std::atomic<bool> done = false;
  std::thread writer([&] {
    while (!done) {
      source.run(5);
      (void)source.ledger.store().idle_step();
    }
  });
  std::vector<Seq> ends;
  for (int i = 0; i < 5; ++i) {
    std::filesystem::remove(file());
    ends.push_back(back_up().end.seq);
  }
  done = true;
  writer.join();
  EXPECT_TRUE(std::ranges::is_sorted(ends));
  expect_the_model(ends.back());
}

TEST_F(Backup, IsRestoredUpToATime) {
  source.run(20);
  back_up();
  for (int i = 0; i < 5; ++i) {
    const Snapshot& state = source.at(1 + source.pick(source.head())).state;
    EXPECT_EQ(must_succeed(restore(state.at)).end.seq, state.seq);
    const auto before = must_succeed(restore(Timestamp{state.at.ns - 1}));
    EXPECT_LT(before.end.seq, state.seq);
    EXPECT_EQ(before.next_seq, before.end.seq + 1);
    EXPECT_EQ(before.next_last_seq, state.seq);
  }
}

TEST_F(Backup, OfANewLedgerIsANewLedger) {
  TestLedger empty;
  must_succeed(store::back_up_to_file(empty.directory(), file(), Existing::stays, tell_nobody));
  EXPECT_EQ(must_succeed(restore()).end.seq, 0U);
  TestLedger opened({.directory = restored()});
  opened.open("world", without_floor);
  opened.commit();
}

TEST_F(Backup, RestoredGoesOnDecidingAndKnowsEveryKeyOfItsPast) {
  source.run(20);
  back_up();
  ASSERT_TRUE(restore().has_value());
  TestLedger opened({.directory = restored()});
  opened.now = source.ledger.now;
  for (const Entry& entry : source.ledger.journal()) {
    if (!facts_of(entry.kind()).keyed) continue;
    ASSERT_EQ(opened.seq_of(entry.key), entry.seq);
  }
  opened.pay("next", eur("world", "ada", 1));
  opened.commit();
  EXPECT_EQ(opened.state().seq(), source.head() + 1);
  opened.close_and_reopen();
  EXPECT_EQ(problems_of(opened.file()), "");
}

TEST_F(Backup, RestoredHasAnAnchorAndASecretOfItsOwn) {
  source.run(3);
  back_up();
  ASSERT_TRUE(restore().has_value());
  const auto secret_of = [](const std::filesystem::path& ledger) {
    return store::read_secret(SQLite::Database((ledger / "ledger.db").string()));
  };
  EXPECT_NE(secret_of(restored()), secret_of(source.ledger.directory()));
  const auto anchor = store::Anchor::open_at_rest({restored() / "anchor"});
  ASSERT_TRUE(anchor.has_value() && anchor->has_value());
  EXPECT_EQ((*anchor)->point()->seq, source.head());
  EXPECT_EQ(store::size_of(restored() / "ledger.db-wal"), 0U);
}

TEST_F(Backup, SaysWhichCommitAnEntryInTheMiddleOfOneBelongsTo) {
  source.run(1, 1);
  const Seq before = source.head();
  source.run(1, 20);
  source.ledger.pay("more", eur("world", "ada", 1));
  source.ledger.pay("and more", eur("world", "ada", 1));
  source.ledger.commit();
  back_up();
  const auto made = must_succeed(restore(source.head() - 1));
  EXPECT_GE(made.end.seq, before);
  EXPECT_EQ(made.next_seq, source.head() - 1);
  EXPECT_EQ(made.next_last_seq, source.head());
}

TEST_F(Backup, IsForItsUserAlone) {
  back_up();
  struct stat status{};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

// Every byte counts: any that is changed is found, and what the backup is cut down to isn't taken for it.
TEST_F(Backup, ThatIsDamagedAnywhereIsFound) {
  source.run(2, 5);
  back_up();
  const std::string whole = read_file(file());
  for (std::size_t at = 0; at < whole.size(); at += 1 + source.pick(120)) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << source.pick(8)));
    write_file(file(), bytes);
    EXPECT_FALSE(store::check_backup(file(), tell_nobody).has_value()) << "byte " << at;
  }
  for (std::size_t size = 0; size < whole.size(); size += 1 + source.pick(400)) {
    write_file(file(), whole.substr(0, size));
    EXPECT_FALSE(store::check_backup(file(), tell_nobody).has_value()) << "size " << size;
  }
  write_file(file(), whole + "x");
  EXPECT_THAT(wrong_with_it(), HasSubstr("something follows its end"));
  write_file(file(), whole + whole);
  EXPECT_THAT(wrong_with_it(), HasSubstr("something follows its end"));
  write_file(file(), whole.substr(0, whole.size() - 88));
  EXPECT_THAT(wrong_with_it(), HasSubstr("the mark of its end is missing"));
}

TEST_F(Backup, OfANodeMakesAnotherOneThatGoesOnAtTheSameGroup) {
  source.run(3);
  const std::uint64_t index = source.ledger.store().applied_index() + 5;
  apply_as_a_node(index);
  back_up();
  expect_a_node_at(index);
}

TEST_F(Backup, OfANodeKnowsTheGroupsThatLeftNoEntry) {
  source.run(3);
  const std::uint64_t index = source.ledger.store().applied_index() + 1;
  apply_as_a_node(index);
  apply_as_a_node(index + 1'000, false);
  back_up();
  expect_a_node_at(index + 1'000);
}

TEST_F(Backup, OfANodeIsRestoredAsALedgerByItself) {
  source.run(3);
  apply_as_a_node(source.ledger.store().applied_index() + 1);
  back_up();
  must_succeed(restore());
  TestLedger alone({.directory = restored()});
  EXPECT_EQ(alone.store().source(), "");
  EXPECT_EQ(alone.store().chain_digest(), source.ledger.store().chain_digest());
}

TEST_F(Backup, OfALedgerByItselfMakesNoNode) {
  source.run(3);
  back_up();
  const auto made = join();
  ASSERT_FALSE(made.has_value());
  EXPECT_THAT(made.error().what, HasSubstr("doesn't say where in a cluster's log"));
  EXPECT_FALSE(std::filesystem::exists(restored()));
}

TEST_F(Backup, OfANodeThatIsDamagedWhereItsPlaceStandsIsFound) {
  source.run(1, 2);
  apply_as_a_node(source.ledger.store().applied_index() + 1);
  back_up();
  const std::string whole = read_file(file());
  const std::size_t begin = whole.rfind("GIROPLC1");
  ASSERT_NE(begin, std::string::npos);
  for (std::size_t at = begin; at < whole.size(); ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << source.pick(8)));
    write_file(file(), bytes);
    EXPECT_FALSE(store::check_backup(file(), tell_nobody).has_value()) << "byte " << at;
    EXPECT_FALSE(join().has_value()) << "byte " << at;
  }
}

TEST_F(Backup, ThatWasCutShortIsRestoredUpToWhereItGoes) {
  source.run(5);
  back_up();
  const std::string whole = read_file(file());
  write_file(file(), whole.substr(0, whole.size() - 88));
  EXPECT_EQ(must_succeed(restore(source.head() - 1)).next_last_seq, source.head());
}

TEST_F(Backup, OfADamagedJournalIsRefusedAndNamesTheEntry) {
  source.run(5);
  source.ledger.close();
  open_to_change(source.ledger.file()).exec("UPDATE journal SET uid = uid + 1 WHERE seq = 40");
  const auto made =
      store::back_up_to_file(source.ledger.directory(), file(), Existing::stays, tell_nobody);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().of, store::BackupFailure::Of::ledger);
  EXPECT_THAT(made.error().what, HasSubstr("don't lead to its digest"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

// Whether its end can be read, or only what lies before it: damage isn't taken for a matter of rights.
TEST_F(Backup, OfADamagedPageOfTheJournalIsRefusedAndNamesThePage) {
  source.run(40);
  const std::size_t root = close_and_find("journal");
  const std::string whole = read_file(source.ledger.file());
  for (const std::size_t page : {std::size_t{1}, root, last_leaf_below(root, whole)}) {
    std::string bytes = whole;
    flip_in_page(bytes, page);
    write_file(source.ledger.file(), bytes);
    const auto made =
        store::back_up_to_file(source.ledger.directory(), file(), Existing::stays, tell_nobody);
    ASSERT_FALSE(made.has_value()) << page;
    EXPECT_EQ(made.error().of, store::BackupFailure::Of::ledger) << made.error().what;
    EXPECT_THAT(made.error().what, HasSubstr("page " + std::to_string(page) + " of"));
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  }
}

// As where a disk lost writes, or a log was left behind: the anchor knows of more.
TEST_F(Backup, OfAJournalThatLostItsEndIsRefused) {
  source.run(5);
  const Seq head = source.head();
  source.ledger.close();
  const std::string older = read_file(source.ledger.file());
  source.ledger.reopen();
  source.run(1);
  source.ledger.close();
  write_file(source.ledger.file(), older);
  const auto made =
      store::back_up_to_file(source.ledger.directory(), file(), Existing::stays, tell_nobody);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().of, store::BackupFailure::Of::ledger);
  EXPECT_THAT(made.error().what, HasSubstr("ends at seq " + std::to_string(head)));
  EXPECT_THAT(made.error().what, HasSubstr("was acknowledged before"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

// Balances, keys and lists are made anew from the journal: where that is whole, nothing is lost.
TEST_F(Backup, OfALedgerWithADamagedPageBesideTheJournalIsRestoredWhole) {
  source.run(5);
  const std::size_t page = close_and_find("accounts");
  std::string bytes = read_file(source.ledger.file());
  flip_in_page(bytes, page);
  write_file(source.ledger.file(), bytes);
  EXPECT_THAT(problems_of(source.ledger.file()), HasSubstr("checksum"));
  back_up();
  ASSERT_TRUE(restore().has_value());
  EXPECT_EQ(problems_of(restored() / "ledger.db"), "");
}

TEST_F(Backup, OfWhatIsNoLedgerIsRefused) {
  for (const char* const content : {"", "no ledger at all, but long enough to be looked at"}) {
    const auto directory = folder.path() / "other";
    std::filesystem::create_directories(directory);
    write_file(directory / "ledger.db", content);
    const auto made = store::back_up_to_file(directory, file(), Existing::stays, tell_nobody);
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().of, store::BackupFailure::Of::request);
    EXPECT_FALSE(std::filesystem::exists(file()));
  }
}

// A kill before every step that it tells of, and one within it, where it reads and writes.
TEST_F(Backup, ThatIsKilledLeavesAWholeFileOrNone) {
  source.run(10);
  int steps = 0;
  for (bool finished = false; !finished; ++steps) {
    const pid_t child = ::fork();
    if (child == 0) {
      int left = steps;
      const auto die = [&left](const store::BackupProgress&) {
        if (left-- == 0) (void)::raise(SIGKILL);
      };
      const auto made =
          store::back_up_to_file(source.ledger.directory(), file(), Existing::stays, die);
      ::_exit(made ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    finished = WIFEXITED(status);
    EXPECT_TRUE(!finished || WEXITSTATUS(status) == 0) << "what a kill left is in nobody's way";
    EXPECT_EQ(std::filesystem::exists(file()), finished) << "after step " << steps;
  }
  EXPECT_GE(steps, 6);
  EXPECT_EQ(wrong_with_it(), "");
}

TEST_F(Backup, ThatFindsNoRoomLeavesNothing) {
  source.run(10);
  const auto size = back_up().bytes;
  std::filesystem::remove(file());
  const pid_t child = ::fork();
  if (child == 0) {
    (void)::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = size - 10, .rlim_max = size - 10};
    (void)::setrlimit(RLIMIT_FSIZE, &limit);
    const auto made =
        store::back_up_to_file(source.ledger.directory(), file(), Existing::stays, tell_nobody);
    const bool as_expected = !made && made.error().of == store::BackupFailure::Of::disk &&
                             made.error().advice.contains("Make room");
    ::_exit(as_expected ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace giro::test
