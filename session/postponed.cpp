#include "session/postponed.hpp"

#include <fmt/format.h>

#include "engine/refusals.hpp"
#include "session/admission.hpp"

namespace giro {

Admission Postponed::push(WorkItem&& item, Weight weight, Seq min_seq) {
  if (min_seq <= head_) return backend_.push(std::move(item), weight);
  const std::uint64_t number = ++last_number_;
  const Moment late_at = backend_.now() + kWaitMax;
  by_seq_.emplace(min_seq, number);
  waiting_.emplace_hint(
      waiting_.end(), number,
      Waiting{.late_at = late_at, .min_seq = min_seq, .item = std::move(item), .weight = weight});
  if (waiting_.size() == 1) backend_.look_for_late(late_at);
  return Admission::accepted;
}

ReplyAddress Postponed::give_up(Waitings::iterator waiting) {
  const ReplyAddress to = waiting->second.item.reply_to;
  by_seq_.erase({waiting->second.min_seq, waiting->first});
  waiting_.erase(waiting);
  return to;
}

std::vector<Postponed::Refused> Postponed::advance(Seq head) {
  std::vector<Refused> refused;
  head_ = std::max(head_, head);
  while (!by_seq_.empty() && by_seq_.begin()->first <= head_) {
    const auto waiting = waiting_.find(by_seq_.begin()->second);
    WorkItem item = std::move(waiting->second.item);
    const Weight weight = waiting->second.weight;
    const ReplyAddress to = give_up(waiting);
    const Admission admission = backend_.push(std::move(item), weight);
    if (admission != Admission::accepted) refused.push_back({to, refusal_of(admission)});
  }
  return refused;
}

std::vector<Postponed::Refused> Postponed::take_late(Moment now) {
  std::vector<Refused> late;
  while (!waiting_.empty() && waiting_.begin()->second.late_at <= now) {
    const Seq wanted = waiting_.begin()->second.min_seq;
    late.push_back({give_up(waiting_.begin()),
                    busy(fmt::format("this ledger is at seq {}, and didn't get to {} within {} "
                                     "seconds",
                                     head_, wanted, kWaitMax.count()))});
  }
  if (!waiting_.empty()) backend_.look_for_late(waiting_.begin()->second.late_at);
  return late;
}

std::vector<Postponed::Refused> Postponed::take_all() {
  std::vector<Refused> all;
  while (!waiting_.empty()) {
    all.push_back({give_up(waiting_.begin()), refusal_of(ErrorCode::shutting_down)});
  }
  return all;
}

}  // namespace giro
