#include "tests/simulation/simulated_node.hpp"

#include <stdexcept>
#include <utility>

#include "engine/cluster/joining.hpp"
#include "tests/whole/requests.hpp"

namespace giro::test {

SimulatedNode::SimulatedNode(std::string name, SharedLog& shared, FakeTime& time, Draw draw,
                             const std::vector<Sent*>& beginnings)
    : name_(std::move(name)),
      time_(time),
      draw_(std::move(draw)),
      log_(shared, name_, draw_(1'000'000'000)),
      rules_(draw_(3) == 0 ? kRulesKnown - 1 : kRulesKnown) {
  TestLedger made(options());
  made.now = Timestamp{time_.real().ns - 1'000'000'000};
  for (const Sent* opening : beginnings) (void)made.submit(command_of(opening->members[0]));
  made.commit();
  key_ = {.name = "main", .id = {}, .base = head_of(made.store())};
  made.close();
}

store::StoreOptions SimulatedNode::options() {
  return {.directory = folder_.path() / "ledger",
          .keys_in_run = 12,
          .wal_pages_max = 40,
          .surroundings = {.vfs = disk_.vfs(),
                           .clock = [this] { return time_.moment(); },
                           .random =
                               [this](std::span<std::uint8_t> bytes) {
                                 for (std::uint8_t& byte : bytes) {
                                   byte = static_cast<std::uint8_t>(draw_(256));
                                 }
                               },
                           .worker = worker_}};
}

store::LedgerFile SimulatedNode::file() const {
  return {folder_.path() / "ledger" / "ledger.db", disk_.vfs()};
}

Seq SimulatedNode::seq() const {
  return life_->ledger().state().seq();
}

void SimulatedNode::start() {
  if (try_to_start()) return;
  disk_.heal();
  if (!try_to_start()) throw std::runtime_error("a sound disk, and the ledger doesn't open");
}

bool SimulatedNode::try_to_start() {
  life_ = std::make_unique<DaemonLife>(
      DaemonLife::Around{.time = time_, .options = options(), .draw = draw_});
  cluster::Applied start;
  cluster::Streams streams;
  const bool opened = life_->start([&](WorkQueue& queue, const Ledger& ledger) {
    start = head_of(ledger.store());
    if (!ledger.store().source().empty()) {
      streams = read_place(ledger.store().source()).value().streams;
    }
    auto source = std::make_shared<ClusterSource>(queue, before_streams(key_), streams, [] {});
    source_ = source.get();
    return source;
  });
  if (!opened) {
    life_.reset();
    return false;
  }
  replicator_ = std::make_unique<cluster::Replicator>(
      cluster::ReplicatorSettings{.node = name_,
                                  .ledger = key_.id,
                                  .incarnation = ++incarnation_,
                                  .rules = rules_,
                                  .version = "1",
                                  .base = key_.base.index,
                                  .start = start,
                                  .streams = streams},
      log_, *source_, [this] { return time_.real(); },
      [this](cluster::Halt /*kind*/, const std::string& why) { halted_ = why; });
  return true;
}

void SimulatedNode::die(bool power_goes) {
  log_.disconnect();
  replicator_.reset();
  life_.reset();
  rules_ = kRulesKnown;
  if (power_goes) disk_.cut_power(draw_(1'000'000'000));
}

bool SimulatedNode::step() {
  if (source_->take_tick()) replicator_->want_tick();
  if (!source_->is_abandoned() && replicator_->step(time_.moment()).ended) source_->end();
  return life_->step();
}

void SimulatedNode::let_arrive() {
  log_.set_now(time_.moment());
  log_.deliver();
}

}  // namespace giro::test
