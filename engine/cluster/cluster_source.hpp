// The source of groups of a node in a cluster: what waits in this node's queue goes out to the log that the nodes share,
// and comes back at its place in the one order, between the groups of the others.
//
//   queue -> make() -> the log -> give() -> take() -> commit thread
//
// What always holds: items that change nothing stay with those they came with, so that each connection's questions see
// what it asked before; a group is given with its own waiting items once, and without anybody waiting where they were
// answered before, or are another node's; what was given and isn't applied yet is kept, and given again after
// start_over(); behind a small group of this node's nothing is made for a moment, until as many wait as are answered with it.
//
// Threads: the LedgerSide's methods on the log thread, the WorkSource's on the commit thread; wait() there, too.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/work.hpp"
#include "queue/cluster/replicator.hpp"

namespace giro {

class ClusterSource final : public WorkSource, public cluster::LedgerSide {
 public:
  // Of one group, before it is packed. Packed it must fit cluster::kSealedMax.
  static constexpr Weight kShareMax{.items = 8'192, .bytes = std::size_t{1} << 20};
  static constexpr std::size_t kGivenMax = 64;  // Groups that wait to be applied.
  // Who was answered in a small group asks again within so long, as a rule: 32 clients, one outstanding each, get 14,000
  // payments a second with it, 10,700 with 300 us, 8,600 without (three nodes on two cores).
  static constexpr std::chrono::microseconds kTurn{700};
  static constexpr std::chrono::milliseconds kHeldMax{4};
  static constexpr std::size_t kSmall = 256;  // Items that change the ledger.

  // `applied`: how far the ledger is. `identity`: goes before the streams in what the ledger keeps (ledger_key.hpp).
  // `wake`: called when the log thread has something to do.
  ClusterSource(WorkQueue& queue, std::string identity, cluster::Streams applied,
                std::function<void()> wake);

  // --- the commit thread's ---
  Next take(std::uint64_t applied, Timestamp now, WorkGroup& group) override;
  bool take_more(WorkGroup& group) override;
  Next take_undecided(std::uint64_t applied, Timestamp now, WorkGroup& group) override;
  bool tick(std::uint64_t applied, Timestamp now, WorkGroup& group) override;
  void close() override { queue_.close(); }
  [[nodiscard]] bool is_shared() const override { return true; }
  void note_applied(std::uint64_t index, std::span<const std::uint8_t> digest) override;
  void start_over(std::uint64_t applied) override;
  void abandon() override;
  // Until there is something to take, or then.
  void wait(std::optional<std::chrono::steady_clock::time_point> until);

  // --- the log thread's ---
  Made make(std::string& commands, cluster::Log::Moment now) override;
  [[nodiscard]] std::optional<cluster::Log::Moment> waits_until() const override;
  void appended(std::uint64_t number) override;
  void refuse_made(std::string_view why) override;
  void give_up_own() override;
  bool answer_without(std::string_view why) override;
  [[nodiscard]] bool has_room() const override;
  void give(cluster::OrderedGroup&& group) override;
  void drop_given() override;
  [[nodiscard]] Progress take_progress() override;
  // Something is due: since the last call.
  [[nodiscard]] bool take_tick();
  // Nothing is applied any more: what is given falls on deaf ears.
  [[nodiscard]] bool is_abandoned() const;
  // Nothing is given any more.
  void end();

 private:
  // What the commit thread is to take.
  struct Ready {
    WorkGroup group;
    std::string commands = {};  // Of one that is ordered.
    std::string streams = {};
    bool is_awaited = false;  // Its items are those that this node's clients wait for.
  };

  [[nodiscard]] WorkGroup without_order(std::vector<WorkItem> items, Ordering ordering,
                                        std::string_view why) const;
  void hand_over(Ready ready);
  void forget_applied(std::uint64_t applied);
  [[nodiscard]] static bool is_answered_undecided(const Ready& ready);
  void take_one(std::size_t at, Timestamp now, WorkGroup& group);
  void ride_along(std::vector<WorkItem> items);
  Popped pop(std::vector<WorkItem>& items);
  void note_given(std::uint64_t index, const std::vector<WorkItem>& items);
  [[nodiscard]] bool is_worth_waiting(cluster::Log::Moment now);
  void put_back_half(std::vector<WorkItem>& items);

  WorkQueue& queue_;
  const std::string identity_;
  const std::function<void()> wake_;

  // The log thread's own.
  std::vector<std::vector<WorkItem>> put_back_;  // The last one is the first to be taken.
  std::optional<std::vector<WorkItem>> made_;
  std::map<std::uint64_t, std::vector<WorkItem>> own_;  // By number: in the log, and not given yet.
  struct LastGiven {
    std::uint64_t index = 0;
    std::size_t items = 0;  // That change the ledger.
    cluster::Log::Moment
        held_at{};  // Since then the next group waits for who is answered with this one.
    cluster::Log::Moment answered_at{};  // It was seen to be applied.
  };
  std::optional<LastGiven> last_given_;  // Of this node's groups, while they may ask again.
  std::optional<cluster::Log::Moment> waits_until_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::deque<Ready> ready_;
  std::deque<Ready> given_;  // Without their items; not applied, or not durably so.
  std::vector<cluster::Applied> applied_;
  std::uint64_t noted_ = 0;
  cluster::Streams durable_;
  bool may_decide_ = true;
  bool awaits_applied_ = false;  // The log thread: the last group of this node's.
  bool tick_wanted_ = false;
  bool abandoned_ = false;
  bool ended_ = false;
};

}  // namespace giro
