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

TEST(QueryParams, ReadsAStatementByEffectiveDateWhereverItSaysSo) {
  for (const char* text :
       {R"({"id":"a","by":"effective_date","from":"2026-10-01","to":"2026-10-31"})",
        R"({"to":"2026-10-31","from":"2026-10-01","id":"a","by":"effective_date"})"}) {
    Parsed parsed(text);
    const auto question = read_statement_question(parsed.value());
    ASSERT_TRUE(question);
    ASSERT_TRUE(question->effective);
    EXPECT_EQ(question->effective->from, parse_date("2026-10-01"));
    EXPECT_EQ(question->effective->to, parse_date("2026-10-31"));
    EXPECT_FALSE(question->from || question->to);
  }
  Parsed all(R"({"id":"a","by":"effective_date"})");
  const auto question = read_statement_question(all.value());
  EXPECT_EQ(question->effective->from, kFirstDate);
  EXPECT_EQ(question->effective->to, kLastDate);
  Parsed by_time(R"({"id":"a","by":"at"})");
  EXPECT_FALSE(read_statement_question(by_time.value())->effective);
}

TEST(QueryParams, RefusesBoundsOfTheOtherKindOfStatement) {
  const auto said = [](const std::string& rest) {
    return verdict(read_statement_question, R"({"id":"a",)" + rest + "}");
  };
  EXPECT_EQ(said(R"("from":"2026-10-01")"), "invalid_from from");
  EXPECT_EQ(said(R"("to":"2026-10-01")"), "invalid_to to");
  EXPECT_EQ(said(R"("by":"effective_date","from":3)"), "invalid_from from");
  EXPECT_EQ(said(R"("by":"effective_date","to":"2026-11-23T09:00:00Z")"), "invalid_to to");
  EXPECT_EQ(said(R"("by":"effective_date","cursor":"9.4")"), "invalid_cursor cursor");
  EXPECT_EQ(said(R"("cursor":"9.1.4.0.5.0.5")"), "invalid_cursor cursor");
  EXPECT_EQ(said(R"("cursor":"")"), "invalid_cursor cursor");
  EXPECT_EQ(said(R"("by":"date")"), "invalid_by by");
}

TEST(QueryParams, ADayIsAskedForOrATimeNotBoth) {
  Parsed parsed(R"({"id":"a","effective_at":"2026-10-31"})");
  EXPECT_EQ(read_account_question(parsed.value())->effective_at, parse_date("2026-10-31"));
  EXPECT_EQ(verdict(read_account_question, R"({"id":"a","effective_at":"2026-10-32"})"),
            "invalid_effective_at effective_at");
  EXPECT_EQ(verdict(read_account_question, R"({"id":"a","at":4,"effective_at":"2026-10-31"})"),
            "invalid_effective_at effective_at");
  EXPECT_EQ(verdict(read_trial_balance_question, R"({"at":4,"effective_at":"2026-10-31"})"),
            "invalid_effective_at effective_at");
}

TEST(QueryParams, AnEffectiveCursorIsReadAsItWasWrittenAndInNoOtherWay) {
  const EffectiveCursor cursor{.until_seq = 17,
                               .place = {.day = kFirstDate, .seq = 9, .leg = 999},
                               .balance = -Int128{kAmountMax} * 5,
                               .opening = 0,
                               .closing = Int128{kAmountMax} * 7};
  EXPECT_EQ(format_effective_cursor(cursor),
            "17.-719528.9.999.-46116860184273879035.0.64563604257983430649");
  EXPECT_EQ(parse_effective_cursor(format_effective_cursor(cursor)), cursor);
  EXPECT_TRUE(parse_effective_cursor("1.2.3.4.5.6.7"));
  for (const char* text :
       {"", "1.2.3.4.5.6", "1.2.3.4.5.6.", "1.2.3.4.5.6.7.8", "-1.2.3.4.5.6.7", "1.2.3.-4.5.6.7",
        "1.2.3.1001.5.6.7", "1.2932897.3.4.5.6.7", "1.2.-3.4.5.6.7", "01.2.3.4.5.6.7",
        "1.2.3.4.-0.6.7", "1.2.3.4.+5.6.7", "1.2.3.4.5.6.1234567890123456789012345678901234567"}) {
    EXPECT_FALSE(parse_effective_cursor(text)) << text;
  }
}

TEST(QueryParams, ReadsWhatAListOfPaymentsIsToShow) {
  Parsed parsed(
      R"({"account":"a","type":"account_close","status":"rejected","code":"overflow","payment_code":7,)"
      R"("reference_prefix":"inv","currency":"EUR","amount_gte":1,"amount_lte":2,"from":1,"to":9,)"
      R"("after":4,"limit":5,"order":"desc"})");
  const auto question = read_payments_question(parsed.value());
  ASSERT_TRUE(question);
  EXPECT_EQ(question->account->view(), "a");
  EXPECT_EQ(question->filter.type, "account_close");
  EXPECT_EQ(question->filter.code, Rejection::overflow);
  EXPECT_EQ(question->filter.payment_code, 7);
  EXPECT_EQ(question->after, 4U);
  EXPECT_TRUE(question->newest_first);
}

TEST(QueryParams, RefusesFiltersThatNothingPasses) {
  const auto payments = [](const char* params) { return verdict(read_payments_question, params); };
  EXPECT_EQ(payments(R"({"type":"gift"})"), "invalid_type type");
  EXPECT_EQ(payments(R"({"status":"open"})"), "invalid_status status");
  EXPECT_EQ(payments(R"({"code":"none"})"), "invalid_code code");
  EXPECT_EQ(payments(R"({"code":"sorry"})"), "invalid_code code");
  EXPECT_EQ(payments(R"({"payment_code":65536})"), "invalid_payment_code payment_code");
  EXPECT_EQ(payments(R"({"currency":"eur"})"), "invalid_currency currency");
  EXPECT_EQ(payments(R"({"amount_gte":2,"amount_lte":1})"), "invalid_amount_gte amount_gte");
  EXPECT_EQ(payments(R"({"reference":"a","reference_prefix":"b"})"),
            "invalid_reference_prefix reference_prefix");
  EXPECT_EQ(verdict(read_holds_question, R"({"account":""})"), "invalid_account account");
  EXPECT_EQ(verdict(read_totals_question, R"({"depth":65})"), "invalid_depth depth");
  EXPECT_EQ(verdict(read_totals_question, R"({"cursor":"x"})"), "invalid_cursor cursor");
}

TEST(QueryParams, ACursorOfTotalsIsReadAsItWasWrittenAndInNoOtherWay) {
  for (const char* branch : {"", "shop:eu"}) {
    const TotalsCursor cursor{.as_of_seq = 9, .currency = CurrencyCode("EUR"), .branch = branch};
    const auto read = parse_totals_cursor(format_totals_cursor(cursor));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->as_of_seq, 9U);
    EXPECT_EQ(read->currency.view(), "EUR");
    EXPECT_EQ(read->branch, branch);
  }
  for (const char* text :
       {"", " ", "  ", "9", "9 ", "9 EUR", "09 EUR ", "9 eur ", "9 EUR a b", "x EUR a"}) {
    EXPECT_FALSE(parse_totals_cursor(text)) << text;
  }
}

}  // namespace
}  // namespace giro::protocol
