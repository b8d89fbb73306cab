#include "engine/cluster/cluster_source.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <utility>

#include "engine/cluster/rules.hpp"
#include "engine/decider.hpp"
#include "engine/group_codec.hpp"

namespace giro {
namespace {

// Groups are read by others' hands, and from a log that others write: what a reader doesn't take must never get there.
std::string bytes_of(const WorkGroup& group) {
  std::string bytes;
  write_group(group, bytes);
  ByteReader in(bytes);
  if (!read_group(in) || !in.rest().empty()) {
    throw std::logic_error(
        "a group that was written can't be read: a defect of girod's. It was not sent");
  }
  return bytes;
}

// Of what no node can read every node stops, here as elsewhere.
std::vector<WorkItem> items_of(std::uint64_t index, std::string_view commands) {
  if (commands.empty()) return {};
  ByteReader in(commands);
  auto read = read_group(in);
  if (!read || !in.rest().empty()) {
    throw std::runtime_error("group " + std::to_string(index) +
                             " of the log can't be read by this release");
  }
  return std::move(read->items);
}

}  // namespace

ClusterSource::ClusterSource(WorkQueue& queue, std::string identity, cluster::Streams applied,
                             std::function<void()> wake)
    : queue_(queue),
      identity_(std::move(identity)),
      wake_(std::move(wake)),
      durable_(std::move(applied)) {}

// --- the commit thread ---

WorkSource::Next ClusterSource::take(std::uint64_t applied, Timestamp now, WorkGroup& group) {
  const std::scoped_lock lock(mutex_);
  may_decide_ = true;
  forget_applied(applied);
  if (ready_.empty()) return ended_ ? Next::ended : Next::nothing;
  take_one(0, now, group);
  return Next::group;
}

bool ClusterSource::take_more(WorkGroup& group) {
  const std::scoped_lock lock(mutex_);
  if (ready_.empty() || ready_.front().group.ordering != Ordering::ordered) return false;
  take_one(0, Timestamp{}, group);
  return true;
}

WorkSource::Next ClusterSource::take_undecided(std::uint64_t applied, Timestamp now,
                                               WorkGroup& group) {
  const std::scoped_lock lock(mutex_);
  may_decide_ = false;
  forget_applied(applied);
  const auto found = std::ranges::find_if(ready_, is_answered_undecided);
  if (found == ready_.end()) return ended_ ? Next::ended : Next::nothing;
  if (found->group.ordering != Ordering::ordered) {
    take_one(static_cast<std::size_t>(found - ready_.begin()), now, group);
    return Next::group;
  }
  // It is decided once the ledger can be written, and nobody is to wait for that.
  group = without_order(std::move(found->group.items), Ordering::lost,
                        "this node's ledger can't be written for now");
  group.now = now;
  found->group.items = items_of(found->group.index, found->commands);
  found->is_awaited = false;
  return Next::group;
}

// While nothing can be decided here.
bool ClusterSource::is_answered_undecided(const Ready& ready) {
  return ready.group.ordering != Ordering::ordered || ready.is_awaited;
}

void ClusterSource::take_one(std::size_t at, Timestamp now, WorkGroup& group) {
  Ready ready = std::move(ready_[at]);
  ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(at));
  group = std::move(ready.group);
  if (group.ordering != Ordering::ordered) {
    group.now = now;
  } else {
    ready.group = {.index = group.index, .now = group.now, .items = {}, .node = group.node};
    given_.push_back(std::move(ready));
  }
  if (ready_.size() == kGivenMax / 2) wake_();
}

// Under mutex_. What left no entry isn't in the file's account of it, and is needed no more once a later one is.
void ClusterSource::forget_applied(std::uint64_t applied) {
  while (!given_.empty() && given_.front().group.index <= applied) {
    durable_ = *cluster::read_streams(given_.front().streams);
    given_.pop_front();
  }
}

bool ClusterSource::tick(std::uint64_t /*applied*/, Timestamp /*now*/, WorkGroup& /*group*/) {
  {
    const std::scoped_lock lock(mutex_);
    if (std::exchange(tick_wanted_, true)) return false;
  }
  wake_();
  return false;
}

