// Three nodes over a model of the log, in one thread, from a seed: answers that are lost, late or overtaken, appends that
// arrive twice, nodes that are cut off, killed and started again, members that lag behind. What must hold in the end:
// nothing that was answered is lost, nothing is applied twice or after it was refused, and every node has the same order.
#include "queue/cluster/replicator.hpp"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cluster/model_log.hpp"

namespace giro::test {
namespace {

using cluster::Agreement;
using cluster::Applied;
using cluster::LedgerSide;
using cluster::OrderedGroup;
using cluster::Replicator;
using cluster::Streams;
using std::chrono::milliseconds;
using testing::HasSubstr;

using Moment = cluster::Log::Moment;

// A ledger that is the list of what was applied; a restart keeps it.
struct Kept {
  std::vector<std::string> applied;
  Applied head;
  Streams streams;
};

void mix(cluster::Digest& digest, const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const std::uint8_t byte : digest) hash = (hash ^ byte) * 0x100000001b3U;
  for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3U;
  for (std::size_t i = 0; i < sizeof hash; ++i) {
    digest[i] = static_cast<std::uint8_t>(hash >> (8 * i));
  }
}

// What clients were told of a request.
enum class Told : std::uint8_t { nothing, applied, refused, unknown };

class SmallLedger final : public LedgerSide {
 public:
  SmallLedger(Kept& kept, std::map<std::string, Told>& told) : kept_(kept), told_(told) {}

  void ask(std::string request) { waiting_.push_back(std::move(request)); }

  Made make(std::string& commands) override {
    if (waiting_.empty()) return Made::nothing;
    made_ = waiting_.front();
    waiting_.pop_front();
    commands = *made_;
    return Made::group;
  }
  void appended(std::uint64_t number) override {
    if (made_) own_[number] = *std::exchange(made_, std::nullopt);
  }
  void refuse_made(std::string_view why) override {
    EXPECT_NE(why, "");
    tell(*std::exchange(made_, std::nullopt), Told::refused);
  }
  void give_up_own() override {
    if (made_) tell(*std::exchange(made_, std::nullopt), Told::unknown);
    for (const auto& one : std::exchange(own_, {})) tell(one.second, Told::unknown);
  }
  bool answer_without(std::string_view why) override {
    EXPECT_NE(why, "");
    for (const std::string& request : waiting_) tell(request, Told::refused);
    waiting_.clear();
    return false;
  }
  bool has_room() const override { return given_.size() < 20; }
  void give(OrderedGroup&& group) override { given_.push_back(std::move(group)); }
  Progress take_progress() override {
    return {
        .applied = std::exchange(applied_, {}), .durable = kept_.streams, .stands_still = false};
  }

  // What was given, up to `count` groups of it, is applied and answered.
  void apply(std::size_t count) {
    for (; count > 0 && !given_.empty(); --count) {
      OrderedGroup group = std::move(given_.front());
      given_.pop_front();
      ASSERT_EQ(group.index, kept_.head.index + 1) << "no gap";
      kept_.head.index = group.index;
      mix(kept_.head.digest, group.node + group.commands + diverges);
      kept_.applied.push_back(group.commands);
      kept_.streams = group.streams;
      applied_.push_back(kept_.head);
      const auto own = own_.find(group.number);
      if (!group.is_own || own == own_.end()) continue;
      ASSERT_EQ(own->second, group.commands) << "answered with another group's outcome";
      tell(own->second, Told::applied);
      own_.erase(own);
    }
  }
  // Who still waits when the process dies.
  void die() {
    if (made_) tell(*made_, Told::unknown);
    for (const auto& one : own_) tell(one.second, Told::unknown);
    for (const std::string& request : waiting_) tell(request, Told::unknown);
  }
  [[nodiscard]] bool is_idle() const {
    return waiting_.empty() && !made_ && own_.empty() && given_.empty();
  }

  std::string diverges;  // A defect: it decides otherwise than the others.

 private:
  void tell(const std::string& request, Told what) {
    if (!request.empty()) told_[request] = what;
  }

  Kept& kept_;
  std::map<std::string, Told>& told_;
  std::deque<std::string> waiting_;
  std::optional<std::string> made_;
  std::map<std::uint64_t, std::string> own_;
  std::deque<OrderedGroup> given_;
  std::vector<Applied> applied_;
};

class Node {
 public:
  Node(SharedLog& shared, std::string name, std::uint64_t seed, std::map<std::string, Told>& told)
      : name_(std::move(name)), told_(told), log_(shared, name_, seed) {}

