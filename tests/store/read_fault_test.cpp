// Every read of a ledger's life fails once, one after the other: of its file, its log and its anchor, by the writer and by
// readers beside it. What is answered all the same is what a healthy disk would have had answered, no old key is taken
// for new, and with the disk healed everything that was acknowledged is there once.
#include <iostream>
#include <memory>
#include <string>
#include <variant>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/all_answers.hpp"
#include "tests/store/faulty_vfs.hpp"
#include "tests/store/workload.hpp"

namespace giro::test {
namespace {

using store::CommitResult;
using store::Store;
using Failure = FaultyDisk::Failure;

constexpr std::uint32_t kKeysInRun = 60;

class ReadFaults : public testing::TestWithParam<Failure> {
 protected:
  ReadFaults() : folder_(folder_in_memory()) {
    TestLedger ledger({.directory = folder_.path() / "made", .keys_in_run = kKeysInRun});
    workload_.open_accounts(ledger);
    workload_.run(ledger, 150, 30);
    ledger.settle();
    ledger.close_and_reopen();      // Its file has these,
    workload_.run(ledger, 40, 10);  // and its log alone those.
    before_ = snapshot(ledger.state());
    answers_ = AllAnswers(ledger, before_.seq).ask();
    copy_folder(ledger.directory(), original_);  // As a crash leaves it.
    std::filesystem::remove(original_ / "ledger.db-shm");
  }

  [[nodiscard]] store::StoreOptions options() const {
    return {.directory = copy_,
            .make = store::MakeLedger::never,
            .keys_in_run = kKeysInRun,
            .wal_pages_max = 20,
            .surroundings = {.vfs = disk_.vfs()}};
  }

  // Whether the failure was reached.
  bool live_with_a_failure_at(std::uint64_t step) {
    copy_folder(original_, copy_);
    acknowledged_ = in_doubt_ = before_;
    disk_.fail_at(step, GetParam());
    {
      const auto ledger = start();
      if (ledger != nullptr) live(*ledger);
    }
    const bool reached = disk_.failed();
    disk_.heal();
    return reached;
  }

  // Nothing: it doesn't start, and says why.
  std::unique_ptr<TestLedger> start() {
    try {
      return std::make_unique<TestLedger>(options());
    } catch (const std::runtime_error& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("othing"));
      ++not_started_;
      return nullptr;
    }
  }

  void live(TestLedger& ledger) {
    ASSERT_EQ(snapshot(ledger.state()), before_);
    ASSERT_NO_FATAL_FAILURE(expect_right_answers(ledger));
    ASSERT_NO_FATAL_FAILURE(expect_old_keys(ledger));
    for (int i = 0; i < 30; ++i) pay(ledger, "new-" + std::to_string(i));
    in_doubt_ = snapshot(ledger.state());
    if (ledger.store().commit() != CommitResult::committed) return;  // girod opens it anew.
    acknowledged_ = in_doubt_;
    (void)ledger.store().take_group();
    ledger.settle();
    ASSERT_NO_FATAL_FAILURE(expect_right_answers(ledger));
    ledger.store().close();
  }

  // It may be that it can't be told whether the key is new.
  void pay(TestLedger& ledger, const std::string& key) {
    try {
      ledger.pay(key, eur("EUR:0", "EUR:1", 1));
    } catch (const std::runtime_error&) {
      ++undecided_;
    }
  }

  void expect_right_answers(TestLedger& ledger) {
    for (const auto& [question, answer] : AllAnswers(ledger, before_.seq).ask()) {
      if (answer == kNoAnswer) {
        ++unanswered_;
        continue;
      }
      const auto expected = answers_.find(question);
      ASSERT_NE(expected, answers_.end()) << question;
      ASSERT_EQ(answer, expected->second) << question;
    }
  }

  // Sends every payment again.
  void expect_old_keys(TestLedger& ledger) {
    for (const SentPayment& sent : workload_.sent()) {
      try {
        ASSERT_FALSE(std::holds_alternative<Decided>(ledger.submit(sent.check())))
            << sent.key << " was decided twice";
      } catch (const std::runtime_error&) {
        ++unanswered_;
      }
    }
  }

  void expect_all_there() {
    TestLedger ledger(options());
    const Snapshot found = snapshot(ledger.state());
    ASSERT_TRUE(found == acknowledged_ || found == in_doubt_)
        << "acknowledged up to seq " << acknowledged_.seq << ", found " << found.seq;
    ASSERT_NO_FATAL_FAILURE(expect_old_keys(ledger));
    ledger.close();
    ASSERT_EQ(problems_of(copy_ / "ledger.db"), "");
  }

  FaultyDisk disk_;
  ScratchFolder folder_;
  const std::filesystem::path original_ = folder_.path() / "original";
  const std::filesystem::path copy_ = folder_.path() / "copy";
  Workload workload_{31};
  Snapshot before_;
  Answers answers_;
  Snapshot acknowledged_;
  Snapshot in_doubt_;
  std::size_t not_started_ = 0;
  std::size_t unanswered_ = 0;
  std::size_t undecided_ = 0;
};

TEST_P(ReadFaults, AtAnyStepMakeNoWrongAnswerAndLoseNothing) {
  std::uint64_t step = 1;
  for (bool reached = true; reached; ++step) {
    SCOPED_TRACE("read " + std::to_string(step));
    reached = live_with_a_failure_at(step);
    ASSERT_FALSE(HasFailure());
    ASSERT_NO_FATAL_FAILURE(expect_all_there());
  }
  std::cout << "  " << step - 1 << " reads failed in turn: " << not_started_
            << " starts were refused, " << unanswered_ << " questions weren't answered, "
            << undecided_ << " new payments weren't decided\n";
  EXPECT_GT(step, 100U) << "there was next to nothing to read";
  EXPECT_GT(not_started_, 0U);
  EXPECT_GT(unanswered_, 0U);
}

std::string name_of_failure(const testing::TestParamInfo<Failure>& failure) {
  switch (failure.param) {
    case Failure::unreadable_once:
      return "FailOnce";
    case Failure::unreadable:
      return "FailFromThenOn";
    default:
      return "FindHalfOfTheBytes";
  }
}

INSTANTIATE_TEST_SUITE_P(That, ReadFaults,
                         testing::Values(Failure::unreadable_once, Failure::unreadable,
                                         Failure::short_once),
                         name_of_failure);

}  // namespace
}  // namespace giro::test
