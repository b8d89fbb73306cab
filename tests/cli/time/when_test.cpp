// Times, days and periods as people write them, in zones whose clocks do what clocks do.
#include "cli/time/when.hpp"

#include <cstdlib>
#include <ctime>

#include <gtest/gtest.h>

#include "cli/time/zone.hpp"

namespace giro::cli {
namespace {

std::int64_t in_utc(std::int64_t /*seconds*/) {
  return 0;
}

// The clocks of a zone of the database, for as long as it lives.
class Clocks {
 public:
  explicit Clocks(const char* name) {
    const char* named = std::getenv("TZ");
    if (named != nullptr) before_ = named;
    take_zone(name);
  }
  Clocks(const Clocks&) = delete;
  Clocks& operator=(const Clocks&) = delete;
  ~Clocks() {
    before_.empty() ? unsetenv("TZ") : setenv("TZ", before_.c_str(), 1);
    tzset();
  }

 private:
  std::string before_;
};

// "2026-10-01 to 2026-10-31"; "" if it isn't understood.
std::string days(std::string_view text, const char* today = "2026-11-29") {
  const auto parsed = parse_days(text, *parse_date(today));
  if (!parsed) return "";
  return parsed->first == parsed->last
             ? format_date(parsed->first)
             : format_date(parsed->first) + " to " + format_date(parsed->last);
}

constexpr const char* kNow = "2026-11-29T12:30:00Z";

// "first last" in UTC.
std::string span(std::string_view text, const OffsetAt& zone = in_utc, const char* now = kNow) {
  const auto parsed = parse_span(text, *parse_rfc3339(now), zone);
  if (!parsed) return "";
  return format_rfc3339(parsed->first) + " " + format_rfc3339(parsed->last);
}

std::string first(std::string_view text, const OffsetAt& zone = in_utc, const char* now = kNow) {
  const auto parsed = parse_span(text, *parse_rfc3339(now), zone);
  return parsed ? format_rfc3339(parsed->first) : "";
}

std::int64_t seconds_in(std::string_view text, const OffsetAt& zone) {
  const auto parsed = parse_span(text, *parse_rfc3339(kNow), zone);
  return parsed ? (parsed->last.ns + 1 - parsed->first.ns) / 1'000'000'000 : -1;
}

TEST(Days, AreWrittenAsADayAMonthAQuarterOrAYear) {
  EXPECT_EQ(days("2026-10-31"), "2026-10-31");
  EXPECT_EQ(days("2026-10"), "2026-10-01 to 2026-10-31");
  EXPECT_EQ(days("2026-Q3"), "2026-07-01 to 2026-09-30");
  EXPECT_EQ(days("2026-q1"), "2026-01-01 to 2026-03-31");
  EXPECT_EQ(days("2026"), "2026-01-01 to 2026-12-31");
}

TEST(Days, KnowLeapYears) {
  EXPECT_EQ(days("2028-02"), "2028-02-01 to 2028-02-29");
  EXPECT_EQ(days("2026-02"), "2026-02-01 to 2026-02-28");
  EXPECT_EQ(days("2100-02"), "2100-02-01 to 2100-02-28");
  EXPECT_EQ(days("2000-02-29"), "2000-02-29");
  EXPECT_EQ(days("2026-02-29"), "");
  EXPECT_EQ(days("yesterday", "2028-03-01"), "2028-02-29");
}

TEST(Days, OfAWeekBeginOnMonday) {
  EXPECT_EQ(days("this week", "2026-11-29"), "2026-11-23 to 2026-11-29");  // A Sunday.
  EXPECT_EQ(days("this week", "2026-11-30"), "2026-11-30 to 2026-12-06");  // A Monday.
  EXPECT_EQ(days("last week", "2026-11-30"), "2026-11-23 to 2026-11-29");
  EXPECT_EQ(days("next week", "2026-12-28"), "2027-01-04 to 2027-01-10");
}

TEST(Days, OfAnIsoWeekMayBelongToTheYearBeside) {
  EXPECT_EQ(days("2026-W01"), "2025-12-29 to 2026-01-04");
  EXPECT_EQ(days("2026-W53"), "2026-12-28 to 2027-01-03");
  EXPECT_EQ(days("2027-W53"), "");
  EXPECT_EQ(days("2027-W01"), "2027-01-04 to 2027-01-10");
  EXPECT_EQ(days("2026-W00"), "");
}

TEST(Days, AreNamedByToday) {
  EXPECT_EQ(days("today"), "2026-11-29");
  EXPECT_EQ(days("tomorrow", "2026-12-31"), "2027-01-01");
  EXPECT_EQ(days("last month", "2027-01-15"), "2026-12-01 to 2026-12-31");
  EXPECT_EQ(days("next month", "2026-12-31"), "2027-01-01 to 2027-01-31");
  EXPECT_EQ(days("last month", "2026-03-31"), "2026-02-01 to 2026-02-28");
  EXPECT_EQ(days("last quarter", "2027-02-01"), "2026-10-01 to 2026-12-31");
  EXPECT_EQ(days("this quarter"), "2026-10-01 to 2026-12-31");
  EXPECT_EQ(days("last year"), "2025-01-01 to 2025-12-31");
  EXPECT_EQ(days("Last-Month"), "2026-10-01 to 2026-10-31");
}

TEST(Days, GoFromOneToAnother) {
  EXPECT_EQ(days("2026-10..2026-12"), "2026-10-01 to 2026-12-31");
  EXPECT_EQ(days("2026-12..2026-10"), "");
}

TEST(Days, ArentWhatOnlyLooksLikeThem) {
  for (const char* wrong : {"", "2026-13", "2026-00", "2026-Q5", "2026-Q0", "2026-1", "26-10",
                            "2026-", "2026-10-", "2026-10-32", "2026-11-31", "last",
                            "last fortnight", "7", "2026-10-31x", "20266", "0x7", "7d ago"}) {
    EXPECT_EQ(days(wrong), "") << wrong;
  }
}

TEST(Span, OfAPeriodEndsOneNanosecondBeforeTheNext) {
  EXPECT_EQ(span("2026-10"), "2026-10-01T00:00:00.000000000Z 2026-10-31T23:59:59.999999999Z");
  EXPECT_EQ(span("2026"), "2026-01-01T00:00:00.000000000Z 2026-12-31T23:59:59.999999999Z");
}

TEST(Span, OfRfc3339IsExactAndTheSameInEveryZone) {
  const Clocks clocks("Europe/Vienna");
  EXPECT_EQ(first("2026-11-23T09:00:00.5+01:00", zone_offset_at), "2026-11-23T08:00:00.500000000Z");
  EXPECT_FALSE(parse_span("2026-11-23T09:00:00Z", {}, zone_offset_at)->relative);
  EXPECT_TRUE(parse_span("2026-11-23T09:00", {}, zone_offset_at)->relative);
}

TEST(Span, FromNowIsExactInItsUnits) {
  EXPECT_EQ(first("7d ago"), "2026-11-22T12:30:00.000000000Z");
  EXPECT_EQ(first("7 days ago"), "2026-11-22T12:30:00.000000000Z");
  EXPECT_EQ(first("90m ago"), "2026-11-29T11:00:00.000000000Z");
  EXPECT_EQ(first("2w ago"), "2026-11-15T12:30:00.000000000Z");
  EXPECT_EQ(first("in 1h"), "2026-11-29T13:30:00.000000000Z");
  EXPECT_EQ(first("now"), "2026-11-29T12:30:00.000000000Z");
  EXPECT_EQ(span("last 30d"), "2026-10-30T12:30:00.000000000Z 2026-11-29T12:30:00.000000000Z");
  for (const char* wrong : {"0d ago", "-1d ago", "7 ago", "d ago", "7y ago", "in", "in 7",
                            "100000d ago", "99999999999999999999d ago"}) {
    EXPECT_EQ(first(wrong), "") << wrong;
  }
}

TEST(Span, OfADayHas23Or25HoursWhereClocksChange) {
  const Clocks clocks("Europe/Vienna");
  EXPECT_EQ(seconds_in("2026-03-29", zone_offset_at), 23 * 3'600);
  EXPECT_EQ(seconds_in("2026-10-25", zone_offset_at), 25 * 3'600);
  EXPECT_EQ(seconds_in("2026-10-26", zone_offset_at), 24 * 3'600);
  EXPECT_EQ(span("2026-10", zone_offset_at),
            "2026-09-30T22:00:00.000000000Z 2026-10-31T22:59:59.999999999Z");
}

TEST(Span, OfADayBeginsWhenClocksFirstShowIt) {
  {
    // Midnight is left out: 23:59:59 goes on at 01:00:00.
    const Clocks clocks("America/Sao_Paulo");
    EXPECT_EQ(first("2018-11-04", zone_offset_at), "2018-11-04T03:00:00.000000000Z");
    EXPECT_EQ(seconds_in("2018-11-04", zone_offset_at), 23 * 3'600);
  }
  {
    // Midnight comes twice: 01:00 goes back to 00:00.
    const Clocks clocks("America/Havana");
    EXPECT_EQ(first("2026-11-01", zone_offset_at), "2026-11-01T04:00:00.000000000Z");
    EXPECT_EQ(seconds_in("2026-11-01", zone_offset_at), 25 * 3'600);
  }
  {
    // A day that a country left out when it changed sides.
    const Clocks clocks("Pacific/Apia");
    EXPECT_EQ(seconds_in("2011-12-30", zone_offset_at), 0);
    EXPECT_EQ(seconds_in("2011-12-31", zone_offset_at), 24 * 3'600);
  }
}

TEST(Span, OfTodayIsTheZonesDayAndNotUtcs) {
  const Clocks clocks("Pacific/Auckland");
  EXPECT_EQ(first("today", zone_offset_at), "2026-11-29T11:00:00.000000000Z");
  EXPECT_EQ(day_of(*parse_rfc3339("2026-11-29T11:00:00Z"), zone_offset_at),
            *parse_date("2026-11-30"));
}

TEST(Span, OfAMomentOnAClock) {
  const Clocks clocks("Europe/Vienna");
  EXPECT_EQ(first("2026-07-01 09:00", zone_offset_at), "2026-07-01T07:00:00.000000000Z");
  EXPECT_EQ(first("2026-12-01T09:00:30", zone_offset_at), "2026-12-01T08:00:30.000000000Z");
  // 02:30 comes twice on this day: the first one. And on this one not at all: an hour later.
  EXPECT_EQ(first("2026-10-25 02:30", zone_offset_at), "2026-10-25T00:30:00.000000000Z");
  EXPECT_EQ(first("2026-03-29 02:30", zone_offset_at), "2026-03-29T01:30:00.000000000Z");
  for (const char* wrong : {"2026-07-01 24:00", "2026-07-01 9:00", "2026-07-01 09",
                            "2026-02-30 09:00", "2026-07-01 09:60", "2026-07-01 09:00:00.5"}) {
    EXPECT_EQ(first(wrong, zone_offset_at), "") << wrong;
  }
}

TEST(Span, LiesInTheLedgersTime) {
  EXPECT_EQ(first("1970"), "1970-01-01T00:00:00.000000000Z");
  for (const char* outside : {"1969", "1969-12-31", "2262", "9999-12-31", "0000"}) {
    EXPECT_EQ(first(outside), "") << outside;
  }
}

TEST(Span, IsToldInTheZonesTime) {
  const Clocks clocks("Europe/Vienna");
  const auto text = [](std::string_view asked) {
    const auto parsed = parse_span(asked, *parse_rfc3339(kNow), zone_offset_at);
    return span_text(parsed->first, parsed->last, zone_offset_at);
  };
  EXPECT_EQ(text("2026-10"), "2026-10-01 to 2026-10-31");
  EXPECT_EQ(text("yesterday"), "2026-11-28");
  EXPECT_EQ(text("1h ago"), "2026-11-29T12:30:00+01:00");
  EXPECT_EQ(text("last 1h"), "2026-11-29T12:30:00+01:00 to 2026-11-29T13:30:00+01:00");
  EXPECT_EQ(local_time_text(*parse_rfc3339("2026-07-01T00:00:00.25Z"), zone_offset_at),
            "2026-07-01T02:00:00.250000000+02:00");
  // An hour on, there is no time any more.
  EXPECT_EQ(local_time_text(*parse_rfc3339("2262-04-11T23:46:16Z"), zone_offset_at),
            "2262-04-11T23:46:16Z");
}

TEST(Zone, IsUtcOrAFileOfTheDatabase) {
  EXPECT_TRUE(is_zone("UTC"));
  EXPECT_TRUE(is_zone("Europe/Vienna"));
  for (const char* wrong :
       {"", "Europe", "Europe/Wien", "../../etc/passwd", "/etc/passwd", "CET-1"}) {
    EXPECT_FALSE(is_zone(wrong)) << wrong;
  }
  const Clocks clocks("Europe/Vienna");
  EXPECT_EQ(zone_name(), "Europe/Vienna");
}

}  // namespace
}  // namespace giro::cli
