#include "ledger/timestamp.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>

namespace giro {
namespace {

namespace chr = std::chrono;

// Reads fixed-width fields from the front of a text.
class Fields {
 public:
  explicit Fields(std::string_view text) : rest_(text) {}

  // Exactly `width` digits.
  std::optional<int> number(std::size_t width) {
    if (rest_.size() < width) return std::nullopt;
    int value = 0;
    for (const char c : rest_.substr(0, width)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(width);
    return value;
  }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

std::optional<chr::sys_days> read_day(Fields& fields) {
  const auto year = fields.number(4);
  if (!year || !fields.take('-')) return std::nullopt;
  const auto month = fields.number(2);
  if (!month || !fields.take('-')) return std::nullopt;
  const auto day = fields.number(2);
  if (!day) return std::nullopt;
  const chr::year_month_day date{chr::year(*year), chr::month(static_cast<unsigned>(*month)),
                                 chr::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return chr::sys_days(date);
}

std::optional<chr::seconds> read_clock(Fields& fields) {
  const auto hour = fields.number(2);
  if (!hour || *hour > 23 || !fields.take(':')) return std::nullopt;
  const auto minute = fields.number(2);
  if (!minute || *minute > 59 || !fields.take(':')) return std::nullopt;
  const auto second = fields.number(2);
  if (!second || *second > 60) return std::nullopt;
  return chr::hours(*hour) + chr::minutes(*minute) + chr::seconds(*second);
}

// ".5" is 500,000,000; no point at all is 0.
std::optional<std::int64_t> read_fraction(Fields& fields) {
  if (!fields.take('.')) return 0;
  std::int64_t nanoseconds = 0;
  int digits = 0;
  while (const auto digit = fields.number(1)) {
    if (++digits > 9) return std::nullopt;
    nanoseconds = nanoseconds * 10 + *digit;
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 9; ++digits) nanoseconds *= 10;
  return nanoseconds;
}

std::optional<chr::minutes> read_offset(Fields& fields) {
  if (fields.take('Z') || fields.take('z')) return chr::minutes(0);
  const bool east = fields.take('+');
  if (!east && !fields.take('-')) return std::nullopt;
  const auto hours = fields.number(2);
  if (!hours || *hours > 23 || !fields.take(':')) return std::nullopt;
  const auto minutes = fields.number(2);
  if (!minutes || *minutes > 59) return std::nullopt;
  const chr::minutes offset = chr::hours(*hours) + chr::minutes(*minutes);
  return east ? offset : -offset;
}

char* write_digits(char* out, std::uint64_t value, int width) {
  for (int i = width - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return out + width;
}

char* write_day(chr::sys_days day, char* out) {
  const chr::year_month_day date(day);
  out = write_digits(out, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
  *out++ = '-';
  out = write_digits(out, static_cast<unsigned>(date.month()), 2);
  *out++ = '-';
  return write_digits(out, static_cast<unsigned>(date.day()), 2);
}

}  // namespace

char* write_rfc3339(Timestamp time, char* out) {
  const chr::sys_time<chr::nanoseconds> point{chr::nanoseconds(time.ns)};
  const auto day = chr::floor<chr::days>(point);
  const auto in_day = static_cast<std::uint64_t>((point - day).count());
  const std::uint64_t seconds = in_day / 1'000'000'000;
  out = write_day(day, out);
  *out++ = 'T';
  out = write_digits(out, seconds / 3600, 2);
  *out++ = ':';
  out = write_digits(out, seconds / 60 % 60, 2);
  *out++ = ':';
  out = write_digits(out, seconds % 60, 2);
  *out++ = '.';
  out = write_digits(out, in_day % 1'000'000'000, 9);
  *out++ = 'Z';
  return out;
}

std::string format_rfc3339(Timestamp time) {
  std::string text(kRfc3339Bytes, '\0');
  write_rfc3339(time, text.data());
  return text;
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  Fields fields(text);
  const auto day = read_day(fields);
  if (!day || !(fields.take('T') || fields.take('t') || fields.take(' '))) return std::nullopt;
  const auto clock = read_clock(fields);
  if (!clock) return std::nullopt;
  const auto fraction = read_fraction(fields);
  if (!fraction) return std::nullopt;
  const auto offset = read_offset(fields);
  if (!offset || !fields.rest().empty()) return std::nullopt;

  const chr::seconds since_epoch = day->time_since_epoch() + *clock - *offset;
  constexpr std::int64_t kSecondsMax = std::numeric_limits<std::int64_t>::max() / 1'000'000'000 - 1;
  if (since_epoch.count() < 0 || since_epoch.count() > kSecondsMax) return std::nullopt;
  return Timestamp{since_epoch.count() * 1'000'000'000 + *fraction};
}

std::optional<Date> parse_date(std::string_view text) {
  Fields fields(text);
  const auto day = read_day(fields);
  if (!day || !fields.rest().empty()) return std::nullopt;
  return Date{static_cast<std::int32_t>(day->time_since_epoch().count())};
}

std::string format_date(Date date) {
  std::string text(kDateBytes, '\0');
  write_day(chr::sys_days(chr::days(date.days)), text.data());
  return text;
}

Date date_of(Timestamp time) {
  const chr::sys_time<chr::nanoseconds> point{chr::nanoseconds(time.ns)};
  return {static_cast<std::int32_t>(chr::floor<chr::days>(point).time_since_epoch().count())};
}

Timestamp end_of(Date date) {
  constexpr std::int64_t kDayNs = 86'400'000'000'000;
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (date.days < 0) return {-1};
  return {date.days >= kMax / kDayNs ? kMax : (date.days + std::int64_t{1}) * kDayNs - 1};
}

namespace {

struct Unit {
  char letter;
  std::int64_t ns;
};
constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::array kDurationUnits{Unit{'d', 86'400 * kSecondNs}, Unit{'h', 3'600 * kSecondNs},
                                    Unit{'m', 60 * kSecondNs}, Unit{'s', kSecondNs}};

}  // namespace

std::optional<std::int64_t> parse_duration(std::string_view text) {
  if (text.size() < 2 || text.front() == '0') return std::nullopt;
  const auto* unit = std::ranges::find(kDurationUnits, text.back(), &Unit::letter);
  text.remove_suffix(1);
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (unit == kDurationUnits.end() || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (count > kMax / static_cast<std::uint64_t>(unit->ns)) return std::nullopt;
  return static_cast<std::int64_t>(count) * unit->ns;
}

std::string format_duration(std::int64_t ns) {
  const auto* unit =
      std::ranges::find_if(kDurationUnits, [ns](const Unit& each) { return ns % each.ns == 0; });
  return std::to_string(ns / unit->ns) + unit->letter;
}

}  // namespace giro
