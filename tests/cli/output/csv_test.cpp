#include "cli/output/csv.hpp"

#include <gtest/gtest.h>

namespace giro::cli {
namespace {

using Fields = std::vector<std::string>;

Fields whole(std::string_view text) {
  const auto record = parse_csv_record(text, true);
  if (!record || !*record) return {"no record"};
  return (*record)->fields;
}

TEST(Csv, SplitsAtCommas) {
  EXPECT_EQ(whole("a,b,c\n"), (Fields{"a", "b", "c"}));
  EXPECT_EQ(whole("a,,\n"), (Fields{"a", "", ""}));
  EXPECT_EQ(whole("a\n"), (Fields{"a"}));
}

TEST(Csv, TakesEitherLineEnd) {
  EXPECT_EQ(whole("a,b\r\n"), (Fields{"a", "b"}));
  EXPECT_EQ(whole("a,\"b\"\r\nc"), (Fields{"a", "b"}));
}

TEST(Csv, UnquotesFields) {
  EXPECT_EQ(whole("\"a,b\",\"say \"\"hi\"\"\",\"\"\n"), (Fields{"a,b", "say \"hi\"", ""}));
  EXPECT_EQ(whole("\"two\nlines\",x\n"), (Fields{"two\nlines", "x"}));
}

TEST(Csv, TellsHowMuchOfTheInputARecordIs) {
  const auto record = parse_csv_record("\"a\nb\",c\nnext", false);
  ASSERT_TRUE(record && *record);
  EXPECT_EQ((*record)->bytes, 8U);
  EXPECT_EQ((*record)->lines, 2U);
}

TEST(Csv, AsksForMoreWhereARecordMayGoOn) {
  for (const char* begun : {"a,b", "a,\"b", "a,\"b\"", "a,\"b\"\r", "a,b\r", "a,"}) {
    const auto record = parse_csv_record(begun, false);
    ASSERT_TRUE(record) << begun;
    EXPECT_FALSE(*record) << begun;
  }
}

// Cut anywhere, no row is whole: half an amount, or half a text, could pass for all of it.
TEST(Csv, ARowWithoutItsLineEndIsBroken) {
  for (const char* cut : {"a,b,12", "a,b,", "a", "a,\"b\"", "a,b\r", "a,\"b\"\r", "a,\"b"}) {
    EXPECT_FALSE(parse_csv_record(cut, true)) << cut;
  }
}

TEST(Csv, ACarriageReturnAloneEndsNoLine) {
  for (const char* broken : {"a,b\rc,d\n", "a,\"b\"\rc,d\n", "a,b\r\r\n"}) {
    const auto record = parse_csv_record(broken, true);
    ASSERT_FALSE(record) << broken;
    EXPECT_EQ(record.error(), "a carriage return that no line feed follows") << broken;
  }
}

TEST(Csv, SaysWhatIsWrongWithQuotes) {
  EXPECT_EQ(parse_csv_record("a,b\"c\n", true).error(),
            "a quote inside a field that doesn't begin with one");
  EXPECT_EQ(parse_csv_record("\"a\"b,c\n", true).error(), "text behind a closing quote");
  EXPECT_EQ(parse_csv_record("\"a,b\n", true).error(), "a quote that is never closed");
}

// Whatever the cut, a record is either not there yet or the same as in one piece.
TEST(Csv, NeverReadsHalfARecord) {
  const std::string text = "k1,\"a \"\"q\"\" b\r\nc\",12.50,\"\"\r\nk2";
  const Fields expected{"k1", "a \"q\" b\r\nc", "12.50", ""};
  for (std::size_t cut = 1; cut <= text.size(); ++cut) {
    const auto record = parse_csv_record(std::string_view(text).substr(0, cut), false);
    ASSERT_TRUE(record) << cut;
    if (*record) {
      EXPECT_EQ((*record)->fields, expected) << cut;
    }
  }
}

}  // namespace
}  // namespace giro::cli
