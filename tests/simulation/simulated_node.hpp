// One node of a simulated cluster: a girod's life over a model of the log, on a disk of its own that may fail and lose power.
// Thread: the test's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/cluster/cluster_source.hpp"
#include "engine/cluster/ledger_key.hpp"
#include "engine/cluster/rules.hpp"
#include "queue/cluster/replicator.hpp"
#include "tests/cluster/model_log.hpp"
#include "tests/simulation/daemon_life.hpp"
#include "tests/store/faulty_vfs.hpp"
#include "tests/store/workers.hpp"

namespace giro::test {

class SimulatedNode {
 public:
  using Draw = std::function<std::uint64_t(std::uint64_t count)>;

  // Its ledger begins with these, as every node's does.
  SimulatedNode(std::string name, SharedLog& shared, FakeTime& time, Draw draw,
                const std::vector<Sent*>& beginnings);

  // It may be one of an earlier release at first, which knows the rules before; whoever restarts it upgrades it.
  // REQUIRES: it doesn't run. On a disk that fails it may take a second try, with the disk healed.
  void start();
  void die(bool power_goes);
  [[nodiscard]] bool runs() const { return life_ != nullptr; }
  // Both of its threads, one after the other. False: it stopped by itself.
  [[nodiscard]] bool step();
  // What it sent before it died arrives.
  void let_arrive();

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] DaemonLife& life() { return *life_; }
  [[nodiscard]] ModelLog& log() { return log_; }
  [[nodiscard]] FaultyDisk& disk() { return disk_; }
  [[nodiscard]] LaterWorker& worker() { return *worker_; }
  [[nodiscard]] store::LedgerFile file() const;
  // How far its ledger is.
  [[nodiscard]] Seq seq() const;
  // Where its ledger was when the log began.
  [[nodiscard]] std::uint64_t base() const { return key_.base.index; }
  // Why it halted; empty: it didn't.
  [[nodiscard]] const std::string& halted() const { return halted_; }

 private:
  [[nodiscard]] store::StoreOptions options();
  [[nodiscard]] bool try_to_start();

  const std::string name_;
  FakeTime& time_;
  Draw draw_;
  ScratchFolder folder_{folder_in_memory()};
  FaultyDisk disk_;
  std::shared_ptr<LaterWorker> worker_ = std::make_shared<LaterWorker>();
  LedgerKey key_;  // Of the log.
  ModelLog log_;
  std::uint64_t incarnation_ = 0;
  std::uint16_t rules_ = kRulesKnown;
  std::unique_ptr<DaemonLife> life_;
  ClusterSource* source_ = nullptr;  // Of this life.
  std::unique_ptr<cluster::Replicator> replicator_;
  std::string halted_;
};

}  // namespace giro::test
