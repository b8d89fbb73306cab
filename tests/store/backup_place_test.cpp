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

}  // namespace
}  // namespace giro::test
