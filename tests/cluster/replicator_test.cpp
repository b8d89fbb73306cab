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

TEST_F(ThreeCalmNodes, DontBelieveAMemberThatLagsBehind) {
  for (const auto& node : world.nodes) node->log().faults.stale_percent = 90;
  for (int i = 0; i < 20; ++i) ask_all();
  for (const auto& node : world.nodes) node->log().faults.stale_percent = 0;
  world.run_until_quiet();
  ASSERT_TRUE(world.is_quiet());
  expect_one_order(world);
}

}  // namespace
}  // namespace giro::test
