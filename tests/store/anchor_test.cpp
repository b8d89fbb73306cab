// A ledger that lost decisions which clients rely on doesn't start.
#include "ledger/store/sqlite/anchor.hpp"

#include <filesystem>
#include <string>

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/faulty_vfs.hpp"
#include "tests/store/test_ledger.hpp"

namespace giro::test {
namespace {

using store::Anchor;
using store::AnchorPoint;
using store::Digest;
using testing::AllOf;
using testing::HasSubstr;
using testing::Optional;

constexpr std::size_t kSlotStride = 512;

AnchorPoint point(Seq seq) {
  Digest digest{};
  digest[0] = static_cast<std::uint8_t>(seq);
  return {.seq = seq, .digest = digest};
}

class AnchorFile : public testing::Test {
 protected:
  std::optional<AnchorPoint> read() { return must_open(Anchor::open(file_)).point(); }
  void write(Seq seq) { EXPECT_TRUE(must_open(Anchor::open(file_)).write(point(seq))); }
  // Spoils a byte of a slot.
  void tear(std::size_t slot, std::size_t offset = 20) {
    std::string bytes = read_file(file_);
    bytes.at((slot * kSlotStride) + offset) ^= 1;
    write_file(file_, bytes);
  }
  // The slot that holds the newer of two points.
  std::size_t newer_slot() {
    const std::string bytes = read_file(file_);
    return bytes.at(8) > bytes.at(kSlotStride + 8) ? 0 : 1;
  }

  ScratchFolder folder_;
  std::filesystem::path file_ = folder_.path() / "anchor";
};

TEST_F(AnchorFile, ThatIsNewHoldsNothing) {
  EXPECT_EQ(read(), std::nullopt);
}

TEST_F(AnchorFile, HoldsTheLastPointThatWasWritten) {
  for (Seq seq = 1; seq < 8; ++seq) {
    write(seq);
    EXPECT_THAT(read(), Optional(point(seq)));
  }
  {
    Anchor anchor = must_open(Anchor::open(file_));
    for (Seq seq = 8; seq < 13; ++seq) anchor.write(point(seq));
  }
  EXPECT_THAT(read(), Optional(point(12)));
}

TEST_F(AnchorFile, WithATornSlotHoldsTheOtherOne) {
  for (const std::size_t offset : {0U, 8U, 16U, 47U, 48U, 63U}) {
    write(5);
    write(6);
    ASSERT_THAT(read(), Optional(point(6)));
    tear(newer_slot(), offset);
    EXPECT_THAT(read(), Optional(point(5))) << offset;
    std::filesystem::remove(file_);
  }
}

TEST_F(AnchorFile, WritesOverATornSlotAndNotOverTheGoodOne) {
  write(5);
  write(6);
  const std::size_t torn = newer_slot();
  tear(torn);
  write(7);
  tear(torn);  // The new point's write tears as well.
  EXPECT_THAT(read(), Optional(point(5)));
}

// As a power cut may leave the sectors that were written since the last sync.
TEST_F(AnchorFile, WithBothSlotsOfTheLastCommitsTornHoldsWhatWasSynced) {
  write(5);
  write(6);
  tear(0);
  tear(1);
  EXPECT_THAT(read(), Optional(point(5))) << "the first one ever is synced";
  std::filesystem::remove(file_);
  {
    Anchor anchor = must_open(Anchor::open(file_));
    for (Seq seq = 1; seq < 20; ++seq) {
      anchor.write(point(seq));
      if (seq % 5 == 0) anchor.sync();
    }
  }
  tear(0);
  tear(1);
  EXPECT_THAT(read(), Optional(point(15)));
  for (const std::size_t slot_of_the_next_sync : {2U, 3U}) {
    tear(slot_of_the_next_sync);
    EXPECT_TRUE(read().has_value());
    tear(slot_of_the_next_sync);
  }
}

TEST_F(AnchorFile, WithEverySlotTornHoldsNothing) {
  {
    Anchor anchor = must_open(Anchor::open(file_));
    for (Seq seq = 1; seq < 4; ++seq) {
      anchor.write(point(seq));
      EXPECT_TRUE(anchor.sync());
    }
  }
  for (const std::size_t slot : {0U, 1U, 2U, 3U}) tear(slot);
  EXPECT_EQ(read(), std::nullopt);
  EXPECT_EQ(must_open(Anchor::open(file_)).found(), Anchor::Found::garbage);
}

TEST_F(AnchorFile, CutShortHoldsWhatIsWhole) {
  write(5);
  write(6);
  std::filesystem::resize_file(file_, kSlotStride + 10);
  EXPECT_TRUE(read().has_value());
  std::filesystem::resize_file(file_, 0);
  EXPECT_EQ(read(), std::nullopt);
}

// Else a ledger that lost decisions would start, and the newest slot be written over.
TEST_F(AnchorFile, OfWhichASlotCantBeReadIsNotOpened) {
  write(7);
  FaultyDisk disk;
  for (std::uint64_t slot = 1; slot <= 4; ++slot) {
    disk.fail_at(slot, FaultyDisk::Failure::unreadable_once);
    const auto opened = Anchor::open({file_, disk.vfs()});
    ASSERT_TRUE(disk.failed());
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error(),
                AllOf(HasSubstr("can't be read"), HasSubstr("Nothing was decided")));
  }
  disk.heal();
  EXPECT_THAT(must_open(Anchor::open({file_, disk.vfs()})).point(), Optional(point(7)));
}

TEST_F(AnchorFile, IsOpenOnce) {
  const Anchor first = must_open(Anchor::open(file_));
  const auto second = Anchor::open(file_);
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error(), HasSubstr("one writer"));
}

