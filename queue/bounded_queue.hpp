// The bounded queue between intake and commit: many producers, one consumer, first in first out.
//
//   push      never blocks: accepted, or refused at once because the queue is full or closed.
//   pop_group takes everything that waits, up to a limit, in order; never waits.
//   wait      sleeps until there is something to pop, or for a while.
//   close     refuses new items; what was accepted can still be popped, then pop_group says
//             `closed`.
//
// What always holds:
//   - items <= items_max and bytes <= bytes_max, each item weighed by its producer (a batch of
//     8,000 payments weighs 8,000 items); one item heavier than either bound is taken only into an
//     empty queue, so that it can't be refused for ever;
//   - an accepted item is popped exactly once, and items of one producer in the order of its
//     pushes;
//   - moving an item can't throw, so that no slot is ever half filled.
//
// Threads: push, close, and the figures from any thread; pop_group and wait from one thread.
// Shape: a vector under a mutex, swapped out whole by the consumer, so that a group costs one lock.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace giro {

struct Weight {
  std::size_t items = 1;
  std::size_t bytes = 0;

  Weight& operator+=(const Weight& other) {
    items += other.items;
    bytes += other.bytes;
    return *this;
  }
};

struct QueueLimits {
  std::size_t items_max = 65'536;
  std::size_t bytes_max = std::size_t{64} << 20;
};

enum class Admission { accepted, full, closed };
enum class Popped { items, nothing, closed };

template <class Item>
class BoundedQueue {
  static_assert(std::is_nothrow_move_constructible_v<Item>, "a slot must never be half filled");

 public:
  explicit BoundedQueue(QueueLimits limits) : limits_(limits) {}
  BoundedQueue(const BoundedQueue&) = delete;
  BoundedQueue& operator=(const BoundedQueue&) = delete;
  ~BoundedQueue() = default;

  // Takes `item` only when it answers `accepted`; otherwise the caller still has it.
  [[nodiscard]] Admission push(Item&& item, Weight weight) {
    bool wake = false;
    {
      const std::scoped_lock lock(mutex_);
      if (closed_) return Admission::closed;
      if (!fits(weight)) return Admission::full;
      waiting_.push_back(Slot{std::move(item), weight});
      load_.items += weight.items;
      load_.bytes += weight.bytes;
      wake = std::exchange(consumer_sleeps_, false);
    }
    if (wake) ready_.notify_one();
    return Admission::accepted;
  }

  // Fills `group` (emptied first) with what waits, in order, until the items' weights reach one of the
  // bounds; at least one. `closed`: and nothing is left.
  [[nodiscard]] Popped pop_group(std::vector<Item>& group, Weight group_max) {
    group.clear();
    if (next_ == taken_.size() && !refill()) {
      return closed_seen_ ? Popped::closed : Popped::nothing;
    }
    Weight popped{.items = 0, .bytes = 0};
    while (next_ < taken_.size() &&
           (group.empty() || (popped.items < group_max.items && popped.bytes < group_max.bytes))) {
      Slot& slot = taken_[next_++];
      popped.items += slot.weight.items;
      popped.bytes += slot.weight.bytes;
      group.push_back(std::move(slot.item));
    }
    const std::scoped_lock lock(mutex_);
    load_.items -= popped.items;
    load_.bytes -= popped.bytes;
    return Popped::items;
  }

  // Returns once there is something to pop, or the queue is closed, or the moment has come; without a
  // moment it may take for ever.
  void wait(std::optional<std::chrono::steady_clock::time_point> until) {
    if (next_ < taken_.size()) return;
    std::unique_lock lock(mutex_);
    const auto something = [this] { return !waiting_.empty() || closed_; };
    if (something()) return;
    consumer_sleeps_ = true;
    if (until) {
      ready_.wait_until(lock, *until, something);
    } else {
      ready_.wait(lock, something);
    }
    consumer_sleeps_ = false;
  }

  void close() {
    {
      const std::scoped_lock lock(mutex_);
      closed_ = true;
    }
    ready_.notify_one();
  }

  [[nodiscard]] Weight load() const {
    const std::scoped_lock lock(mutex_);
    return load_;
  }
  [[nodiscard]] const QueueLimits& limits() const { return limits_; }

 private:
  struct Slot {
    Item item;
    Weight weight;
  };

  // Under mutex_.
  [[nodiscard]] bool fits(Weight weight) const {
    if (load_.items == 0 && load_.bytes == 0) return true;
    return load_.items + weight.items <= limits_.items_max &&
           load_.bytes + weight.bytes <= limits_.bytes_max;
  }

  // Swaps the waiting items in. False: there are none.
  bool refill() {
    taken_.clear();
    next_ = 0;
    const std::scoped_lock lock(mutex_);
    closed_seen_ = closed_ && waiting_.empty();
    taken_.swap(waiting_);
    return !taken_.empty();
  }

  const QueueLimits limits_;

  mutable std::mutex mutex_;
  std::condition_variable ready_;
  // Guarded by mutex_.
  std::vector<Slot> waiting_;
  Weight load_{.items = 0, .bytes = 0};  // Waiting or taken, but not popped yet.
  bool closed_ = false;
  bool consumer_sleeps_ = false;

  // The consumer's own.
  std::vector<Slot> taken_;
  std::size_t next_ = 0;
  bool closed_seen_ = false;  // And all that was accepted was taken.
};

}  // namespace giro
