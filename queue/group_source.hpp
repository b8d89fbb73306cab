// The ordered source of groups. What a ledger becomes follows from the groups that it is fed and from
// nothing else: a group is its index, its time, and its commands in order, and one link of the audit chain.
//
// What always holds: groups have the indexes 1, 2, ... ; the group that follows an index is always the same
// one, once a ledger has applied it; a group is bounded by items and bytes. Items that change nothing
// (questions, dry runs) ride along with a group and are no part of it.
//
// A source that several ledgers share gives the same groups to each: one that it gave is applied, whatever fails here
// meanwhile. What can't be put in order now, or is lost sight of, comes by itself, as what only rides along.
//
// Thread: the one that applies groups; wait() of a source is its own affair.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/timestamp.hpp"
#include "queue/bounded_queue.hpp"

namespace giro {

// Whether a group's items are decided.
enum class Ordering : std::uint8_t {
  ordered,    // They are.
  without,    // They are no group: what would change the ledger is refused, and may be sent again.
  too_large,  // The same, but sent again as it is it fares no better.
  lost,  // The same, but of what would change it nobody knows whether it will be given in a group.
};
// Decided now, or nobody knows when.
[[nodiscard]] constexpr bool may_be_decided(Ordering ordering) {
  return ordering == Ordering::ordered || ordering == Ordering::lost;
}

template <class Item>
struct Group {
  std::uint64_t index = 0;
  Timestamp now;
  std::vector<Item> items;
  Ordering ordering = Ordering::ordered;
  std::string why = {};   // It isn't ordered, for whoever asks.
  std::string node = {};  // At which all of it was asked; empty: entries don't say it.
  std::string source =
      {};  // What the source wants to find again with the ledger, behind this group.
};

template <class Item>
class GroupSource {
 public:
  enum class Next : std::uint8_t {
    group,
    nothing,  // None has come yet.
    ended,    // None will.
  };

  // The group that follows the index `applied`. `now`: the time, for a source that decides it. Never waits.
  [[nodiscard]] virtual Next take(std::uint64_t applied, Timestamp now, Group<Item>& group) = 0;
  // The same while nothing can be decided here: what is given then may be refused.
  [[nodiscard]] virtual Next take_undecided(std::uint64_t applied, Timestamp now,
                                            Group<Item>& group) {
    return take(applied, now, group);
  }
  // The one after that, if it is here already and ordered: what is applied in one commit with it. False: as it was.
  [[nodiscard]] virtual bool take_more(Group<Item>& /*group*/) { return false; }
  // A group without items, for what falls due by itself. False: it doesn't come at once, but as a group.
  [[nodiscard]] virtual bool tick(std::uint64_t applied, Timestamp now, Group<Item>& group) = 0;
  // From now on nothing is taken on; what was can still be taken.
  virtual void close() = 0;

  // --- of a source that several ledgers share ---
  [[nodiscard]] virtual bool is_shared() const { return false; }
  // The group of this index is applied; the digest of the audit chain behind it.
  virtual void note_applied(std::uint64_t /*index*/, std::span<const std::uint8_t> /*digest*/) {}
  // What was given behind `applied` is given again.
  virtual void start_over(std::uint64_t /*applied*/) {}
  // Nothing is taken or applied any more: a restart goes on.
  virtual void abandon() {}

 protected:
  ~GroupSource() = default;
};

// This machine's own order: whatever waits in the queue is the next group, at the time that it is taken.
// Nobody else applies it, so that a group whose commit was refused may give its index to the next one.
template <class Item>
class LocalSource final : public GroupSource<Item> {
 public:
  using typename GroupSource<Item>::Next;

  LocalSource(BoundedQueue<Item>& queue, Weight group_max) : queue_(queue), group_max_(group_max) {}

  [[nodiscard]] Next take(std::uint64_t applied, Timestamp now, Group<Item>& group) override {
    switch (queue_.pop_group(group.items, group_max_)) {
      case Popped::items:
        group.index = applied + 1;
        group.now = now;
        return Next::group;
      case Popped::nothing:
        return Next::nothing;
      case Popped::closed:
        break;
    }
    return Next::ended;
  }
  [[nodiscard]] bool tick(std::uint64_t applied, Timestamp now, Group<Item>& group) override {
    group.items.clear();
    group.index = applied + 1;
    group.now = now;
    return true;
  }
  void close() override { queue_.close(); }

 private:
  BoundedQueue<Item>& queue_;
  const Weight group_max_;
};

}  // namespace giro
