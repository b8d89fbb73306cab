#include "ledger/timestamp.hpp"

#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/ledger/builders.hpp"

namespace giro {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kNineOClock = 1'795'424'400 * kSecond;  // 2026-11-23T09:00:00Z

TEST(Timestamp, IsWrittenInUtcWithNineDecimals) {
  EXPECT_EQ(format_rfc3339({0}), "1970-01-01T00:00:00.000000000Z");
  EXPECT_EQ(format_rfc3339({kNineOClock + 1}), "2026-11-23T09:00:00.000000001Z");
  EXPECT_EQ(format_rfc3339({std::numeric_limits<std::int64_t>::max()}),
            "2262-04-11T23:47:16.854775807Z");
}

TEST(Timestamp, IsWrittenWithoutTouchingTheBytesAfterIt) {
  std::string text(kRfc3339Bytes + 1, '#');
  EXPECT_EQ(write_rfc3339({kNineOClock}, text.data()), text.data() + kRfc3339Bytes);
  EXPECT_EQ(text, "2026-11-23T09:00:00.000000000Z#");
}

TEST(Timestamp, IsReadWithZeroToNineDecimals) {
  EXPECT_EQ(parse_rfc3339("2026-11-23T09:00:00Z"), Timestamp{kNineOClock});
  EXPECT_EQ(parse_rfc3339("2026-11-23T09:00:00.5Z"), Timestamp{kNineOClock + kSecond / 2});
  EXPECT_EQ(parse_rfc3339("2026-11-23T09:00:00.000000001Z"), Timestamp{kNineOClock + 1});
}

TEST(Timestamp, IsReadWithAnOffset) {
  EXPECT_EQ(parse_rfc3339("2026-11-23T10:30:00+01:30"), Timestamp{kNineOClock});
  EXPECT_EQ(parse_rfc3339("2026-11-22T22:00:00-11:00"), Timestamp{kNineOClock});
  EXPECT_EQ(parse_rfc3339("2026-11-23T09:00:00-00:00"), Timestamp{kNineOClock});
  EXPECT_EQ(parse_rfc3339("1969-12-31T23:00:00-01:00"), Timestamp{0});
}

TEST(Timestamp, IsReadInTheOtherSpellingsOfRfc3339) {
  EXPECT_EQ(parse_rfc3339("2026-11-23t09:00:00z"), Timestamp{kNineOClock});
  EXPECT_EQ(parse_rfc3339("2026-11-23 09:00:00Z"), Timestamp{kNineOClock});
}

TEST(Timestamp, ReadsALeapSecondAsTheSecondAfterIt) {
  EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60Z"), parse_rfc3339("2017-01-01T00:00:00Z"));
  EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60.5Z"), parse_rfc3339("2017-01-01T00:00:00.5Z"));
}

TEST(Timestamp, RefusesDaysAndTimesThatDoNotExist) {
  for (const char* text : {"2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
                           "2026-00-10T00:00:00Z", "2026-13-10T00:00:00Z", "2026-01-00T00:00:00Z",
                           "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z",
                           "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+01:60"}) {
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
  }
}

TEST(Timestamp, KnowsLeapYears) {
  EXPECT_TRUE(parse_rfc3339("2024-02-29T00:00:00Z"));
  EXPECT_TRUE(parse_rfc3339("2000-02-29T00:00:00Z"));
}

TEST(Timestamp, RefusesTimesOutside1970To2262) {
  EXPECT_EQ(parse_rfc3339("1969-12-31T23:59:59.999999999Z"), std::nullopt);
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00+00:01"), std::nullopt);
  EXPECT_TRUE(parse_rfc3339("2262-04-11T23:47:15.999999999Z"));
  EXPECT_EQ(parse_rfc3339("2262-04-11T23:47:17Z"), std::nullopt);
  EXPECT_EQ(parse_rfc3339("9999-12-31T23:59:59Z"), std::nullopt);
}

TEST(Timestamp, RefusesWhatIsNotRfc3339) {
  for (const char* text :
       {"", "2026-11-23", "2026-11-23T09:00Z", "2026-11-23T09:00:00", "2026-11-23T09:00:00.Z",
        "2026-11-23T09:00:00.0000000001Z", "2026-11-23T09:00:00,5Z", "2026-11-23T09:00:00+0100",
        "2026-11-23T09:00:00+01", "2026-11-23T09:00:00ZZ", " 2026-11-23T09:00:00Z",
        "2026-11-23T09:00:00Z ", "26-11-23T09:00:00Z", "2026-1-23T09:00:00Z",
        "2026/11/23T09:00:00Z", "-026-11-23T09:00:00Z", "20261123T090000Z", "now"}) {
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
  }
}

TEST(Date, IsACalendarDayThatExists) {
  EXPECT_TRUE(parse_date("2026-11-23"));
  EXPECT_TRUE(parse_date("2024-02-29"));
  for (const char* text : {"", "2026-02-29", "2026-11-31", "2026-13-01", "2026-11-23 ", "2026-11",
                           "23.11.2026", "2026-11-23T09:00:00Z", "20261123", "2026-11-3"}) {
    EXPECT_FALSE(parse_date(text)) << text;
  }
}

// Within the range that can be read: up to the last whole second of 63 bits.
rc::Gen<std::int64_t> any_time() {
  return rc::gen::inRange<std::int64_t>(0, 9'223'372'036 * kSecond);
}

RC_GTEST_PROP(Timestamp, IsReadBackAsItWasWritten, ()) {
  const Timestamp time{*any_time()};
  RC_ASSERT(parse_rfc3339(format_rfc3339(time)) == time);
}

RC_GTEST_PROP(Timestamp, SortsAsTextAsItDoesAsTime, ()) {
  const Timestamp a{*any_time()};
  const Timestamp b{*any_time()};
  RC_ASSERT((a <=> b) == (format_rfc3339(a) <=> format_rfc3339(b)));
}

RC_GTEST_PROP(Timestamp, MeansTheSameInEveryOffset, ()) {
  const Timestamp time{*rc::gen::inRange<std::int64_t>(100'000 * kSecond, 9'000'000'000 * kSecond)};
  const std::int64_t hours = *rc::gen::inRange<std::int64_t>(0, 24);
  std::string text = format_rfc3339({time.ns + hours * 3600 * kSecond});
  text.replace(text.size() - 1, 1, (hours < 10 ? "+0" : "+") + std::to_string(hours) + ":00");
  RC_ASSERT(parse_rfc3339(text) == time);
}

TEST(Date, IsWrittenAsItWasRead) {
  EXPECT_EQ(parse_date("1970-01-01"), Date{0});
  EXPECT_EQ(parse_date("0000-01-01"), kFirstDate);
  EXPECT_EQ(parse_date("9999-12-31"), kLastDate);
  for (std::int32_t day = kFirstDate.days; day <= kLastDate.days; day += 997) {
    ASSERT_EQ(parse_date(format_date(Date{day})), Date{day});
  }
}

TEST(Date, OfATimeIsItsDayInUtc) {
  EXPECT_EQ(date_of(*parse_rfc3339("2026-11-23T00:00:00Z")), parse_date("2026-11-23"));
  EXPECT_EQ(date_of(*parse_rfc3339("2026-11-23T23:59:59.999999999Z")), parse_date("2026-11-23"));
  EXPECT_EQ(date_of(*parse_rfc3339("2026-11-23T23:30:00-01:00")), parse_date("2026-11-24"));
}

TEST(Date, EndsWithItsLastNanosecond) {
  EXPECT_EQ(end_of(*parse_date("2026-11-23")), parse_rfc3339("2026-11-23T23:59:59.999999999Z"));
  EXPECT_EQ(end_of(*parse_date("1969-12-31")), Timestamp{-1}) << "before all times";
  EXPECT_EQ(end_of(kFirstDate), Timestamp{-1});
  EXPECT_EQ(end_of(kLastDate), Timestamp{std::numeric_limits<std::int64_t>::max()});
  const Timestamp last{std::numeric_limits<std::int64_t>::max()};
  EXPECT_EQ(end_of(date_of(last)), last) << "the day that no time goes past";
}

}  // namespace
}  // namespace giro