  void start(std::uint64_t incarnation, std::uint16_t rules = 1) {
    ledger_ = std::make_unique<SmallLedger>(kept_, told_);
    replicator_ = std::make_unique<Replicator>(
        cluster::ReplicatorSettings{.node = name_,
                                    .ledger = {},
                                    .incarnation = incarnation,
                                    .rules = rules,
                                    .version = "1",
                                    .start = kept_.head,
                                    .streams = kept_.streams},
        log_, *ledger_, [this] { return Timestamp{clock_ns + clock_off_ns}; },
        [this](cluster::Halt /*kind*/, const std::string& why) { halted = why; });
  }
  void kill() {
    log_.disconnect();
    ledger_->die();
    ledger_.reset();
    replicator_.reset();
  }
  [[nodiscard]] bool runs() const { return replicator_ != nullptr; }
  void step(Moment now) {
    clock_ns = std::chrono::nanoseconds(now.time_since_epoch()).count();
    log_.set_now(now);
    if (runs()) {
      next_step = replicator_->step(now).at;
    } else {
      log_.deliver();
    }
  }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Kept& kept() { return kept_; }
  [[nodiscard]] SmallLedger& ledger() { return *ledger_; }
  [[nodiscard]] ModelLog& log() { return log_; }
  [[nodiscard]] const Replicator::Figures& figures() const { return replicator_->figures(); }

  std::string halted;
  Moment next_step{};
  std::int64_t clock_ns = 0;
  std::int64_t clock_off_ns = 0;

 private:
  const std::string name_;
  std::map<std::string, Told>& told_;
  Kept kept_;
  ModelLog log_;
  std::unique_ptr<SmallLedger> ledger_;
  std::unique_ptr<Replicator> replicator_;
};

class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) {
    for (const char* name : {"a", "b", "c"}) {
      nodes.push_back(std::make_unique<Node>(shared, name, random_(), told));
      nodes.back()->start(random_());
    }
  }

  std::uint64_t draw(std::uint64_t count) { return random_() % count; }
  Node& any_node() { return *nodes[draw(nodes.size())]; }

  void ask(Node& node) {
    if (!node.runs()) return;
    const std::string request = fmt::format("{}-{}", node.name(), ++asked_);
    told[request] = Told::nothing;
    node.ledger().ask(request);
  }
  void pass(milliseconds time) {
    for (; time.count() > 0; --time) {
      now += milliseconds(1);
      for (const auto& node : nodes) {
        node->step(now);
        if (node->runs()) node->ledger().apply(draw(4));
      }
      if (shared.state().revision != rung_) {
        rung_ = shared.state().revision;
        for (const auto& node : nodes) node->log().ring();
      }
    }
  }
  void make_trouble() {
    Node& node = any_node();
    switch (draw(6)) {
      case 0:
        if (node.runs()) node.kill();
        break;
      case 1:
        node.log().is_cut_off = true;
        break;
      case 2:
      case 3:
        node.log().is_cut_off = false;
        if (!node.runs()) node.start(random_());
        break;
      default:
        node.log().faults = {.delay_ms_max = static_cast<int>(1 + draw(40)),
                             .lost_percent = static_cast<int>(draw(20)),
                             .twice_percent = static_cast<int>(draw(20)),
                             .stale_percent = static_cast<int>(draw(30))};
    }
  }
  void heal() {
    for (const auto& node : nodes) {
      node->log().is_cut_off = false;
      node->log().faults = {};
      if (!node->runs()) node->start(random_());
    }
  }
  [[nodiscard]] bool is_quiet() const {
    return std::ranges::all_of(nodes, [this](const auto& node) {
      return node->ledger().is_idle() && node->kept().head.index == shared.state().groups;
    });
  }
  void run_until_quiet() {
    for (int i = 0; i < 200 && !is_quiet(); ++i) pass(milliseconds(100));
  }

  SharedLog shared;
  std::map<std::string, Told> told;
  std::vector<std::unique_ptr<Node>> nodes;
  Moment now{std::chrono::hours(1'000)};

 private:
  std::mt19937_64 random_;
  int asked_ = 0;
  cluster::Revision rung_ = 0;
};

void expect_one_order(World& world) {
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
    World world(seed);
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

  World world{7};
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

TEST_F(ThreeCalmNodes, DontBelieveAMemberThatLagsBehind) {
  for (const auto& node : world.nodes) node->log().faults.stale_percent = 90;
  for (int i = 0; i < 20; ++i) ask_all();
  world.run_until_quiet();
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

TEST_F(ThreeCalmNodes, TellANodeThatTheLogLeftBehind) {
  c().kill();
  for (int i = 0; i < 10; ++i) ask_all();
  a().log().forget("c");
  world.pass(milliseconds(3'000));
  c().start(99);
  world.pass(milliseconds(500));
  EXPECT_THAT(c().halted, HasSubstr("giro cluster join"));
}

TEST_F(ThreeCalmNodes, HaltByRulesThatTheyDontKnowAndUseNewOnesOnceAllDo) {
  a().kill();
  a().start(5, 2);
  world.pass(milliseconds(2'500));
  ask_all();
  EXPECT_EQ(b().halted, "") << "one that knows more makes groups that all know";
  b().kill();
  b().start(6, 2);
  c().kill();
  c().start(7, 2);
  world.pass(milliseconds(2'500));
  ask_all();
  EXPECT_EQ(a().kept().head, c().kept().head);
  c().kill();
  c().start(8, 1);
  ask_all();
  world.pass(milliseconds(500));
  EXPECT_THAT(c().halted, HasSubstr("rules of version 2"));
}

}  // namespace
}  // namespace giro::test
