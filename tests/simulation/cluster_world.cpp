#include "tests/simulation/cluster_world.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "ledger/store/schema/schema.hpp"
#include "ledger/store/verify/verify.hpp"

namespace giro::test {
namespace {

using namespace std::chrono_literals;

constexpr int kClients = 4;
constexpr int kRequests = 15;  // Of each.
constexpr std::size_t kActsMax = 20'000;
constexpr int kSettleRounds = 2'000;

// The clock stands at whole milliseconds, and so would the moments that requests name; at such a one a nanosecond would
// decide, and the model knows only an entry's own.
constexpr std::int64_t kBetweenMoments = 500;  // ns.

}  // namespace

ClusterWorld::ClusterWorld(std::uint64_t seed)
    : random_(seed), requests_(random_(), kUsualUid, model_) {
  auditor_.remember_moments();
  const std::vector<Sent*> beginnings = requests_.beginnings();
  for (const char* name : {"a", "b", "c"}) {
    nodes_.push_back(std::make_unique<SimulatedNode>(
        name, log_, time_, [this](std::uint64_t count) { return draw(count); }, beginnings));
    nodes_.back()->start();
  }
  audit(*nodes_.front());
  come_together();
  for (int i = 0; i < kClients; ++i) {
    clients_.push_back({.asker = Asker(i, random_(), requests_, kRequests)});
    move(clients_.back());
  }
}

// As docs/CLUSTER.md has it: clients are let in once every node is known to all.
void ClusterWorld::come_together() {
  for (int i = 0; i < 200; ++i) {
    pass(10ms);
    for (const auto& node : nodes_) step(*node);
  }
}

ClusterEnding ClusterWorld::run() {
  std::size_t acts = 0;
  while (!is_done() && acts++ < kActsMax) {
    if (acts == kActsMax / 2) heal();
    act();
    if (acts % 32 == 0) audit(any_node());
  }
  settle_down();
  look_at_the_end();
  return std::move(ending_);
}

void ClusterWorld::say(const std::string& what) {
  if (!what.empty()) ending_.wrong += what + "\n";
}

bool ClusterWorld::is_done() const {
  return std::ranges::all_of(clients_, [](const Client& one) { return one.asker.is_done(); });
}

void ClusterWorld::audit(SimulatedNode& node) {
  store::Reader* reader = node.runs() ? node.life().reader() : nullptr;
  if (reader != nullptr) say(auditor_.follow(*reader));
}

void ClusterWorld::act() {
  SimulatedNode& node = any_node();
  switch (draw(16)) {
    case 0:
      if (!is_sound_) make_trouble();
      return;
    case 1:
      return pass(draw(20) == 0 ? 1'500ms : std::chrono::milliseconds(draw(40)));
    case 2:
      if (node.worker().waiting() > 0) node.worker().run(draw(node.worker().waiting()));
      return;
    case 3:
    case 4:
      if (node.runs() && node.life().jobs() > 0) node.life().read(draw(node.life().jobs()));
      break;
    case 5:
    case 6:
    case 7:
      return send(clients_[draw(clients_.size())], 1 + draw(600));
    case 8:
      if (draw(12) == 0) move(clients_[draw(clients_.size())]);
      return;
    default:
      step(node);
  }
  hear();
}

// Time goes by for the log, too, whether a node runs or not.
void ClusterWorld::pass(std::chrono::milliseconds time) {
  time_.pass(time);
  for (const auto& node : nodes_) node->let_arrive();
}

void ClusterWorld::step(SimulatedNode& node) {
  if (node.runs()) {
    if (!node.step()) kill(node);
  } else if (is_sound_ || draw(20) == 0) {
    node.start();
  }
  if (log_.state().revision == rung_) return;
  rung_ = log_.state().revision;
  for (const auto& one : nodes_) {
    if (one->runs() && draw(10) != 0) one->log().ring();
  }
}

void ClusterWorld::send(Client& client, std::size_t bytes_max) {
  if (client.bytes == nullptr) return move(client);
  client.asker.go_on({time_.real().ns + kBetweenMoments});
  client.bytes->send(client.asker.take_bytes(bytes_max));
}

void ClusterWorld::hear() {
  for (Client& client : clients_) {
    if (client.bytes == nullptr) continue;
    for (const std::string& line : client.bytes->take_lines()) client.asker.hear(line);
  }
}

// To a node that runs, if there is one.
void ClusterWorld::move(Client& client) {
  hear();
  if (client.bytes != nullptr) client.bytes->hang_up();
  client.bytes.reset();
  client.asker.disconnected();
  client.node = draw(nodes_.size());
  SimulatedNode& node = *nodes_[client.node];
  if (node.runs()) client.bytes = node.life().connect();
}

void ClusterWorld::make_trouble() {
  using Failure = FaultyDisk::Failure;
  constexpr std::array kFailures{Failure::broken_once, Failure::broken, Failure::full_once,
                                 Failure::full};
  SimulatedNode& node = any_node();
  switch (draw(12)) {
    case 0:
      if (node.runs()) kill(node);
      return;
    case 1:
      ending_.cuts += node.log().is_cut_off ? 0 : 1;
      node.log().is_cut_off = true;
      return;
    case 2:
      node.log().is_member_paused = draw(2) == 0;
      return;
    case 3:
      node.disk().fail_at(1 + draw(60), kFailures[draw(kFailures.size())]);
      return;
    case 4:
    case 5:
      node.log().faults = {.delay_ms_max = static_cast<int>(1 + draw(40)),
                           .lost_percent = static_cast<int>(draw(20)),
                           .twice_percent = static_cast<int>(draw(20)),
                           .stale_percent = static_cast<int>(draw(30))};
      return;
    case 6:
      return node.disk().heal();
    default:
      node.log().is_cut_off = false;
      node.log().is_member_paused = false;
  }
}

// Its clients find out.
void ClusterWorld::kill(SimulatedNode& node) {
  hear();
  ++ending_.deaths;
  leave_dead(node);
  node.die(draw(2) == 0);
}

void ClusterWorld::leave_dead(const SimulatedNode& node) {
  for (Client& client : clients_) {
    if (nodes_[client.node].get() != &node) continue;
    client.bytes.reset();
    client.asker.disconnected();
  }
}

void ClusterWorld::heal() {
  is_sound_ = true;
  for (const auto& node : nodes_) {
    node->disk().heal();
    node->log().is_cut_off = false;
    node->log().is_member_paused = false;
    node->log().faults = {};
  }
}

bool ClusterWorld::is_quiet() const {
  return is_done() && std::ranges::all_of(nodes_, [this](const auto& node) {
           return node->runs() && node->life().jobs() == 0 && !node->life().has_work() &&
                  node->seq() == nodes_.front()->seq();
         });
}

// Everybody gets the rest of what there is to hear.
void ClusterWorld::settle_down() {
  heal();
  int quiet = 0;
  for (int round = 0; round < kSettleRounds && quiet < 20; ++round) {
    pass(20ms);
    for (const auto& node : nodes_) {
      while (node->worker().waiting() > 0) node->worker().run(0);
      step(*node);
      while (node->runs() && node->life().jobs() > 0) node->life().read(0);
    }
    for (Client& client : clients_) send(client, 1'000);
    hear();
    quiet = is_quiet() ? quiet + 1 : 0;
  }
  if (quiet == 0) say("it doesn't come to rest");
}

void ClusterWorld::look_at_the_end() {
  for (const auto& node : nodes_) {
    if (!node->halted().empty()) say(node->name() + " halted: " + node->halted());
    node->die(false);
    const store::VerifyReport report = store::verify(node->file(), [] { return false; });
    for (const store::Problem& problem : report.problems) say("verify: " + problem.what);
    if (ending_.digest.empty()) ending_.digest = report.head_digest;
    if (ending_.digest != report.head_digest) say(node->name() + " has another ledger");
    say(auditor_.follow(*must_open(store::Reader::open(node->file()))));
  }
  check_nodes(*nodes_.front());
  say(auditor_.check_answers());
  for (const Client& client : clients_) {
    for (const std::string& what : client.asker.contradictions()) say(what);
    if (!client.asker.is_done()) say("a request never got an outcome");
    ending_.heard += client.asker.heard();
  }
  ending_.groups = log_.state().groups;
  ending_.entries = model_.journal().size();
  ending_.by_itself = auditor_.by_itself();
}

// An entry says whose group it was in, where that group's rules have it say so. Of what fell due the auditor knows who
// made what it came of.
void ClusterWorld::check_nodes(const SimulatedNode& node) {
  const SQLite::Database db = store::open_ledger_reader(node.file());
  store::Statement row(
      db,
      "SELECT seq, coalesce(node, ''), (SELECT group_index FROM journal WHERE seq >= v.seq AND "
      "group_index NOT NULL ORDER BY seq LIMIT 1) FROM v_entries v WHERE type NOT IN ('expiry', "
      "'scheduled_payment')");
  while (row.step()) {
    if (row.number(2) <= node.base()) continue;
    const auto& [appender, rules] = log_.appenders.at(row.number(2) - node.base() - 1);
    const std::string_view right = entries_say_node(rules) ? appender : std::string_view();
    if (row.text(1) != right) {
      say(fmt::format(R"(seq {} says node "{}", and is of "{}")", row.number(0), row.text(1),
                      right));
    }
    ++(right.empty() ? ending_.without_node : ending_.with_node);
  }
}

}  // namespace giro::test
