#include "ledger/state/open_holds.hpp"

#include <algorithm>

namespace giro {
namespace {

constexpr std::size_t kStaleMin = 1'024;  // Fewer aren't worth making the queue anew.

}  // namespace

void OpenHolds::add(const OpenHold& hold) {
  holds_.emplace(hold.seq, hold);
  if (hold.expires_at == kNever) return;
  ends_.push_back({.at = hold.expires_at, .seq = hold.seq});
  std::push_heap(ends_.begin(), ends_.end());
}

void OpenHolds::set_left(Seq seq, Amount left) {
  const auto found = holds_.find(seq);
  found->second.left = left;
  if (left > 0) return;
  stale_ += found->second.expires_at != kNever;
  holds_.erase(found);
}

void OpenHolds::restore(Seq seq, const std::optional<OpenHold>& before) {
  if (before) {
    // Its end may have been passed over meanwhile.
    if (find(seq) == nullptr) return add(*before);
    holds_.insert_or_assign(seq, *before);
  } else if (find(seq) != nullptr) {
    set_left(seq, 0);
  }
}

const OpenHold* OpenHolds::next_to_expire() {
  while (!ends_.empty() && !is_true(ends_.front())) {
    std::pop_heap(ends_.begin(), ends_.end());
    ends_.pop_back();
    stale_ -= std::min<std::size_t>(stale_, 1);
  }
  return ends_.empty() ? nullptr : find(ends_.front().seq);
}

std::size_t OpenHolds::count_due(Timestamp now, std::size_t most) const {
  // What lies under an end in the heap is no earlier, so that only ends that are due are looked at.
  std::vector<std::size_t> open{0};
  std::size_t due = 0;
  while (!open.empty() && due < most) {
    const std::size_t at = open.back();
    open.pop_back();
    if (at >= ends_.size() || ends_[at].at > now) continue;
    ++due;
    open.push_back(2 * at + 1);
    open.push_back(2 * at + 2);
  }
  return due;
}

void OpenHolds::tidy() {
  if (stale_ < kStaleMin || 2 * stale_ < ends_.size()) return;
  std::erase_if(ends_, [this](const End& end) { return !is_true(end); });
  std::make_heap(ends_.begin(), ends_.end());
  stale_ = 0;
}

}  // namespace giro
