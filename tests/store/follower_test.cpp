// A folder that is kept up with a ledger is a backup of it, at every moment.
#include "ledger/store/backup/follower.hpp"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger/store/backup/segment_input.hpp"
#include "tests/store/backed_up_ledger.hpp"

namespace giro::test {
namespace {

using testing::HasSubstr;

class Follower : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path kept() const { return folder.path() / "kept"; }
  [[nodiscard]] auto open() const {
    return store::BackupFollower::open(source.ledger.directory(), kept());
  }
  static void catch_up(store::BackupFollower& follower) {
    while (must_succeed(follower.step())) {
    }
  }
  [[nodiscard]] std::size_t files() const {
    return must_succeed(store::list_segment_files(kept())).files.size();
  }
  [[nodiscard]] std::filesystem::path file(std::size_t index) const {
    return must_succeed(store::list_segment_files(kept())).files.at(index).path;
  }

  void expect_the_model(Seq asked) {
    SCOPED_TRACE("up to seq " + std::to_string(asked));
    const BackedUpLedger::Model& model = source.at(asked);
    const auto restored = folder.path() / "restored";
    const auto made = must_succeed(
        store::restore({.source = kept(), .directory = restored, .until = asked}, tell_nobody));
    EXPECT_EQ(made.end, (store::AnchorPoint{model.state.seq, model.digest}));
    {
      TestLedger opened({.directory = restored});
      EXPECT_TRUE(snapshot(opened.state()) == model.state);
      EXPECT_EQ(problems_of(opened.file()), "");
    }
    std::filesystem::remove_all(restored);
  }

  static void expect_it_lacks_payments(store::BackupFollower& follower) {
    const auto step = follower.step();
    ASSERT_FALSE(step.has_value());
    EXPECT_EQ(step.error().of, store::BackupFailure::Of::backup);
    EXPECT_THAT(step.error().money, HasSubstr("the backup has payments that the ledger lacks"));
  }

