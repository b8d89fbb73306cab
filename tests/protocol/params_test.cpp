// The params of payments and accounts: every way in which they can be wrong.
#include <gtest/gtest.h>

#include "protocol/account_params.hpp"
#include "protocol/payment_params.hpp"
#include "tests/protocol/parsed.hpp"

namespace giro::protocol {
namespace {

// "code field", or "" for a payment that passes.
std::string verdict(const std::string& params) {
  Parsed parsed(params);
  PaymentParams scratch;
  const auto payment = read_payment(parsed.value(), scratch);
  return payment ? "" : code_of(payment.error()) + " " + payment.error().field;
}

// A good payment, with `more` at its end.
std::string payment(const std::string& more) {
  return R"({"key":"k","from":"a","to":"b","amount":5,"currency":"EUR")" + more + "}";
}
std::string with_amount(const std::string& amount) {
  return R"({"key":"k","from":"a","to":"b","currency":"EUR","amount":)" + amount + "}";
}
std::string with_legs(const std::string& legs) {
  return R"({"key":"k","legs":)" + legs + "}";
}

TEST(PaymentParams, ReadsAPlainPaymentInAnyOrderOfFields) {
  Parsed parsed(R"({"currency":"EUR","amount":5,"to":"b","from":"a","key":"k"})");
  PaymentParams scratch;
  const auto read = read_payment(parsed.value(), scratch);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->key().view(), "k");
  EXPECT_EQ(read->leg().from.view(), "a");
  EXPECT_EQ(read->leg().to.view(), "b");
  EXPECT_EQ(read->leg().amount, 5);
  EXPECT_EQ(read->options(), nullptr);
  EXPECT_FALSE(scratch.received);
}

TEST(PaymentParams, RefusesBadAmounts) {
  EXPECT_EQ(verdict(with_amount("0")), "invalid_amount amount");
  EXPECT_EQ(verdict(with_amount("-1")), "invalid_amount amount");
  EXPECT_EQ(verdict(with_amount("9223372036854775808")), "invalid_amount amount");
  EXPECT_EQ(verdict(with_amount("9223372036854775807")), "");
  for (const char* amount : {"12.5", "1e3", "12.0", "\"5\"", "null", "true", "[5]"}) {
    EXPECT_EQ(verdict(with_amount(amount)), "malformed amount") << amount;
  }
}

TEST(PaymentParams, TakesAFieldThatIsNullForOneThatWasNotGiven) {
  Parsed parsed(payment(R"(,"reference":null,"metadata":null,"legs":null,"dry_run":null)"));
  PaymentParams scratch;
  const auto read = read_payment(parsed.value(), scratch);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->options(), nullptr);
  EXPECT_EQ(verdict(R"({"key":null,"from":"a","to":"b","amount":5,"currency":"EUR"})"),
            "malformed key");
  EXPECT_EQ(verdict(payment(R"(,"amount":null)")), "malformed amount");
  EXPECT_EQ(verdict(payment(R"(,"ammount":null)")), "unknown_field ammount");
}

TEST(PaymentParams, RefusesUnknownTwiceGivenAndMissingFields) {
  EXPECT_EQ(verdict(payment(R"(,"ammount":5)")), "unknown_field ammount");
  EXPECT_EQ(verdict(payment(R"(,"amount":5)")), "malformed amount");
  EXPECT_EQ(verdict(payment(R"(,"am\u006funt":5)")), "malformed amount");
  EXPECT_EQ(verdict(R"({"from":"a","to":"b","amount":5,"currency":"EUR"})"), "malformed key");
  EXPECT_EQ(verdict(R"({"key":"k","from":"a","amount":5,"currency":"EUR"})"), "malformed to");
  EXPECT_EQ(verdict("[1,2]"), "malformed params");
}

TEST(PaymentParams, NamesTheFieldOfALegByItsPath) {
  const std::string good = R"({"from":"a","to":"b","amount":5,"currency":"EUR"})";
  EXPECT_EQ(verdict(with_legs("[" + good + "," + good + "]")), "");
  EXPECT_EQ(verdict(with_legs("[" + good + R"(,{"from":"a","to":"b","amount":5.5}])")),
            "malformed legs[1].amount");
  EXPECT_EQ(verdict(with_legs("[" + good + R"(,{"from":"a","to":"b","amount":5}])")),
            "malformed legs[1].currency");
  EXPECT_EQ(verdict(with_legs("[" + good + R"(,{"form":"a"}])")), "unknown_field legs[1].form");
  EXPECT_EQ(verdict(with_legs("[5]")), "malformed legs[0]");
  EXPECT_EQ(verdict(with_legs("[]")), "invalid_legs legs");
  EXPECT_EQ(verdict(with_legs("5")), "malformed legs");
  EXPECT_EQ(verdict(payment(R"(,"legs":[)" + good + "]")), "malformed legs");
}

