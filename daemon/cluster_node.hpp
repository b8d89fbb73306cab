// This machine's part in a cluster, where the configuration names one: the log thread, and the source that the commit
// thread takes its groups from. A girod that was built without it refuses such a configuration.
// Threads: wait() on the commit thread; wake() and figures() on any; the rest on the daemon's own.
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "daemon/config.hpp"
#include "engine/ledger.hpp"
#include "engine/work.hpp"
#include "session/cluster_figures.hpp"

namespace giro {

class ClusterNode {
 public:
  ClusterNode() = default;
  virtual ~ClusterNode() = default;
  ClusterNode(const ClusterNode&) = delete;
  ClusterNode& operator=(const ClusterNode&) = delete;

  [[nodiscard]] virtual WorkSource& source() = 0;
  virtual void wait(std::optional<std::chrono::steady_clock::time_point> until) = 0;
  // Something waits in the queue.
  virtual void wake() = 0;
  virtual void start() = 0;
  // REQUIRES: the queue was closed.
  virtual void join() = 0;
  [[nodiscard]] virtual ClusterFigures figures() const = 0;
  [[nodiscard]] virtual ReadAge read_age() const = 0;  // Cheap.
};

// `on_halt`: called once, on a thread of its own: the node stopped for the reason. Null: no cluster is configured.
// Errors: sentences for the operator.
[[nodiscard]] std::expected<std::unique_ptr<ClusterNode>, std::string> make_cluster_node(
    const Config& config, const Ledger& ledger, WorkQueue& queue,
    std::function<void(const std::string&)> on_halt);

}  // namespace giro
