// A bit flips in a ledger's files, or a block of them comes back as zeros, as one that was trimmed or never written
// does, while girod is stopped and while it runs. Whatever is asked then is answered as before, or not at all; no old
// key is ever taken for a new one.
//
//   GIRO_LONG=1 tests/store_tests --gtest_filter='BitFlips*:ZeroedBlocks*'    10,000 of each instead of some hundreds
#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/all_answers.hpp"
#include "tests/store/workload.hpp"

namespace giro::test {
namespace {

constexpr std::uint32_t kKeysInRun = 150;
constexpr std::size_t kPageBytes = 4'096;
constexpr std::size_t kSectorBytes = 512;
constexpr std::size_t kSlotBytes = 64;  // Of the anchor, at the beginning of a sector.

std::size_t times(std::size_t in_ci) {
  return std::getenv("GIRO_LONG") != nullptr ? 5'000 : in_ci;
}

void write_bytes(const std::filesystem::path& file, std::size_t at, const std::string& bytes) {
  std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
  out.seekp(static_cast<std::streamoff>(at));
  out << bytes;
}

// A ledger with everything in it, as a crash leaves it: its newest entries in its log alone.
class WholeLedger {
 public:
  static const WholeLedger& instance() {
    static const WholeLedger ledger;
    return ledger;
  }

  [[nodiscard]] const std::filesystem::path& directory() const { return folder_.path(); }
  [[nodiscard]] const Answers& answers() const { return answers_; }
  [[nodiscard]] const std::vector<SentPayment>& sent() const { return sent_; }
  [[nodiscard]] Seq head() const { return head_; }
  [[nodiscard]] const std::vector<std::size_t>& roots() const { return roots_; }

 private:
  WholeLedger() : folder_(folder_in_memory()) {
    TestLedger ledger({.directory = folder_.path() / "made", .keys_in_run = kKeysInRun});
    Workload workload(77);
    workload.open_accounts(ledger);
    pay_with_long_texts(ledger, 25);
    for (int run = 0; run < 6; ++run) {
      workload.run(ledger, 170, 40);
      ledger.settle();
    }
    open_holds_and_a_schedule(ledger, 20);
    ledger.settle();
    ledger.close_and_reopen();
    {
      SQLite::Database db(ledger.file().string());
      SQLite::Statement root(db, "SELECT rootpage FROM sqlite_schema WHERE rootpage > 0");
      while (root.executeStep())
        roots_.push_back(static_cast<std::size_t>(root.getColumn(0).getInt()));
    }
    workload.run(ledger, 60, 10);
    head_ = ledger.state().seq();
    answers_ = AllAnswers(ledger, head_).ask();
    sent_ = workload.sent();
    copy_folder(ledger.directory(), folder_.path() / "crashed");
    ledger.crash();
    std::filesystem::remove_all(folder_.path() / "made");
    std::filesystem::rename(folder_.path() / "crashed", folder_.path() / "made");
    std::filesystem::remove(folder_.path() / "made" / "ledger.db-shm");
  }

  ScratchFolder folder_;
  Answers answers_;
  std::vector<SentPayment> sent_;
  std::vector<std::size_t> roots_;
  Seq head_ = 0;
};

class DamagedFiles : public testing::Test {
 protected:
  DamagedFiles() : scratch_(folder_in_memory()) {}

  // Puts the whole ledger into a folder.
  void lay_out() { copy_folder(whole_.directory() / "made", directory_); }

  struct Place {
    std::string name;
    std::size_t at = 0;
  };
  // In a file that is chosen by chance, and in half of the cases in a page where a table or an index begins: small
  // ones have no other.
  Place place() {
    const std::size_t choice = random_() % 16;
    const std::string name = choice == 0 ? "anchor" : choice < 5 ? "ledger.db-wal" : "ledger.db";
    if (choice < 10) return {name, random_() % std::filesystem::file_size(directory_ / name)};
    const std::size_t root = whole_.roots()[random_() % whole_.roots().size()];
    return {name, ((root - 1) * kPageBytes) + (random_() % kPageBytes)};
  }

  void flip(const Place& it) {
    std::string byte = read_file(directory_ / it.name).substr(it.at, 1);
    byte[0] = static_cast<char>(byte[0] ^ (1 << (random_() % 8)));
    write_bytes(directory_ / it.name, it.at, byte);
    damage_ = fmt::format("a flipped bit of byte {} of {}", it.at, it.name);
  }
  void flip() { flip(place()); }

