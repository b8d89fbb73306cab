#include "daemon/commit_thread.hpp"

#include <chrono>
#include <exception>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "daemon/decider.hpp"

namespace giro {
namespace {

// How long the queue must be empty before upkeep that can wait is done.
constexpr std::chrono::milliseconds kIdleAfter{50};
// Between two steps of upkeep: a run of keys may still be in the making on its own thread.
constexpr std::chrono::milliseconds kBetweenSteps{1};
// How often a full disk is tried again.
constexpr std::chrono::seconds kProbeEvery{1};

Timestamp system_time() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()};
}

}  // namespace

class CommitThread::Loop {
 public:
  Loop(std::unique_ptr<store::Store> store, WorkQueue& queue, CommitThreadOptions options,
       Deliver deliver, std::function<void(const std::string&)> on_failure)
      : store_(std::move(store)),
        queue_(queue),
        options_(std::move(options)),
        deliver_(std::move(deliver)),
        on_failure_(std::move(on_failure)) {
    if (!options_.clock) options_.clock = system_time;
  }

  void run() {
    try {
      while (step()) {
      }
    } catch (const std::exception& error) {
      fail(error.what());
    }
    if (failed_) {
      refuse_rest();
    } else {
      store_->close();
    }
  }

 private:
  // One group, or one moment without work. False: the end.
  bool step() {
    const Popped popped = queue_.pop_group(items_, options_.group_items_max, patience_);
    if (popped == Popped::closed) return false;
    if (popped == Popped::timeout) return idle();
    if (counters_.read_only) probe();
    commit_group();
    if (!counters_.read_only) patience_ = kIdleAfter;
    return !failed_;
  }

  void commit_group() {
    auto group = std::make_unique<CommittedGroup>();
    Decider::decide(items_, *store_, options_.clock(), counters_, *group);
    switch (store_->commit()) {
      case store::CommitResult::committed:
        group->entries = store_->take_group();
        counters_.commits += !group->entries.empty();  // Questions alone need none.
        counters_.decisions += group->entries.size();
        break;
      case store::CommitResult::disk_full:
        refuse_all(items_, ErrorCode::read_only, *group);
        enter_read_only();
        break;
      case store::CommitResult::unknown:
        refuse_all(items_, ErrorCode::outcome_unknown, *group);
        fail(store_->failure());
        break;
    }
    group->head_seq = store_ == nullptr ? 0 : store_->state().seq();
    deliver_(std::move(group));
    items_.clear();
  }

  bool idle() {
    if (counters_.read_only) {
      probe();
      return !failed_;
    }
    switch (store_->idle_step()) {
      case store::Store::Idle::more:
        patience_ = kBetweenSteps;
        break;
      case store::Store::Idle::nothing:
        patience_.reset();  // Sleep until there is work.
        break;
      case store::Store::Idle::failed:
        // Nothing of a client's was in it; the next group will tell what is wrong.
        spdlog::warn("upkeep could not be written: {}; payments go on as far as the disk lets them",
                     store_->failure());
        reopen();
        break;
    }
    return !failed_;
  }

  void enter_read_only() {
    spdlog::critical(
        "the disk of {} is full: payments are refused with read_only until there is room; nothing "
        "is "
        "lost. Free some space; girod goes on by itself",
        store_->options().directory.string());
    counters_.read_only = true;
    patience_ = kProbeEvery;
    reopen();
  }

  // Memory is ahead of the file: builds the state anew from it.
  void reopen() {
    const store::StoreOptions options = store_->options();
    store_.reset();
    auto opened = store::Store::open(options);
    if (!opened) return fail(opened.error());
    store_ = std::move(*opened);
    probed_ = std::chrono::steady_clock::now();
  }

  void probe() {
    const auto now = std::chrono::steady_clock::now();
    if (now - probed_ < kProbeEvery) return;
    probed_ = now;
    switch (store_->probe()) {
      case store::CommitResult::committed:
        spdlog::warn("there is room on the disk again: payments go on");
        counters_.read_only = false;
        patience_ = kIdleAfter;
        break;
      case store::CommitResult::disk_full:
        reopen();
        break;
      case store::CommitResult::unknown:
        fail(store_->failure());
        break;
    }
  }

  void fail(const std::string& what) {
    if (failed_) return;
    failed_ = true;
    on_failure_(what);
  }

  // After a failure: nothing behind it was decided.
  void refuse_rest() {
    queue_.close();
    while (queue_.pop_group(items_, options_.group_items_max, std::nullopt) == Popped::items) {
      auto group = std::make_unique<CommittedGroup>();
      refuse_all(items_, ErrorCode::shutting_down, *group);
      deliver_(std::move(group));
    }
  }

  std::unique_ptr<store::Store> store_;
  WorkQueue& queue_;
  CommitThreadOptions options_;
  Deliver deliver_;
  std::function<void(const std::string&)> on_failure_;

  std::vector<WorkItem> items_;
  Decider::Counters counters_;
  std::optional<std::chrono::milliseconds> patience_ = kIdleAfter;
  std::chrono::steady_clock::time_point probed_;
  bool failed_ = false;
};

CommitThread::CommitThread(std::unique_ptr<store::Store> store, WorkQueue& queue,
                           CommitThreadOptions options, Deliver deliver,
                           std::function<void(const std::string&)> on_failure)
    : queue_(queue),
      loop_(std::make_unique<Loop>(std::move(store), queue, std::move(options), std::move(deliver),
                                   std::move(on_failure))) {}

CommitThread::~CommitThread() {
  queue_.close();
  join();
}

void CommitThread::start() {
  thread_ = std::thread([this] { loop_->run(); });
}

void CommitThread::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace giro
