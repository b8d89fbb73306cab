// A node's groups on their way through a log that is the test's: who is answered, when, with what, and what is applied.
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/cluster_source_fixture.hpp"

namespace giro::test {
namespace {

using namespace std::chrono_literals;
using cluster::LedgerSide;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST_F(ClusterSourceTest, AnswersItsClientsOnceTheirGroupIsAppliedInItsPlace) {
  pay("mine");
  append();
  give_other("theirs");
  step_until_idle();
  EXPECT_THAT(told(), IsEmpty()) << "appended isn't ordered";
  give_own();
  step_until_idle();
  EXPECT_THAT(told(), ElementsAre("1: decided"));
  EXPECT_EQ(seq(), 5U);
  EXPECT_EQ(committer->ledger().store().source(), "main;a=1 b=1");
}

TEST_F(ClusterSourceTest, SaysInEntriesAtWhichNodeTheyWereAskedFromRulesTwoOn) {
  rules = 1;
  give_other("first");
  rules = 2;
  pay("mine");
  append();
  give_other("theirs");
  give_own();
  rules = 1;
  give_other("by a node that was just started");
  step_until_idle();
  EXPECT_THAT(nodes(), ElementsAre("", "b", "a", ""));
}

TEST_F(ClusterSourceTest, AnswersWhatAnotherNodeDecidedWithThatNodesEntry) {
  give_other("same");
  pay("same");
  append();
  give_own();
  step_until_idle();
  EXPECT_THAT(told(), ElementsAre("1: replayed"));
  EXPECT_THAT(nodes(), ElementsAre("b"));
}

TEST_F(ClusterSourceTest, KnowsNoNodeByWhatRidesAlongNorByAGroupWithoutRequests) {
  give(false, ++others, {});
  ask_dry_run();
  ask_balance();
  EXPECT_EQ(make(), LedgerSide::Made::nothing);
  step_until_idle();
  EXPECT_THAT(committer->ledger().state().nodes(), IsEmpty());
}

// A group that another node made later may come before it.
TEST_F(ClusterSourceTest, DecidesNothingByATimeBeforeThatOfTheEntryBeforeIt) {
  PaymentRequest request = payment(eur("world", "ada", 5));
  request.key = "mine";
  const std::string deadline = format_rfc3339(Timestamp{time.real().ns + 5'000'000'000});
  request.deadline = deadline;
  ask(checked(request));
  append();
  clock_ahead = 10s;
  give_other("theirs");
  clock_ahead = 0s;
  give_own();
  step_until_idle();
  const Entry last_one =
      *must_open(store::Reader::open(options().directory / "ledger.db"))->entry(5);
  EXPECT_EQ(last_one.key.view(), "mine");
  EXPECT_EQ(last_one.outcome, Rejection::deadline_passed);
}

TEST_F(ClusterSourceTest, KeepsQuestionsBehindWhatTheirConnectionAskedBefore) {
  pay("first");
  ask_balance();
  append();
  ask_balance();
  ASSERT_EQ(make(), LedgerSide::Made::nothing) << "it rides along with the group before";
  step_until_idle();
  EXPECT_THAT(told(), IsEmpty());
  source.give({.index = ++last,
               .node = "a",
               .is_own = true,
               .number = number,
               .now = time.real(),
               .commands = made,
               .streams = {{"a", 1}}});
  ask_balance();
  ASSERT_EQ(make(), LedgerSide::Made::nothing);
  step_until_idle();
  EXPECT_THAT(told(), ElementsAre("1: decided", "2: as of 4", "3: as of 4", "4: as of 4"));
}

TEST_F(ClusterSourceTest, RefusesWhatNeverWentOut) {
  pay("never");
  ask_balance();
  ASSERT_EQ(make(), LedgerSide::Made::group);
  source.refuse_made("no quorum");
  step_until_idle();
  EXPECT_THAT(told(), ElementsAre("1: busy", "2: as of 3"));
  EXPECT_EQ(applied(), last);
}

TEST_F(ClusterSourceTest, AppliesAGroupThatWasGivenUpAndAnswersItOnce) {
  pay("lost");
  ASSERT_EQ(make(), LedgerSide::Made::group);
  source.give_up_own();
  step_until_idle();
  EXPECT_THAT(told(), ElementsAre("1: outcome_unknown"));
  source.appended(++number);
  give_own();
  step_until_idle();
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(seq(), 4U) << "it was decided";
}

TEST_F(ClusterSourceTest, GivesUpGroupsThatAreInTheLogAndDontComeInTheirOrder) {
  pay("one");
  append();
  const std::string first = made;
  pay("two");
  append();
  source.give_up_own();
  step_until_idle();
  EXPECT_THAT(told(), ElementsAre("1: outcome_unknown", "2: outcome_unknown"));
  give(true, 1, first);
  give(true, 2, made);
  step_until_idle();
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(seq(), 5U);
}

TEST_F(ClusterSourceTest, DecidesNothingThatItWasGivenOnceItsLedgerIsntTheOthers) {
  pay("mine");
  append();
  give_own();
  give_other("another's");
  pay("next");
  ASSERT_EQ(make(), LedgerSide::Made::group);
  source.give_up_own();
  source.drop_given();
  step_until_idle();
  EXPECT_THAT(told(), UnorderedElementsAre("1: outcome_unknown", "2: outcome_unknown"));
  EXPECT_EQ(seq(), 3U);
}

TEST_F(ClusterSourceTest, AppliesWhatAnEarlierRunOfThisNodeAppended) {
  give(false, 1, {});
  pay("mine");
  ASSERT_EQ(make(), LedgerSide::Made::group);
  std::string bytes;
  WorkGroup earlier;
  earlier.items.push_back({.reply_to = {}, .uid = 1000, .work = command("earlier")});
  write_group(earlier, bytes);
  source.give({.index = ++last,
               .node = "a",
               .is_own = false,
               .number = 1,
               .now = time.real(),
               .commands = bytes,
               .streams = {{"a", 1}, {"b", 1}}});
  source.appended(number = 2);
  source.give({.index = ++last,
               .node = "a",
               .is_own = true,
               .number = 2,
               .now = time.real(),
               .commands = made,
               .streams = {{"a", 2}, {"b", 1}}});
  step_until_idle();
  EXPECT_THAT(told(), ElementsAre("1: decided"));
  EXPECT_EQ(seq(), 5U);
}

TEST_F(ClusterSourceTest, AppliesGroupsWithoutRequests) {
  give(false, ++others, {});
  step_until_idle();
  pay("behind");
  append();
  give_own();
  step_until_idle();
  EXPECT_THAT(told(), ElementsAre("1: decided"));
  EXPECT_EQ(applied(), last);
  EXPECT_EQ(source.take_progress().applied.size(), 2U);
}

TEST_F(ClusterSourceTest, GivesAGroupAgainWhoseCommitWasRefusedAndItsClientsAreTold) {
  pay("full");
  append();
  disk.fail_at(1, FaultyDisk::Failure::full);
  give_own();
  give_other("behind");
  step_until_idle();
  EXPECT_THAT(told(), ElementsAre("1: outcome_unknown")) << "the others decide it";
  EXPECT_TRUE(source.take_progress().stands_still);
  disk.heal();
  time.pass(1s);
  step_until_idle();
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(seq(), 5U);
  EXPECT_EQ(applied(), last);
  EXPECT_THAT(nodes(), ElementsAre("a", "b"));
  EXPECT_FALSE(source.take_progress().stands_still);
  EXPECT_EQ(heard.failure, "");
}

TEST_F(ClusterSourceTest, LetsNobodyWaitForADiskThatIsFull) {
  disk.fail_at(1, FaultyDisk::Failure::full);
  pay("first");
  append();
  give_own();
  step_until_idle();
  pay("behind");
  append();
  give_own();
  step_until_idle();
  EXPECT_THAT(told(), ElementsAre("1: outcome_unknown", "2: outcome_unknown"));
  disk.heal();
  time.pass(1s);
  step_until_idle();
  EXPECT_EQ(seq(), 5U) << "both are decided, once each";
}

TEST_F(ClusterSourceTest, EndsTheLogThreadWhenNothingIsAppliedAnyMore) {
  for (std::uint64_t fail = 1; heard.failure.empty() && fail < 20; ++fail) {
    disk.fail_at(fail, FaultyDisk::Failure::broken_once);
    pay("k" + std::to_string(fail));
    append();
    give_own();
    step_until_idle();
  }
  ASSERT_NE(heard.failure, "");
  EXPECT_TRUE(source.is_abandoned()) << "who waits for room in it would wait for ever";
}

// --- small groups, whose clients come again ---

class SmallGroups : public ClusterSourceTest {
 protected:
  SmallGroups() {
    pay("1");
    pay("2");
    append();
    pay("3");
    give_own();
  }
};

TEST_F(SmallGroups, AreFollowedByOneOfAllWhoWaitAndWhoAreAnswered) {
  EXPECT_EQ(make(), LedgerSide::Made::nothing) << "1 and 2 aren't answered yet";
  step_until_idle();
  EXPECT_EQ(woken, 1) << "once they are, the log thread is told";
  EXPECT_EQ(make(), LedgerSide::Made::nothing);
  pay("4");
  EXPECT_EQ(make(), LedgerSide::Made::group) << "as many as before";
}

TEST_F(SmallGroups, DontWaitLongForThoseWhoWereAnswered) {
  step_until_idle();
  EXPECT_EQ(make(), LedgerSide::Made::nothing);
  EXPECT_EQ(source.waits_until(), time.moment() + ClusterSource::kTurn);
  time.pass(ClusterSource::kTurn);
  EXPECT_EQ(make(), LedgerSide::Made::group);
  EXPECT_FALSE(source.waits_until());
}

TEST_F(SmallGroups, DontWaitForALedgerThatIsntWritten) {
  EXPECT_EQ(make(), LedgerSide::Made::nothing);
  time.pass(ClusterSource::kHeldMax);
  EXPECT_EQ(make(), LedgerSide::Made::group);
}

TEST_F(ClusterSourceTest, AClientByItselfNeverWaitsForOthers) {
  pay("1");
  append();
  pay("2");
  give_own();
  EXPECT_EQ(make(), LedgerSide::Made::group);
}

// --- groups that are too large ---

// As good as incompressible.
Command large_command(const std::string& key, std::size_t bytes) {
  std::mt19937_64 random(std::hash<std::string>()(key));
  std::string noise;
  while (noise.size() < bytes) {
    noise += static_cast<char>('0' + random() % 75 + (random() % 75 == 44 ? 1 : 0));
  }
  std::erase(noise, '\\');
  PaymentRequest request = payment(eur("world", "ada", 5));
  request.key = key;
  const std::string metadata = R"({"noise":")" + noise + "\"}";
  request.metadata = metadata;
  return checked(request);
}

TEST_F(ClusterSourceTest, RefusesARequestThatTheLogDoesntTakeAndNoOther) {
  auto batch = std::make_unique<CommandBatch>();
  for (int i = 0; i < 600; ++i) {
    batch->commands.push_back(
        large_command("large-" + std::to_string(i), 3'900 + static_cast<std::size_t>(i % 50)));
  }
  pay("small");
  ask(std::move(batch));
  pay("behind");
  ask_balance();
  for (int i = 0; i < 10; ++i) {
    if (make() != LedgerSide::Made::group) continue;
    source.appended(++number);
    give_own();
  }
  step_until_idle();
  EXPECT_THAT(told(), testing::UnorderedElementsAre("1: decided", "2: too_large", "3: decided",
                                                    HasSubstr("4: as of ")));
  EXPECT_EQ(seq(), 5U);
}

// --- what falls due ---

TEST_F(ClusterSourceTest, AsksTheLogForATickRatherThanLookAtItsOwnClock) {
  HoldRequest request{
      .payment = payment(eur("world", "ada", 5)), .timeout = "5s", .expires_at = {}};
  request.payment.key = "hold";
  ask(*CheckedHold::check(request));
  append();
  give_own();
  step_until_idle();
  ASSERT_EQ(committer->ledger().state().holds().size(), 1U);
  woken = 0;
  time.pass(6s);
  step_until_idle();
  EXPECT_EQ(committer->ledger().state().holds().size(), 1U)
      << "every node must end it in one group";
  EXPECT_EQ(woken, 1) << "it isn't asked again and again";
  EXPECT_TRUE(source.take_tick());
  EXPECT_FALSE(source.take_tick());
  give(true, ++number, {});
  step_until_idle();
  EXPECT_EQ(committer->ledger().state().holds().size(), 0U);
}

// --- the end ---

TEST_F(ClusterSourceTest, EndsOnceWhatIsInTheLogIsGiven) {
  pay("last");
  append();
  source.close();
  EXPECT_EQ(make(), LedgerSide::Made::nothing);
  give_own();
  EXPECT_EQ(make(), LedgerSide::Made::ended);
  source.end();
  while (!step().ended) {
  }
  EXPECT_THAT(told(), ElementsAre("1: decided"));
}

TEST_F(ClusterSourceTest, HasNoRoomForMoreThanIsApplied) {
  while (source.has_room()) give_other("k" + std::to_string(others));
  EXPECT_EQ(others, ClusterSource::kGivenMax);
  woken = 0;
  step_until_idle();
  EXPECT_TRUE(source.has_room());
  for (std::size_t i = 0; i < ClusterSource::kGivenMax; ++i) (void)step();
  EXPECT_GE(woken, 1);
  EXPECT_EQ(applied(), last);
}

}  // namespace
}  // namespace giro::test
