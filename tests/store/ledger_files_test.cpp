// What isn't a ledger's file, or may not be used, is never taken for one that isn't there; and a file at
// rest is never called whole where what was acknowledged isn't in it.
#include <filesystem>
#include <fstream>
#include <functional>
#include <ostream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/store/workload.hpp"

namespace giro::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

constexpr uid_t kOtherUser = 65'534;

// A ledger whose log has the newest of its 3 + 600 entries, as a crash leaves it.
void make_ledger(TestLedger& ledger) {
  open_few_accounts(ledger);
  for (int i = 0; i < 300; ++i) {
    ledger.pay("k" + std::to_string(i), eur("world", "ada", 1));
  }
  ledger.commit();
  ledger.close_and_reopen();
  for (int i = 300; i < 600; ++i) {
    ledger.pay("k" + std::to_string(i), eur("world", "ada", 1));
    if (i % 100 == 99) ledger.commit();
  }
  ledger.crash();
}

// Everything in the folder, with its kind, rights and content.
std::string all_of(const fs::path& folder) {
  std::string all;
  for (const auto& part : fs::recursive_directory_iterator(folder)) {
    struct stat status{};
    ::lstat(part.path().c_str(), &status);
    all += part.path().string() + " " + std::to_string(status.st_mode) + "\n";
    if (S_ISREG(status.st_mode)) all += read_file(part.path());
  }
  return all;
}

std::string why_not_started(const TestLedger& ledger) {
  store::StoreOptions options = ledger.options();
  options.make = store::MakeLedger::if_absent;  // Where a folder is taken for empty, one is made.
  const auto opened = Ledger::open(options);
  return opened ? "it started" : opened.error();
}

std::string why_not_verified(const TestLedger& ledger) {
  const auto report = store::verify_at_rest(ledger.directory(), [] { return false; });
  return report ? "it was read" : report.error();
}

struct Spoiled {
  const char* name;
  std::function<void(const fs::path&)> spoil;
  const char* words;
  bool is_read = false;  // verify doesn't need what is spoiled.
};

void PrintTo(const Spoiled& spoiled, std::ostream* out) {
  *out << spoiled.name;
}

void replace_by_folder(const fs::path& file) {
  fs::remove(file);
  fs::create_directory(file);
}
void replace_by_link(const fs::path& file, const fs::path& target) {
  fs::remove(file);
  fs::create_symlink(target, file);
}

const Spoiled kSpoiled[] = {
    {.name = "LedgerIsAFolder",
     .spoil = [](const fs::path& folder) { replace_by_folder(folder / "ledger.db"); },
     .words = "ledger.db is a folder, not a file"},
    {.name = "LedgerIsALinkToItself",
     .spoil = [](const fs::path& folder) { replace_by_link(folder / "ledger.db", "ledger.db"); },
     .words = "ledger.db can't be reached (Too many levels of symbolic links)"},
    {.name = "LedgerIsALinkToNothing",
     .spoil = [](const fs::path& folder) { replace_by_link(folder / "ledger.db", "elsewhere"); },
     .words = "ledger.db is a link to something that isn't there"},
    {.name = "LedgerIsAPipe",
     .spoil =
         [](const fs::path& folder) {
           fs::remove(folder / "ledger.db");
           ASSERT_EQ(::mkfifo((folder / "ledger.db").c_str(), 0600), 0);
         },
     .words = "ledger.db isn't a plain file"},
    {.name = "LogIsAFolder",
     .spoil = [](const fs::path& folder) { replace_by_folder(folder / "ledger.db-wal"); },
     .words = "ledger.db-wal is a folder, not a file"},
    {.name = "SharedMemoryIsAFolder",
     .spoil = [](const fs::path& folder) { replace_by_folder(folder / "ledger.db-shm"); },
     .words = "ledger.db-shm is a folder, not a file",
     .is_read = true},
    {.name = "AnchorIsAFolder",
     .spoil = [](const fs::path& folder) { replace_by_folder(folder / "anchor"); },
     .words = "anchor is a folder, not a file"},
    {.name = "AnchorIsALinkToNothing",
     .spoil = [](const fs::path& folder) { replace_by_link(folder / "anchor", "elsewhere"); },
     .words = "anchor is a link to something that isn't there"},
    {.name = "FolderIsALinkToItself",
     .spoil =
         [](const fs::path& folder) {
           fs::remove_all(folder);
           fs::create_symlink(folder.filename(), folder);
         },
     .words = "ledger can't be reached"},
    {.name = "FolderIsAFile",
     .spoil =
         [](const fs::path& folder) {
           fs::remove_all(folder);
           std::ofstream(folder) << "text";
         },
     .words = "ledger isn't a folder"},
};