void ClusterSource::note_applied(std::uint64_t index, std::span<const std::uint8_t> digest) {
  cluster::Applied applied{.index = index};
  std::ranges::copy(digest, applied.digest.begin());
  {
    const std::scoped_lock lock(mutex_);
    if (index <= noted_) return;  // Again, after a start over.
    noted_ = index;
    applied_.push_back(applied);
    if (!std::exchange(awaits_applied_, false)) return;
  }
  wake_();
}

void ClusterSource::start_over(std::uint64_t applied) {
  const std::scoped_lock lock(mutex_);
  forget_applied(applied);
  while (!given_.empty()) {
    Ready again = std::move(given_.back());
    given_.pop_back();
    again.group.items = items_of(again.group.index, again.commands);
    again.group.source = identity_ + again.streams;
    ready_.push_front(std::move(again));
  }
}

void ClusterSource::abandon() {
  {
    const std::scoped_lock lock(mutex_);
    abandoned_ = true;
  }
  wake_();
}

void ClusterSource::wait(std::optional<std::chrono::steady_clock::time_point> until) {
  std::unique_lock lock(mutex_);
  const auto something = [this] {
    return ended_ ||
           (may_decide_ ? !ready_.empty() : std::ranges::any_of(ready_, is_answered_undecided));
  };
  if (until) {
    changed_.wait_until(lock, *until, something);
  } else {
    changed_.wait(lock, something);
  }
}

// --- the log thread ---

void ClusterSource::hand_over(Ready ready) {
  {
    const std::scoped_lock lock(mutex_);
    ready_.push_back(std::move(ready));
  }
  changed_.notify_one();
}

WorkGroup ClusterSource::without_order(std::vector<WorkItem> items, Ordering ordering,
                                       std::string_view why) const {
  return {.index = 0,
          .now = Timestamp{},
          .items = std::move(items),
          .ordering = ordering,
          .why = std::string(why)};
}

void ClusterSource::note_given(std::uint64_t index, const std::vector<WorkItem>& items) {
  const auto count = static_cast<std::size_t>(std::ranges::count_if(items, may_change));
  last_given_.reset();
  if (count > 1 && count <= kSmall) last_given_ = LastGiven{.index = index, .items = count};
}

// Those who are answered now, and those who wait already: in one group they come twice as often as in two that wait for
// each other.
bool ClusterSource::is_worth_waiting(cluster::Log::Moment now) {
  waits_until_.reset();
  if (!last_given_ || !put_back_.empty()) return false;
  LastGiven& last = *last_given_;
  if (last.held_at == cluster::Log::Moment{}) last.held_at = now;
  const bool is_applied = [&] {
    const std::scoped_lock lock(mutex_);
    return !(awaits_applied_ = noted_ < last.index);
  }();
  if (is_applied && last.answered_at == cluster::Log::Moment{}) last.answered_at = now;
  const auto until = is_applied ? std::min(last.answered_at + kTurn, last.held_at + kHeldMax)
                                : last.held_at + kHeldMax;
  if (now >= until || queue_.load().items >= last.items) {
    last_given_.reset();
    return false;
  }
  waits_until_ = until;
  return true;
}

std::optional<cluster::Log::Moment> ClusterSource::waits_until() const {
  return waits_until_;
}

cluster::LedgerSide::Made ClusterSource::make(std::string& commands, cluster::Log::Moment now) {
  if (is_worth_waiting(now)) return Made::nothing;
  WorkGroup group;
  switch (pop(group.items)) {
    case Popped::nothing:
      return Made::nothing;
    case Popped::closed:
      return own_.empty() ? Made::ended : Made::nothing;
    case Popped::items:
      break;
  }
  for (;;) {
    if (is_empty(group)) {
      ride_along(std::move(group.items));
      return Made::nothing;
    }
    commands = bytes_of(group);
    if (cluster::fits(commands)) break;
    if (group.items.size() == 1) {
      hand_over({.group = without_order(std::move(group.items), Ordering::too_large,
                                        "this request is too large for the log of the cluster, "
                                        "which takes 1 MiB, packed")});
      return Made::nothing;
    }
    put_back_half(group.items);
  }
  made_ = std::move(group.items);
  return Made::group;
}

