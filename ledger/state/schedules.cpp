// Of State: the rules of payments that are decided later. Nothing of one is judged when it is scheduled but
// that its time lies ahead: its accounts need not even exist. When its time comes it is judged as any
// other payment; that it is rejected then doesn't end a standing order.
#include <algorithm>
#include <utility>

#include "ledger/state/state.hpp"

namespace giro {

void State::decide(const CheckedSchedule& schedule, const Resolved& /*resolved*/, Timestamp now,
                   Entry& entry) {
  entry.key = schedule.key();
  const CheckedPayment& payment = schedule.payment();
  auto& body = *entry.body.emplace<std::unique_ptr<ScheduleBody>>(std::make_unique<ScheduleBody>());
  body.options = *payment.options();
  body.requested.assign(payment.legs().begin(), payment.legs().end());
  body.terms = schedule.terms();
  entry.outcome = verdict(body.terms.at <= now ? Rejection::schedule_passed : Rejection::none);
  if (!entry.applied()) return;
  set_schedule(entry.seq, schedule_from(entry, body, 1));
}

std::optional<OpenSchedule> State::schedule_from(const Entry& entry, const ScheduleBody& schedule,
                                                 std::uint32_t occurrence) {
  const std::optional<Timestamp> time = schedule.terms.time_of(occurrence);
  if (!time) return std::nullopt;
  return OpenSchedule{.seq = entry.seq,
                      .next_at = *time,
                      .occurrence = occurrence,
                      .legs = static_cast<std::uint16_t>(schedule.requested.size())};
}

void State::decide(const CheckedCancel& cancel, const Resolved& resolved, Timestamp now,
                   Entry& entry) {
  entry.key = cancel.key();
  auto& body = *entry.body.emplace<std::unique_ptr<CancelBody>>(std::make_unique<CancelBody>());
  body.named = cancel.refers_to();
  body.schedule = resolved.referred.seq;
  entry.outcome = verdict(check_schedule(resolved.referred, now));
  if (entry.applied()) set_schedule(body.schedule, std::nullopt);
}

// Why it can't be cancelled; none: it is open.
Rejection State::check_schedule(const Referred& referred, Timestamp now) const {
  if (referred.seq == 0) return Rejection::schedule_unknown;
  if (const OpenSchedule* open = schedules_.find(referred.seq)) {
    // What is due is decided, whoever comes first.
    return open->next_at <= now ? Rejection::schedule_decided : Rejection::none;
  }
  const Entry* made = referred.entry;
  if (made == nullptr || made->kind() != EntryKind::schedule || !made->applied() ||
      referred.latest == nullptr) {
    return Rejection::not_a_schedule;
  }
  return referred.latest->kind() == EntryKind::cancel ? Rejection::schedule_cancelled
                                                      : Rejection::schedule_decided;
}

// On behalf of who scheduled it.
void State::decide_scheduled(const OpenSchedule& open, const Entry& schedule, Timestamp now,
                             Entry& entry) {
  const auto& asked = *std::get<std::unique_ptr<ScheduleBody>>(schedule.body);
  entry.author = schedule.author;
  entry.key = schedule.key;
  auto& body =
      *entry.body.emplace<std::unique_ptr<ScheduledBody>>(std::make_unique<ScheduledBody>());
  body.schedule = schedule.seq;
  body.occurrence = open.occurrence;
  body.due_at = open.next_at;
  body.options = asked.options;
  entry.outcome = move_legs(asked.requested, &body.options, now, entry.seq, body.legs);
  const Leg& first = asked.requested.front();
  if (entry.applied()) {
    if (body.options.up_to) body.asked = first.amount;
  } else if (asked.requested.size() > 1 || !is_told_by(body.legs.seen, first)) {
    body.requested = asked.requested;
  }
  set_schedule(schedule.seq, schedule_from(schedule, asked, body.occurrence + 1));
}

void State::set_schedule(Seq seq, const std::optional<OpenSchedule>& schedule) {
  if (trials_ > 0) {
    const OpenSchedule* before = schedules_.find(seq);
    changed_schedules_.push_back(
        {.seq = seq, .before = before == nullptr ? std::nullopt : std::optional(*before)});
  }
  schedules_.set(seq, schedule);
}

// --- taking over ---

std::optional<std::string> State::replay_applied(const std::unique_ptr<ScheduleBody>& schedule,
                                                 const Entry& entry) {
  if (schedule->requested.empty()) return "its legs are missing";
  auto open = schedule_from(entry, *schedule, 1);
  if (!open) return "it is never due";
  set_schedule(entry.seq, open);
  return std::nullopt;
}

std::optional<std::string> State::replay_applied(const std::unique_ptr<CancelBody>& cancel,
                                                 const Entry& /*entry*/) {
  if (schedules_.find(cancel->schedule) == nullptr) return "it cancels a schedule that isn't open";
  set_schedule(cancel->schedule, std::nullopt);
  return std::nullopt;
}

std::optional<std::string> State::replay_applied(const std::unique_ptr<ScheduledBody>& scheduled,
                                                 const Entry& entry) {
  for (const Posting& posting : scheduled->legs.postings) {
    if (auto wrong = replay_movement(posting, entry.seq)) return wrong;
  }
  return std::nullopt;
}

// What a scheduled payment is held to beyond what any payment is, whether it was applied or rejected.
std::optional<std::string> State::replay_occurrence(const ScheduledBody& scheduled,
                                                    const Entry& entry, const Entry* schedule) {
  const OpenSchedule* open = schedules_.find(scheduled.schedule);
  if (open == nullptr || schedule == nullptr || schedule->seq != scheduled.schedule) {
    return "it is of a schedule that isn't open";
  }
  if (scheduled.occurrence != open->occurrence || scheduled.due_at != open->next_at) {
    return "it is of another time than its schedule is due next";
  }
  if (scheduled.due_at > entry.at) return "it was decided before its time";
  if (entry.key != schedule->key || entry.author != schedule->author) {
    return "it was scheduled under another key, or by another user";
  }
  const auto& asked = *std::get<std::unique_ptr<ScheduleBody>>(schedule->body);
  if (scheduled.options != asked.options) return "it has other options than its schedule";
  if (auto wrong = check_legs(scheduled, asked, entry.applied())) return wrong;
  set_schedule(schedule->seq, schedule_from(*schedule, asked, scheduled.occurrence + 1));
  return std::nullopt;
}

std::optional<std::string> State::check_legs(const ScheduledBody& scheduled,
                                             const ScheduleBody& asked, bool applied) const {
  constexpr const char* kOthers = "it moved other legs than its schedule has";
  const bool up_to = applied && asked.options.up_to;
  if (scheduled.asked != (up_to ? std::optional(asked.requested.front().amount) : std::nullopt)) {
    return "it was asked for another amount than its schedule has";
  }
  const auto moves = [&](const Posting& posting, const Leg& leg) {
    return posting.from <= accounts_.size() && posting.to <= accounts_.size() &&
           is_told_by(posting, leg) && name(posting.from) == leg.from.view() &&
           name(posting.to) == leg.to.view() &&
           (posting.amount == leg.amount || (up_to && posting.amount < leg.amount));
  };
  if (applied) {
    const bool same = std::ranges::equal(scheduled.legs.postings, asked.requested, moves);
    if (same && scheduled.requested.empty()) return std::nullopt;
    return kOthers;
  }
  if (scheduled.requested.empty() && asked.requested.size() == 1) {
    if (moves(scheduled.legs.seen, asked.requested.front())) return std::nullopt;
    return kOthers;
  }
  if (scheduled.requested != asked.requested) return kOthers;
  return std::nullopt;
}

}  // namespace giro
