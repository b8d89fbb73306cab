// Times, days, durations and intervals: what is read is written as the same again, and no words lead out of the
// ledger's time.
#include "cli/time/when.hpp"
#include "ledger/recurrence.hpp"
#include "ledger/timestamp.hpp"
#include "tests/fuzz/targets/promise.hpp"
#include "tests/fuzz/targets/targets.hpp"

namespace giro::fuzz {
namespace {

constexpr Timestamp kNow{1'795'000'000'000'000'000};  // In November 2026.

// Clocks that go forward at a midnight, and back at another one.
std::int64_t offset_at(std::int64_t utc_seconds) {
  constexpr std::int64_t kForward = 1'774'998'000;
  constexpr std::int64_t kBack = 1'793'483'999;
  return utc_seconds >= kForward && utc_seconds < kBack ? 7'200 : 3'600;
}

// West of Greenwich, where the ledger's time begins in 1969.
std::int64_t new_york(std::int64_t /*utc_seconds*/) {
  return -18'000;
}

void read_machine_text(std::string_view text) {
  if (const auto time = parse_rfc3339(text)) {
    require(time->ns >= 0, "no time is before 1970");
    const std::string written = format_rfc3339(*time);
    require(written.size() == kRfc3339Bytes && parse_rfc3339(written) == time,
            "a time is read as it is written: " + written);
  }
  if (const auto date = parse_date(text)) {
    require(format_date(*date) == text, "a day has one form: " + std::string(text));
    require(date_of(end_of(*date)) <= *date || end_of(*date).ns == -1, "a day ends within itself");
  }
  if (const auto duration = parse_duration(text)) {
    require(*duration > 0 && parse_duration(format_duration(*duration)) == duration,
            "a duration is read as it is written: " + std::string(text));
  }
  if (const auto interval = parse_interval(text)) {
    require(parse_interval(format_interval(*interval)) == interval,
            "an interval is read as it is written: " + std::string(text));
    const auto next = time_after(kNow, *interval, 1);
    require(!next || *next > kNow, "what comes again comes later");
  }
}

void read_span(const std::string& text, const cli::OffsetAt& zone) {
  const auto span = cli::parse_span(text, kNow, zone);
  if (!span) {
    require(!span.error().empty(), "what is wrong is said");
    return;
  }
  require(span->first.ns >= 0 && span->first <= span->last, "a span is in order: " + text);
  require(!cli::span_text(span->first, span->last, zone).empty(), "a span is told");
  for (const Timestamp end : {span->first, span->last}) {
    const std::string local = cli::local_time_text(end, zone);
    require(parse_rfc3339(local) == end, "a time is told with its offset: " + local);
  }
}

}  // namespace

void fuzz_times(std::string_view bytes) {
  read_machine_text(bytes);
  const std::string text(bytes);
  if (const auto days = cli::parse_days(text, date_of(kNow))) {
    require(days->first <= days->last, "days are in order: " + text);
  }
  read_span(text, offset_at);
  read_span(text, new_york);
}

}  // namespace giro::fuzz
