// The commit thread: a Committer's own, which calls its steps when they are due and sleeps between them.
// Threads: start and join from the thread that owns it; the committer runs on its own.
#pragma once

#include <memory>
#include <thread>
#include <utility>

#include "engine/committer.hpp"
#include "engine/work.hpp"

namespace giro {

class CommitThread {
 public:
  // `queue`: that of the committer's source; its groups end the sleep.
  CommitThread(Committer::Parts parts, WorkQueue& queue)
      : queue_(queue), committer_(std::move(parts)) {}
  ~CommitThread();  // Closes the queue and joins.
  CommitThread(const CommitThread&) = delete;
  CommitThread& operator=(const CommitThread&) = delete;

  void start();
  // Returns once the closed queue is drained, every answer delivered and the store closed cleanly.
  // REQUIRES: the queue was closed.
  void join();

  // Thread: any.
  [[nodiscard]] const CommitMetrics& metrics() const { return committer_.metrics(); }

  // A group that was delivered, for its memory.
  void give_back(std::unique_ptr<CommittedGroup> group) { committer_.give_back(std::move(group)); }

 private:
  void run();

  WorkQueue& queue_;
  Committer committer_;
  std::thread thread_;
};

}  // namespace giro
