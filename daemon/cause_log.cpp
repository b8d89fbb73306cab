#include "daemon/cause_log.hpp"

#include <utility>

#include <fmt/format.h>

#include "daemon/log.hpp"

namespace giro {

void CauseLog::warn(const std::string& cause, Notice notice) {
  const auto missed = line_due(cause, Clock::now());
  if (!missed) return;
  if (*missed > 0) notice.text += fmt::format(" ({} more like it since the last line)", *missed);
  log_notice(notice);
}

std::optional<std::uint64_t> CauseLog::line_due(const std::string& cause, Clock::time_point now) {
  if (!causes_.contains(cause) && causes_.size() >= kCausesMax) {
    // What was quiet for a minute is forgotten, unless a count is still to be told.
    std::erase_if(causes_, [now](const auto& known) {
      return known.second.since == 0 && now - known.second.logged >= kEvery;
    });
  }
  const bool has_room = causes_.contains(cause) || causes_.size() < kCausesMax;
  const auto [found, is_new] = causes_.try_emplace(has_room ? cause : "others", Cause{now, 0});
  if (is_new) return 0;
  Cause& known = found->second;
  if (now - known.logged < kEvery) {
    ++known.since;
    return std::nullopt;
  }
  known.logged = now;
  return std::exchange(known.since, 0);
}

}  // namespace giro
