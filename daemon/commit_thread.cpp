#include "daemon/commit_thread.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>
#include <vector>

#include <pthread.h>

#include "daemon/commit_log.hpp"
#include "engine/decider.hpp"
#include "engine/refusals.hpp"

namespace giro {
namespace {

// How long the queue must be empty before upkeep that can wait is done.
constexpr std::chrono::milliseconds kIdleAfter{50};
// Between two steps of upkeep: a run of keys may still be in the making on its own thread.
constexpr std::chrono::milliseconds kBetweenSteps{1};
// How often it is tried again whether an obstacle is gone. Another program's lock goes soon.
constexpr std::chrono::milliseconds kProbeEvery{1'000};
constexpr std::chrono::milliseconds kProbeLockEvery{100};

}  // namespace

class CommitThread::Loop {
 public:
  Loop(std::unique_ptr<Ledger> ledger, WorkQueue& queue, CommitThreadOptions options,
       Deliver deliver, std::function<void(const std::string&)> on_failure)
      : ledger_(std::move(ledger)),
        queue_(queue),
        options_(std::move(options)),
        clock_(options_.clock),
        deliver_(std::move(deliver)),
        on_failure_(std::move(on_failure)) {
    const auto& obstacle = store().obstacle();
    if (!obstacle || obstacle->past_is_safe()) durable_ = ledger_->state().seq();
  }

  void run() {
    try {
      if (store().obstacle()) stand_still(*store().obstacle());
      while (step()) {
      }
    } catch (const std::exception& error) {
      fail(std::string("the commit thread can't go on: ") + error.what() +
           ". What was answered is safe; who waits is told outcome_unknown. Start girod again");
    }
    if (failed_) {
      refuse_rest();
    } else {
      store().close();
    }
  }

 private:
  // One group, or one moment without work. False: the end.
  bool step() {
    const Popped popped = queue_.pop_group(items_, options_.group_items_max, patience_);
    if (popped == Popped::closed) return false;
    if (obstacle_) probe_if_due();
    if (failed_) return false;
    if (popped == Popped::timeout) {
      idle();
    } else {
      commit_group();
      if (!obstacle_) patience_ = kIdleAfter;
    }
    if (failed_) return false;
    log_.checkpoints(store());
    CommitLog::keys(store());
    return true;
  }

  void commit_group() {
    if (!obstacle_ && std::ranges::any_of(items_, may_change)) {
      if (const auto obstacle = store().begin()) stand_still(*obstacle);
    }
    auto group = std::make_unique<CommittedGroup>();
    const Timestamp now = clock_.now();
    if (const auto news = clock_.take_news()) CommitLog::clock(*news);
    counters_.clock = {.state = name(clock_.state()), .ahead_ns = clock_.ahead_ns()};
    Decider::decide(items_, *ledger_, now, counters_, obstacle_ ? &*obstacle_ : nullptr, *group);
    switch (store().commit()) {
      case store::CommitResult::committed:
        group->entries = store().take_group();
        counters_.commits += !group->entries.empty();  // Questions alone need none.
        counters_.decisions += group->entries.size();
        if (!obstacle_ || obstacle_->past_is_safe()) durable_ = ledger_->state().seq();
        break;
      case store::CommitResult::refused:
        refuse_group(items_, refusal_of(*store().obstacle(), Asked::any_key),
                     refusal_of(*store().obstacle(), Asked::question), durable_, *group);
        stand_still(*store().obstacle());
        reopen();
        break;
      case store::CommitResult::unknown:
        refuse_group(items_, refusal_of(ErrorCode::outcome_unknown),
                     refusal_of(ErrorCode::shutting_down), durable_, *group);
        fail_unknown("a commit failed");
        break;
    }
    group->head_seq = durable_;
    deliver_(std::move(group));
    items_.clear();
  }

