// The commit thread: a Committer's own, which calls its steps when they are due and sleeps between them.
// Threads: start and join from the thread that owns it; the committer runs on its own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "engine/committer.hpp"
#include "engine/work.hpp"

namespace giro {

class CommitThread {
 public:
  using Wait = std::function<void(std::optional<Committer::Moment> until)>;

  // `wait`: sleeps until the committer's source has a group, or until then; without a moment it may take for ever.
  CommitThread(Committer::Parts parts, Wait wait)
      : source_(parts.source), wait_(std::move(wait)), committer_(std::move(parts)) {}
  ~CommitThread();  // Closes the source and joins.
  CommitThread(const CommitThread&) = delete;
  CommitThread& operator=(const CommitThread&) = delete;

  void start();
  // Returns once the closed source is drained, every answer delivered and the store closed cleanly.
  // REQUIRES: its source was closed.
  void join();

  // Thread: any.
  [[nodiscard]] const CommitMetrics& metrics() const { return committer_.metrics(); }

  // A group that was delivered, for its memory.
  void give_back(std::unique_ptr<CommittedGroup> group) { committer_.give_back(std::move(group)); }

 private:
  void run();

  WorkSource& source_;
  const Wait wait_;
  Committer committer_;
  std::thread thread_;
};

}  // namespace giro
