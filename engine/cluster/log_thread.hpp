// The log thread: keeps a node's ledger in step with the log in etcd. A shell around cluster::Replicator, which polls etcd's
// socket between its steps.
// Threads: start, stop and wake from any; the rest runs on its own.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "engine/cluster/cluster_source.hpp"
#include "engine/cluster/state_notices.hpp"
#include "engine/ledger_clock.hpp"
#include "queue/cluster/etcd_log.hpp"

namespace giro {

class LogThread {
 public:
  struct Parts {
    cluster::ReplicatorSettings settings;
    std::string etcd_socket;
    std::string identity;  // The value of /giro/ledger.
    LedgerClock::Sources clock;
    // Called once, on the log thread: it halted, and gives nothing any more.
    cluster::Replicator::TellHalt on_halt;
    Tell tell;  // Of the node's state. Called on the log thread.
  };

  // `source` outlives it.
  LogThread(Parts parts, ClusterSource& source);
  ~LogThread();
  LogThread(const LogThread&) = delete;
  LogThread& operator=(const LogThread&) = delete;

  void start();
  // Returns once all that the closed queue had is appended or answered, and given.
  // REQUIRES: the queue was closed.
  void join();
  // Something waits for it.
  void wake();

  [[nodiscard]] cluster::Replicator::Figures figures() const;
  // Of the ledger that is kept in step; cheap.
  [[nodiscard]] std::optional<std::chrono::milliseconds> age() const;

 private:
  void run();
  void keep_in_step();
  void sleep(cluster::Log::Moment until);
  void look_at_figures(cluster::Log::Moment now);

  ClusterSource& source_;
  const cluster::Replicator::TellHalt on_halt_;
  const Tell tell_;
  LedgerClock clock_;
  cluster::EtcdLog log_;
  cluster::Replicator replicator_;
  StateNotices notices_;
  int wake_ = -1;  // An eventfd.
  std::atomic<bool> awake_ = false;
  std::atomic<cluster::Log::Moment::rep> fresh_at_ = 0;  // Of its clock; 0: not known.
  mutable std::mutex mutex_;
  cluster::Replicator::Figures figures_;  // Guarded by mutex_: as of the last step.
  std::thread thread_;
};

}  // namespace giro
