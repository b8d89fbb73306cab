// The one place where the ledger changes, without a thread of its own: whoever has it calls step().
//
//   take a group -> decide what is due, then each item in order -> one SQLite transaction, one sync
//                -> deliver answers
//
// Where a shared source has more groups ready, they are decided one after the other and share the transaction.
//
// Natural batching: whatever arrived during the last sync is the next group; nothing waits for a
// timer. What falls due by itself is decided before whatever comes after it, a bounded number in a group:
// while more is due, nothing else is taken. When there is nothing to do for a moment it sweeps all balances, then asks for no more steps.
//
// What always holds: an answer is delivered only after its group's COMMIT returned, and in order. When
// a COMMIT fails, a client's or upkeep's, that group is answered with outcome_unknown and everything
// behind it refused with shutting_down; `on_failure` is called and the committer has ended: memory may be
// ahead of the file, so only a restart may go on. What failed before COMMIT is an obstacle and told apart
// (nothing was written): requests are refused, but for those whose keys decided something before; the
// state is built anew from the file where memory was ahead of it, and deciding goes on once a write
// gets through. Each change of that kind is told once.
//
// A group of a source that several ledgers share is decided whatever becomes of it here: where it can't be written, its
// clients are told outcome_unknown, and it is decided once a write gets through; where something that it needs can't
// be read, the committer ends.
//
// Nothing outside of what is handed in decides what a step does: the source of groups, both clocks, the
// ledger's surroundings. So a test drives it in one thread, twice the same.
//
// Thread: one at a time; in the daemon the commit thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/commit_notices.hpp"
#include "engine/decider.hpp"
#include "engine/ledger.hpp"
#include "engine/ledger_clock.hpp"
#include "engine/metrics.hpp"
#include "engine/spent_groups.hpp"
#include "engine/work.hpp"

namespace giro {

class Committer {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  struct Parts {
    std::unique_ptr<Ledger> ledger;
    WorkSource& source;
    LedgerClock::Sources clock;  // Of the ledger's time.
    // Called in a step; must not call back.
    std::function<void(std::unique_ptr<CommittedGroup>)> deliver;
    std::function<void(const std::string&)>
        on_failure;  // At most once: what happened, for the operator.
    Tell tell;
    std::function<bool()> tells_decisions = {};  // Asked at each group; null: never.
  };

  explicit Committer(Parts parts);

  // When the next step is due if no group comes before.
  struct Next {
    bool ended = false;  // There is no next step: everything is answered, the file closed.
    std::optional<Moment> at = {};  // Nothing: when a group comes.
  };
  // One group, or one piece of upkeep, or a look whether an obstacle is gone. `now` rises.
  Next step(Moment now);

  // A group that was delivered, for its memory; may be left out. Thread: any.
  void give_back(std::unique_ptr<CommittedGroup> group) { spent_.give(std::move(group)); }

  [[nodiscard]] const Ledger& ledger() const { return *ledger_; }
  // Thread: any.
  [[nodiscard]] const CommitMetrics& metrics() const { return metrics_; }

 private:
  Next take_step(Moment now);
  [[nodiscard]] WorkSource::Next take_group(Timestamp time);
  [[nodiscard]] std::optional<Moment> wake_at(Moment now, Timestamp time);
  void commit_group(Moment now);
  bool decide_group(Moment now, CommittedGroup& committed);
  void keep_items(CommittedGroup& committed);
  void answer_without_order();
  void put_off_shared(std::unique_ptr<CommittedGroup> group);
  void settle_refused(Moment now, CommittedGroup& group);
  [[nodiscard]] Decider::How how(const Standstill* standstill) const;
  void measure(const CommittedGroup& group, Moment begun, Moment decided);
  void show_figures(Moment now, Timestamp time);
  void decide_due(Moment now);
  void upkeep(Moment now);
  void probe(Moment now);
  void stand_still(const store::Obstacle& obstacle, Moment now);
  void reopen();
  void note_durable();
  void fail_unknown(std::string_view what);
  void fail(const std::string& what);
  void refuse_rest();
  [[nodiscard]] store::Store& store() { return ledger_->store(); }
  [[nodiscard]] Timestamp read_clock();

  std::unique_ptr<Ledger> ledger_;
  WorkSource& source_;
  LedgerClock clock_;
  std::function<void(std::unique_ptr<CommittedGroup>)> deliver_;
  std::function<void(const std::string&)> on_failure_;
  CommitNotices notices_;
  std::function<bool()> tells_decisions_;

  WorkGroup group_;
  SpentGroups spent_;
  CommitMetrics metrics_;
  Moment figures_due_{};
  Seq durable_ = 0;  // Everything up to here was committed; a subscriber may see it.
  std::optional<store::Obstacle> obstacle_;
  std::optional<Moment> due_;  // Upkeep, or with an obstacle the next look.
  bool begun_ = false;
  bool failed_ = false;
};

}  // namespace giro