class AnchorOfALedger : public testing::Test {
 protected:
  AnchorOfALedger() {
    open_few_accounts(ledger);
    pay("before");
  }
  void pay(std::string_view key) {
    ledger.pay(key, eur("world", "ada", 5));
    ledger.commit();
  }
  // Closes the ledger and keeps a copy of its file for later.
  void keep_copy() {
    ledger.close();
    std::filesystem::copy_file(ledger.file(), copy_);
    ledger.reopen();
  }
  void put_copy_back() {
    ledger.crash();
    std::filesystem::copy_file(copy_, ledger.file(),
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::remove(ledger.file().string() + "-wal");
    std::filesystem::remove(ledger.file().string() + "-shm");
  }
  std::string refusal() {
    const auto opened = Ledger::open(ledger.options());
    return opened ? "" : opened.error();
  }
  [[nodiscard]] std::filesystem::path anchor() const { return ledger.directory() / "anchor"; }

  TestLedger ledger;

 private:
  ScratchFolder folder_;
  std::filesystem::path copy_ = folder_.path() / "ledger.db";
};

TEST_F(AnchorOfALedger, RefusesAnOldCopyAndTellsWhatIsMissing) {
  keep_copy();
  pay("after");
  put_copy_back();
  EXPECT_THAT(refusal(), AllOf(HasSubstr("ends at seq 4"), HasSubstr("seq 5 was acknowledged"),
                               HasSubstr("old copy"), HasSubstr("newest copy in place")));
}

TEST_F(AnchorOfALedger, RefusesAnEmptyLedgerInPlaceOfAFullOne) {
  ledger.close();
  std::filesystem::remove(ledger.file());
  EXPECT_THAT(refusal(), AllOf(HasSubstr("ledger.db is missing"), HasSubstr("anchor")));
  EXPECT_FALSE(std::filesystem::exists(ledger.file())) << "a new ledger was left behind";
}

TEST_F(AnchorOfALedger, RefusesAnotherHistoryOfTheSameLength) {
  keep_copy();
  pay("after");
  const std::string after = (ledger.close(), read_file(anchor()));
  ledger.reopen();
  // The other history: from the copy on, with the anchor of that time.
  put_copy_back();
  std::filesystem::remove(anchor());
  ledger.reopen();
  pay("instead");
  ledger.close();
  write_file(anchor(), after);
  EXPECT_THAT(refusal(), AllOf(HasSubstr("seq 5"), HasSubstr("two histories")));
}

TEST_F(AnchorOfALedger, RefusesAnotherHistoryThatIsLonger) {
  keep_copy();
  pay("after");
  const std::string after = (ledger.close(), read_file(anchor()));
  ledger.reopen();
  put_copy_back();
  std::filesystem::remove(anchor());
  ledger.reopen();
  pay("instead");
  pay("and more");
  ledger.close();
  write_file(anchor(), after);
  EXPECT_THAT(refusal(), HasSubstr("two histories"));
}

TEST_F(AnchorOfALedger, StartsWithoutIt) {
  ledger.close();
  std::filesystem::remove(anchor());
  EXPECT_EQ(refusal(), "");
}

TEST_F(AnchorOfALedger, StartsWithAnOlderOne) {
  const std::string old = read_file(anchor());
  pay("after");
  pay("and more");
  ledger.crash();
  write_file(anchor(), old);
  EXPECT_EQ(refusal(), "");
}

TEST_F(AnchorOfALedger, SeesAnOldCopyThroughATornSlotOfTheOneBefore) {
  keep_copy();
  pay("one");
  pay("two");
  put_copy_back();
  std::string bytes = read_file(anchor());
  const std::size_t newer = bytes.at(8) > bytes.at(kSlotStride + 8) ? 0 : kSlotStride;
  bytes.at(newer + 20) ^= 1;
  write_file(anchor(), bytes);
  EXPECT_THAT(refusal(), HasSubstr("seq 5 was acknowledged"));
}

TEST_F(AnchorOfALedger, RefusesALedgerWhoseLastEntriesWereCutOff) {
  ledger.crash();
  open_to_change(ledger.file()).exec("DELETE FROM journal WHERE seq = 4");
  EXPECT_THAT(refusal(), HasSubstr("seq 4 was acknowledged"));
}

}  // namespace
}  // namespace giro::test