class SpoiledFiles : public testing::TestWithParam<Spoiled> {};

TEST_P(SpoiledFiles, AreNamedAndLeftAsTheyAre) {
  const ScratchFolder scratch;
  TestLedger ledger({.directory = scratch.path() / "ledger"});
  make_ledger(ledger);
  GetParam().spoil(ledger.directory());
  const std::string before = all_of(scratch.path());
  EXPECT_THAT(why_not_started(ledger),
              AllOf(HasSubstr(GetParam().words), HasSubstr("Nothing was decided or changed"),
                    HasSubstr("--data")));
  if (GetParam().is_read) {
    EXPECT_EQ(why_not_verified(ledger), "it was read");
  } else {
    EXPECT_THAT(why_not_verified(ledger),
                AllOf(HasSubstr(GetParam().words), HasSubstr("Nothing was changed")));
  }
  EXPECT_TRUE(all_of(scratch.path()) == before);
}

INSTANTIATE_TEST_SUITE_P(Files, SpoiledFiles, testing::ValuesIn(kSpoiled),
                         [](const auto& test) { return std::string(test.param.name); });

// As root alone: for a while as another user, whose files these are but for one.
class FilesOfTwoUsers : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  }
  void TearDown() override {
    if (::seteuid(0) != 0) std::abort();
  }
};

TEST_P(FilesOfTwoUsers, AreNamedWithTheirOwnersAndLeftAsTheyAre) {
  const ScratchFolder scratch;
  fs::permissions(scratch.path(), fs::perms(0755));
  TestLedger ledger({.directory = scratch.path() / "ledger"});
  make_ledger(ledger);
  const fs::path foreign = (ledger.directory() / GetParam()).lexically_normal();
  ASSERT_EQ(::chown(ledger.directory().c_str(), kOtherUser, kOtherUser), 0);
  for (const auto& file : fs::directory_iterator(ledger.directory())) {
    ASSERT_EQ(::chown(file.path().c_str(), kOtherUser, kOtherUser), 0);
  }
  ASSERT_EQ(::chown(foreign.c_str(), 0, 0), 0);
  fs::permissions(foreign, fs::perms(0700));
  const std::string before = all_of(scratch.path());

  ASSERT_EQ(::seteuid(kOtherUser), 0);
  const std::string start = why_not_started(ledger);
  const std::string check = why_not_verified(ledger);
  ASSERT_EQ(::seteuid(0), 0);
  EXPECT_THAT(start, AllOf(HasSubstr("Permission denied"), HasSubstr("user root (0), mode 0700"),
                           HasSubstr("runs as user nobody (65534)"),
                           HasSubstr("Nothing was decided or changed")));
  if (std::string_view(GetParam()) != "ledger.db-shm") {
    EXPECT_THAT(check, AllOf(HasSubstr("Permission denied"), HasSubstr("ledger's user")));
  }
  EXPECT_TRUE(all_of(scratch.path()) == before);
}

INSTANTIATE_TEST_SUITE_P(Files, FilesOfTwoUsers,
                         testing::Values(".", "ledger.db", "ledger.db-wal", "ledger.db-shm",
                                         "anchor"),
                         [](const auto& test) {
                           std::string name;
                           for (const char c : std::string(test.param)) name += c == '.' ? '_' : c;
                           std::erase(name, '-');
                           return name;
                         });

