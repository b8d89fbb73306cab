#include "cli/submit/row_request.hpp"

#include <gtest/gtest.h>

namespace giro::cli {
namespace {

// What leaves for the daemon in a batch, or what is wrong.
std::string sent(std::string_view line) {
  const auto request = request_of_json(line);
  if (!request) return "error: " + request.error();
  std::string text;
  append_for_batch(text, *request);
  return text;
}

TEST(JsonRow, IsAnObjectThatFitsIntoABatch) {
  EXPECT_TRUE(request_of_json(R"({"key":"k","amount":1.5})"));
  EXPECT_FALSE(request_of_json("[1]"));
  EXPECT_FALSE(request_of_json("{\"a\":1}}"));
  EXPECT_FALSE(request_of_json("{\"a\":\"\xff\"}"));
  EXPECT_FALSE(request_of_json("{\"a\":" + std::string(29, '[') + std::string(29, ']') + "}"));
}

TEST(JsonRow, WithoutAMethodIsAPaymentToTheByte) {
  const std::string_view line = R"( {"key" : "k", "metadata":{"method":"x","n":1.50}} )";
  EXPECT_EQ(sent(line), line);
}

TEST(JsonRow, HasTheFieldsOfItsMethodBesideItOrAsParams) {
  const std::string_view capture =
      R"({"method":"payments.capture","params":{"key":"c1","hold":"h1","amount":500}})";
  EXPECT_EQ(sent(R"({"method":"payments.capture","key":"c1","hold":"h1","amount":500})"), capture);
  EXPECT_EQ(sent(R"({ "key":"c1" , "hold":"h1", "amount":500 , "method" : "payments.capture" })"),
            R"({"method":"payments.capture","params":{"key":"c1" ,"hold":"h1","amount":500 }})");
  EXPECT_EQ(sent(capture), capture);
}

TEST(JsonRow, OfPaymentsSubmitIsThePaymentItself) {
  EXPECT_EQ(sent(R"({"method":"payments.submit","key":"k","amount":1})"),
            R"({"key":"k","amount":1})");
  EXPECT_EQ(sent(R"({"method":"payments.submit","params":{"key":"k"}})"), R"({"key":"k"})");
}

TEST(JsonRow, KeepsNumbersAndTextsToTheLetter) {
  EXPECT_EQ(
      sent(R"({"method":"m","metadata":{"n":[1.50,1e99999999999]},"a":"\u0041\"},{","b":12.0})"),
      R"({"method":"m","params":{"metadata":{"n":[1.50,1e99999999999]},"a":"\u0041\"},{","b":12.0}})");
  EXPECT_EQ(sent(R"({"\u006dethod":"a\u0062","key":"k"})"),
            R"({"method":"ab","params":{"key":"k"}})");
}

TEST(JsonRow, SaysOneThingOfItsMethod) {
  for (const char* wrong : {
           R"({"method":7,"key":"k"})",
           R"({"method":null})",
           R"({"method":"a","method":"b"})",
           R"({"method":"a","params":{},"params":{}})",
           R"({"method":"a","params":[]})",
           R"({"method":"a","params":{},"key":"k"})",
       }) {
    EXPECT_TRUE(sent(wrong).starts_with("error: ")) << wrong;
  }
}

TEST(JsonRow, WithAMethodIsOneLevelDeeperInABatch) {
  const auto nested = [](std::size_t levels) {
    return R"({"method":"m","a":)" + std::string(levels, '[') + std::string(levels, ']') + "}";
  };
  EXPECT_FALSE(sent(nested(27)).starts_with("error: "));
  EXPECT_TRUE(sent(nested(28)).starts_with("error: "));
}

TEST(JsonRow, OfAGroupAlwaysNamesItsMethod) {
  std::string text;
  append_for_group(text, {.method = {}, .params = R"({"key":"k"})"});
  append_for_group(text, {.method = "payments.void", .params = "{}"});
  EXPECT_EQ(text, R"({"method":"payments.submit","params":{"key":"k"}})"
                  R"({"method":"payments.void","params":{}})");
}

}  // namespace
}  // namespace giro::cli