TEST(PaymentParams, RefusesMoreThanAThousandLegs) {
  const std::string leg = R"({"from":"a","to":"b","amount":5,"currency":"EUR"})";
  std::string legs = "[" + leg;
  for (int i = 1; i < 1'000; ++i) legs += "," + leg;
  EXPECT_EQ(verdict(with_legs(legs + "]")), "");
  EXPECT_EQ(verdict(with_legs(legs + "," + leg + "]")), "too_large legs");
}

TEST(PaymentParams, RefusesAnIdOf65Bytes) {
  const std::string id(65, 'x');
  EXPECT_EQ(verdict(R"({"key":"k","from":")" + id + R"(","to":"b","amount":5,"currency":"EUR"})"),
            "invalid_from from");
}

TEST(PaymentParams, ReadsTheWayToWait) {
  Parsed parsed(payment(R"(,"ack":"received")"));
  PaymentParams scratch;
  EXPECT_TRUE(read_payment(parsed.value(), scratch));
  EXPECT_TRUE(scratch.received);
  EXPECT_EQ(verdict(payment(R"(,"ack":"later")")), "invalid_ack ack");
}

TEST(PaymentParams, SortsMetadataSoThatTheSameObjectIsTheSameText) {
  Parsed parsed(payment(R"(,"metadata":{ "b" : [1, {"z":null,"y":"\u0041"}], "a":true })"));
  PaymentParams scratch;
  const auto read = read_payment(parsed.value(), scratch);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->options()->metadata, R"({"a":true,"b":[1,{"y":"A","z":null}]})");
  Parsed exact(
      payment(R"(,"metadata":{"rate":0.1234567890123456789,"token":12345678901234567890123})"));
  EXPECT_EQ(read_payment(exact.value(), scratch)->options()->metadata,
            R"({"rate":0.1234567890123456789,"token":12345678901234567890123})");
  EXPECT_EQ(verdict(payment(R"(,"metadata":{"a":{"b":1,"b":2}})")), "malformed metadata");
  EXPECT_EQ(verdict(payment(R"(,"metadata":[])")), "malformed metadata");
}

TEST(ManyPayments, KeepsTheGoodOnesAndListsTheOthersByTheirPlace) {
  const std::string bad = R"({"key":"m","from":"a","to":"b","amount":0,"currency":"EUR"})";
  Parsed parsed(R"({"payments":[)" + payment("") + "," + bad + ",7," +
                payment(R"(,"ack":"received")") + "," + payment("") + "]}");
  PaymentParams scratch;
  const auto many = read_many_payments(parsed.value(), scratch, {});
  ASSERT_TRUE(many);
  EXPECT_EQ(many->checked.size(), 2U);
  ASSERT_EQ(many->refused.size(), 3U);
  EXPECT_EQ(many->refused[0].index, 1U);
  EXPECT_EQ(many->refused[0].key, "m");
  EXPECT_EQ(code_of(many->refused[0].refusal), "invalid_amount");
  EXPECT_EQ(many->refused[1].index, 2U);
  EXPECT_EQ(many->refused[1].key, "");
  EXPECT_EQ(code_of(many->refused[2].refusal), "unknown_field");
}

TEST(ManyPayments, RefusesNoneAndTooMany) {
  PaymentParams scratch;
  Parsed none(R"({"payments":[]})");
  EXPECT_EQ(code_of(read_many_payments(none.value(), scratch, {}).error()), "invalid_payments");
  std::string text = R"({"payments":[0)";
  for (std::size_t i = 0; i < kPaymentsMax; ++i) text += ",0";
  Parsed many(text + "]}");
  EXPECT_EQ(code_of(read_many_payments(many.value(), scratch, {}).error()), "too_large");
}

TEST(OpenAccountParams, TellsNoFloorFromTheDefault) {
  Parsed with_null(R"({"id":"w","currency":"EUR","floor":null})");
  EXPECT_EQ(read_open_account(with_null.value())->floor(), std::nullopt);
  Parsed without(R"({"id":"w","currency":"EUR"})");
  EXPECT_EQ(read_open_account(without.value())->floor(), 0);
  EXPECT_EQ(read_open_account(std::nullopt).error().field, "id");
}

TEST(AccountUpdateParams, TellsNoneFromNowOnFromWhatWasNotGiven) {
  const auto update = [](const std::string& field) {
    Parsed parsed(R"({"key":"k","id":"w","frozen":"none",)" + field + ":null}");
    return read_account_change(AccountAction::update, parsed.value()).value();
  };
  EXPECT_TRUE(update(R"("floor")").terms()->floor);
  EXPECT_TRUE(update(R"("limits")").terms()->limits);
  EXPECT_TRUE(update(R"("alerts")").terms()->alerts);
  EXPECT_FALSE(update(R"("metadata")").terms()->metadata);
  EXPECT_EQ(update(R"("if_version")").if_version(), std::nullopt);
}

TEST(OpenAccountParams, TakesAnEmptyMetadataObjectForNone) {
  Parsed parsed(R"({"id":"w","currency":"EUR","metadata":{}})");
  EXPECT_EQ(read_open_account(parsed.value())->metadata(), "");
}

}  // namespace
}  // namespace giro::protocol