TEST(VerifyAtRest, MissesWhatWasAcknowledgedAndIsInALogThatIsGone) {
  TestLedger ledger;
  make_ledger(ledger);
  ASSERT_TRUE(store::verify_at_rest(ledger.directory(), [] { return false; })->ok());
  fs::remove(ledger.file().string() + "-wal");
  const auto report = store::verify_at_rest(ledger.directory(), [] { return false; });
  ASSERT_TRUE(report.has_value()) << report.error();
  EXPECT_EQ(report->head_seq, 303U);
  ASSERT_EQ(report->problems.size(), 1U);
  EXPECT_EQ(report->problems[0].seq, 603U);
  EXPECT_EQ(report->problems[0].part, store::LedgerPart::journal);
  EXPECT_THAT(report->problems[0].what, HasSubstr("acknowledged"));
}

TEST(VerifyAtRest, SeesThatAnAnchorIsOfAnotherHistory) {
  TestLedger ledger;
  make_ledger(ledger);
  TestLedger other;
  open_few_accounts(other);
  other.pay("other", eur("world", "bob", 5));
  other.commit();
  other.close();
  fs::copy_file(other.directory() / "anchor", ledger.directory() / "anchor",
                fs::copy_options::overwrite_existing);
  const auto report = store::verify_at_rest(ledger.directory(), [] { return false; });
  ASSERT_TRUE(report.has_value()) << report.error();
  ASSERT_EQ(report->problems.size(), 1U);
  EXPECT_EQ(report->problems[0].part, store::LedgerPart::journal);
  EXPECT_THAT(report->problems[0].what, HasSubstr("two histories"));
}

TEST(VerifyAtRest, DoesNotCallALedgerWholeWhoseAnchorCantTell) {
  TestLedger ledger;
  make_ledger(ledger);
  std::ofstream(ledger.directory() / "anchor") << "not an anchor";
  const auto report = store::verify_at_rest(ledger.directory(), [] { return false; });
  ASSERT_TRUE(report.has_value()) << report.error();
  ASSERT_EQ(report->problems.size(), 1U);
  EXPECT_EQ(report->problems[0].part, store::LedgerPart::journal);
  EXPECT_THAT(report->problems[0].what, HasSubstr("anchor"));
}

// At any size, in whole pages or not: what is cut off is never said to be there, with an anchor or not.
TEST(VerifyAtRest, NeverCallsAFileThatWasCutShortWhole) {
  TestLedger ledger;
  open_few_accounts(ledger);
  for (int i = 0; i < 600; ++i) ledger.pay("k" + std::to_string(i), eur("world", "ada", 1));
  ledger.commit();
  ledger.close();
  const std::uintmax_t size = fs::file_size(ledger.file());
  constexpr std::uintmax_t kHalfPage = 2'048;
  for (const bool has_anchor : {true, false}) {
    if (!has_anchor) fs::remove(ledger.directory() / "anchor");
    for (std::uintmax_t cut = kHalfPage; cut < size; cut += kHalfPage) {
      const std::string whole = read_file(ledger.file());
      fs::resize_file(ledger.file(), size - cut);
      const auto report = store::verify_at_rest(ledger.directory(), [] { return false; });
      if (report) {
        EXPECT_FALSE(report->ok()) << cut << " bytes less";
      } else {
        EXPECT_THAT(report.error(), AllOf(HasSubstr("Nothing was changed"), HasSubstr("backup")));
      }
      EXPECT_THAT(why_not_started(ledger), HasSubstr("ledger.db")) << cut << " bytes less";
      std::ofstream(ledger.file(), std::ios::binary) << whole;
    }
  }
}

TEST(VerifyAtRest, SaysThatAnEmptyFileIsNoLedger) {
  TestLedger ledger;
  make_ledger(ledger);
  fs::resize_file(ledger.file(), 0);
  EXPECT_THAT(why_not_verified(ledger), AllOf(HasSubstr("no ledger in"), HasSubstr("is empty")));
  EXPECT_THAT(why_not_started(ledger), AllOf(HasSubstr("ledger.db is empty"), HasSubstr("anchor")));
}

}  // namespace
}  // namespace giro::test
