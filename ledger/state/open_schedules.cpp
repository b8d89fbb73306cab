#include "ledger/state/open_schedules.hpp"

namespace giro {

void OpenSchedules::set(Seq seq, const std::optional<OpenSchedule>& schedule) {
  if (const auto before = schedules_.find(seq); before != schedules_.end()) {
    due_.erase({before->second.next_at, seq});
    schedules_.erase(before);
  }
  if (!schedule) return;
  schedules_.emplace(seq, *schedule);
  due_.emplace(schedule->next_at, seq);
}

std::size_t OpenSchedules::legs_due(Timestamp now, std::size_t most) const {
  constexpr std::int64_t kShortestInterval = 86'400'000'000'000;
  std::size_t legs = 0;
  for (const auto& [at, seq] : due_) {
    if (at > now || legs >= most) break;
    const auto times = static_cast<std::size_t>((now.ns - at.ns) / kShortestInterval + 1);
    legs += times * find(seq)->legs;
  }
  return legs;
}

}  // namespace giro
