// The commit thread on a disk that fails, a file that is locked, and one that is gone: what each request
// is told is true, and the thread goes on exactly where it may.
#include "engine/commit_thread.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/faulty_vfs.hpp"
#include "tests/store/test_ledger.hpp"

namespace giro::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Failure = FaultyDisk::Failure;

// A commit thread over a ledger with a few accounts, and the answers that it delivered.
class Committing {
 public:
  explicit Committing(FaultyDisk& disk, std::filesystem::path folder = {})
      : ledger_({.directory = std::move(folder),
                 .keys_in_run = 100,
                 .surroundings = {.vfs = disk.vfs()}}) {
    if (ledger_.state().seq() == 0) open_few_accounts(ledger_);
    ledger_.settle();
    const store::StoreOptions options = ledger_.options();
    ledger_.crash();
    thread_.emplace(
        Committer::Parts{
            .ledger = must_open(Ledger::open(options)),
            .source = source_,
            .clock = LedgerClock::system_sources(),
            .deliver = [this](std::unique_ptr<CommittedGroup> group) { deliver(std::move(group)); },
            .on_failure =
                [this](const std::string& why) {
                  const std::scoped_lock lock(mutex_);
                  failure_ = why;
                },
            .tell = [](const Notice&) {}},
        [this](std::optional<Committer::Moment> until) { queue_.wait(until); });
    thread_->start();
  }
  ~Committing() {
    queue_.close();
    thread_->join();
  }