// What was put back goes first.
Popped ClusterSource::pop(std::vector<WorkItem>& items) {
  if (put_back_.empty()) return queue_.pop_group(items, kShareMax);
  items = std::move(put_back_.back());
  put_back_.pop_back();
  return Popped::items;
}

// One that is too large must not take its neighbours with it.
void ClusterSource::put_back_half(std::vector<WorkItem>& items) {
  const auto middle = items.begin() + static_cast<std::ptrdiff_t>(items.size() / 2);
  put_back_.emplace_back(std::make_move_iterator(middle), std::make_move_iterator(items.end()));
  items.erase(middle, items.end());
}

// Behind what their connections asked before.
void ClusterSource::ride_along(std::vector<WorkItem> items) {
  if (own_.empty()) {
    return hand_over({.group = without_order(std::move(items), Ordering::without, {})});
  }
  std::ranges::move(items, std::back_inserter(own_.rbegin()->second));
}

void ClusterSource::appended(std::uint64_t number) {
  if (made_) own_.emplace(number, *std::exchange(made_, std::nullopt));
}

void ClusterSource::refuse_made(std::string_view why) {
  if (!made_) return;
  hand_over({.group = without_order(*std::exchange(made_, std::nullopt), Ordering::without, why)});
}

void ClusterSource::give_up_own() {
  if (made_)
    own_.emplace(std::numeric_limits<std::uint64_t>::max(), *std::exchange(made_, std::nullopt));
  for (auto& group : std::exchange(own_, {})) {
    hand_over({.group = without_order(std::move(group.second), Ordering::lost,
                                      "etcd didn't tell what became of its group")});
  }
}

bool ClusterSource::answer_without(std::string_view why) {
  for (;;) {
    std::vector<WorkItem> items;
    switch (pop(items)) {
      case Popped::items:
        hand_over({.group = without_order(std::move(items), Ordering::without, why)});
        break;
      case Popped::nothing:
        return false;
      case Popped::closed:
        return true;
    }
  }
}

bool ClusterSource::has_room() const {
  const std::scoped_lock lock(mutex_);
  return ready_.size() < kGivenMax;
}

void ClusterSource::give(cluster::OrderedGroup&& group) {
  Ready ready{.group = {.index = group.index, .now = group.now, .items = {}},
              .streams = cluster::text_of(group.streams)};
  const auto own = group.is_own ? own_.find(group.number) : own_.end();
  if (own == own_.end()) {
    ready.group.items = items_of(group.index, group.commands);
  } else {
    ready.group.items = std::move(own->second);
    ready.is_awaited = true;
    own_.erase(own);
    note_given(group.index, ready.group.items);
  }
  if (entries_say_node(group.rules)) ready.group.node = std::move(group.node);
  ready.group.source = identity_ + ready.streams;
  ready.commands = std::move(group.commands);
  hand_over(std::move(ready));
}

void ClusterSource::drop_given() {
  {
    const std::scoped_lock lock(mutex_);
    std::erase_if(ready_, [](const Ready& ready) {
      return ready.group.ordering == Ordering::ordered && !ready.is_awaited;
    });
    for (Ready& ready : ready_) {
      if (!std::exchange(ready.is_awaited, false)) continue;
      ready.group = without_order(std::move(ready.group.items), Ordering::lost,
                                  "this node's ledger isn't the others' any more");
    }
  }
  changed_.notify_one();
}

cluster::LedgerSide::Progress ClusterSource::take_progress() {
  const std::scoped_lock lock(mutex_);
  return {
      .applied = std::exchange(applied_, {}), .durable = durable_, .stands_still = !may_decide_};
}

bool ClusterSource::take_tick() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(tick_wanted_, false);
}

bool ClusterSource::is_abandoned() const {
  const std::scoped_lock lock(mutex_);
  return abandoned_;
}

void ClusterSource::end() {
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
}

}  // namespace giro
