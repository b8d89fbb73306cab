// When a payment that is made again and again falls due: a first time, and an interval of days, weeks, months
// or years, in UTC.
//
// Every time is counted from the first one, so that month ends are kept: 31 January, 28 February, 31 March.
// Pure functions: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/timestamp.hpp"

namespace giro {

inline constexpr std::uint16_t kIntervalMax = 9'999;
inline constexpr std::uint32_t kOccurrencesMax = 1'000'000;

// Numbers in the codec.
enum class CalendarUnit : std::uint8_t { day = 0, week = 1, month = 2, year = 3 };

struct Interval {
  CalendarUnit unit = CalendarUnit::day;
  std::uint16_t count = 1;

  friend bool operator==(const Interval&, const Interval&) = default;
};

// ISO 8601 with one unit, "P1D", "P2W", "P1M", "P1Y": a whole number from 1 to 9,999. Nothing for anything else.
[[nodiscard]] std::optional<Interval> parse_interval(std::string_view text);
[[nodiscard]] std::string format_interval(const Interval& interval);

// The n-th time after `first`; nothing: it lies past all time. A day that its month doesn't have is the month's
// last one.
[[nodiscard]] std::optional<Timestamp> time_after(Timestamp first, const Interval& interval,
                                                  std::uint32_t n);

// When a scheduled payment is to be decided: once, or again and again.
struct ScheduleTerms {
  Timestamp at;  // The first time, or the only one.
  std::optional<Interval> every;
  std::optional<Timestamp> until;      // No time after this one.
  std::optional<std::uint32_t> count;  // So many times in all.

  // The time of an occurrence, which are counted from 1; nothing: there is no such one.
  [[nodiscard]] std::optional<Timestamp> time_of(std::uint32_t occurrence) const;

  friend bool operator==(const ScheduleTerms&, const ScheduleTerms&) = default;
};

}  // namespace giro
