// Three nodes over a model of the log: what each sees of the others, and what follows from it. Whose ledger or clock is wrong, whom
// the log is kept for, which rules are used, and who stops.
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "queue/cluster/replicator.hpp"
#include "tests/cluster/three_nodes.hpp"

namespace giro::test {
namespace {

using testing::Each;
using testing::HasSubstr;

TEST_F(ThreeCalmNodes, StopTheOneWhoseLedgerDiffersAndNoOther) {
  ask_all();
  c().ledger().diverges = "a defect";
  ask_all();
  ask_all();
  world.pass(milliseconds(3'000));
  EXPECT_THAT(c().halted, HasSubstr("differs from that of a, b"));
  EXPECT_EQ(a().halted, "");
  EXPECT_EQ(b().halted, "");
  ask_all();
  EXPECT_EQ(told("c-12"), Told::refused);
  EXPECT_EQ(told("a-10"), Told::applied) << "most of them go on";
}

TEST_F(ThreeCalmNodes, StopAllOfThemAtALogFromAnOlderCopy) {
  ask_all();
  const SharedLog::State copy = world.shared.state();
  ask_all();
  world.shared.restore(copy);
  world.pass(milliseconds(5'000));
  for (const auto& node : world.nodes) EXPECT_THAT(node->halted, HasSubstr("older copy"));
}

TEST_F(ThreeCalmNodes, StopAtAnOlderCopyThatTheyWereBehindOnceAnotherOneWasThere) {
  ask_all();
  c().kill();
  world.pass(milliseconds(100));
  const SharedLog::State copy = world.shared.state();
  const auto said = world.shared.announcements;
  world.ask(a());
  world.pass(milliseconds(1'500));
  a().kill();
  b().kill();
  world.shared.restore(copy);
  world.shared.announcements = said;
  a().start(99);
  world.pass(milliseconds(1'500));
  EXPECT_THAT(a().halted, HasSubstr("older copy"));
  c().start(100);
  for (int ms = 0; ms < 4'000; ms += 10) {
    world.ask(c());
    world.pass(milliseconds(10));
  }
  EXPECT_THAT(c().halted, HasSubstr("the node a applied"));
  EXPECT_EQ(c().kept().head.index, copy.groups) << "it decided nothing behind the copy";
}

TEST_F(ThreeCalmNodes, AppendNothingByAClockThatIsOff) {
  b().clock_off_ns = std::chrono::nanoseconds(std::chrono::seconds(30)).count();
  world.pass(milliseconds(15'000));
  EXPECT_EQ(b().figures().state, Replicator::State::clock_off);
  EXPECT_EQ(a().figures().state, Replicator::State::serving);
  world.ask(b());
  world.pass(milliseconds(50));
  EXPECT_EQ(told("b-1"), Told::refused);
  b().clock_off_ns = 0;
  world.pass(milliseconds(15'000));
  EXPECT_EQ(b().figures().state, Replicator::State::serving);
}

TEST_F(ThreeCalmNodes, AppendNothingByAClockThatIsOffFromTheirStartOn) {
  b().kill();
  b().clock_off_ns = std::chrono::nanoseconds(std::chrono::hours(1)).count();
  b().start(99);
  for (int ms = 0; ms < 5'000; ms += 10) {
    world.ask(b());
    world.pass(milliseconds(10));
  }
  EXPECT_THAT(b().figures().trouble, HasSubstr("clock is off"));
  for (const auto& [request, outcome] : world.told) EXPECT_EQ(outcome, Told::refused) << request;
}

TEST_F(ThreeCalmNodes, AreHeldToTheClockOfASingleOneThatServes) {
  c().kill();
  b().kill();
  world.pass(milliseconds(3'000));
  b().clock_off_ns = -std::chrono::nanoseconds(std::chrono::minutes(10)).count();
  b().start(99);
  world.pass(milliseconds(5'000));
  EXPECT_EQ(b().figures().state, Replicator::State::clock_off);
  EXPECT_EQ(a().figures().state, Replicator::State::serving);
}

TEST_F(ThreeCalmNodes, TakePaymentsSoonAfterTheirStart) {
  b().kill();
  b().start(99);
  world.pass(milliseconds(1'200));
  EXPECT_EQ(b().figures().state, Replicator::State::serving);
  c().kill();
  b().kill();
  world.pass(milliseconds(5'000));
  b().start(100);
  world.pass(milliseconds(2'700));
  EXPECT_EQ(b().figures().state, Replicator::State::serving) << "c is waited for, and shortly";
}

TEST_F(ThreeCalmNodes, SayThatTheirLedgerCantBeWritten) {
  b().ledger().stands_still = true;
  world.ask(b());
  world.pass(milliseconds(1'500));
  EXPECT_EQ(told("b-1"), Told::refused);
  EXPECT_EQ(b().figures().state, Replicator::State::read_only);
  EXPECT_EQ(a().figures().nodes.at("b").state, "read_only");
  EXPECT_EQ(a().figures().state, Replicator::State::serving);
  b().ledger().stands_still = false;
  world.pass(milliseconds(100));
  EXPECT_EQ(b().figures().state, Replicator::State::serving);
}

TEST_F(ThreeCalmNodes, RemoveWhatAllHaveAndKeepWhatOneLacks) {
  c().kill();
  for (int i = 0; i < 10; ++i) ask_all();
  world.pass(milliseconds(2'000));
  EXPECT_EQ(world.shared.state().streams.at("a").groups.size(), 10U) << "one lacks them";
  c().start(99);
  world.pass(milliseconds(4'000));
  EXPECT_EQ(c().kept().head, a().kept().head);
  EXPECT_TRUE(world.shared.state().streams.at("a").groups.empty());
}

TEST_F(ThreeCalmNodes, LetGoOfOneThatIsAwayBeforeTheLogIsFull) {
  c().kill();
  ask_all();
  world.shared.bytes_used = 200;
  world.pass(std::chrono::seconds(70));
  EXPECT_FALSE(world.shared.state().streams.at("a").groups.empty()) << "there is room";
  world.shared.bytes_used = 260;
  world.pass(std::chrono::seconds(4));
  EXPECT_TRUE(world.shared.state().streams.at("a").groups.empty());
  EXPECT_TRUE(world.shared.announcements.contains("b")) << "it isn't away";
}

TEST_F(ThreeCalmNodes, DontWaitForOneThatIsThereAndGetsNoFurtherUntilTheLogIsFull) {
  c().ledger().stands_still = true;
  ask_all();
  world.shared.bytes_used = 260;
  world.pass(std::chrono::seconds(55));
  EXPECT_FALSE(world.shared.state().streams.at("a").groups.empty());
  world.pass(std::chrono::seconds(10));
  EXPECT_TRUE(world.shared.state().streams.at("a").groups.empty());
  EXPECT_TRUE(world.shared.announcements.contains("c")) << "it is there, and says so";
}

TEST_F(ThreeCalmNodes, TakeNobodyForSilentWhileTheyHearNothingThemselves) {
  ask_all();
  world.shared.bytes_used = 260;
  for (const auto& node : world.nodes) node->log().is_member_paused = true;
  world.pass(std::chrono::seconds(70));
  for (const auto& node : world.nodes) node->log().is_member_paused = false;
  for (int ms = 0; ms < 10'000; ms += 10) {
    world.pass(milliseconds(10));
    ASSERT_EQ(world.shared.announcements.size(), 3U);
  }
  for (const auto& node : world.nodes) EXPECT_EQ(node->halted, "");
}

TEST_F(ThreeCalmNodes, AnnounceNothingBeforeTheLogGoesOnWhereTheirLedgersEnd) {
  leave_c_behind();
  c().start(99);
  world.pass(milliseconds(3'000));
  ASSERT_THAT(c().halted, HasSubstr("giro cluster join"));
  EXPECT_FALSE(world.shared.announcements.contains("c")) << "nobody is to wait for it";
}

TEST_F(ThreeCalmNodes, HaltTheSecondOneOfTheSameName) {
  std::map<std::string, Told> told_by_twin;
  Node twin(world.shared, "a", 5, told_by_twin);
  twin.kept() = a().kept();
  twin.start(99);
  for (int ms = 0; ms < 5'000; ++ms) {
    world.pass(milliseconds(1));
    twin.step(world.now);
  }
  EXPECT_THAT(twin.halted, HasSubstr("another girod runs as the node a"));
  EXPECT_EQ(a().halted, "");
  ask_all();
  EXPECT_EQ(told("a-1"), Told::applied);
}

TEST_F(ThreeCalmNodes, AreNotTakenForTheirOwnTwinsAfterARestart) {
  for (std::uint64_t run = 100; run < 110; ++run) {
    a().kill();
    a().start(run);
    world.pass(milliseconds(1'500));
    ASSERT_EQ(a().halted, "");
  }
}

TEST_F(ThreeCalmNodes, StopBothWhereAsManyHaveOneLedgerAsTheOtherAndSayIt) {
  c().kill();
  b().ledger().diverges = "a defect";
  ask_all();
  ask_all();
  world.pass(milliseconds(10'000));
  for (const Node* node : {&a(), &b()}) {
    EXPECT_THAT(node->halted, HasSubstr("nobody can tell by that which is right"));
  }
}

TEST_F(ThreeCalmNodes, StopAtALogWhoseLastGroupSomebodyDeleted) {
  c().kill();
  ask_all();
  SharedLog::State state = world.shared.state();
  state.streams.at("a").groups.clear();
  world.shared.restore(state);
  c().start(99);
  world.pass(milliseconds(1'000));
  EXPECT_THAT(c().halted, HasSubstr("group 1 is missing"));
}

TEST_F(ThreeCalmNodes, TellANodeThatTheLogLeftBehind) {
  leave_c_behind();
  c().start(99);
  world.pass(milliseconds(500));
  EXPECT_THAT(c().halted, HasSubstr("giro cluster join"));
}

// A new release, one machine after the other.
class ARollingUpgrade : public ThreeCalmNodes {
 protected:
  void upgrade(Node& node) {
    node.kill();
    node.start(++incarnation_, 2);
    world.pass(milliseconds(2'500));
  }
  // The rules of the groups that are asked for now.
  std::vector<std::uint16_t> rules_of_next() {
    const std::size_t before = a().kept().rules.size();
    ask_all();
    const std::vector<std::uint16_t>& all = a().kept().rules;
    return {all.begin() + static_cast<std::ptrdiff_t>(before), all.end()};
  }

 private:
  std::uint64_t incarnation_ = 100;
};

TEST_F(ARollingUpgrade, BringsNewRulesOnceEveryNodeKnowsThem) {
  EXPECT_THAT(rules_of_next(), Each(1));
  upgrade(a());
  EXPECT_THAT(rules_of_next(), Each(1));
  upgrade(b());
  EXPECT_THAT(rules_of_next(), Each(1)) << "c wouldn't go on";
  upgrade(c());
  EXPECT_THAT(rules_of_next(), Each(2));
  EXPECT_EQ(a().kept().head, b().kept().head);
  EXPECT_EQ(a().kept().head, c().kept().head);
}

TEST_F(ARollingUpgrade, WaitsForANodeThatIsAwayUntilItIsLetGo) {
  c().kill();
  upgrade(a());
  upgrade(b());
  EXPECT_THAT(rules_of_next(), Each(1));
  a().log().forget("c");
  world.pass(milliseconds(2'500));
  EXPECT_THAT(rules_of_next(), Each(2));
}

TEST_F(ARollingUpgrade, HaltsANodeThatDoesntKnowTheNewRulesYet) {
  upgrade(a());
  upgrade(b());
  upgrade(c());
  EXPECT_THAT(rules_of_next(), Each(2));
  c().kill();
  c().start(8, 1);
  ask_all();
  world.pass(milliseconds(500));
  EXPECT_THAT(c().halted, HasSubstr("rules of version 2"));
  EXPECT_THAT(rules_of_next(), Each(2)) << "what the log has isn't taken back for it";
}

}  // namespace
}  // namespace giro::test