  void idle() {
    if (obstacle_) return;
    switch (store().idle_step()) {
      case store::Store::Idle::more:
        patience_ = kBetweenSteps;
        break;
      case store::Store::Idle::nothing:
        patience_.reset();  // Sleep until there is work.
        break;
      case store::Store::Idle::refused:
        stand_still(*store().obstacle());
        if (store().is_spent()) reopen();
        break;
      case store::Store::Idle::unknown:
        fail_unknown("a commit of upkeep failed");
        break;
    }
  }

  void stand_still(const store::Obstacle& obstacle) {
    log_.obstacle(obstacle, store().options().directory);
    patience_ = obstacle.kind == store::ObstacleKind::locked ? kProbeLockEvery : kProbeEvery;
    probed_ = std::chrono::steady_clock::now();
    obstacle_ = obstacle;
  }

  // Memory is ahead of the file: builds the state anew from it.
  void reopen() {
    store::StoreOptions options = store().options();
    options.make = store::MakeLedger::never;
    options.durable_seq = durable_;
    ledger_.reset();
    auto opened = Ledger::open(options);
    if (!opened) {
      return fail("nothing could be written, and then the ledger can't be read again: " +
                  opened.error() + ". What was answered is safe");
    }
    ledger_ = std::move(*opened);
    if (store().obstacle()) obstacle_ = *store().obstacle();
  }

  void probe_if_due() {
    const auto now = std::chrono::steady_clock::now();
    if (now - probed_ < *patience_) return;
    probed_ = now;
    switch (store().probe()) {
      case store::CommitResult::committed:
        log_.goes_on();
        obstacle_.reset();
        durable_ = ledger_->state().seq();
        patience_ = kIdleAfter;
        break;
      case store::CommitResult::refused:
        stand_still(*store().obstacle());
        if (store().is_spent()) reopen();
        break;
      case store::CommitResult::unknown:
        fail_unknown("a commit that tries the disk failed");
        break;
    }
  }

  void fail_unknown(std::string_view what) {
    fail(std::string(what) + ": " + store().failure() +
         ". Whether what it held took effect shows at the restart; clients that wait were told "
         "outcome_unknown and may ask by key then. See to the disk, then start girod again");
  }

  void fail(const std::string& what) {
    if (failed_) return;
    failed_ = true;
    on_failure_(what);
  }

  // After a failure: nothing behind it was decided.
  void refuse_rest() {
    queue_.close();
    const Refusal refusal = refusal_of(ErrorCode::shutting_down);
    while (queue_.pop_group(items_, options_.group_items_max, std::nullopt) == Popped::items) {
      auto group = std::make_unique<CommittedGroup>();
      refuse_group(items_, refusal, refusal, durable_, *group);
      group->head_seq = durable_;
      deliver_(std::move(group));
    }
  }

  [[nodiscard]] store::Store& store() { return ledger_->store(); }

  std::unique_ptr<Ledger> ledger_;
  WorkQueue& queue_;
  CommitThreadOptions options_;
  LedgerClock clock_;
  Deliver deliver_;
  std::function<void(const std::string&)> on_failure_;

  std::vector<WorkItem> items_;
  Decider::Counters counters_;
  Seq durable_ = 0;  // Everything up to here was committed; a subscriber may see it.
  std::optional<store::Obstacle> obstacle_;
  std::optional<std::chrono::milliseconds> patience_ = kIdleAfter;
  std::chrono::steady_clock::time_point probed_;
  CommitLog log_;
  bool failed_ = false;
};

CommitThread::CommitThread(std::unique_ptr<Ledger> ledger, WorkQueue& queue,
                           CommitThreadOptions options, Deliver deliver,
                           std::function<void(const std::string&)> on_failure)
    : queue_(queue),
      loop_(std::make_unique<Loop>(std::move(ledger), queue, std::move(options), std::move(deliver),
                                   std::move(on_failure))) {}

CommitThread::~CommitThread() {
  queue_.close();
  join();
}

void CommitThread::start() {
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "commit");
    loop_->run();
  });
}

void CommitThread::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace giro
