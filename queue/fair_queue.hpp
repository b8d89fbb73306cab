// A bounded queue that serves its users in turns, and each user's connections in turns, so that
// whoever asks much at once delays nobody who asks little.
//
//   push   never blocks: accepted, or refused at once because the queue is full or closed.
//   pop    the next item; sleeps while there is none. Nothing: closed, and all was popped.
//   close  refuses new items.
//
// What always holds: an accepted item is popped exactly once, and those of one connection in the order
// of their pushes. Threads: push and close from any thread; pop from one.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "queue/bounded_queue.hpp"

namespace giro {

// Who waits in a FairQueue.
struct Asker {
  std::uint32_t user = 0;
  std::uint64_t connection = 0;
};

template <class Item>
class FairQueue {
 public:
  explicit FairQueue(std::size_t items_max) : items_max_(items_max) {}

  // Takes `item` only when it answers `accepted`; otherwise the caller still has it.
  [[nodiscard]] Admission push(const Asker& asker, Item&& item) {
    {
      const std::scoped_lock lock(mutex_);
      if (closed_) return Admission::closed;
      if (count_ == items_max_) return Admission::full;
      users_.lane(asker.user).lane(asker.connection).push_back(std::move(item));
      ++count_;
    }
    ready_.notify_one();
    return Admission::accepted;
  }

  [[nodiscard]] std::optional<Item> pop() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return count_ > 0 || closed_; });
    if (count_ == 0) return std::nullopt;
    --count_;
    return users_.pop_front();
  }

  void close() {
    {
      const std::scoped_lock lock(mutex_);
      closed_ = true;
    }
    ready_.notify_one();
  }

 private:
  // Items of one connection, in order.
  class Line {
   public:
    void push_back(Item&& item) { items_.push_back(std::move(item)); }
    [[nodiscard]] Item pop_front() {
      Item item = std::move(items_.front());
      items_.pop_front();
      return item;
    }
    [[nodiscard]] bool empty() const { return items_.empty(); }

   private:
    std::deque<Item> items_;
  };

  // Lanes that take turns. A lane is there as long as something waits in it.
  template <class Key, class Lane>
  class Turns {
   public:
    [[nodiscard]] Lane& lane(Key key) {
      const auto [found, is_new] = lanes_.try_emplace(key);
      if (is_new) order_.push_back(key);
      return found->second;
    }
    [[nodiscard]] Item pop_front() {
      const auto turn = lanes_.find(order_.front());
      order_.pop_front();
      Item item = turn->second.pop_front();
      if (turn->second.empty()) {
        lanes_.erase(turn);
      } else {
        order_.push_back(turn->first);
      }
      return item;
    }
    [[nodiscard]] bool empty() const { return order_.empty(); }

   private:
    std::unordered_map<Key, Lane> lanes_;
    std::deque<Key> order_;
  };

  const std::size_t items_max_;
  std::mutex mutex_;
  std::condition_variable ready_;
  // Guarded by mutex_.
  Turns<std::uint32_t, Turns<std::uint64_t, Line>> users_;
  std::size_t count_ = 0;
  bool closed_ = false;
};

}  // namespace giro
