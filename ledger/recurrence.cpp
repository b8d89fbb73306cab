#include "ledger/recurrence.hpp"

#include <charconv>
#include <chrono>
#include <limits>

namespace giro {
namespace {

namespace chr = std::chrono;

constexpr std::string_view kUnitLetters = "DWMY";  // In the order of CalendarUnit.

chr::sys_days add_months(chr::sys_days day, std::int64_t months) {
  const chr::year_month_day date(day);
  // A year_month adds at most an int of months.
  const chr::year_month month =
      chr::year_month(date.year(), date.month()) + chr::months(static_cast<int>(months));
  const chr::year_month_day same_day = month / date.day();
  return same_day.ok() ? chr::sys_days(same_day) : chr::sys_days(month / chr::last);
}

}  // namespace

std::optional<Interval> parse_interval(std::string_view text) {
  if (text.size() < 3 || text.front() != 'P' || text[1] == '0') return std::nullopt;
  const std::size_t unit = kUnitLetters.find(text.back());
  const std::string_view digits = text.substr(1, text.size() - 2);
  std::uint16_t count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (unit == std::string_view::npos || error != std::errc() ||
      end != digits.data() + digits.size() || count > kIntervalMax) {
    return std::nullopt;
  }
  return Interval{.unit = static_cast<CalendarUnit>(unit), .count = count};
}

std::string format_interval(const Interval& interval) {
  return "P" + std::to_string(interval.count) +
         kUnitLetters[static_cast<std::size_t>(interval.unit)];
}

std::optional<Timestamp> time_after(Timestamp first, const Interval& interval, std::uint32_t n) {
  const chr::sys_time<chr::nanoseconds> time{chr::nanoseconds(first.ns)};
  const auto day = chr::floor<chr::days>(time);
  constexpr std::int64_t kDaysMax = 366L * 300;  // More than there are from 1970 to 2262.
  const std::int64_t steps = std::int64_t{interval.count} * n;
  chr::sys_days then = day;
  switch (interval.unit) {
    case CalendarUnit::day:
    case CalendarUnit::week: {
      const std::int64_t days = interval.unit == CalendarUnit::week ? 7 * steps : steps;
      if (days > kDaysMax) return std::nullopt;
      then += chr::days(days);
      break;
    }
    case CalendarUnit::month:
    case CalendarUnit::year: {
      const std::int64_t months = interval.unit == CalendarUnit::year ? 12 * steps : steps;
      if (months > kDaysMax / 28) return std::nullopt;
      then = add_months(day, months);
      break;
    }
  }
  constexpr std::int64_t kDayNs = 86'400'000'000'000;
  const std::int64_t days = then.time_since_epoch().count();
  if (days >= std::numeric_limits<std::int64_t>::max() / kDayNs) return std::nullopt;
  return Timestamp{days * kDayNs + (time - day).count()};
}

std::optional<Timestamp> ScheduleTerms::time_of(std::uint32_t occurrence) const {
  if (occurrence == 0 || occurrence > count.value_or(every ? occurrence : 1)) return std::nullopt;
  if (!every) return at;
  const std::optional<Timestamp> time = time_after(at, *every, occurrence - 1);
  if (!time || (until && *time > *until)) return std::nullopt;
  return time;
}

}  // namespace giro