  // The answer to one request, after its group.
  AnswerBody ask(Work work, std::uint32_t uid = 1000) {
    std::unique_lock lock(mutex_);
    const auto slot = static_cast<std::uint32_t>(answers_.size());
    answers_.emplace_back();
    lock.unlock();
    EXPECT_EQ(
        queue_.push(
            {.reply_to = {.connection = 1, .slot = slot}, .uid = uid, .work = std::move(work)},
            Weight{}),
        Admission::accepted);
    lock.lock();
    delivered_.wait_for(lock, std::chrono::seconds(20), [&] { return answers_[slot].has_value(); });
    if (!answers_[slot]) throw std::runtime_error("no answer came");
    return std::move(*answers_[slot]);
  }
  AnswerBody pay(std::string_view key, Amount amount = 5, std::uint32_t uid = 1000) {
    const LegRequest leg = eur("world", "ada", amount);
    PaymentRequest request = payment(leg);
    request.key = key;
    return ask(checked(request), uid);
  }
  // "applied", "replayed", or the name of the error.
  std::string outcome(std::string_view key, Amount amount = 5) {
    return word_for(pay(key, amount));
  }
  std::string message(std::string_view key) {
    const AnswerBody answer = pay(key);
    const auto* outcome = std::get_if<Outcome>(&answer);
    const auto* refused = outcome == nullptr ? nullptr : std::get_if<Refused>(outcome);
    return refused == nullptr ? "not refused" : refused->refusal.message;
  }
  std::string balance_question() { return word_for(ask(AccountsQuery{.ids = {AccountId("ada")}})); }
  std::string obstacle() {
    AnswerBody answer = ask(StatusQuery{});
    return std::get<std::unique_ptr<StatusAnswer>>(answer)->obstacle;
  }
  std::string failure() {
    const std::scoped_lock lock(mutex_);
    return failure_;
  }
  Seq head() {
    const std::scoped_lock lock(mutex_);
    return head_;
  }
  bool waits_until_applied(std::string_view key) {
    for (int i = 0; i < 100; ++i) {
      const std::string word = outcome(key);
      if (word == "applied" || word == "replayed") return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }
  [[nodiscard]] std::filesystem::path file() const { return ledger_.file(); }
  [[nodiscard]] std::filesystem::path directory() const { return ledger_.directory(); }

  static std::string word_for(const AnswerBody& answer) {
    if (std::holds_alternative<AccountsAnswer>(answer)) return "answered";
    const auto& outcome = std::get<Outcome>(answer);
    if (std::holds_alternative<Decided>(outcome)) return "applied";
    if (std::holds_alternative<Replayed>(outcome)) return "replayed";
    return std::string(name(std::get<Refused>(outcome).refusal.code));
  }

 private:
  void deliver(std::unique_ptr<CommittedGroup> group) {
    const std::scoped_lock lock(mutex_);
    head_ = group->head_seq;
    for (Answer& answer : group->answers) answers_.at(answer.to.slot) = std::move(answer.body);
    delivered_.notify_all();
  }

  TestLedger ledger_;
  WorkQueue queue_{QueueLimits{}};
  LocalWork source_{queue_, kGroupMax};
  std::mutex mutex_;
  std::condition_variable delivered_;
  std::vector<std::optional<AnswerBody>> answers_;
  std::string failure_;
  Seq head_ = 0;
  std::optional<CommitThread> thread_;
};

TEST(CommitThread, TellsNothingOfAPaymentWhoseKeyIsAnotherUsers) {
  FaultyDisk disk;
  Committing thread(disk);
  ASSERT_EQ(thread.outcome("alices", 7), "applied");
  const AnswerBody answer = thread.pay("alices", 8, 1001);
  const auto& refused = std::get<Refused>(std::get<Outcome>(answer));
  EXPECT_EQ(refused.refusal.code, ErrorCode::key_conflict);
  EXPECT_EQ(refused.refusal.field, "");
  EXPECT_EQ(refused.conflict_seq, 0U);
  EXPECT_THAT(refused.refusal.message, HasSubstr("another user's"));
  EXPECT_THAT(refused.refusal.message, Not(HasSubstr("amount")));
  disk.fail_at(1, Failure::full);
  EXPECT_EQ(thread.outcome("new"), "read_only");
  EXPECT_EQ(std::get<Refused>(std::get<Outcome>(thread.pay("alices", 8, 1001))).conflict_seq, 0U)
      << "nor while nothing new is decided";
}

TEST(CommitThread, TellsTheOwnerOfAKeyWhatItDecided) {
  FaultyDisk disk;
  Committing thread(disk);
  ASSERT_EQ(thread.outcome("alices", 7), "applied");
  const AnswerBody answer = thread.pay("alices", 8);
  const auto& refused = std::get<Refused>(std::get<Outcome>(answer));
  EXPECT_EQ(refused.refusal.field, "amount");
  EXPECT_NE(refused.conflict_seq, 0U);
}

TEST(CommitThread, PaysOnceWhenAnotherUserSendsTheSamePayment) {
  FaultyDisk disk;
  Committing thread(disk);
  ASSERT_EQ(thread.outcome("handed-over"), "applied");
  EXPECT_EQ(Committing::word_for(thread.pay("handed-over", 5, 1001)), "replayed");
}

TEST(CommitThread, OnAFullDiskRefusesNewKeysAnswersOldOnesAndGoesOn) {
  FaultyDisk disk;
  Committing thread(disk);
  ASSERT_EQ(thread.outcome("before"), "applied");
  disk.fail_at(1, Failure::full);
  EXPECT_THAT(thread.message("new"),
              AllOf(HasSubstr("disk is full"), HasSubstr("this request decided nothing"),
                    Not(HasSubstr("unused"))));
  EXPECT_EQ(thread.outcome("new"), "read_only");
  EXPECT_THAT(thread.message("new"), HasSubstr("nothing was decided under its key before"));
  EXPECT_EQ(thread.outcome("before"), "replayed");
  EXPECT_EQ(thread.outcome("before", 77), "key_conflict");
  EXPECT_EQ(thread.balance_question(), "answered");
  EXPECT_FALSE(thread.obstacle().empty());
  disk.heal();
  EXPECT_TRUE(thread.waits_until_applied("new"));
  EXPECT_EQ(thread.obstacle(), "");
  EXPECT_EQ(thread.failure(), "");
}

TEST(CommitThread, AnswersABatchOfOldKeysWhileNothingNewIsDecided) {
  FaultyDisk disk;
  Committing thread(disk);
  ASSERT_EQ(thread.outcome("old"), "applied");
  disk.fail_at(1, Failure::full);
  ASSERT_EQ(thread.outcome("new"), "read_only");
  const auto batch = [](std::initializer_list<const char*> keys) {
    auto made = std::make_unique<CommandBatch>();
    for (const char* key : keys) {
      const LegRequest leg = eur("world", "ada", 5);
      PaymentRequest request = payment(leg);
      request.key = key;
      made->commands.emplace_back(checked(request));
    }
    return made;
  };
  const AnswerBody some = thread.ask(batch({"old", "new", "newer"}));
  const auto& answer = std::get<std::unique_ptr<BatchAnswer>>(some);
  EXPECT_EQ(answer->replayed, 1U);
  EXPECT_EQ(answer->exceptions.size(), 2U);
  EXPECT_EQ(Committing::word_for(thread.ask(batch({"new", "newer"}))), "read_only");
  disk.heal();
}

TEST(CommitThread, WithAnotherProgramsLockIsBusyOnlyAsLongAsThatIsThere) {
  FaultyDisk disk;
  Committing thread(disk);
  ASSERT_EQ(thread.outcome("before"), "applied");
  SQLite::Database other(thread.file().string(), SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(thread.outcome("new"), "busy");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5))
      << "everybody waits for somebody else's lock";
  EXPECT_EQ(thread.outcome("before"), "replayed");
  EXPECT_EQ(thread.balance_question(), "answered");
  other.exec("ROLLBACK");
  EXPECT_TRUE(thread.waits_until_applied("new"));
  EXPECT_EQ(thread.failure(), "");
}

