// Times, days and periods as people write them: "2026-10", "last month", "7d ago" (`giro help times` lists them).
//
//   parse_days("2026-Q3", today)        2026-07-01 to 2026-09-30
//   parse_span("2026-Q3", now, zone)    from the first to the last moment of these days in the zone
//
// What always holds: a span's ends belong to it; its last moment is one nanosecond before what comes next begins. A
// day begins with the first moment that a clock of the zone shows it, also where midnight is left out or comes twice.
// Pure functions: any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/timestamp.hpp"

namespace giro::cli {

// Seconds that the zone's clocks are ahead of UTC, at a time in seconds since 1970.
using OffsetAt = std::function<std::int64_t(std::int64_t utc_seconds)>;

struct Days {
  Date first;
  Date last;

  friend bool operator==(const Days&, const Days&) = default;
};

struct Span {
  Timestamp first;
  Timestamp last;
  // By a clock of the zone, or by now: the same words may mean another time elsewhere. False: RFC 3339.
  bool relative = true;
};

// The day at this time in the zone.
[[nodiscard]] Date day_of(Timestamp time, const OffsetAt& offset_at);
// Its first moment there. Nothing: outside of what the ledger can tell, 1970 to 2262.
[[nodiscard]] std::optional<Timestamp> begin_of_day(Date day, const OffsetAt& offset_at);

// A day, or several: what has no hours. Errors: what is wrong with it.
[[nodiscard]] std::expected<Days, std::string> parse_days(std::string_view text, Date today);
// Everything. A moment is a span whose ends are the same.
[[nodiscard]] std::expected<Span, std::string> parse_span(std::string_view text, Timestamp now,
                                                          const OffsetAt& offset_at);

// "2026-10-01 to 2026-10-31" for whole days, else times with their offsets.
[[nodiscard]] std::string span_text(Timestamp first, Timestamp last, const OffsetAt& offset_at);
// "2026-10-01T00:00:00+02:00", without a fraction of zeros.
[[nodiscard]] std::string local_time_text(Timestamp time, const OffsetAt& offset_at);

}  // namespace giro::cli
