// Payments that are decided later.
#include <algorithm>
#include <chrono>

#include "tests/whole/model.hpp"

namespace giro::test {
namespace {

// The n-th time after the first one. A day that a month doesn't have is its last one.
Timestamp later(Timestamp first, const Interval& every, std::uint32_t n) {
  using std::chrono::days;
  using std::chrono::months;
  constexpr std::int64_t kDay = 86'400'000'000'000;
  const std::int64_t steps = std::int64_t{n} * every.count;
  if (every.unit == CalendarUnit::day) return {first.ns + steps * kDay};
  if (every.unit == CalendarUnit::week) return {first.ns + steps * 7 * kDay};
  const std::chrono::sys_days day{days{first.ns / kDay}};
  std::chrono::year_month_day date{day};
  date += months{every.unit == CalendarUnit::year ? steps * 12 : steps};
  if (!date.ok()) date = date.year() / date.month() / std::chrono::last;
  return {std::chrono::sys_days{date}.time_since_epoch().count() * kDay + first.ns % kDay};
}

}  // namespace

std::optional<Timestamp> WholeModel::time_of(const Operation& schedule, std::uint32_t occurrence) {
  if (occurrence == 1) return schedule.at;
  if (!schedule.every || (schedule.count && occurrence > *schedule.count)) return std::nullopt;
  const Timestamp time = later(schedule.at, *schedule.every, occurrence - 1);
  if (schedule.until && time > *schedule.until) return std::nullopt;
  return time;
}

void WholeModel::schedule(const Operation& operation, Timestamp now, Record& record) {
  if (operation.at <= now) {
    record.code = Rejection::schedule_passed;
    return;
  }
  standing_.schedules.push_back({.seq = record.seq, .occurrence = 1, .next_at = operation.at});
}

Rejection WholeModel::why_not_cancel(Seq schedule, Timestamp now) const {
  if (schedule == 0) return Rejection::schedule_unknown;
  const Record& named = journal_[schedule - 1];
  if (named.kind != EntryKind::schedule || named.code != Rejection::none) {
    return Rejection::not_a_schedule;
  }
  for (const ModelSchedule& open : standing_.schedules) {
    if (open.seq != schedule) continue;
    return open.next_at <= now ? Rejection::schedule_decided : Rejection::none;
  }
  return latest_after(schedule)->kind == EntryKind::cancel ? Rejection::schedule_cancelled
                                                           : Rejection::schedule_decided;
}

void WholeModel::cancel(const Operation& operation, Timestamp now, Record& record) {
  const Seq named = named_by(operation);
  record.code = why_not_cancel(named, now);
  if (record.code != Rejection::none) return;
  record.follows = named;
  std::erase_if(standing_.schedules,
                [named](const ModelSchedule& open) { return open.seq == named; });
}

Record WholeModel::pay_scheduled(const ModelSchedule& due, Timestamp now) {
  const Operation asked = journal_[due.seq - 1].asked;
  Record record = begin(EntryKind::scheduled, asked, now);
  pay(asked, now, record);
  record.follows = due.seq;
  record.occurrence = due.occurrence;
  const auto open = std::ranges::find(standing_.schedules, due.seq, &ModelSchedule::seq);
  if (const auto next = time_of(asked, due.occurrence + 1)) {
    *open = {.seq = due.seq, .occurrence = due.occurrence + 1, .next_at = *next};
  } else {
    standing_.schedules.erase(open);
  }
  return record;
}

}  // namespace giro::test
