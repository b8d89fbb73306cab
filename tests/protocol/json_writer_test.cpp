#include "protocol/json_writer.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace giro::protocol {
namespace {

TEST(JsonWriter, SeparatesMembersElementsAndDocuments) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("a", 1).key("b").begin_array().value(true).value("x").end_array();
  json.key("c").begin_object().end_object().field("d", nullptr).end_object();
  out.push_back('\n');
  json.begin_array().begin_object().end_object().begin_object().end_object().end_array();
  EXPECT_EQ(out, "{\"a\":1,\"b\":[true,\"x\"],\"c\":{},\"d\":null}\n[{},{}]");
}

TEST(JsonWriter, EscapesWhatJsonAsks) {
  std::string out;
  JsonWriter(out).value(std::string_view("q\" b\\ n\n t\t r\r 0\0 u\x1f d\x7f é", 26));
  EXPECT_EQ(out, "\"q\\\" b\\\\ n\\n t\\t r\\r 0\\u0000 u\\u001f d\\u007f é\"");
}

// Text is looked through in words of eight bytes: each byte is tried at each place of one.
TEST(JsonWriter, EscapesEachByteWhereverItStands) {
  for (int byte = 0; byte < 256; ++byte) {
    std::string alone;
    JsonWriter(alone).value(std::string(1, static_cast<char>(byte)));
    const std::string escaped = alone.substr(1, alone.size() - 2);
    for (std::size_t at = 0; at < 20; ++at) {
      std::string text(20, 'x');
      text[at] = static_cast<char>(byte);
      std::string out;
      JsonWriter(out).value(text);
      ASSERT_EQ(out, '"' + std::string(at, 'x') + escaped + std::string(19 - at, 'x') + '"')
          << "byte " << byte << " at " << at;
    }
  }
}

TEST(JsonWriter, TextThatEndsLikeAnOpenBracketIsStillAValue) {
  std::string out;
  JsonWriter(out).begin_array().value("{").value(":").value("[").end_array();
  EXPECT_EQ(out, R"(["{",":","["])");
}

TEST(JsonWriter, WritesTheEndsOfTheNumberRanges) {
  std::string out;
  JsonWriter json(out);
  json.begin_array().value(std::numeric_limits<std::int64_t>::min());
  json.value(std::numeric_limits<std::uint64_t>::max()).value(1.5).end_array();
  EXPECT_EQ(out, "[-9223372036854775808,18446744073709551615,1.5]");
}

TEST(JsonWriter, WritesTimesAndNothing) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("at", Timestamp{1}).field("no", std::optional<int>()).end_object();
  EXPECT_EQ(out, R"({"at":"1970-01-01T00:00:00.000000001Z","no":null})");
}

}  // namespace
}  // namespace giro::protocol
