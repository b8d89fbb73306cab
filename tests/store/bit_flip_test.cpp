// A bit flips in a ledger's files, while girod is stopped and while it runs. Whatever is asked then is answered as
// before, or not at all; no old key is ever taken for a new one.
//
//   GIRO_LONG=1 tests/store_tests --gtest_filter='BitFlips*'    10,000 flips instead of some hundreds
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

std::size_t flips(std::size_t in_ci) {
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

class BitFlips : public testing::Test {
 protected:
  BitFlips() : scratch_(folder_in_memory()) {}

  // Puts the whole ledger into a folder.
  void lay_out() { copy_folder(whole_.directory() / "made", directory_); }

  // One bit, of a file that is chosen by chance, and in half of the cases in a page where a table or an index
  // begins: small ones have no other.
  void flip() {
    const std::size_t choice = random_() % 16;
    const std::string name = choice == 0 ? "anchor" : choice < 5 ? "ledger.db-wal" : "ledger.db";
    const std::filesystem::path file = directory_ / name;
    std::size_t at = random_() % std::filesystem::file_size(file);
    if (choice >= 10) {
      at = (whole_.roots()[random_() % whole_.roots().size()] - 1) * kPageBytes +
           random_() % kPageBytes;
    }
    std::string byte = read_file(file).substr(at, 1);
    byte[0] = static_cast<char>(byte[0] ^ (1 << (random_() % 8)));
    write_bytes(file, at, byte);
    flipped_ = fmt::format("a bit of byte {} of {}", at, name);
  }

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
          << flipped_;
      ++not_started_;
      return nullptr;
    }
  }

  void expect_right_answers(TestLedger& ledger) {
    ASSERT_GE(ledger.state().seq(), whole_.head()) << flipped_ << " lost entries";
    for (const auto& [question, answer] : AllAnswers(ledger, whole_.head()).ask()) {
      const auto expected = whole_.answers().find(question);
      ASSERT_NE(expected, whole_.answers().end()) << question;
      if (answer == kNoAnswer) {
        ++unanswered_;
        continue;
      }
      ASSERT_EQ(answer, expected->second) << flipped_ << ": " << question;
    }
  }

  // Sends every payment again.
  void expect_old_keys(TestLedger& ledger) {
    for (const SentPayment& sent : whole_.sent()) {
      try {
        const Outcome again = ledger.submit(sent.check());
        ASSERT_FALSE(std::holds_alternative<Decided>(again))
            << flipped_ << ": " << sent.key << " was decided twice";
      } catch (const std::runtime_error&) {
        ++unanswered_;
      }
    }
  }

  static constexpr const char* kSource = "EUR:0";

  const WholeLedger& whole_ = WholeLedger::instance();
  ScratchFolder scratch_;
  std::filesystem::path directory_ = scratch_.path() / "ledger";
  std::mt19937_64 random_{20'261'129};
  std::string flipped_;
  std::size_t not_started_ = 0;
  std::size_t unanswered_ = 0;
};

TEST_F(BitFlips, AtRestNeverMakeAWrongAnswer) {
  for (std::size_t i = 0; i < flips(250); ++i) {
    lay_out();
    flip();
    const auto ledger = start();
    if (ledger == nullptr) continue;
    ASSERT_NO_FATAL_FAILURE(expect_right_answers(*ledger)) << "flip " << i;
    ASSERT_NO_FATAL_FAILURE(expect_old_keys(*ledger)) << "flip " << i;
    ledger->crash();
  }
  EXPECT_GT(not_started_, 0U);
  EXPECT_GT(unanswered_, 0U);
}

TEST_F(BitFlips, UnderTheRunningLedgerNeverMakeAWrongAnswer) {
  for (std::size_t i = 0; i < flips(150); ++i) {
    lay_out();
    auto ledger = start();
    ASSERT_NE(ledger, nullptr);
    flip();
    ASSERT_NO_FATAL_FAILURE(expect_right_answers(*ledger)) << "flip " << i;
    ASSERT_NO_FATAL_FAILURE(expect_old_keys(*ledger)) << "flip " << i;
    // It goes on, or refuses; either way what it leaves is as right.
    for (int payment = 0; payment < 50; ++payment) {
      ledger->pay("new-" + std::to_string(payment), eur(kSource, "open:shop", 1));
    }
    if (ledger->store().commit() == store::CommitResult::committed) {
      (void)ledger->store().take_group();
      ledger->settle();
    }
    ledger.reset();
    ledger = start();
    if (ledger == nullptr) continue;
    ASSERT_NO_FATAL_FAILURE(expect_right_answers(*ledger)) << "flip " << i << ", after a restart";
    ASSERT_NO_FATAL_FAILURE(expect_old_keys(*ledger)) << "flip " << i << ", after a restart";
    ledger->crash();
  }
  EXPECT_GT(unanswered_, 0U);
}

// What verify() is for: whatever was flipped in the file, it says so.
TEST_F(BitFlips, InTheFileAreAllFoundByVerify) {
  const auto never = [] { return false; };
  lay_out();
  {
    start()->close();
  }
  const std::string file = read_file(directory_ / "ledger.db");
  const store::LedgerFile path(directory_ / "ledger.db");
  ASSERT_EQ(problems_in(store::verify_at_rest(directory_, never).value()), "");
  for (std::size_t i = 0; i < flips(150); ++i) {
    const std::size_t at = random_() % file.size();
    const auto flipped = static_cast<char>(file[at] ^ (1 << (random_() % 8)));
    write_bytes(path.path, at, std::string(1, flipped));
    const auto report = store::verify_at_rest(directory_, never);
    EXPECT_TRUE(!report || !report->ok()) << "byte " << at;
    write_bytes(path.path, at, file.substr(at, 1));
  }
  EXPECT_EQ(problems_in(store::verify_at_rest(directory_, never).value()), "");
}

}  // namespace
}  // namespace giro::test