TEST(CommitThread, WhoseFileIsGoneTellsNothingUntilItIsBack) {
  FaultyDisk disk;
  Committing thread(disk);
  ASSERT_EQ(thread.outcome("before"), "applied");
  for (const char* name : {"ledger.db", "ledger.db-wal", "ledger.db-shm", "anchor"}) {
    SCOPED_TRACE(name);
    const std::filesystem::path file = thread.directory() / name;
    const std::filesystem::path away = file.string() + ".away";
    std::filesystem::rename(file, away);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_THAT(thread.message("new"),
                AllOf(HasSubstr("deleted, moved or replaced"), HasSubstr("decided nothing")));
    EXPECT_EQ(thread.outcome("before"), "read_only") << "what it says may be gone with the file";
    EXPECT_EQ(thread.balance_question(), "read_only");
    EXPECT_THAT(thread.obstacle(), HasSubstr(name));
    std::filesystem::rename(away, file);
    EXPECT_TRUE(thread.waits_until_applied(std::string("new ") + name));
  }
  EXPECT_EQ(thread.failure(), "");
}

TEST(CommitThread, WhoseFileWasReplacedDoesNotMistakeTheNewOneForIt) {
  FaultyDisk disk;
  Committing thread(disk);
  std::filesystem::copy_file(thread.file(), thread.file().string() + ".copy");
  std::filesystem::rename(thread.file().string() + ".copy", thread.file());
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(thread.outcome("new"), "read_only");
  std::this_thread::sleep_for(std::chrono::milliseconds(1'200));  // Past a try whether it is back.
  EXPECT_EQ(thread.outcome("new"), "read_only");
}

TEST(CommitThread, AfterACommitThatFailedTellsItsGroupThatNobodyKnowsAndEnds) {
  FaultyDisk disk;
  Committing thread(disk);
  ASSERT_EQ(thread.outcome("before"), "applied");
  const Seq durable = thread.head();
  disk.fail_at(1, Failure::broken);
  EXPECT_EQ(thread.outcome("in doubt"), "outcome_unknown");
  EXPECT_EQ(thread.head(), durable) << "subscribers would wait for entries that may not be there";
  EXPECT_THAT(thread.failure(), AllOf(HasSubstr("a commit failed"), HasSubstr("restart")));
}

// Nothing of a client's was in it, and nobody may go on all the same.
TEST(CommitThread, AfterUpkeepWhoseCommitFailedEnds) {
  FaultyDisk disk;
  Committing thread(disk);
  ASSERT_EQ(thread.outcome("before"), "applied");
  disk.fail_at(1, Failure::broken);  // The next step that is written is upkeep's: the sweep.
  for (int i = 0; i < 200 && thread.failure().empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_THAT(thread.failure(), HasSubstr("upkeep"));
}

TEST(CommitThread, ThatCannotReadTheLedgerAgainEndsAndSaysWhy) {
  FaultyDisk disk;
  Committing thread(disk);
  ASSERT_EQ(thread.outcome("before"), "applied");
  // The state must be built anew after this, and the file isn't a ledger any more by then.
  SQLite::Database(thread.file().string(), SQLite::OPEN_READWRITE)
      .exec("UPDATE accounts SET currency = 99 WHERE number = 2");
  disk.fail_at(1, Failure::full);
  EXPECT_EQ(thread.outcome("new"), "read_only");
  for (int i = 0; i < 200 && thread.failure().empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_THAT(thread.failure(), HasSubstr("can't be read again"));
}

}  // namespace
}  // namespace giro::test
