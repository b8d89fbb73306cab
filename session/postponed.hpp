// Questions for a ledger that is further than this one (`min_seq`): each waits until it is, and then goes to the commit
// thread like any other. So who was answered by one node of a cluster sees what he did on every other.
//
// What always holds: a question waits for kWaitMax at most, then it is late, which is told; while it waits it has its place
// in its session's window and its share of the queue, so that those who wait are bounded as those who are queued; what
// one costs doesn't grow with their number but by its logarithm. Thread: that of the sessions.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "session/backend.hpp"

namespace giro {

class Postponed {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kWaitMax{10};

  // One that isn't asked any more.
  struct Refused {
    ReplyAddress to;
    Refusal why;
  };

  Postponed(Backend& backend, Seq head) : backend_(backend), head_(head) {}

  // As Backend::push, once everything up to `min_seq` is durable.
  [[nodiscard]] Admission push(WorkItem&& item, Weight weight, Seq min_seq);
  // Everything up to `head` is durable: asks what waited for that. Answers what there is no room for.
  [[nodiscard]] std::vector<Refused> advance(Seq head);
  // Those that are late.
  [[nodiscard]] std::vector<Refused> take_late(Moment now);
  // All of them: nothing becomes durable any more.
  [[nodiscard]] std::vector<Refused> take_all();

 private:
  struct Waiting {
    Moment late_at;
    Seq min_seq;
    WorkItem item;
    Weight weight;
  };
  using Waitings = std::map<std::uint64_t, Waiting>;  // By number, so in the order of being late.

  [[nodiscard]] ReplyAddress give_up(Waitings::iterator waiting);

  Backend& backend_;
  Seq head_;
  std::uint64_t last_number_ = 0;
  Waitings waiting_;
  std::set<std::pair<Seq, std::uint64_t>> by_seq_;  // What each waits for, and its number.
};

}  // namespace giro