  // A page or a sector around it.
  void zero(const Place& it) {
    const std::size_t size = random_() % 2 == 0 ? kPageBytes : kSectorBytes;
    const std::size_t at = it.at / size * size;
    const std::size_t end = std::filesystem::file_size(directory_ / it.name);
    write_bytes(directory_ / it.name, at, std::string(std::min(size, end - at), '\0'));
    damage_ = fmt::format("{} zeros from byte {} of {} on", size, at, it.name);
  }
  void zero() { zero(place()); }

  [[nodiscard]] store::StoreOptions options() const {
    return {.directory = directory_, .make = store::MakeLedger::never, .keys_in_run = kKeysInRun};
  }

  // Nothing: it doesn't start, and says why.
  std::unique_ptr<TestLedger> start() {
    try {
      return std::make_unique<TestLedger>(options());
    } catch (const std::runtime_error& error) {
      EXPECT_THAT(error.what(), testing::AnyOf(testing::HasSubstr("nothing was"),
                                               testing::HasSubstr("was acknowledged before")))
          << damage_;
      ++not_started_;
      return nullptr;
    }
  }

  void expect_right_answers(TestLedger& ledger) {
    ASSERT_GE(ledger.state().seq(), whole_.head()) << damage_ << " lost entries";
    for (const auto& [question, answer] : AllAnswers(ledger, whole_.head()).ask()) {
      const auto expected = whole_.answers().find(question);
      ASSERT_NE(expected, whole_.answers().end()) << question;
      if (answer == kNoAnswer) {
        ++unanswered_;
        continue;
      }
      ASSERT_EQ(answer, expected->second) << damage_ << ": " << question;
    }
  }

  // Sends every payment again.
  void expect_old_keys(TestLedger& ledger) {
    for (const SentPayment& sent : whole_.sent()) {
      try {
        const Outcome again = ledger.submit(sent.check());
        ASSERT_FALSE(std::holds_alternative<Decided>(again))
            << damage_ << ": " << sent.key << " was decided twice";
      } catch (const std::runtime_error&) {
        ++unanswered_;
      }
    }
  }

  template <class Spoil>
  void expect_nothing_wrong_at_rest(std::size_t count, Spoil spoil) {
    for (std::size_t i = 0; i < count; ++i) {
      lay_out();
      spoil();
      const auto ledger = start();
      if (ledger == nullptr) continue;
      ASSERT_NO_FATAL_FAILURE(expect_right_answers(*ledger)) << "damage " << i;
      ASSERT_NO_FATAL_FAILURE(expect_old_keys(*ledger)) << "damage " << i;
      ledger->crash();
    }
    EXPECT_GT(not_started_, 0U);
    EXPECT_GT(unanswered_, 0U);
  }

  template <class Spoil>
  void expect_nothing_wrong_while_it_runs(std::size_t count, Spoil spoil) {
    for (std::size_t i = 0; i < count; ++i) {
      lay_out();
      auto ledger = start();
      ASSERT_NE(ledger, nullptr);
      spoil();
      ASSERT_NO_FATAL_FAILURE(expect_right_answers(*ledger)) << "damage " << i;
      ASSERT_NO_FATAL_FAILURE(expect_old_keys(*ledger)) << "damage " << i;
      // It goes on, or refuses; either way what it leaves is as right.
      for (int payment = 0; payment < 50; ++payment) {
        ledger->pay("new-" + std::to_string(payment), eur("EUR:0", "open:shop", 1));
      }
      if (ledger->store().commit() == store::CommitResult::committed) {
        (void)ledger->store().take_group();
        ledger->settle();
      }
      ledger.reset();
      ledger = start();
      if (ledger == nullptr) continue;
      ASSERT_NO_FATAL_FAILURE(expect_right_answers(*ledger)) << "damage " << i << ", restarted";
      ASSERT_NO_FATAL_FAILURE(expect_old_keys(*ledger)) << "damage " << i << ", restarted";
      ledger->crash();
    }
    EXPECT_GT(unanswered_, 0U);
  }

  [[nodiscard]] std::expected<store::VerifyReport, std::string> verified() const {
    return store::verify_at_rest(directory_, [] { return false; });
  }
  // Whether verify() says that something isn't as it was written. What nothing is lost by, such as the end of a log
  // that was begun anew, it needn't tell: then it says what it said `before`, and all is answered.
  bool is_found(const store::VerifyReport& before) {
    const auto report = verified();
    if (!report || !report->ok() || !report->notes.empty()) return true;
    EXPECT_EQ(report->head_digest, before.head_digest) << damage_;
    const std::size_t unanswered = unanswered_;
    const auto ledger = start();
    EXPECT_NE(ledger, nullptr) << damage_;
    if (ledger != nullptr) expect_right_answers(*ledger);
    EXPECT_EQ(unanswered_, unanswered) << damage_;
    return false;
  }

