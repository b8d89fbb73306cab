#include "engine/ledger_clock.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

#include <fmt/format.h>
#include <sys/timex.h>

namespace giro {
namespace {

constexpr std::int64_t kSlewDivisor = 10;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kToldFrom = kSecond;  // Smaller differences are nobody's concern.

Timestamp read_clock(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return {(time.tv_sec * kSecond) + time.tv_nsec};
}

// "3 days", "2 hours", "41 seconds": the largest unit that has at least two.
std::string how_long(std::int64_t ns) {
  constexpr std::pair<std::int64_t, const char*> kUnits[] = {
      {kDay, "days"}, {kHour, "hours"}, {kMinute, "minutes"}, {kSecond, "seconds"}};
  for (const auto& [unit, name] : kUnits) {
    if (ns >= 2 * unit) return fmt::format("{} {}", ns / unit, name);
  }
  return fmt::format("{:.1f} seconds", static_cast<double>(ns) / kSecond);
}

}  // namespace

LedgerClock::Sources LedgerClock::system_sources() {
  return {.real = [] { return read_clock(CLOCK_REALTIME); },
          .steady = [] { return read_clock(CLOCK_BOOTTIME); }};
}

LedgerClock::LedgerClock(Sources sources)
    : sources_(std::move(sources)), last_steady_(sources_.steady()) {
  latest_ = sources_.real();
  trusted_offset_ = latest_.ns - last_steady_.ns;
}

Timestamp LedgerClock::now() {
  const Timestamp real = sources_.real();
  const Timestamp steady = sources_.steady();
  const std::int64_t passed = std::max<std::int64_t>(steady.ns - last_steady_.ns, 0);
  last_steady_ = steady;
  const std::int64_t offset = real.ns - steady.ns;
  if (offset > trusted_offset_) {
    trusted_offset_ = std::min(offset, trusted_offset_ + (passed / kSlewDivisor));
  }
  const Timestamp now{std::min(real.ns, steady.ns + trusted_offset_)};
  note(real, now);
  return now;
}

void LedgerClock::note(Timestamp real, Timestamp now) {
  ahead_ns_ = real.ns - now.ns;
  State state = State::agrees;
  if (ahead_ns_ >= kToldFrom) {
    state = State::held_back;
  } else if (latest_.ns - now.ns >= kToldFrom) {
    state = State::set_back;
  }
  if (state != std::exchange(state_, state)) {
    switch (state) {
      case State::agrees:
        news_ = "the system's clock and the ledger's agree again";
        break;
      case State::held_back:
        news_ = fmt::format(
            "the system's clock jumped ahead by {}: the ledger's time follows it slowly, so that "
            "no deadline passes early. If the clock is right now, restart girod; else set it right",
            how_long(ahead_ns_));
        break;
      case State::set_back:
        news_ = fmt::format(
            "the system's clock went back by {}: deadlines are judged by it, and the times of new "
            "entries rise by a nanosecond each until it has passed the last one's",
            how_long(latest_.ns - now.ns));
        break;
    }
  }
  latest_ = std::max(latest_, now);
}

std::optional<std::string> LedgerClock::take_news() {
  return std::exchange(news_, std::nullopt);
}

std::string_view name(LedgerClock::State state) {
  switch (state) {
    case LedgerClock::State::held_back:
      return "held_back";
    case LedgerClock::State::set_back:
      return "set_back";
    case LedgerClock::State::agrees:
      break;
  }
  return "agrees";
}

ClockSync clock_sync() {
  timex query{};  // No mode: it only asks.
  const int state = ::adjtimex(&query);
  if (state < 0) return ClockSync::unknown;
  const bool synchronised = state != TIME_ERROR && (query.status & STA_UNSYNC) == 0;
  return synchronised ? ClockSync::synchronised : ClockSync::not_synchronised;
}

StartClock check_start_clock(Timestamp last_entry, Timestamp real, ClockSync sync) {
  const std::int64_t ahead = real.ns - last_entry.ns;
  StartClock found;
  const std::string_view advice =
      "An entry's time is for ever, and deadlines are judged by it. Set the clock right and start "
      "girod again; if it is right, start girod once with --accept-clock";
  if (ahead < -kSecond) {
    found.refused = ahead < -kMinute;
    found.words =
        fmt::format("the system's clock is {} behind the ledger's last entry. {}", how_long(-ahead),
                    found.refused ? advice
                                  : "The times of new entries rise by a nanosecond each "
                                    "until it has passed that one's");
  } else if (ahead > kDay && sync != ClockSync::synchronised) {
    found.refused = sync == ClockSync::not_synchronised;
    found.words = fmt::format(
        "the system's clock is {} ahead of the ledger's last entry, and {}. {}", how_long(ahead),
        found.refused ? "the system says that it isn't synchronised"
                      : "the system doesn't say whether it is synchronised",
        found.refused ? advice : "If it is wrong, set it right before payments are made");
  }
  return found;
}

}  // namespace giro
