// Groups of a cluster's log that are here already share a transaction: what is decided, who is told what, and what the ledger
// says of each is as if they came one by one. That their digests are the same says tests/engine/groups_test.cpp.
#include <string>

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/cluster_source_fixture.hpp"

namespace giro::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class SharedCommit : public ClusterSourceTest {
 protected:
  [[nodiscard]] std::uint64_t commits() const { return committer->metrics().commits.value(); }
  void give_mine(std::string_view key) {
    pay(key);
    append();
    give_own();
  }
  [[nodiscard]] std::string problems() {
    return problems_in(
        store::verify(committer->ledger().store().ledger_file(), [] { return false; }));
  }
};

TEST_F(SharedCommit, TakesWhatIsReadyInOneTransaction) {
  give_other("before");
  give_mine("mine");
  give_other("behind");
  (void)step();
  EXPECT_EQ(commits(), 1U);
  EXPECT_EQ(seq(), 6U);
  EXPECT_EQ(applied(), last);
  EXPECT_EQ(committer->ledger().store().source(), "main;a=1 b=2");
  EXPECT_THAT(told(), ElementsAre("1: decided"));
  EXPECT_EQ(problems(), "") << "each group has its own link of the audit chain";
}

TEST_F(SharedCommit, AnswersAKeyThatAGroupBeforeItDecided) {
  give_other("key");
  give_mine("key");
  give_mine("other");
  (void)step();
  EXPECT_EQ(commits(), 1U);
  EXPECT_THAT(told(), ElementsAre("1: replayed", "2: decided"));
  EXPECT_EQ(seq(), 5U);
  const auto noted = source.take_progress().applied;
  ASSERT_EQ(noted.size(), 3U);
  EXPECT_EQ(noted[0].digest, noted[1].digest) << "it left no entry";
  EXPECT_NE(noted[1].digest, noted[2].digest);
}

TEST_F(SharedCommit, LetsNothingOvertakeAQuestionThatIsPartOfNoGroup) {
  give_mine("first");
  step_until_idle();
  ask_balance();
  EXPECT_EQ(make(), cluster::LedgerSide::Made::nothing);
  give_mine("behind");
  step_until_idle();
  EXPECT_THAT(told(), ElementsAre("1: decided", "2: as of 4", "3: decided"));
}

TEST_F(SharedCommit, HoldsABoundedNumberOfEntries) {
  for (int group = 0; group < 3; ++group) {
    auto batch = std::make_unique<CommandBatch>();
    for (int i = 0; i < 3'000; ++i) {
      batch->commands.push_back(command(std::to_string(group) + "-" + std::to_string(i)));
    }
    ask(std::move(batch));
    append();
    give_own();
  }
  (void)step();
  EXPECT_EQ(seq(), 6'003U);
  (void)step();
  EXPECT_EQ(seq(), 9'003U);
}

TEST_F(SharedCommit, IsRefusedAsAWhole) {
  give_other("before");
  give_mine("mine");
  give_other("behind");
  disk.fail_at(1, FaultyDisk::Failure::full);
  (void)step();
  EXPECT_THAT(told(), ElementsAre("1: outcome_unknown"));
  EXPECT_EQ(seq(), 3U) << "not one of them is decided here yet";
  disk.heal();
  time.pass(1s);
  step_until_idle();
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(seq(), 6U);
  EXPECT_EQ(applied(), last);
  EXPECT_EQ(problems(), "");
}

TEST_F(SharedCommit, IsPutOffAsAWholeWhereGroupsWithoutEntriesCameFirst) {
  SQLite::Database other(options().directory / "ledger.db", SQLite::OPEN_READWRITE);
  for (int i = 0; i < 3; ++i) {
    give(false, ++others, {});
    give_mine("mine-" + std::to_string(i));
    other.exec("BEGIN IMMEDIATE");
    step_until_idle();
    other.exec("ROLLBACK");
    EXPECT_THAT(told(), ElementsAre(std::to_string(i + 1) + ": outcome_unknown"));
    time.pass(1s);
    step_until_idle();
    EXPECT_EQ(heard.failure, "");
    EXPECT_EQ(applied(), last);
  }
  EXPECT_EQ(seq(), 6U);
  EXPECT_EQ(problems(), "");
}

TEST_F(SharedCommit, IsThereAsAWholeOrNotAtAllAfterACrash) {
  for (std::uint64_t fail = 1; heard.failure.empty() && fail < 20; ++fail) {
    disk.fail_at(fail, FaultyDisk::Failure::broken_once);
    for (const char* which : {"a", "b", "c"}) give_mine(which + std::to_string(fail));
    step_until_idle();
  }
  ASSERT_NE(heard.failure, "");
  const auto answers = told();
  EXPECT_EQ(std::ranges::count(answers, "1: outcome_unknown"), 1) << "with its neighbours";
  committer.reset();
  disk.heal();
  TestLedger again(options());
  EXPECT_EQ((again.state().seq() - 3) % 3, 0U);
}

}  // namespace
}  // namespace giro::test
