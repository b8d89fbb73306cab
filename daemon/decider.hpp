// Turns one group of work into answers, in order, on the commit thread: payments and accounts are
// decided, questions are answered from the state as it is at their turn.
// Thread: the commit thread.
#pragma once

#include <memory>
#include <vector>

#include "daemon/work.hpp"
#include "ledger/store/store.hpp"

namespace giro {

class Decider {
 public:
  struct Counters {
    std::uint64_t commits = 0;
    std::uint64_t decisions = 0;
    bool read_only = false;
  };

  // Decides every item and fills group.answers; the entries stay in the store until its commit.
  // While counters.read_only, what would change the ledger is refused.
  static void decide(std::vector<WorkItem>& items, store::Store& store, Timestamp now,
                     const Counters& counters, CommittedGroup& group);
};

// The same refusal for every item of a group that could not be committed; heartbeats are answered.
void refuse_all(std::vector<WorkItem>& items, ErrorCode code, CommittedGroup& group);

}  // namespace giro
