// Delivered groups on their way back. The committer empties and uses them again, and whoever delivers
// frees what was asked: so each thread frees what it allocated. Where two threads free each other's memory
// they wait for each other within malloc(): 7% of a commit thread that took holds and captures.
//
// What always holds: at most kKept groups wait here; one that comes beyond them is freed where it is.
// Threads: give by whoever delivers, take by the committer.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/work.hpp"

namespace giro {

class SpentGroups {
 public:
  void give(std::unique_ptr<CommittedGroup> group) {
    group->items.clear();
    const std::scoped_lock lock(mutex_);
    if (groups_.size() < kKept) groups_.push_back(std::move(group));
  }

  // An empty one, with the memory of one that came back if there is any.
  [[nodiscard]] std::unique_ptr<CommittedGroup> take() {
    std::unique_ptr<CommittedGroup> group = last();
    if (group == nullptr) return std::make_unique<CommittedGroup>();
    group->entries.clear();
    group->answers.clear();
    return group;
  }

 private:
  static constexpr std::size_t kKept = 4;  // One is delivered while the next is decided.

  [[nodiscard]] std::unique_ptr<CommittedGroup> last() {
    const std::scoped_lock lock(mutex_);
    if (groups_.empty()) return nullptr;
    std::unique_ptr<CommittedGroup> group = std::move(groups_.back());
    groups_.pop_back();
    return group;
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<CommittedGroup>> groups_;
};

}  // namespace giro
