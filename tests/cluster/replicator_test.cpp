// Three nodes over a model of the log, in one thread, from a seed: answers that are lost, late or overtaken, appends that
// arrive twice, nodes that are cut off, killed and started again, members that lag behind. What must hold in the end:
// nothing that was answered is lost, nothing is applied twice or after it was refused, and every node has the same order.
#include "queue/cluster/replicator.hpp"

#include <cstdlib>
#include <map>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cluster/three_nodes.hpp"

namespace giro::test {
namespace {

using cluster::Agreement;
using testing::Each;
using testing::HasSubstr;

void expect_one_order(SmallWorld& world) {
  const Kept& first = world.nodes.front()->kept();
  for (const auto& node : world.nodes) {
    ASSERT_EQ(node->halted, "");
    ASSERT_EQ(node->kept().head, first.head) << node->name();
    ASSERT_EQ(node->kept().applied, first.applied) << node->name();
  }
  std::map<std::string, int> times;
  for (const std::string& request : first.applied) ++times[request];
  times.erase("");  // Groups without requests.
  for (const auto& [request, count] : times) {
    ASSERT_EQ(count, 1) << request << " was applied more than once";
    ASSERT_NE(world.told[request], Told::refused) << request << " was refused, and applied";
  }
  for (const auto& [request, told] : world.told) {
    ASSERT_NE(told, Told::nothing) << request << " was never answered";
    ASSERT_TRUE(told != Told::applied || times.contains(request)) << request << " is lost";
  }
}

std::uint64_t seeds() {
  return std::getenv("GIRO_LONG") != nullptr ? 20'000 : 500;
}

TEST(ThreeNodes, HaveOneOrderAndLoseAndDoubleNothingWhateverFails) {
  std::uint64_t applied = 0;
  std::uint64_t unknown = 0;
  for (std::uint64_t seed = 1; seed <= seeds(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    SmallWorld world(seed);
    world.pass(milliseconds(50));
    for (int round = 0; round < 30; ++round) {
      for (auto asks = world.draw(6); asks > 0; --asks) world.ask(world.any_node());
      world.pass(milliseconds(1 + world.draw(world.draw(8) == 0 ? 3'000 : 120)));
      if (world.draw(3) == 0) world.make_trouble();
    }
    world.heal();
    world.run_until_quiet();
    ASSERT_TRUE(world.is_quiet());
    ASSERT_NO_FATAL_FAILURE(expect_one_order(world));
    for (const auto& one : world.told) {
      applied += one.second == Told::applied ? 1 : 0;
      unknown += one.second == Told::unknown ? 1 : 0;
    }
  }
  EXPECT_GT(applied, 20 * seeds());
  EXPECT_GT(unknown, seeds() / 10) << "the test says little";
}

class ThreeCalmNodes : public testing::Test {
 protected:
  ThreeCalmNodes() { world.pass(milliseconds(1'500)); }

  void ask_all() {
    for (const auto& node : world.nodes) world.ask(*node);
    world.pass(milliseconds(100));
  }
  Told told(const std::string& request) { return world.told.at(request); }
  Node& a() { return *world.nodes[0]; }
  Node& b() { return *world.nodes[1]; }
  Node& c() { return *world.nodes[2]; }

  SmallWorld world{7};
};

TEST_F(ThreeCalmNodes, AnswerAtAnyNode) {
  ask_all();
  EXPECT_EQ(told("a-1"), Told::applied);
  EXPECT_EQ(told("b-2"), Told::applied);
  EXPECT_EQ(told("c-3"), Told::applied);
}

TEST_F(ThreeCalmNodes, RefuseWhatNeverLeftAndOnlyThat) {
  a().log().is_cut_off = true;
  world.ask(a());
  world.ask(b());
  world.pass(milliseconds(1'500));
  EXPECT_EQ(told("a-1"), Told::refused);
  EXPECT_EQ(told("b-2"), Told::applied) << "the others go on";
  world.ask(a());
  world.pass(milliseconds(100));
  EXPECT_EQ(told("a-3"), Told::refused) << "at once, once it knows";
}

TEST_F(ThreeCalmNodes, SayThatAnOutcomeIsntKnownRatherThanGuess) {
  a().log().faults.lost_percent = 100;
  world.ask(a());
  world.pass(milliseconds(5'000));
  EXPECT_EQ(told("a-1"), Told::nothing);
  world.pass(milliseconds(7'000));
  EXPECT_EQ(told("a-1"), Told::unknown);
}

TEST_F(ThreeCalmNodes, LetNobodyWaitForAGroupThatTheLogHasAndDoesntShow) {
  a().log().tells_places = false;  // As where another node's group came between.
  world.ask(a());
  while (!world.shared.state().streams.contains("a")) world.pass(milliseconds(1));
  a().log().is_member_paused = true;
  world.pass(milliseconds(5'000));
  EXPECT_EQ(told("a-1"), Told::nothing);
  world.pass(milliseconds(7'000));
  EXPECT_EQ(told("a-1"), Told::unknown);
  a().log().is_member_paused = false;
  world.pass(milliseconds(2'000));
  EXPECT_EQ(a().kept().applied, std::vector<std::string>{"a-1"}) << "it was decided, all the same";
}

TEST_F(ThreeCalmNodes, StandStillWhileTheirMemberDoes) {
  world.pass(milliseconds(100));
  a().log().is_member_paused = true;
  int steps = 0;
  for (int ms = 0; ms < 5'000; ++ms) {
    world.pass(milliseconds(1));
    if (a().next_step <= world.now + milliseconds(1)) ++steps;
  }
  EXPECT_EQ(a().figures().state, Replicator::State::isolated);
  EXPECT_LT(steps, 50) << "of 5,000 ms: it spins";
}

TEST_F(ThreeCalmNodes, GoOnByThemselvesAfterACut) {
  a().log().is_cut_off = true;
  world.pass(milliseconds(5'000));
  EXPECT_EQ(a().figures().state, Replicator::State::isolated);
  ask_all();
  a().log().is_cut_off = false;
  world.pass(milliseconds(1'500));
  EXPECT_EQ(a().figures().state, Replicator::State::serving);
  EXPECT_EQ(a().kept().head, b().kept().head);
}

// A second way to the log would be half of the time that a payment takes by itself.
TEST_F(ThreeCalmNodes, PullNothingForTheirOwnGroupsWhereNobodyElseAppends) {
  world.pass(milliseconds(100));
  const std::uint64_t before = a().log().pulls();
  for (int i = 0; i < 20; ++i) {
    world.ask(a());
    world.pass(milliseconds(40));
    EXPECT_EQ(told(fmt::format("a-{}", i + 1)), Told::applied);
  }
  EXPECT_LE(a().log().pulls() - before, 2U) << "but for those of each second";
  EXPECT_EQ(b().kept().head, a().kept().head);
}

TEST_F(ThreeCalmNodes, KnowHowOldTheirLedgersAre) {
  const auto age = [this](const Node& node) { return world.now - node.figures().fresh_at.value(); };
  world.pass(milliseconds(2'000));
  EXPECT_LT(age(a()), milliseconds(1'200)) << "they look once a second";
  a().log().is_cut_off = true;
  world.pass(milliseconds(5'000));
  EXPECT_GT(age(a()), milliseconds(4'900));
  EXPECT_LT(age(b()), milliseconds(1'200));
  a().log().is_cut_off = false;
  world.pass(milliseconds(2'000));
  EXPECT_LT(age(a()), milliseconds(1'200));
}

// It hears from a quorum all the time.
TEST_F(ThreeCalmNodes, DontTakeALedgerForNewThatHasntAppliedWhatTheLogHas) {
  ask_all();
  world.pass(milliseconds(2'000));
  world.ask(b());
  world.pass(milliseconds(3'000), &a());
  EXPECT_EQ(told("b-2"), Told::applied);
  EXPECT_EQ(a().figures().state, Replicator::State::serving);
  EXPECT_GT(world.now - a().figures().fresh_at.value(), milliseconds(1'900));
  world.pass(milliseconds(1'500));
  EXPECT_LT(world.now - a().figures().fresh_at.value(), milliseconds(1'200));
}

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

TEST_F(ThreeCalmNodes, DontBelieveAMemberThatLagsBehind) {
  for (const auto& node : world.nodes) node->log().faults.stale_percent = 90;
  for (int i = 0; i < 20; ++i) ask_all();
  for (const auto& node : world.nodes) node->log().faults.stale_percent = 0;
  world.run_until_quiet();
  ASSERT_TRUE(world.is_quiet());
  expect_one_order(world);
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
  c().kill();
  for (int i = 0; i < 10; ++i) ask_all();
  a().log().forget("c");
  world.pass(milliseconds(3'000));
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
  c().kill();
  for (int i = 0; i < 10; ++i) ask_all();
  a().log().forget("c");
  world.pass(milliseconds(3'000));
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
