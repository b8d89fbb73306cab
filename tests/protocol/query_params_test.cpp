#include "protocol/query_params.hpp"

#include <gtest/gtest.h>

#include "tests/protocol/parsed.hpp"

namespace giro::protocol {
namespace {

template <class Read>
std::string verdict(Read read, const std::string& params) {
  Parsed parsed(params);
  const auto question = read(parsed.value());
  return question ? "" : code_of(question.error()) + " " + question.error().field;
}

TEST(QueryParams, ReadsAStatementQuestion) {
  Parsed parsed(
      R"({"id":"a","from":3,"to":"2026-11-23T09:00:00Z","limit":7,"order":"asc","cursor":"9.4"})");
  const auto question = read_statement_question(parsed.value());
  ASSERT_TRUE(question);
  EXPECT_EQ(std::get<Seq>(*question->from), 3U);
  EXPECT_TRUE(std::holds_alternative<Timestamp>(*question->to));
  EXPECT_EQ(question->limit, 7U);
  EXPECT_FALSE(question->newest_first);
  EXPECT_EQ(question->cursor->until_seq, 9U);
  EXPECT_EQ(question->cursor->position, 4U);
}

TEST(QueryParams, RefusesBadFields) {
  EXPECT_EQ(verdict(read_statement_question, R"({"id":"a","limit":0})"), "invalid_limit limit");
  EXPECT_EQ(verdict(read_statement_question, R"({"id":"a","limit":1001})"), "invalid_limit limit");
  EXPECT_EQ(verdict(read_statement_question, R"({"id":"a","limit":1.0})"), "malformed limit");
  EXPECT_EQ(verdict(read_statement_question, R"({"id":"a","order":"up"})"), "invalid_order order");
  EXPECT_EQ(verdict(read_statement_question, R"({"id":"a","from":"x"})"), "invalid_from from");
  EXPECT_EQ(verdict(read_statement_question, R"({"id":"a","from":-1})"), "invalid_from from");
  EXPECT_EQ(verdict(read_account_question, R"({"id":"a b"})"), "invalid_id id");
  EXPECT_EQ(verdict(read_payment_question, R"({})"), "malformed key");
  EXPECT_EQ(verdict(read_payment_question, R"({"key":"k","seq":1})"), "malformed key");
  EXPECT_EQ(verdict(read_payment_question, R"({"seq":0})"), "invalid_seq seq");
  EXPECT_EQ(verdict(read_subscribe_from, R"({"from":0})"), "invalid_from from");
  EXPECT_EQ(verdict(read_payments_question, R"({"reference":""})"), "invalid_reference reference");
  EXPECT_EQ(verdict(read_accounts_question, R"({"prefix":"a b"})"), "invalid_prefix prefix");
  EXPECT_EQ(verdict(read_no_params, R"({"x":1})"), "unknown_field x");
}

TEST(QueryParams, ACursorIsReadAsItWasWrittenAndInNoOtherWay) {
  const Cursor cursor{.until_seq = 18'446'744'073'709'551'615U, .position = 0};
  const auto read = parse_cursor(format_cursor(cursor));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->until_seq, cursor.until_seq);
  EXPECT_EQ(read->position, 0U);
  for (const char* text : {"", ".", "1", "1.", ".1", "01.1", "1.+1", "1.1.1", "1.-1", " 1.1",
                           "18446744073709551616.1"}) {
    EXPECT_FALSE(parse_cursor(text)) << text;
  }
}

}  // namespace
}  // namespace giro::protocol
