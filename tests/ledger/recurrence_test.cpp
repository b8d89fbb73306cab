// When a standing order is due: intervals as ISO 8601 writes them, and month ends that are kept.
#include "ledger/recurrence.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace giro {
namespace {

using testing::ElementsAre;

// The days of the first `n` occurrences; "-" where there is none.
std::vector<std::string> days(const char* first, const char* every, std::uint32_t n,
                              const char* until = nullptr) {
  ScheduleTerms terms{
      .at = *parse_rfc3339(first), .every = parse_interval(every), .until = {}, .count = {}};
  if (until != nullptr) terms.until = parse_rfc3339(until);
  std::vector<std::string> days;
  for (std::uint32_t i = 1; i <= n; ++i) {
    const auto time = terms.time_of(i);
    days.push_back(time ? format_rfc3339(*time).substr(0, 10) : "-");
  }
  return days;
}

TEST(Interval, IsReadAndWrittenBackAsItWas) {
  for (const char* text : {"P1D", "P2W", "P1M", "P1Y", "P9999D", "P365D", "P10M"}) {
    const auto interval = parse_interval(text);
    ASSERT_TRUE(interval) << text;
    EXPECT_EQ(format_interval(*interval), text);
  }
}

TEST(Interval, HasOneUnitAndANumberFromOne) {
  for (const char* text : {"", "P", "P1", "PD", "1D", "P0D", "P01D", "P-1D", "P+1D", "P1H", "PT1H",
                           "P1M2D", "P1.5M", "P 1D", "p1d", "P10000D", "P99999999999D", "P1D "}) {
    EXPECT_FALSE(parse_interval(text)) << text;
  }
}

TEST(Occurrences, KeepTheEndsOfMonths) {
  EXPECT_THAT(days("2027-01-31T09:00:00Z", "P1M", 5),
              ElementsAre("2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"));
  EXPECT_THAT(days("2027-12-30T09:00:00Z", "P1M", 4),
              ElementsAre("2027-12-30", "2028-01-30", "2028-02-29", "2028-03-30"));
  EXPECT_THAT(days("2027-10-31T23:59:59.999999999Z", "P4M", 3),
              ElementsAre("2027-10-31", "2028-02-29", "2028-06-30"));
}

// 2028 is a leap year, 2100 is none.
TEST(Occurrences, KnowLeapYears) {
  EXPECT_THAT(days("2028-02-29T00:00:00Z", "P1Y", 5),
              ElementsAre("2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"));
  EXPECT_THAT(days("2096-02-29T00:00:00Z", "P4Y", 3),
              ElementsAre("2096-02-29", "2100-02-28", "2104-02-29"));
  EXPECT_THAT(days("2100-01-31T00:00:00Z", "P1M", 3),
              ElementsAre("2100-01-31", "2100-02-28", "2100-03-31"));
  EXPECT_THAT(days("2028-02-28T12:00:00Z", "P1D", 3),
              ElementsAre("2028-02-28", "2028-02-29", "2028-03-01"));
}

TEST(Occurrences, AreWeeksAndDaysApart) {
  EXPECT_THAT(days("2026-11-23T09:00:00Z", "P2W", 3),
              ElementsAre("2026-11-23", "2026-12-07", "2026-12-21"));
  EXPECT_THAT(days("2026-12-30T09:00:00Z", "P3D", 3),
              ElementsAre("2026-12-30", "2027-01-02", "2027-01-05"));
}

TEST(Occurrences, KeepTheTimeOfDayToTheNanosecond) {
  const ScheduleTerms terms{.at = *parse_rfc3339("2027-01-31T23:59:59.999999999Z"),
                            .every = parse_interval("P1M"),
                            .until = {},
                            .count = {}};
  EXPECT_EQ(format_rfc3339(*terms.time_of(2)), "2027-02-28T23:59:59.999999999Z");
}

TEST(Occurrences, EndWithUntilWhichIsOneOfThem) {
  EXPECT_THAT(days("2027-01-31T09:00:00Z", "P1M", 4, "2027-03-31T09:00:00Z"),
              ElementsAre("2027-01-31", "2027-02-28", "2027-03-31", "-"));
  EXPECT_THAT(days("2027-01-31T09:00:00Z", "P1M", 3, "2027-03-31T08:59:59.999999999Z"),
              ElementsAre("2027-01-31", "2027-02-28", "-"));
}

TEST(Occurrences, EndWithTheirCount) {
  const ScheduleTerms terms{.at = Timestamp{0}, .every = Interval{}, .until = {}, .count = 2};
  EXPECT_FALSE(terms.time_of(0));
  EXPECT_TRUE(terms.time_of(1));
  EXPECT_TRUE(terms.time_of(2));
  EXPECT_FALSE(terms.time_of(3));
}

TEST(Occurrences, AreOneWithoutAnInterval) {
  const ScheduleTerms terms{.at = Timestamp{7}, .every = {}, .until = {}, .count = {}};
  EXPECT_EQ(terms.time_of(1), Timestamp{7});
  EXPECT_FALSE(terms.time_of(2));
}

TEST(Occurrences, EndWithTime) {
  EXPECT_THAT(days("2260-06-01T00:00:00Z", "P1Y", 4),
              ElementsAre("2260-06-01", "2261-06-01", "-", "-"));
  for (const char* every : {"P9999D", "P9999W", "P9999M", "P9999Y"}) {
    EXPECT_THAT(days("2026-11-23T09:00:00Z", every, 1), ElementsAre("2026-11-23"));
    const ScheduleTerms terms{
        .at = Timestamp{0}, .every = parse_interval(every), .until = {}, .count = {}};
    EXPECT_FALSE(terms.time_of(kOccurrencesMax)) << every;
    EXPECT_FALSE(terms.time_of(~std::uint32_t{0})) << every;
  }
}

}  // namespace
}  // namespace giro
