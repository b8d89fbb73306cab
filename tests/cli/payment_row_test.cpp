#include "cli/payment_row.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace giro::cli {
namespace {

using Fields = std::vector<std::string>;

Result<Amount> cents(std::string_view decimal, std::string_view currency) {
  const auto amount = parse_decimal(decimal, 2);
  if (!amount || currency != "EUR") return usage_failure("bad amount");
  return *amount;
}

std::string payment(const Fields& header, const Fields& row) {
  const auto columns = PaymentColumns::from_header(header);
  if (!columns) return columns.error().what;
  const auto text = columns->payment(row, cents);
  return text ? *text : "error: " + text.error().what;
}

const Fields kHeader{"key", "from", "to", "amount", "currency"};

Fields header_with(const std::string& column) {
  Fields header = kHeader;
  header.push_back(column);
  return header;
}

TEST(PaymentRow, BecomesTheParamsOfAPayment) {
  EXPECT_EQ(payment(kHeader, {"k", "a", "b", "12.5", "EUR"}),
            R"({"key":"k","from":"a","to":"b","amount":1250,"currency":"EUR"})");
}

TEST(PaymentRow, ColumnsMayStandInAnyOrder) {
  EXPECT_EQ(payment({"amount", "to", "from", "currency", "key"}, {"1", "b", "a", "EUR", "k"}),
            R"({"key":"k","from":"a","to":"b","amount":100,"currency":"EUR"})");
}

TEST(PaymentRow, LeavesOutEmptyOptionalColumns) {
  EXPECT_EQ(payment(header_with("reference"), {"k", "a", "b", "1", "EUR", ""}),
            payment(kHeader, {"k", "a", "b", "1", "EUR"}));
}

TEST(PaymentRow, EscapesText) {
  const std::string text =
      payment(header_with("description"), {"k", "a", "b", "1", "EUR", "say \"hi\"\r\nBär\\"});
  EXPECT_EQ(boost::json::parse(text).at("description").as_string(), "say \"hi\"\nBär\\");
}

TEST(PaymentRow, TakesMetadataAsItIsWritten) {
  const std::string text =
      payment(header_with("metadata"), {"k", "a", "b", "1", "EUR", "{\"n\":\n1}"});
  EXPECT_TRUE(text.ends_with(R"("metadata":{"n": 1}})")) << text;
}

TEST(PaymentRow, NothingThatBreaksABatchGetsOut) {
  const auto bad = [](const std::string& column, const std::string& value) {
    return payment(header_with(column), {"k", "a", "b", "1", "EUR", value}).starts_with("error");
  };
  EXPECT_TRUE(bad("description", "\xff\xfe"));
  EXPECT_TRUE(bad("reference", "a\x01"));
  EXPECT_TRUE(bad("code", "007"));
  EXPECT_TRUE(bad("code", "1,\"amount\":5"));
  EXPECT_TRUE(bad("metadata", "[]"));
  EXPECT_TRUE(bad("metadata", "{}},{"));
  EXPECT_TRUE(bad("metadata", "{\"a\":" + std::string(40, '[') + std::string(40, ']') + "}"));
}

TEST(PaymentRow, RefusesHeadersThatItCantRead) {
  EXPECT_EQ(payment({"key", "from", "to", "amount"}, {}),
            "the header row: missing columns: currency");
  EXPECT_EQ(payment(header_with("amout"), {}), "the header row: unknown column `amout`");
  EXPECT_EQ(payment(header_with("key"), {}), "the header row: column `key` is there twice");
}

TEST(JsonPayment, IsAnObjectThatFitsIntoABatch) {
  EXPECT_FALSE(problem_of_json_payment(R"({"key":"k","amount":1.5})"));
  EXPECT_TRUE(problem_of_json_payment("[1]"));
  EXPECT_TRUE(problem_of_json_payment("{\"a\":1}}"));
  EXPECT_TRUE(problem_of_json_payment("{\"a\":\"\xff\"}"));
  EXPECT_TRUE(
      problem_of_json_payment("{\"a\":" + std::string(29, '[') + std::string(29, ']') + "}"));
}

}  // namespace
}  // namespace giro::cli
