// Numbers in metadata come back to the letter, and one that no library can read spoils only its own field.
#include "protocol/number_text.hpp"

#include <string>

#include <gtest/gtest.h>

#include "protocol/metadata.hpp"
#include "tests/protocol/parsed.hpp"

namespace giro::protocol {
namespace {

std::string kept(std::string_view line, Doubled doubled = Doubled::where_marked) {
  std::string out;
  keep_numbers(line, out, doubled);
  return out;
}

// Metadata as the journal keeps it.
std::string canonical(const std::string& metadata) {
  Parsed parsed(R"({"metadata":)" + metadata + "}");
  std::string out;
  if (!append_canonical(out, parsed.value().at_key("metadata").value())) return "refused";
  return out;
}

TEST(NumberText, OfMetadataIsKeptToTheLetter) {
  for (const char* number :
       {"12.50", "0.1234567890123456789", "1e400", "-0", "1E+2", "0.10",
        "115792089237316195423570985008687907853269984665640564039457584007913129639935"}) {
    EXPECT_EQ(canonical(std::string(R"({"n":)") + number + "}"),
              std::string(R"({"n":)") + number + "}");
  }
  EXPECT_EQ(canonical(R"({ "b": [1.50, {"c": 2.0}], "a" : 7 })"),
            R"({"a":7,"b":[1.50,{"c":2.0}]})");
}

TEST(NumberText, IsNotMistakenForAStringThatBeginsLikeOne) {
  EXPECT_EQ(canonical(R"({"s":"\uffff12"})"),
            "{\"s\":\"\xEF\xBF\xBF"
            "12\"}");
  EXPECT_EQ(canonical("{\"s\":\"\xEF\xBF\xBF"
                      "12\",\"n\":12}"),
            "{\"n\":12,\"s\":\"\xEF\xBF\xBF"
            "12\"}");
  EXPECT_EQ(canonical("{\"s\":\"\xEF\xBF\xBF\xEF\xBF\xBF\"}"),
            "{\"s\":\"\xEF\xBF\xBF\xEF\xBF\xBF\"}");
}

TEST(NumberText, IsFoundWhereTheNameIsWrittenWithEscapes) {
  EXPECT_TRUE(may_have_metadata(R"({"met\u0061data":{"n":1.50}})"));
  EXPECT_EQ(take_marks_off(kept(R"({"met\u0061data":{"n":1.50}})")),
            R"({"met\u0061data":{"n":1.50}})");
  EXPECT_NE(kept(R"({"met\u0061data":{"n":1.50}})"), R"({"met\u0061data":{"n":1.50}})");
}

TEST(NumberText, ElsewhereIsLeftUnlessNothingCanReadIt) {
  EXPECT_EQ(kept(R"({"amount":12,"x":[1.5,-3e2]})"), R"({"amount":12,"x":[1.5,-3e2]})");
  EXPECT_EQ(kept(R"({"amount":99999999999999999999})"), R"({"amount":18446744073709551615})");
  EXPECT_EQ(kept(R"({"amount":-99999999999999999999})"), R"({"amount":-9223372036854775808})");
  EXPECT_EQ(kept(R"({"amount":1e999})"), R"({"amount":5e-1})");
  EXPECT_EQ(kept(R"({"a":"99999999999999999999","id":"9"})"),
            R"({"a":"99999999999999999999","id":"9"})");
}

TEST(NumberText, OfARequestsIdIsMarkedUnlessItComesBackByItself) {
  const std::string mark(kNumberMark);
  EXPECT_EQ(kept(R"({"id":99999999999999999999})"),
            R"({"id":")" + mark + R"(99999999999999999999"})");
  EXPECT_EQ(kept(R"({"id":1.50})"), R"({"id":")" + mark + R"(1.50"})");
  EXPECT_EQ(kept(R"({"id":-0})"), R"({"id":")" + mark + R"(-0"})");
  EXPECT_EQ(kept(R"({"id":-17})"), R"({"id":-17})");
  EXPECT_EQ(kept(R"({"id":")" + mark + R"(1"})"), R"({"id":")" + mark + mark + R"(1"})");
  EXPECT_EQ(kept(R"({"params":{"id":1.5}})"), R"({"params":{"id":1.5}})") << "an account's";
}

TEST(NumberText, StaysAsWrongAsItWas) {
  EXPECT_EQ(kept(R"({"amount":1e401e4})"), R"({"amount":5e-1e4})");
  for (const char* wrong : {R"({"metadata":{"n":01}})", R"({"metadata":{"n":1.}})",
                            R"({"metadata":{"n":--1}})", R"({"metadata":{"n":+1}})",
                            R"({"metadata":{"n":"1)", R"({"metadata":)", R"(}{]["\)", R"("\)"}) {
    EXPECT_FALSE(Parsed(wrong).parse().has_value()) << wrong;
  }
}

TEST(NumberText, ComesBackThroughAnAnswerThatIsWrittenAgain) {
  const std::string answer =
      "{\"description\":\"\xEF\xBF\xBF"
      "7\",\"metadata\":{\"n\":1.50,\"s\":\"x\"},\"seq\":9}";
  EXPECT_EQ(take_marks_off(kept(answer, Doubled::everywhere)), answer);
}

}  // namespace
}  // namespace giro::protocol