  ScratchFolder folder;
  BackedUpLedger source{2};
};

TEST_F(Follower, KeepsAFolderThatIsRestoredUpToAnySeq) {
  auto follower = must_succeed(open());
  for (int i = 0; i < 40; ++i) {
    source.run(2);
    catch_up(follower);
    EXPECT_EQ(follower.reached().seq, source.head());
    EXPECT_FALSE(must_succeed(follower.step())) << "nothing was committed since";
  }
  for (int i = 0; i < 10; ++i) expect_the_model(1 + source.pick(source.head()));
  expect_the_model(source.head());
}

TEST_F(Follower, PutsSmallFilesTogetherSoThatTheyStayFew) {
  auto follower = must_succeed(open());
  std::size_t most = 0;
  for (int i = 0; i < 100; ++i) {
    source.run(1, 3);
    catch_up(follower);
    most = std::max(most, files());
  }
  EXPECT_LT(most, 32U);
  const auto checked = must_succeed(store::check_backup(kept(), tell_nobody));
  EXPECT_EQ(checked.end.seq, source.head());
}

TEST_F(Follower, GoesOnWhereItEndedAfterAKillAtAnyMoment) {
  for (int i = 0; i < 40; ++i) {
    source.run(1);
    const pid_t child = ::fork();
    if (child == 0) {
      auto follower = open();
      while (follower && follower->step()) {
      }
      ::_exit(1);
    }
    ::usleep(static_cast<useconds_t>(source.pick(6'000)));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    const auto kept_now = store::check_backup(kept(), tell_nobody);
    ASSERT_TRUE(kept_now.has_value() || !std::filesystem::exists(kept()) || files() == 0);
  }
  auto follower = must_succeed(open());
  catch_up(follower);
  expect_the_model(source.head());
}

// A kill between naming the larger file and removing the smaller ones.
TEST_F(Follower, ReadsOnceWhatIsThereTwice) {
  auto follower = std::make_optional(must_succeed(open()));
  source.run(3);
  catch_up(*follower);
  source.run(3);
  catch_up(*follower);
  const std::string both = read_file(file(0)) + read_file(file(1));
  write_file(store::segment_file_path(kept(), 1, source.head()), both);
  EXPECT_EQ(files(), 1U);
  expect_the_model(source.head());
  follower.reset();
  source.run(1);
  follower.emplace(must_succeed(open()));
  catch_up(*follower);
  EXPECT_TRUE(must_succeed(store::list_segment_files(kept())).doubled.empty());
  expect_the_model(source.head());
}

// What a reader has already may be most of a file that was put together meanwhile: a ledger with few payments has
// a segment for each.
TEST_F(Follower, ReadsPastAnyNumberOfSegmentsThatWereReadBefore) {
  auto follower = must_succeed(open());
  catch_up(follower);
  const std::string bytes = read_file(file(0));
  const auto segment = store::read_segment(bytes);
  ASSERT_TRUE(segment.has_value());
  store::SegmentWriter writer({});
  writer.add(segment->commits.front());
  const std::string read_before = writer.take();
  std::string many = bytes;
  for (int i = 0; i < 50'000; ++i) many += read_before;
  write_file(file(0), many);
  auto input = must_succeed(store::SegmentInput::open(kept()));
  while (must_succeed(input.next()) != nullptr) {
  }
  EXPECT_EQ(input.reached().seq, source.head());
}

TEST_F(Follower, PutsFilesTogetherUnderAReaderWhoMissesNothing) {
  auto follower = must_succeed(open());
  for (int i = 0; i < 3; ++i) {
    source.run(3);
    catch_up(follower);
  }
  auto input = must_succeed(store::SegmentInput::open(kept()));
  ASSERT_NE(must_succeed(input.next()), nullptr);
  const std::string all = read_file(file(0)) + read_file(file(1)) + read_file(file(2));
  const std::array small{file(0), file(1), file(2)};
  write_file(store::segment_file_path(kept(), 1, source.head()), all);
  for (const auto& old : small) std::filesystem::remove(old);
  while (must_succeed(input.next()) != nullptr) {
  }
  EXPECT_EQ(input.reached().seq, source.head());
}

TEST_F(Follower, FollowsAWriterAtWork) {
  std::atomic<bool> done = false;
  std::thread writer([&] {
    while (!done) source.run(5);
  });
  auto follower = must_succeed(open());
  for (int i = 0; i < 60; ++i) (void)must_succeed(follower.step());
  done = true;
  writer.join();
  catch_up(follower);
  expect_the_model(source.head());
}

TEST_F(Follower, KeepsAFolderAlone) {
  const auto first = must_succeed(open());
  const auto second = open();
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error().what, HasSubstr("another process keeps the backup"));
}

TEST_F(Follower, NoticesALedgerThatDoesntGoOnFromTheFolder) {
  catch_up(*std::make_unique<store::BackupFollower>(must_succeed(open())));
  BackedUpLedger other(3);
  other.run(5);
  const auto follower = store::BackupFollower::open(other.ledger.directory(), kept());
  ASSERT_FALSE(follower.has_value());
  EXPECT_EQ(follower.error().of, store::BackupFailure::Of::backup);
  EXPECT_THAT(follower.error().what, HasSubstr("isn't the one"));
}

// The backup then has payments that the ledger lacks.
TEST_F(Follower, NoticesThatItsLedgerWasPutBackWhileItRuns) {
  source.run(5);
  const Seq early = source.head();
  source.run(5);
  auto follower = must_succeed(open());
  catch_up(follower);
  const auto restored = folder.path() / "restored";
  must_succeed(
      store::restore({.source = kept(), .directory = restored, .until = early}, tell_nobody));
  source.ledger.close();
  std::filesystem::rename(source.ledger.directory(), folder.path() / "old");
  std::filesystem::rename(restored, source.ledger.directory());
  EXPECT_FALSE(must_succeed(follower.step()));
  EXPECT_THAT(follower.waits_because(), HasSubstr("moved or replaced"));
  source.ledger.reopen();
  expect_it_lacks_payments(follower);
}

// By cp, which writes into the file that is there; the log is moved away, or is an empty one. Whether the follower
// looks again before the ledger has got further than the folder, or later.
TEST_F(Follower, NoticesALedgerThatWasPutBackInItsOwnFiles) {
  for (const bool without_log : {true, false}) {
    for (const bool got_further : {true, false}) {
      SCOPED_TRACE(testing::Message() << without_log << got_further);
      std::filesystem::remove_all(kept());
      BackedUpLedger put_back(4);
      TestLedger& ledger = put_back.ledger;
      ledger.close();
      const std::string file = read_file(ledger.file());
      const std::string anchor = read_file(ledger.directory() / "anchor");
      ledger.reopen();
      put_back.run(2);
      auto follower = must_succeed(store::BackupFollower::open(ledger.directory(), kept()));
      catch_up(follower);
      const Seq reached = follower.reached().seq;
      ledger.close();
      write_file(ledger.file(), file);
      write_file(ledger.directory() / "anchor", anchor);
      const std::string log = ledger.file().string() + "-wal";
      if (without_log) {
        std::filesystem::remove(log);
        std::filesystem::remove(ledger.file().string() + "-shm");
        EXPECT_FALSE(must_succeed(follower.step()));
        EXPECT_NE(follower.waits_because(), "");
        EXPECT_FALSE(std::filesystem::exists(log)) << "it makes none of the ledger's files";
      } else {
        write_file(log, "");
      }
      ledger.reopen();
      do {
        ledger.pay("after-" + std::to_string(ledger.state().seq()), eur("world", "ada", 1));
        ledger.commit();
      } while (got_further && ledger.state().seq() <= reached);
      expect_it_lacks_payments(follower);
    }
  }
}

TEST_F(Follower, GoesOnWithItsLedgerThatWasMovedToAnotherDiskAndBack) {
  auto follower = must_succeed(open());
  catch_up(follower);
  source.ledger.close();
  copy_folder(source.ledger.directory(), folder.path() / "copy");
  std::filesystem::remove_all(source.ledger.directory());
  EXPECT_FALSE(must_succeed(follower.step()));
  copy_folder(folder.path() / "copy", source.ledger.directory());
  EXPECT_FALSE(must_succeed(follower.step())) << "nobody has said yet that the copy is whole";
  source.ledger.reopen();
  source.run(2);
  catch_up(follower);
  EXPECT_EQ(follower.waits_because(), "");
  EXPECT_EQ(follower.reached().seq, source.head());
}

TEST_F(Follower, CallsAJournalDamagedThatIsAndWaitsWhereNoDaemonRuns) {
  auto follower = must_succeed(open());
  catch_up(follower);
  source.run(2);
  open_to_change(source.ledger.file())
      .exec("UPDATE journal SET uid = uid + 1 WHERE seq = " +
            std::to_string(follower.reached().seq + 1));
  const auto step = follower.step();
  ASSERT_FALSE(step.has_value());
  EXPECT_EQ(step.error().of, store::BackupFailure::Of::ledger);
  EXPECT_THAT(step.error().what, HasSubstr("don't lead to its digest"));
  source.ledger.crash();
  EXPECT_FALSE(must_succeed(follower.step()));
  EXPECT_THAT(follower.waits_because(), HasSubstr("don't lead to its digest"));
}

TEST_F(Follower, KeepsNothingInALedgersFolder) {
  const auto follower =
      store::BackupFollower::open(source.ledger.directory(), source.ledger.directory());
  ASSERT_FALSE(follower.has_value());
  EXPECT_THAT(follower.error().what, HasSubstr("is a ledger's own folder"));
  EXPECT_FALSE(std::filesystem::exists(source.ledger.directory() / "lock"));
}

TEST_F(Follower, SaysOfAFolderWhoseEndIsDamagedToBeginAnotherOne) {
  catch_up(*std::make_unique<store::BackupFollower>(must_succeed(open())));
  std::string bytes = read_file(file(0));
  bytes.back() ^= 1;
  write_file(file(0), bytes);
  const auto follower = open();
  ASSERT_FALSE(follower.has_value());
  EXPECT_EQ(follower.error().of, store::BackupFailure::Of::backup);
  EXPECT_THAT(follower.error().advice, HasSubstr("begin a new backup of the ledger in another"));
}

TEST_F(Follower, HasNoBackupInAFolderWithoutFiles) {
  std::filesystem::create_directory(kept());
  const auto checked = store::check_backup(kept(), tell_nobody);
  ASSERT_FALSE(checked.has_value());
  EXPECT_THAT(checked.error().what, HasSubstr("holds no backup"));
}

TEST_F(Follower, FindsAFileThatIsMissingOrDamaged) {
  auto follower = must_succeed(open());
  for (int i = 0; i < 3; ++i) {
    source.run(1);
    catch_up(follower);
  }
  const auto middle = file(1);
  const std::string bytes = read_file(middle);
  std::string changed = bytes;
  changed[changed.size() / 2] ^= 1;
  write_file(middle, changed);
  EXPECT_FALSE(store::check_backup(kept(), tell_nobody).has_value());
  std::filesystem::remove(middle);
  const auto checked = store::check_backup(kept(), tell_nobody);
  ASSERT_FALSE(checked.has_value());
  EXPECT_THAT(checked.error().what, HasSubstr("lacks the file"));
  write_file(middle, bytes);
  EXPECT_TRUE(store::check_backup(kept(), tell_nobody).has_value());
}

}  // namespace
}  // namespace giro::test
