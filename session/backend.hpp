// Where the requests of sessions go, and what else they ask of the daemon around them. The daemon's
// is its queue, its reading threads and its log; a test's is what it likes.
//
// What always holds: nothing here blocks, and nothing calls back: an answer comes later, through
// Answers. Thread: that of the sessions.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/metrics.hpp"
#include "engine/notice.hpp"
#include "engine/read_work.hpp"
#include "engine/scrubber.hpp"
#include "engine/work.hpp"
#include "queue/bounded_queue.hpp"
#include "session/cluster_figures.hpp"

namespace giro {

class Backend {
 public:
  // To the commit thread. Takes `item` only when it answers `accepted`.
  [[nodiscard]] virtual Admission push(WorkItem&& item, Weight weight) = 0;
  // To the reading thread for such questions. False: it has as many as it may, and the job is still the
  // caller's.
  [[nodiscard]] virtual bool ask(ReadJob&& job) = 0;
  [[nodiscard]] virtual std::chrono::steady_clock::time_point now() const = 0;
  // Answers::refuse_late() is due then. Replaces what was asked for before.
  virtual void look_for_late(std::chrono::steady_clock::time_point at) = 0;
  // A warning that clients can cause as often as they like; `cause` tells which ones are alike.
  virtual void warn(const std::string& cause, Notice notice) = 0;

  [[nodiscard]] virtual const CommitMetrics& metrics() const = 0;
  // Of the disk that the ledger is on, for whoever may write there; 0: it doesn't say.
  [[nodiscard]] virtual std::uint64_t disk_free_bytes() const = 0;
  // Of the ledger's file.
  [[nodiscard]] virtual PageFigures pages() const = 0;
  // Nothing: the ledger is this machine's alone.
  [[nodiscard]] virtual std::optional<ClusterFigures> cluster() const { return std::nullopt; }
  // Of what is read here; nothing: the ledger is this machine's alone.
  [[nodiscard]] virtual std::optional<ReadAge> read_age() const { return std::nullopt; }
  // Of the queue.
  [[nodiscard]] virtual Weight load() const = 0;
  [[nodiscard]] virtual std::uint64_t uptime_s() const = 0;

 protected:
  ~Backend() = default;
};

}  // namespace giro
