#include "cli/time/when.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace giro::cli {
namespace {

using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 86'400;
// A day may begin this much before or after it does in UTC: offsets are at most 14 hours, and may change meanwhile.
constexpr std::int64_t kOffsetMax = std::int64_t{26} * 3'600;

constexpr const char* kForms =
    "such as 2026-10-31, 2026-10, 2026-Q3, today, last month, 7d ago or "
    "2026-11-23T09:00:00Z (`giro help times` lists them all)";

std::unexpected<std::string> wrong(std::string_view text, std::string_view why) {
  return std::unexpected(fmt::format("`{}` {}", text, why));
}

std::int64_t floor_of(std::int64_t dividend, std::int64_t divisor) {
  return dividend / divisor - (dividend % divisor < 0 ? 1 : 0);
}

// --- words ---

// "Last-Month " as "last month": in a script a blank is a nuisance. What begins with a digit keeps its marks.
std::string normal_form(std::string_view text) {
  std::string out;
  const bool words = !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) != 0;
  for (const char c : text) {
    const bool blank = c == ' ' || (words && (c == '-' || c == '_'));
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

// Takes `prefix` off.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool take_end(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

// Exactly so many digits.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (std::isdigit(static_cast<unsigned char>(text[i])) == 0) return std::nullopt;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return number;
}

// "7d", "7 days", "90 m" in seconds.
std::optional<std::int64_t> length_of(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::int64_t seconds;
  };
  constexpr std::array<Unit, 19> kUnits{{{"s", 1},
                                         {"sec", 1},
                                         {"second", 1},
                                         {"seconds", 1},
                                         {"m", 60},
                                         {"min", 60},
                                         {"minute", 60},
                                         {"minutes", 60},
                                         {"h", 3'600},
                                         {"hour", 3'600},
                                         {"hours", 3'600},
                                         {"d", kDay},
                                         {"day", kDay},
                                         {"days", kDay},
                                         {"w", 7 * kDay},
                                         {"week", 7 * kDay},
                                         {"weeks", 7 * kDay},
                                         {"secs", 1},
                                         {"mins", 60}}};
  std::int64_t number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end.ec != std::errc() || number < 1 || number > 1'000'000'000) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end.ptr - text.data()));
  take(text, " ");
  const auto* unit = std::ranges::find(kUnits, text, &Unit::name);
  constexpr std::int64_t kLongest = 36'525 * kDay;  // A century: from now on it fits a timestamp.
  if (unit == kUnits.end() || number * unit->seconds > kLongest) return std::nullopt;
  return number * unit->seconds;
}

// --- the calendar ---

Date date_of_days(sys_days days) {
  return Date{static_cast<std::int32_t>(days.time_since_epoch().count())};
}

sys_days days_of(Date date) {
  return sys_days(std::chrono::days(date.days));
}

// `months` from the first day of a month on.
Days months_from(year_month_day first, int months) {
  const sys_days begin = year_month_day(first.year(), first.month(), std::chrono::day(1));
  const sys_days next = year_month_day(first.year(), first.month(), std::chrono::day(1)) +
                        std::chrono::months(months);
  return {date_of_days(begin), date_of_days(next - std::chrono::days(1))};
}

Days week_of(sys_days day) {
  const auto since_monday = std::chrono::weekday(day) - std::chrono::Monday;
  const sys_days monday = day - since_monday;
  return {date_of_days(monday), date_of_days(monday + std::chrono::days(6))};
}

// "last month": `which` is -1, 0 or 1.
std::optional<Days> around(Date today, int which, std::string_view unit) {
  const sys_days day = days_of(today);
  const year_month_day now(day);
  const year_month_day month(now.year(), now.month(), std::chrono::day(1));
  if (unit == "day") return Days{Date{today.days + which}, Date{today.days + which}};
  if (unit == "week") return week_of(day + std::chrono::days(7 * which));
  if (unit == "month") return months_from(month + std::chrono::months(which), 1);
  if (unit == "quarter") {
    const unsigned into = (static_cast<unsigned>(now.month()) - 1) % 3;
    return months_from(month - std::chrono::months(into) + std::chrono::months(3 * which), 3);
  }
  if (unit == "year") {
    return months_from(year_month_day(now.year() + std::chrono::years(which), std::chrono::January,
                                      std::chrono::day(1)),
                       12);
  }
  return std::nullopt;
}

// The weeks of ISO 8601: the first one has the year's first Thursday.
std::optional<Days> iso_week(int of_year, int week) {
  const Days first =
      week_of(year_month_day(year(of_year), std::chrono::January, std::chrono::day(4)));
  const Days found{Date{first.first.days + 7 * (week - 1)}, Date{first.last.days + 7 * (week - 1)}};
  const int thursdays_year =
      static_cast<int>(year_month_day(days_of(Date{found.first.days + 3})).year());
  if (week < 1 || thursdays_year != of_year) return std::nullopt;
  return found;
}

// What begins with a year. Nothing: it isn't of this kind, or there is no such day.
std::optional<Days> dated(std::string_view text) {
  const auto of_year = take_digits(text, 4);
  if (!of_year) return std::nullopt;
  const auto first_of = [&](unsigned month) {
    return year_month_day(year(*of_year), std::chrono::month(month), std::chrono::day(1));
  };
  if (text.empty()) return months_from(first_of(1), 12);
  if (!take(text, "-")) return std::nullopt;
  if (take(text, "q")) {
    const auto quarter = take_digits(text, 1);
    if (!quarter || *quarter < 1 || *quarter > 4 || !text.empty()) return std::nullopt;
    return months_from(first_of(static_cast<unsigned>(*quarter) * 3 - 2), 3);
  }
  if (take(text, "w")) {
    const auto week = take_digits(text, 2);
    return week && text.empty() ? iso_week(*of_year, *week) : std::nullopt;
  }
  const auto month = take_digits(text, 2);
  if (!month || *month < 1 || *month > 12) return std::nullopt;
  if (text.empty()) return months_from(first_of(static_cast<unsigned>(*month)), 1);
  if (!take(text, "-")) return std::nullopt;
  const auto day = take_digits(text, 2);
  const year_month_day date(year(*of_year), std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(day.value_or(0))));
  if (!day || !text.empty() || !date.ok()) return std::nullopt;
  return Days{date_of_days(date), date_of_days(date)};
}

std::optional<Days> named_days(std::string_view text, Date today) {
  constexpr std::array<std::pair<std::string_view, int>, 3> kDays{
      {{"yesterday", -1}, {"today", 0}, {"tomorrow", 1}}};
  for (const auto& [name, which] : kDays) {
    if (text == name) return around(today, which, "day");
  }
  constexpr std::array<std::pair<std::string_view, int>, 3> kWhich{
      {{"last ", -1}, {"this ", 0}, {"next ", 1}}};
  for (const auto& [name, which] : kWhich) {
    if (text.starts_with(name)) return around(today, which, text.substr(name.size()));
  }
  return dated(text);
}

// --- clocks ---

// What the clocks of the zone show, in seconds, as if it were UTC.
std::int64_t local_of(std::int64_t utc, const OffsetAt& offset_at) {
  return utc + offset_at(utc);
}

// The first time at which they show this; where they leave it out, as much later as they do.
std::int64_t utc_of(std::int64_t local, const OffsetAt& offset_at) {
  const std::int64_t before = offset_at(local - kOffsetMax);
  const std::int64_t after = offset_at(local + kOffsetMax);
  std::optional<std::int64_t> found;
  for (const std::int64_t offset : {before, after}) {
    const std::int64_t utc = local - offset;
    if (local_of(utc, offset_at) == local && (!found || utc < *found)) found = utc;
  }
  return found.value_or(local - before);
}

std::optional<Timestamp> timestamp_of(std::int64_t utc_seconds) {
  constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max() / kSecond;
  if (utc_seconds < 0 || utc_seconds >= kLast) return std::nullopt;
  return Timestamp{utc_seconds * kSecond};
}

// "2026-11-23 09:00", "2026-11-23T09:00:30".
std::optional<std::int64_t> local_moment(std::string_view text) {
  const std::string_view day = text.substr(0, std::min<std::size_t>(10, text.size()));
  const auto date = day.size() == 10 ? dated(day) : std::nullopt;
  text.remove_prefix(day.size());
  if (!date || !(take(text, " ") || take(text, "t"))) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  const auto minute = take_digits(text, 2);
  const auto second = take(text, ":") ? take_digits(text, 2) : std::optional(0);
  if (!minute || !second || !text.empty()) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return std::int64_t{date->first.days} * kDay + std::int64_t{*hour} * 3'600 +
         std::int64_t{*minute} * 60 + *second;
}

// "now", "7d ago", "in 90m", "last 30d".
std::optional<Span> from_now(std::string_view text, Timestamp now) {
  const auto moved = [now](std::int64_t seconds) { return Timestamp{now.ns + seconds * kSecond}; };
  if (text == "now") return Span{now, now};
  if (take(text, "in ")) {
    const auto length = length_of(text);
    return length ? std::optional(Span{moved(*length), moved(*length)}) : std::nullopt;
  }
  if (take(text, "last ")) {
    const auto length = length_of(text);
    return length ? std::optional(Span{moved(-*length), now}) : std::nullopt;
  }
  if (!take_end(text, " ago")) return std::nullopt;
  const auto length = length_of(text);
  return length ? std::optional(Span{moved(-*length), moved(-*length)}) : std::nullopt;
}

std::expected<Span, std::string> in_the_ledgers_time(Span span, std::string_view text) {
  if (span.first.ns < 0) return wrong(text, "is before 1970, when the ledger's time begins");
  return span;
}

}  // namespace

Date day_of(Timestamp time, const OffsetAt& offset_at) {
  const std::int64_t local = local_of(floor_of(time.ns, kSecond), offset_at);
  return Date{static_cast<std::int32_t>(floor_of(local, kDay))};
}

// Looked for by halves: clocks may leave out a midnight, or show it twice.
std::optional<Timestamp> begin_of_day(Date day, const OffsetAt& offset_at) {
  std::int64_t before = std::int64_t{day.days} * kDay - kOffsetMax;
  std::int64_t within = std::int64_t{day.days} * kDay + kOffsetMax;
  if (before < -kOffsetMax || !timestamp_of(within)) return std::nullopt;
  while (within - before > 1) {
    const std::int64_t middle = before + (within - before) / 2;
    const bool begun = floor_of(local_of(middle, offset_at), kDay) >= day.days;
    (begun ? within : before) = middle;
  }
  return timestamp_of(std::max<std::int64_t>(within, 0));
}

std::expected<Days, std::string> parse_days(std::string_view text, Date today) {
  if (const std::size_t dots = text.find(".."); dots != std::string_view::npos) {
    const auto first = parse_days(text.substr(0, dots), today);
    if (!first) return first;
    const auto last = parse_days(text.substr(dots + 2), today);
    if (!last) return last;
    if (last->last < first->first) return wrong(text, "ends before it begins");
    return Days{first->first, last->last};
  }
  if (const auto days = named_days(normal_form(text), today)) return *days;
  return wrong(text,
               "isn't a day or a period that exists, such as 2026-10-31, 2026-10, 2026-Q3, "
               "today or last month");
}

std::expected<Span, std::string> parse_span(std::string_view text, Timestamp now,
                                            const OffsetAt& offset_at) {
  if (const auto exact = parse_rfc3339(text)) return Span{*exact, *exact, false};
  if (const std::size_t dots = text.find(".."); dots != std::string_view::npos) {
    const auto first = parse_span(text.substr(0, dots), now, offset_at);
    if (!first) return first;
    const auto last = parse_span(text.substr(dots + 2), now, offset_at);
    if (!last) return last;
    if (last->last < first->first) return wrong(text, "ends before it begins");
    return Span{first->first, last->last, first->relative || last->relative};
  }
  const std::string normal = normal_form(text);
  if (const auto days = named_days(normal, day_of(now, offset_at))) {
    const auto first = begin_of_day(days->first, offset_at);
    const auto next = begin_of_day(Date{days->last.days + 1}, offset_at);
    if (!first || !next) return wrong(text, "lies outside of 1970 to 2261, the ledger's time");
    return Span{*first, Timestamp{next->ns - 1}};
  }
  if (const auto span = from_now(normal, now)) return in_the_ledgers_time(*span, text);
  if (const auto local = local_moment(normal)) {
    const auto moment = timestamp_of(utc_of(*local, offset_at));
    if (!moment) return wrong(text, "lies outside of 1970 to 2261, the ledger's time");
    return Span{*moment, *moment};
  }
  return wrong(text, std::string("isn't a time, a day or a period, ") + kForms);
}

std::string local_time_text(Timestamp time, const OffsetAt& offset_at) {
  const std::int64_t seconds = floor_of(time.ns, kSecond);
  const std::int64_t to_the_end = (std::numeric_limits<std::int64_t>::max() - time.ns) / kSecond;
  // In the last hours of the ledger's time other clocks show times that it can't tell: UTC, then.
  const std::int64_t offset = offset_at(seconds) > to_the_end ? 0 : offset_at(seconds);
  std::string text = format_rfc3339(Timestamp{time.ns + offset * kSecond});
  text.resize(text.size() - 1);  // Its Z.
  if (time.ns % kSecond == 0) text.resize(text.find('.'));
  if (offset == 0) return text + "Z";
  const std::int64_t minutes = std::abs(offset) / 60;
  return text + fmt::format("{}{:02}:{:02}", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

std::string span_text(Timestamp first, Timestamp last, const OffsetAt& offset_at) {
  const Date from = day_of(first, offset_at);
  const Date to = day_of(last, offset_at);
  const auto begin = begin_of_day(from, offset_at);
  const auto end = begin_of_day(Date{to.days + 1}, offset_at);
  if (begin == first && end && end->ns == last.ns + 1) {
    return from == to ? format_date(from) : format_date(from) + " to " + format_date(to);
  }
  if (first == last) return local_time_text(first, offset_at);
  return local_time_text(first, offset_at) + " to " + local_time_text(last, offset_at);
}

}  // namespace giro::cli
