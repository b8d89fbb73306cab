// Points in time as the ledger knows them: nanoseconds since 1970-01-01T00:00:00Z, UTC, 1970 to
// 2262. Written and read as RFC 3339. And calendar days, of the years 0 to 9999. Pure functions: any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace giro {

struct Timestamp {
  std::int64_t ns = 0;

  friend auto operator<=>(Timestamp, Timestamp) = default;
};

inline constexpr std::size_t kRfc3339Bytes = 30;  // 2026-11-23T09:00:00.000000001Z

// Always UTC, always nine decimals, so that text sorts as time does.
[[nodiscard]] std::string format_rfc3339(Timestamp time);

// Writes exactly kRfc3339Bytes at `out` and returns the end; for the reply path, which must not
// allocate.
char* write_rfc3339(Timestamp time, char* out);

// RFC 3339 with `Z` or a numeric offset and up to nine decimals; nothing for anything else, for a
// day that doesn't exist or a time outside 1970 to 2262. A leap second (:60) reads as the second
// after it.
[[nodiscard]] std::optional<Timestamp> parse_rfc3339(std::string_view text);

// "90s", "15m", "24h", "7d" in nanoseconds: a whole number from 1 and one unit. Nothing for anything else, or
// more than 292 years.
[[nodiscard]] std::optional<std::int64_t> parse_duration(std::string_view text);
// The same text again, in the largest unit that makes it whole. REQUIRES: whole seconds, above 0.
[[nodiscard]] std::string format_duration(std::int64_t ns);

// A calendar day, as days since 1970-01-01.
struct Date {
  std::int32_t days = 0;

  friend auto operator<=>(Date, Date) = default;
};

inline constexpr Date kFirstDate{-719'528};  // 0000-01-01
inline constexpr Date kLastDate{2'932'896};  // 9999-12-31
inline constexpr std::size_t kDateBytes = 10;

// "YYYY-MM-DD" of a day that exists.
[[nodiscard]] std::optional<Date> parse_date(std::string_view text);
// REQUIRES: kFirstDate to kLastDate.
[[nodiscard]] std::string format_date(Date date);

// The day of a time, in UTC.
[[nodiscard]] Date date_of(Timestamp time);
// The last moment of a day; of one that no time lies in, the nearest end of the times that there are, which is
// -1 before the first.
[[nodiscard]] Timestamp end_of(Date date);

}  // namespace giro
