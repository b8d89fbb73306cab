#include "cli/submit/payment_row.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace giro::cli {
namespace {

using Fields = std::vector<std::string>;

Result<Amount> cents_of_euros(std::string_view decimal, std::string_view currency) {
  const auto amount = parse_decimal(decimal, 2);
  if (!amount || currency != "EUR") return usage_failure("bad amount");
  return *amount;
}

// What leaves for the daemon, or what is wrong.
std::string sent(const Fields& header, const Fields& row) {
  const auto columns = RowColumns::from_header(header);
  if (!columns) return columns.error().what;
  const auto request = columns->request(row, cents_of_euros);
  if (!request) return "error: " + request.error().what;
  std::string text;
  append_for_batch(text, *request);
  return text;
}

const Fields kHeader{"key", "from", "to", "amount", "currency"};

Fields header_with(const std::string& column) {
  Fields header = kHeader;
  header.push_back(column);
  return header;
}

TEST(PaymentRow, BecomesTheParamsOfAPayment) {
  EXPECT_EQ(sent(kHeader, {"k", "a", "b", "12.5", "EUR"}),
            R"({"key":"k","from":"a","to":"b","amount":1250,"currency":"EUR"})");
}

TEST(PaymentRow, ColumnsMayStandInAnyOrder) {
  EXPECT_EQ(sent({"amount", "to", "from", "currency", "key"}, {"1", "b", "a", "EUR", "k"}),
            R"({"key":"k","from":"a","to":"b","amount":100,"currency":"EUR"})");
}

TEST(PaymentRow, LeavesOutEmptyOptionalColumns) {
  EXPECT_EQ(sent(header_with("reference"), {"k", "a", "b", "1", "EUR", ""}),
            sent(kHeader, {"k", "a", "b", "1", "EUR"}));
}

TEST(PaymentRow, EscapesText) {
  const std::string text =
      sent(header_with("description"), {"k", "a", "b", "1", "EUR", "say \"hi\"\r\nBär\\"});
  EXPECT_EQ(boost::json::parse(text).at("description").as_string(), "say \"hi\"\nBär\\");
}

TEST(PaymentRow, TakesMetadataAsItIsWritten) {
  const std::string text =
      sent(header_with("metadata"), {"k", "a", "b", "1", "EUR", "{\"n\":\n1}"});
  EXPECT_TRUE(text.ends_with(R"("metadata":{"n": 1}})")) << text;
}

TEST(PaymentRow, NothingThatBreaksABatchGetsOut) {
  const auto bad = [](const std::string& column, const std::string& value) {
    return sent(header_with(column), {"k", "a", "b", "1", "EUR", value}).starts_with("error");
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
  EXPECT_EQ(sent({"key", "from", "to", "amount"}, {}), "the header row: missing columns: currency");
  EXPECT_EQ(sent(header_with("amout"), {}), "the header row: unknown column `amout`");
  EXPECT_EQ(sent(header_with("key"), {}), "the header row: column `key` is there twice");
}

// --- with a column `method` ---

TEST(MethodRow, IsARequestOfItsMethod) {
  EXPECT_EQ(sent({"method", "key", "hold", "amount", "currency", "final"},
                 {"payments.capture", "c1", "h1", "5", "EUR", "true"}),
            R"({"method":"payments.capture","params":{"key":"c1","amount":500,"hold":"h1",)"
            R"("final":true}})");
  EXPECT_EQ(sent({"method", "key", "from", "to", "amount", "currency", "timeout"},
                 {"payments.hold", "h1", "a", "b", "5", "EUR", "24h"}),
            R"({"method":"payments.hold","params":{"key":"h1","from":"a","to":"b","amount":500,)"
            R"("currency":"EUR","timeout":"24h"}})");
}

TEST(MethodRow, IsAPaymentWhereItNamesNone) {
  Fields header = header_with("method");
  for (const char* method : {"", "payments.submit"}) {
    EXPECT_EQ(sent(header, {"k", "a", "b", "12.5", "EUR", method}),
              sent(kHeader, {"k", "a", "b", "12.5", "EUR"}));
  }
}

TEST(MethodRow, NeedsOnlyItsMethod) {
  EXPECT_EQ(sent({"method"}, {"payments.capture"}), R"({"method":"payments.capture","params":{}})");
  EXPECT_EQ(sent({"method"}, {""}), "{}");
}

TEST(MethodRow, NamesWhatWasDecidedBeforeByItsKeyOrItsSeq) {
  const auto named = [](const char* column, const char* value) {
    return sent({"method", column}, {"m", value});
  };
  EXPECT_EQ(named("hold", "h1"), R"({"method":"m","params":{"hold":"h1"}})");
  EXPECT_EQ(named("original", "#42"), R"({"method":"m","params":{"original":42}})");
  EXPECT_EQ(named("schedule", "#x"), R"({"method":"m","params":{"schedule":"#x"}})");
}

TEST(MethodRow, OpensAndChangesAccounts) {
  const Fields header{"method", "key", "id", "currency", "scale", "floor", "ceiling", "frozen"};
  EXPECT_EQ(sent(header, {"accounts.open", "", "a", "PTS", "3", "-1.5", "none", ""}),
            R"({"method":"accounts.open","params":{"currency":"PTS","id":"a","floor":-1500,)"
            R"("ceiling":null,"scale":3}})");
  EXPECT_EQ(sent(header, {"accounts.update", "u", "a", "EUR", "", "none", "10", "debits"}),
            R"({"method":"accounts.update","params":{"key":"u","id":"a","floor":null,)"
            R"("ceiling":1000,"frozen":"debits"}})");
}

TEST(MethodRow, ADecimalNeedsItsCurrency) {
  EXPECT_EQ(sent({"method", "hold", "amount", "currency"}, {"payments.capture", "h", "5", ""}),
            "error: column amount (`5`) is a decimal, and column currency doesn't say of which "
            "currency");
  EXPECT_EQ(sent({"method", "ceiling", "currency"}, {"accounts.update", "none", ""}),
            R"({"method":"accounts.update","params":{"ceiling":null}})");
}

TEST(MethodRow, NothingThatBreaksABatchGetsOut) {
  const auto bad = [](const std::string& column, const std::string& value) {
    return sent({"method", "currency", column}, {"m", "EUR", value}).starts_with("error");
  };
  EXPECT_TRUE(bad("final", "yes"));
  EXPECT_TRUE(bad("count", "1.0"));
  EXPECT_TRUE(bad("scale", "-1"));
  EXPECT_TRUE(bad("floor", "nothing"));
  EXPECT_TRUE(bad("hold", "a\x01"));
  EXPECT_TRUE(bad("metadata", "{\"a\":" + std::string(27, '[') + std::string(27, ']') + "}"));
  EXPECT_FALSE(bad("metadata", "{\"a\":" + std::string(26, '[') + std::string(26, ']') + "}"));
  EXPECT_TRUE(sent({"method"}, {"a\xff"}).starts_with("error"));
}

TEST(MethodRow, ColumnsOfMethodsNeedThatColumn) {
  EXPECT_EQ(sent(header_with("hold"), {}), "the header row: unknown column `hold`");
  EXPECT_EQ(sent({"method", "holds"}, {}), "the header row: unknown column `holds`");
}

}  // namespace
}  // namespace giro::cli
