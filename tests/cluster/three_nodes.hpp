// Three nodes over a model of the log, in one thread, from a seed: each a Replicator with a ledger that is the list of what was
// applied. What asks, passes and makes trouble is the test. Thread: the test's.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "queue/cluster/replicator.hpp"
#include "tests/cluster/model_log.hpp"

namespace giro::test {

using cluster::Applied;
using cluster::LedgerSide;
using cluster::OrderedGroup;
using cluster::Replicator;
using cluster::Streams;
using std::chrono::milliseconds;

using Moment = cluster::Log::Moment;

// A ledger that is the list of what was applied; a restart keeps it.
struct Kept {
  std::vector<std::string> applied;
  std::vector<std::uint16_t> rules;  // Of each group.
  Applied head;
  Streams streams;
};

inline void mix(cluster::Digest& digest, const std::string& text) {
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

  Made make(std::string& commands, Moment /*now*/) override {
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
  void drop_given() override {
    for (const OrderedGroup& group : std::exchange(given_, {})) {
      if (group.is_own) tell(group.commands, Told::unknown);
    }
  }
  Progress take_progress() override {
    return {.applied = std::exchange(applied_, {}),
            .durable = kept_.streams,
            .stands_still = stands_still};
  }

  // What was given, up to `count` groups of it, is applied and answered.
  void apply(std::size_t count) {
    if (stands_still) return;
    for (; count > 0 && !given_.empty(); --count) {
      OrderedGroup group = std::move(given_.front());
      given_.pop_front();
      ASSERT_EQ(group.index, kept_.head.index + 1) << "no gap";
      kept_.head.index = group.index;
      mix(kept_.head.digest, group.node + group.commands + std::to_string(group.rules) + diverges);
      kept_.applied.push_back(group.commands);
      kept_.rules.push_back(group.rules);
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

  std::string diverges;       // A defect: it decides otherwise than the others.
  bool stands_still = false;  // Its disk is full.

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

class SmallWorld {
 public:
  explicit SmallWorld(std::uint64_t seed) : random_(seed) {
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
  // `stuck`: applies nothing meanwhile.
  void pass(milliseconds time, const Node* stuck = nullptr) {
    for (; time.count() > 0; --time) {
      now += milliseconds(1);
      for (const auto& node : nodes) {
        node->step(now);
        if (node->runs() && node.get() != stuck) node->ledger().apply(draw(4));
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

// A second and a half after their start.
class ThreeCalmNodes : public testing::Test {
 protected:
  ThreeCalmNodes() { world.pass(milliseconds(1'500)); }

  void ask_all() {
    for (const auto& node : world.nodes) world.ask(*node);
    world.pass(milliseconds(100));
  }
  // What it lacks is removed from the log.
  void leave_c_behind() {
    c().kill();
    for (int i = 0; i < 10; ++i) ask_all();
    a().log().forget("c");
    world.pass(milliseconds(3'000));
  }
  Told told(const std::string& request) { return world.told.at(request); }
  Node& a() { return *world.nodes[0]; }
  Node& b() { return *world.nodes[1]; }
  Node& c() { return *world.nodes[2]; }

  SmallWorld world{7};
};

}  // namespace giro::test
