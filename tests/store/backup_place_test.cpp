// Where a backup is written, and where a restore makes its ledger: what lies there already isn't lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/store/backed_up_ledger.hpp"

namespace giro::test {
namespace {

using testing::HasSubstr;
using Existing = store::DurableFile::Existing;

class BackupPlace : public testing::Test {
 protected:
  [[nodiscard]] auto back_up_as(Existing existing) const {
    return store::back_up_to_file(source.ledger.directory(), file(), existing, tell_nobody);
  }
  [[nodiscard]] std::filesystem::path file() const { return folder.path() / "giro.giro"; }
  [[nodiscard]] std::filesystem::path part() const { return file().string() + ".part"; }
  [[nodiscard]] std::filesystem::path restored() const { return folder.path() / "restored"; }

  ScratchFolder folder;
  BackedUpLedger source{1};
};

TEST_F(BackupPlace, ReplacesAnotherBackupWhenItIsTold) {
  must_succeed(back_up_as(Existing::stays));
  source.run(1);
  const auto made = back_up_as(Existing::stays);
  ASSERT_FALSE(made.has_value());
  EXPECT_THAT(made.error().what, HasSubstr("isn't overwritten"));
  EXPECT_EQ(must_succeed(back_up_as(Existing::is_replaced)).end.seq, source.head());
  EXPECT_TRUE(store::check_backup(file(), tell_nobody).has_value());
}

TEST_F(BackupPlace, ReplacesNothingThatIsNoBackup) {
  for (const std::string content : {"", "mine", "SQLite format 3", "GIROSEG"}) {
    write_file(file(), content);
    const auto made = back_up_as(Existing::is_replaced);
    ASSERT_FALSE(made.has_value()) << content;
    EXPECT_THAT(made.error().what, HasSubstr("isn't a backup"));
    EXPECT_EQ(read_file(file()), content);
    EXPECT_FALSE(std::filesystem::exists(part()));
  }
  std::filesystem::remove(file());
  std::filesystem::create_directory(file());
  EXPECT_FALSE(back_up_as(Existing::is_replaced).has_value());
  std::filesystem::remove(file());
  std::filesystem::create_symlink("nowhere", file());
  EXPECT_FALSE(back_up_as(Existing::is_replaced).has_value());
  EXPECT_FALSE(back_up_as(Existing::stays).has_value());
  EXPECT_TRUE(std::filesystem::is_symlink(file()));
}

TEST_F(BackupPlace, WritesOverWhatAKilledOneLeftAndOverNoOtherFileOfThatName) {
  write_file(part(), "mine");
  const auto made = back_up_as(Existing::stays);
  ASSERT_FALSE(made.has_value());
  EXPECT_THAT(made.error().what, HasSubstr("isn't a backup"));
  EXPECT_EQ(read_file(part()), "mine");
  for (const char* const left : {"", "GIRO", "GIROSEG1 and so on"}) {
    write_file(part(), left);
    EXPECT_TRUE(back_up_as(Existing::is_replaced).has_value()) << left;
    std::filesystem::remove(file());
  }
}

TEST_F(BackupPlace, IsNeverWrittenIntoALedgersFolder) {
  const auto only_anchor = folder.path() / "anchor alone";
  std::filesystem::create_directory(only_anchor);
  write_file(only_anchor / "anchor", "");
  for (const auto& ledger : {source.ledger.directory(), only_anchor}) {
    for (const char* const name : {"ledger.db", "anchor", "ledger.db-wal", "new.giro"}) {
      for (const Existing existing : {Existing::stays, Existing::is_replaced}) {
        const auto made =
            store::back_up_to_file(source.ledger.directory(), ledger / name, existing, tell_nobody);
        ASSERT_FALSE(made.has_value()) << name;
        EXPECT_THAT(made.error().what, HasSubstr("is a ledger's own folder"));
      }
    }
    EXPECT_FALSE(std::filesystem::exists(ledger / "new.giro"));
  }
  source.run(1);
  EXPECT_EQ(problems_of(source.ledger.file()), "");
}

TEST_F(BackupPlace, IsRestoredIntoAFolderThatIsEmptyAndIntoNoOther) {
  must_succeed(back_up_as(Existing::stays));
  std::filesystem::create_directory(restored());
  std::filesystem::permissions(restored(), std::filesystem::perms::owner_all);
  const store::RestoreRequest request{.source = file(), .directory = restored(), .until = {}};
  EXPECT_TRUE(store::restore(request, tell_nobody).has_value());
  const auto again = store::restore(request, tell_nobody);
  ASSERT_FALSE(again.has_value());
  EXPECT_THAT(again.error().what, HasSubstr("isn't an empty folder"));
  for (const bool is_there : {false, true}) {
    const auto other = folder.path() / (is_there ? "there" : "not there");
    if (is_there) std::filesystem::create_directory(other);
    const auto with_slash = store::restore(
        {.source = file(), .directory = other.string() + "/", .until = {}}, tell_nobody);
    EXPECT_TRUE(with_slash.has_value()) << with_slash.error().what;
    EXPECT_EQ(problems_of(other / "ledger.db"), "");
  }
  EXPECT_EQ(problems_of(restored() / "ledger.db"), "");
}

// It may be a mount, which can't be renamed, or a link to one.
TEST_F(BackupPlace, IsRestoredWithinTheFolderThatIsThere) {
  const auto inode = [this] {
    struct stat status{};
    EXPECT_EQ(::stat(restored().c_str(), &status), 0);
    return status.st_ino;
  };
  must_succeed(back_up_as(Existing::stays));
  std::filesystem::create_directories(restored() / "lost+found");
  const auto link = folder.path() / "link";
  std::filesystem::create_directory_symlink(restored(), link);
  const auto before = inode();
  must_succeed(store::restore({.source = file(), .directory = link, .until = {}}, tell_nobody));
  EXPECT_EQ(inode(), before);
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_TRUE(std::filesystem::exists(restored() / "lost+found"));
  EXPECT_FALSE(std::filesystem::exists(restored() / "restore.part"));
  TestLedger opened({.directory = restored()});
  EXPECT_EQ(opened.state().seq(), source.head());
}

// Each before there is any work: the backup isn't looked for.
TEST_F(BackupPlace, IsRestoredInPlaceOfNoFileAndNoLinkToNothingAndBesideNoOtherRestore) {
  const auto why_not = [this](const std::filesystem::path& directory) {
    const auto made = store::restore(
        {.source = folder.path() / "nowhere", .directory = directory, .until = {}}, tell_nobody);
    return made ? std::string() : made.error().what;
  };
  write_file(folder.path() / "empty", "");
  EXPECT_THAT(why_not(folder.path() / "empty"), HasSubstr("isn't an empty folder"));
  std::filesystem::create_directory_symlink("nothing", folder.path() / "link");
  EXPECT_THAT(why_not(folder.path() / "link"), HasSubstr("is a link to what isn't there"));
  std::filesystem::create_directories(restored() / "restore.part");
  EXPECT_THAT(why_not(restored()), HasSubstr("a restore was broken off"));
  std::filesystem::create_directory(folder.path() / "new.part");
  EXPECT_THAT(why_not(folder.path() / "new"), HasSubstr("a restore was broken off"));
}

TEST_F(BackupPlace, IsToldFromALedger) {
  for (const auto& ledger : {source.ledger.directory(), source.ledger.file()}) {
    const auto checked = store::check_backup(ledger, tell_nobody);
    ASSERT_FALSE(checked.has_value());
    EXPECT_THAT(checked.error().what, HasSubstr("is a ledger itself"));
    EXPECT_THAT(checked.error().advice, HasSubstr("giro backup"));
  }
}

}  // namespace
}  // namespace giro::test
