// What the operator is told of a node's state, as it changes: a node that takes no payments says so in its log, with the
// reason, and again when it goes on. A halt is told by whoever halts.
// Thread: one at a time; in the daemon the log thread.
#pragma once

#include <optional>

#include "engine/notice.hpp"
#include "queue/cluster/replicator.hpp"

namespace giro {

class StateNotices {
 public:
  // Nothing: it was told already.
  [[nodiscard]] std::optional<Notice> next(const cluster::Replicator::Figures& now,
                                           cluster::Log::Moment at);

 private:
  using State = cluster::Replicator::State;

  bool served_ = false;  // Since the process started.
  State told_ = State::starting;
  cluster::Log::Moment blocked_at_{};  // Of the first of several states without payments.
};

}  // namespace giro
