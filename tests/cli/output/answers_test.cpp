// The formats of --output: decimals for people and spreadsheets, minor units with their scale for programs.
#include "cli/output/answers.hpp"

#include <array>
#include <vector>

#include <gtest/gtest.h>

#include "cli/output/units.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

// Currencies of ISO 4217 need no daemon.
Session session_of(const char* output) {
  return Session({.sockets = {"/nonexistent"}, .output = output});
}

const json::object kPayment{{"seq", 5},          {"at", "t"},          {"type", "payment"},
                            {"from", "a"},       {"to", "b, \"c\""},   {"amount", 1250},
                            {"currency", "EUR"}, {"from_balance", -5}, {"to_balance", 1250}};

std::string rows(const char* output, const std::vector<json::object>& given, Columns columns) {
  Session session = session_of(output);
  RowWriter writer(session, columns);
  std::string out;
  for (const json::object& row : given) out += writer.row(row);
  return out + writer.end();
}

constexpr auto kFew = std::to_array<std::string_view>({"seq", "leg", "to", "amount", "currency"});

TEST(RowWriter, WritesDecimalsAndQuotesIntoCsv) {
  EXPECT_EQ(rows("csv", {kPayment}, kFew),
            "seq,leg,to,amount,currency\n5,,\"b, \"\"c\"\"\",12.50,EUR\n");
  EXPECT_EQ(rows("csv", {}, kFew), "seq,leg,to,amount,currency\n");
}

TEST(RowWriter, WritesALineForEachLegIntoCsv) {
  json::object payment{
      {"seq", 7},
      {"legs", json::array{json::object{{"to", "b"}, {"amount", 5}, {"currency", "EUR"}},
                           json::object{{"to", "c"}, {"amount", 5}, {"currency", "JPY"}}}}};
  EXPECT_EQ(rows("csv", {payment}, kFew),
            "seq,leg,to,amount,currency\n7,0,b,0.05,EUR\n7,1,c,5,JPY\n");
}

TEST(RowWriter, WritesMinorUnitsWithTheirScaleIntoJson) {
  const json::object row{{"amount", 1250}, {"currency", "EUR"}};
  EXPECT_EQ(rows("ndjson", {row, row}, {}),
            "{\"amount\":1250,\"currency\":\"EUR\",\"scale\":2}\n"
            "{\"amount\":1250,\"currency\":\"EUR\",\"scale\":2}\n");
  EXPECT_EQ(rows("json", {}, {}), "[]\n");
  const json::value parsed = json::parse(rows("json", {row, row, row}, {}));
  EXPECT_EQ(parsed.as_array().size(), 3U);
}

TEST(Answer, OfObjectsWithinObjectsIsALineOfCsv) {
  Session session = session_of("csv");
  const json::object status{
      {"seq", 3}, {"queue", {{"items", 1}, {"bytes", 2}}}, {"obstacle", nullptr}};
  const auto none = [] { return Result<std::string>(""); };
  EXPECT_EQ(*answer_text(session, status, none), "seq,queue.items,queue.bytes,obstacle\n3,1,2,\n");
  const json::object account{{"balance", 1250}, {"floor", nullptr}, {"scale", 2}};
  EXPECT_EQ(*answer_text(session, account, none), "balance,floor,scale\n12.50,none,2\n");
}

TEST(Answer, ForJsonAloneIsTheDaemonsOwn) {
  Session session({.sockets = {"/nonexistent"}, .json = true});
  const auto none = [] { return Result<std::string>(""); };
  EXPECT_EQ(*answer_text(session, {{"amount", 5}, {"currency", "EUR"}}, none),
            "{\"amount\":5,\"currency\":\"EUR\"}\n");
}

TEST(Units, AreThoseThatPeopleRead) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(1'023), "1023 B");
  EXPECT_EQ(bytes_text(std::uint64_t{64} << 20), "64 MiB");
  EXPECT_EQ(bytes_text(1'610'612'736), "1.5 GiB");
  EXPECT_EQ(seconds_text(0), "0 s");
  EXPECT_EQ(seconds_text(125), "2 min 5 s");
  EXPECT_EQ(seconds_text(3'600), "1 h");
  EXPECT_EQ(seconds_text(12 * 86'400 + 4 * 3'600 + 5), "12 d 4 h");
}

}  // namespace
}  // namespace giro::cli