  const WholeLedger& whole_ = WholeLedger::instance();
  ScratchFolder scratch_;
  std::filesystem::path directory_ = scratch_.path() / "ledger";
  std::mt19937_64 random_{20'261'129};
  std::string damage_;
  std::size_t not_started_ = 0;
  std::size_t unanswered_ = 0;
};

using BitFlips = DamagedFiles;
using ZeroedBlocks = DamagedFiles;

TEST_F(BitFlips, AtRestNeverMakeAWrongAnswer) {
  expect_nothing_wrong_at_rest(times(250), [this] { flip(); });
}

TEST_F(ZeroedBlocks, AtRestNeverMakeAWrongAnswer) {
  expect_nothing_wrong_at_rest(times(150), [this] { zero(); });
}

TEST_F(BitFlips, UnderTheRunningLedgerNeverMakeAWrongAnswer) {
  expect_nothing_wrong_while_it_runs(times(150), [this] { flip(); });
}

TEST_F(ZeroedBlocks, UnderTheRunningLedgerNeverMakeAWrongAnswer) {
  expect_nothing_wrong_while_it_runs(times(100), [this] { zero(); });
}

// What verify() is for: whatever was flipped in the file, it says so.
TEST_F(BitFlips, InTheFileAreAllFoundByVerify) {
  lay_out();
  start()->close();
  const std::string file = read_file(directory_ / "ledger.db");
  const auto before = verified();
  ASSERT_EQ(problems_in(before.value()), "");
  for (std::size_t i = 0; i < times(150); ++i) {
    const std::size_t at = random_() % file.size();
    flip({"ledger.db", at});
    EXPECT_TRUE(is_found(*before)) << damage_;
    write_bytes(directory_ / "ledger.db", at, file.substr(at, 1));
  }
  EXPECT_EQ(problems_in(verified().value()), "");
}

TEST_F(BitFlips, InTheAnchorAreAllFoundByVerify) {
  lay_out();
  const auto before = verified();
  ASSERT_EQ(problems_in(before.value()), "");
  ASSERT_THAT(before->notes, testing::IsEmpty());
  const std::string anchor = read_file(directory_ / "anchor");
  for (std::size_t slot = 0; slot < anchor.size(); slot += kSectorBytes) {
    ASSERT_NE(anchor.substr(slot, kSlotBytes), std::string(kSlotBytes, '\0'));
    for (std::size_t at = slot; at < slot + kSlotBytes; ++at) {
      flip({"anchor", at});
      const auto report = verified();
      ASSERT_TRUE(report) << damage_;
      EXPECT_EQ(problems_in(*report), "") << damage_ << ": the other slots say what it said";
      EXPECT_THAT(report->notes, testing::ElementsAre(testing::HasSubstr("anchor"))) << damage_;
      write_bytes(directory_ / "anchor", at, anchor.substr(at, 1));
    }
  }
}

TEST_F(BitFlips, InTheLogAreFoundByVerifyOrTakeNothingAway) {
  lay_out();
  const auto before = verified();
  ASSERT_EQ(problems_in(before.value()), "");
  std::size_t found = 0;
  for (std::size_t i = 0; i < times(100); ++i) {
    lay_out();
    flip({"ledger.db-wal", random_() % std::filesystem::file_size(directory_ / "ledger.db-wal")});
    found += is_found(*before) ? 1 : 0;
  }
  EXPECT_GT(found, 0U);
}

TEST_F(ZeroedBlocks, AreFoundByVerifyOrTakeNothingAway) {
  lay_out();
  start()->close();
  const auto before = verified();
  ASSERT_EQ(problems_in(before.value()), "");
  copy_folder(directory_, scratch_.path() / "closed");
  std::size_t found = 0;
  for (std::size_t i = 0; i < times(100); ++i) {
    copy_folder(scratch_.path() / "closed", directory_);
    zero({"ledger.db", random_() % std::filesystem::file_size(directory_ / "ledger.db")});
    found += is_found(*before) ? 1 : 0;
  }
  EXPECT_GT(found, 50U);
}

}  // namespace
}  // namespace giro::test
