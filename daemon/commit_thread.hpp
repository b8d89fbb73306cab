// The commit thread: the one place where the ledger changes.
//
//   pop a group -> decide each item in order -> one SQLite transaction, one sync -> deliver answers
//
// Natural batching: whatever arrived during the last sync is the next group; nothing waits for a
// timer. When there is nothing to do for a moment it sweeps all balances, then sleeps.
//
// What always holds: an answer is delivered only after its group's COMMIT returned, and in order. When
// a COMMIT fails, a client's or upkeep's, that group is answered with outcome_unknown and everything
// behind it refused with shutting_down; `on_failure` is called and the thread ends: memory may be ahead
// of the file, so only a restart may go on. What failed before COMMIT is an obstacle and told apart
// (nothing was written): requests are refused, but for those whose keys decided something before; the
// state is built anew from the file where memory was ahead of it, and deciding goes on once a write
// gets through. Each change of that kind is logged once.
//
// Threads: start and join from the thread that owns it; everything else runs on its own thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "engine/ledger.hpp"
#include "engine/ledger_clock.hpp"
#include "engine/work.hpp"
#include "queue/bounded_queue.hpp"

namespace giro {

using WorkQueue = BoundedQueue<WorkItem>;

// Called on the commit thread; must not block (the daemon posts to the I/O thread).
using Deliver = std::function<void(std::unique_ptr<CommittedGroup>)>;

struct CommitThreadOptions {
  std::size_t group_items_max = 10'000;  // Payments in one transaction.
  LedgerClock::Sources clock = LedgerClock::system_sources();
};

class CommitThread {
 public:
  // `on_failure` is called at most once, on the commit thread, with what happened, for the operator.
  CommitThread(std::unique_ptr<Ledger> ledger, WorkQueue& queue, CommitThreadOptions options,
               Deliver deliver, std::function<void(const std::string&)> on_failure);
  ~CommitThread();  // Closes the queue and joins.
  CommitThread(const CommitThread&) = delete;
  CommitThread& operator=(const CommitThread&) = delete;

  void start();
  // Returns once the closed queue is drained, every answer delivered and the store closed cleanly.
  // REQUIRES: the queue was closed.
  void join();

 private:
  class Loop;
  WorkQueue& queue_;
  std::unique_ptr<Loop> loop_;
  std::thread thread_;
};

}  // namespace giro
