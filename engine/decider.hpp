// Turns one group of work into answers, in order, on the commit thread: payments and accounts are
// decided, questions are answered from the state as it is at their turn.
// Thread: the commit thread.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "engine/ledger.hpp"
#include "engine/metrics.hpp"
#include "engine/refusals.hpp"
#include "engine/work.hpp"

namespace giro {

class Decider {
 public:
  // Decides every item and fills group.answers; the entries stay in the store until its commit.
  // At a standstill nothing new is decided: payments whose keys decided something before are answered
  // with that, the others are refused; where not even the past is safe, all but the status is.
  // Throws where a group that other ledgers decide, too, can't be decided here.
  struct How {
    Timestamp now;
    ClockFigures clock;
    const Standstill* standstill = nullptr;
    bool is_shared = false;
    std::string_view node = {};  // At which all of it was asked; empty: it isn't told.
  };
  static void decide(std::vector<WorkItem>& items, Ledger& ledger, const CommitMetrics& metrics,
                     const How& how, CommittedGroup& group);
};

// Whether the item could change the ledger, so that it needs the group's transaction.
[[nodiscard]] bool may_change(const WorkItem& item);

// The answers of a group that was not committed. `change`: for what could have changed the ledger;
// `question`: for the rest. Heartbeats are answered, and so is a payment whose key decided something
// up to `durable`: that outcome stands whatever became of this group.
void refuse_group(std::vector<WorkItem>& items, const Refusal& change, const Refusal& question,
                  Seq durable, CommittedGroup& group);

}  // namespace giro
