// The envelope: the standard's examples, and what isn't a request.
#include "protocol/rpc.hpp"

#include <gtest/gtest.h>

#include "tests/protocol/parsed.hpp"

namespace giro::protocol {
namespace {

int parse_number(const std::string& text) {
  Parsed parsed(text);
  const auto document = parsed.parse();
  return document ? 0 : document.error().number;
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(Rpc, RefusesWhatIsNotJson) {
  EXPECT_EQ(parse_number(R"({"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz])"),
            kParseError);
  EXPECT_EQ(parse_number(R"([{"jsonrpc": "2.0", "method": "sum"}, {"jsonrpc": "2.0", "method"])"),
            kParseError);
  EXPECT_EQ(parse_number("\"\xff\xfe\""), kParseError);
  EXPECT_EQ(parse_number("{\"a\":1e+}"), kParseError);
  EXPECT_EQ(parse_number("{} {}"), kParseError);
}

TEST(Rpc, RefusesNestingOverTheLimitEvenAfterALargeDocument) {
  EXPECT_EQ(parse_number(nested(kDepthMax - 1)), 0);
  EXPECT_EQ(parse_number(nested(kDepthMax + 1)), kParseError);
  Parser parser;
  std::string large = "\"" + std::string(1'000'000, 'x') + "\"";
  const std::size_t size = large.size();
  large.append(LineFramer::kPaddingBytes, ' ');
  EXPECT_TRUE(parser.parse(std::string_view(large).substr(0, size)));
  std::string deep = nested(100).append(LineFramer::kPaddingBytes, ' ');
  EXPECT_FALSE(parser.parse(std::string_view(deep).substr(0, 200)));
}

TEST(Rpc, ReadsARequest) {
  Parsed parsed(R"({"jsonrpc":"2.0","method":"subtract","params":{"a":1},"id":3})");
  const auto envelope = read_envelope(parsed.value());
  ASSERT_TRUE(envelope);
  EXPECT_EQ(envelope->id, "3");
  EXPECT_EQ(envelope->method, "subtract");
  EXPECT_TRUE(envelope->params && envelope->params->is_object());
}

TEST(Rpc, ParamsThatSayNothingAreAbsent) {
  for (const char* params : {"null", "[]", "[ ]"}) {
    Parsed parsed(std::string(R"({"jsonrpc":"2.0","id":1,"method":"m","params":)") + params + "}");
    EXPECT_FALSE(read_envelope(parsed.value())->params) << params;
  }
  Parsed by_position(R"({"jsonrpc":"2.0","id":1,"method":"m","params":[1]})");
  EXPECT_TRUE(read_envelope(by_position.value())->params->is_array());
}

TEST(Rpc, ARequestWithoutAnIdIsANotificationAndANullIdIsNot) {
  Parsed notification(R"({"jsonrpc":"2.0","method":"update"})");
  EXPECT_EQ(read_envelope(notification.value())->id, "");
  Parsed null_id(R"({"jsonrpc":"2.0","method":"update","id":null})");
  EXPECT_EQ(read_envelope(null_id.value())->id, "null");
}

TEST(Rpc, RepeatsAnIdOfAnyKindThatIsAllowed) {
  const auto id_of = [](const std::string& id) {
    Parsed parsed(R"({"jsonrpc":"2.0","method":"m","id":)" + id + "}");
    return read_envelope(parsed.value())->id;
  };
  EXPECT_EQ(id_of(R"("a\"b")"), R"("a\"b")");
  EXPECT_EQ(id_of("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(id_of("18446744073709551615"), "18446744073709551615");
  for (const char* number :
       {"1.5", "1.50", "-0", "0", "1e3", "1E+3", "0.1000000000000000055511151231257827",
        "99999999999999999999", "-9223372036854775809", "1e99999999999"}) {
    EXPECT_EQ(id_of(number), number);
  }
  for (const char* text : {"\"\xEF\xBF\xBF\"",
                           "\"\xEF\xBF\xBF\xEF\xBF\xBF"
                           "5\"",
                           "\"\xEF\xBF\xBF"
                           "1.5\""}) {
    EXPECT_EQ(id_of(text), text);
  }
}

struct Bad {
  const char* text;
  const char* id;
};

TEST(Rpc, RefusesWhatIsNoRequestAndRepeatsItsIdWhereItHasOne) {
  for (const Bad& bad : {
           Bad{R"({"jsonrpc":"2.0","method":1,"params":"bar"})", "null"},
           Bad{R"({"jsonrpc":"2.0","method":1,"id":7})", "7"},
           Bad{R"({"jsonrpc":"1.0","method":"m","id":7})", "7"},
           Bad{R"({"method":"m","id":7})", "7"},
           Bad{R"({"jsonrpc":"2.0","id":7})", "7"},
           Bad{R"({"jsonrpc":"2.0","method":"m","id":{}})", "null"},
           Bad{R"({"jsonrpc":"2.0","method":"m","id":true})", "null"},
           Bad{R"({"jsonrpc":"2.0","method":"m","params":1,"id":7})", "7"},
           Bad{R"({"jsonrpc":"2.0","method":"m","method":"n","id":7})", "7"},
           Bad{R"({"jsonrpc":"2.0","method":"m","strange":1,"id":1.50})", "1.50"},
           Bad{R"({"jsonrpc":"2.0","id":8,"method":"m","id":7})", "null"},
           Bad{R"({"foo":"boo"})", "null"},
           Bad{"1", "null"},
       }) {
    Parsed parsed(bad.text);
    const auto envelope = read_envelope(parsed.value());
    ASSERT_FALSE(envelope) << bad.text;
    EXPECT_EQ(envelope.error().id, bad.id) << bad.text;
    EXPECT_EQ(envelope.error().error.number, kInvalidRequest) << bad.text;
  }
}

TEST(Rpc, WritesAnErrorWithTheNameOfTheLastFieldOfItsPath) {
  std::string out;
  write_error(
      out, "7",
      error_of({.code = ErrorCode::invalid_value, .field = "legs[3].amount", .message = "m"}));
  EXPECT_EQ(out, R"({"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"m",)"
                 R"("data":{"code":"invalid_amount","field":"legs[3].amount"}}})");
  EXPECT_EQ(code_of({.code = ErrorCode::invalid_value, .field = "legs[3]", .message = {}}),
            "invalid_legs");
}

TEST(TakeMember, GivesEachMemberOfAnArrayAsItWasSent) {
  std::string_view rest = R"( {"a":"],}\"\\"} , [1,[2]],"x,]" ,7])";
  EXPECT_EQ(take_member(rest), R"({"a":"],}\"\\"} )");
  EXPECT_EQ(take_member(rest), "[1,[2]]");
  EXPECT_EQ(take_member(rest), R"("x,]" )");
  EXPECT_EQ(take_member(rest), "7");
  EXPECT_EQ(take_member(rest), "");
}

}  // namespace
}  // namespace giro::protocol
