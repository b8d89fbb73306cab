// The rules of a payment that need no state.
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/ledger/refusals.hpp"

namespace giro::test {
namespace {

using PaymentChange = std::function<void(PaymentRequest&)>;

std::string payment_problem(const PaymentChange& change) {
  return problem_of(payment(eur("ada", "bob", 1), change));
}

std::vector<LegRequest> legs(std::size_t count) {
  return std::vector(count, eur("ada", "bob", 1));
}

// --- text ---

TEST(AccountIdRule, AllowsOneTo64Bytes) {
  EXPECT_FALSE(is_account_id(""));
  EXPECT_TRUE(is_account_id("a"));
  EXPECT_TRUE(is_account_id(std::string(64, 'a')));
  EXPECT_FALSE(is_account_id(std::string(65, 'a')));
}

TEST(AccountIdRule, AllowsExactlyThePublishedBytes) {
  const std::string allowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/@-";
  for (int byte = 0; byte < 256; ++byte) {
    const std::string id(1, static_cast<char>(byte));
    EXPECT_EQ(is_account_id(id), allowed.find(id) != std::string::npos) << byte;
  }
}

TEST(PaymentKeyRule, AllowsOneTo128BytesOfText) {
  EXPECT_FALSE(is_payment_key(""));
  EXPECT_TRUE(is_payment_key(" "));
  EXPECT_TRUE(is_payment_key(std::string(128, 'k')));
  EXPECT_FALSE(is_payment_key(std::string(129, 'k')));
}

TEST(PaymentKeyRule, CountsBytesNotCharacters) {
  std::string euros;
  for (int i = 0; i < 42; ++i) euros += "\xE2\x82\xAC";  // 126 bytes.
  EXPECT_TRUE(is_payment_key(euros + "xx"));
  EXPECT_FALSE(is_payment_key(euros + "xxx"));
}

TEST(PaymentKeyRule, RefusesEveryControlCharacter) {
  for (char c = 0; c < 0x20; ++c)
    EXPECT_FALSE(is_payment_key(std::string("a") + c + "b")) << int{c};
  EXPECT_FALSE(
      is_payment_key("a\x7F"
                     "b"));
  EXPECT_FALSE(is_payment_key("a\xC2\x80"));  // U+0080 to U+009F are control characters too:
  EXPECT_FALSE(is_payment_key("a\xC2\x9B"));  // U+009B starts an escape sequence in terminals.
  EXPECT_FALSE(is_payment_key("a\xC2\x9F"));
  EXPECT_TRUE(is_payment_key("a\xC2\xA0"));
}

TEST(PlainTextRule, AllowsTabAndLineFeedOnly) {
  for (char c = 0; c < 0x20; ++c) {
    EXPECT_EQ(is_plain_text(std::string(1, c)), c == '\t' || c == '\n') << int{c};
  }
  EXPECT_FALSE(is_plain_text("\x7F"));
}

TEST(PlainTextRule, AllowsUtf8OfEveryLength) {
  for (const char* text : {"", "~", "\xC2\xA0", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
                           "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF",
                           "z\xC3\xA9\xE2\x82\xAC\xF0\x9F\x92\xB6z"}) {
    EXPECT_TRUE(is_plain_text(text)) << text;
  }
}

TEST(PlainTextRule, RefusesWhatIsNotUtf8) {
  for (const char* text : {"\x80",
                           "\xBF",  // No lead byte.
                           "\xC0\x80",
                           "\xC1\xBF",  // Overlong: two bytes,
                           "\xE0\x80\x80",
                           "\xE0\x9F\xBF",  // three,
                           "\xF0\x80\x80\x80",
                           "\xF0\x8F\xBF\xBF",  // four.
                           "\xED\xA0\x80",
                           "\xED\xBF\xBF",  // Surrogates.
                           "\xF4\x90\x80\x80",
                           "\xF5\x80\x80\x80",
                           "\xFF",  // Past U+10FFFF.
                           "\xC3",
                           "\xE2\x82",
                           "\xF0\x9F\x92",  // Cut short,
                           "\xC3z",
                           "\xE2\x82z",
                           "\xF0\x9F\x92z",  // or broken off,
                           "\xE2z\xAC",
                           "\xC3\xC3",
                           "\xE2\x82\xC3"}) {  // or run into the next.
    EXPECT_FALSE(is_plain_text(text)) << text;
    EXPECT_FALSE(is_plain_text(std::string("ok ") + text)) << text;
  }
}

// --- one leg ---

TEST(PaymentCheck, AcceptsTheSimplestPayment) {
  const CheckedPayment plain = checked(payment(eur("ada", "bob", 1250)));
  EXPECT_EQ(plain.key().view(), "key");
  EXPECT_EQ(plain.leg(), (Leg{AccountId("ada"), AccountId("bob"), 1250, CurrencyCode("EUR")}));
  EXPECT_EQ(plain.legs().size(), 1U);
  EXPECT_EQ(plain.options(), nullptr);
  EXPECT_FALSE(plain.dry_run());
}

TEST(PaymentCheck, RefusesAmountsThatAreNotAboveZero) {
  for (const Amount amount : {Amount{0}, Amount{-1}, std::numeric_limits<Amount>::min()}) {
    EXPECT_EQ(problem_of(payment(eur("ada", "bob", amount))), "invalid amount") << amount;
  }
  EXPECT_EQ(problem_of(payment(eur("ada", "bob", 1))), "");
  EXPECT_EQ(problem_of(payment(eur("ada", "bob", kAmountMax))), "");
}

TEST(PaymentCheck, RefusesAPaymentToTheAccountThatPays) {
  EXPECT_EQ(problem_of(payment(eur("ada", "ada", 1))), "same_account to");
}

TEST(PaymentCheck, RefusesIdsAndCodesThatBreakTheirRules) {
  const std::string long_id(65, 'a');
  EXPECT_EQ(problem_of(payment(eur("", "bob", 1))), "invalid from");
  EXPECT_EQ(problem_of(payment(eur(long_id, "bob", 1))), "invalid from");
  EXPECT_EQ(problem_of(payment(eur("ada", "", 1))), "invalid to");
  EXPECT_EQ(problem_of(payment(eur("ada", "b b", 1))), "invalid to");
  EXPECT_EQ(payment_problem([](auto& p) { p.leg.currency = "eur"; }), "invalid currency");
  EXPECT_EQ(payment_problem([](auto& p) { p.key = ""; }), "invalid key");
}

// --- options ---

TEST(PaymentCheck, AllowsCodesOf16Bits) {
  for (const std::int64_t code : {0, 65'535}) {
    EXPECT_EQ(payment_problem([&](auto& p) { p.code = code; }), "") << code;
  }
  for (const std::int64_t code : {-1L, 65'536L, std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(payment_problem([&](auto& p) { p.code = code; }), "invalid code") << code;
  }
}

TEST(PaymentCheck, AllowsReferencesOf64Bytes) {
  const std::string longest(64, 'r');
  const std::string over(65, 'r');
  EXPECT_EQ(payment_problem([&](auto& p) { p.reference = longest; }), "");
  EXPECT_EQ(payment_problem([&](auto& p) { p.reference = over; }), "invalid reference");
  EXPECT_EQ(payment_problem([](auto& p) { p.reference = ""; }), "invalid reference");
  EXPECT_EQ(payment_problem([](auto& p) { p.reference = "\xFF"; }), "invalid reference");
}

TEST(PaymentCheck, AllowsDescriptionsOf1024Bytes) {
  const std::string longest(1024, 'd');
  const std::string over(1025, 'd');
  EXPECT_EQ(payment_problem([&](auto& p) { p.description = longest; }), "");
  EXPECT_EQ(payment_problem([&](auto& p) { p.description = over; }), "invalid description");
  EXPECT_EQ(payment_problem([](auto& p) { p.description = "a\rb"; }), "invalid description");
}

TEST(PaymentCheck, AllowsMetadataOf4096Bytes) {
  const std::string longest(4096, 'm');
  const std::string over(4097, 'm');
  EXPECT_EQ(payment_problem([&](auto& p) { p.metadata = longest; }), "");
  EXPECT_EQ(payment_problem([&](auto& p) { p.metadata = over; }), "invalid metadata");
}

TEST(PaymentCheck, RefusesDatesAndTimesThatDoNotExist) {
  EXPECT_EQ(payment_problem([](auto& p) { p.effective_date = "2026-02-29"; }),
            "invalid effective_date");
  EXPECT_EQ(payment_problem([](auto& p) { p.deadline = "tomorrow"; }), "invalid deadline");
}

TEST(PaymentCheck, AllowsVersionsFromZero) {
  EXPECT_EQ(payment_problem([](auto& p) { p.if_version = 0; }), "");
  EXPECT_EQ(payment_problem([](auto& p) { p.if_version = -1; }), "invalid if_version");
}

TEST(PaymentCheck, AllowsAnyAvailableAmountAsAPrecondition) {
  for (const Amount amount : {std::numeric_limits<Amount>::min(), Amount{0}, kAmountMax}) {
    EXPECT_EQ(payment_problem([&](auto& p) { p.if_available_gte = amount; }), "");
  }
}

TEST(PaymentCheck, TakesTheTraceThatItIsPartOf) {
  const auto problem = [](const std::string& text) {
    return payment_problem([&](auto& p) { p.traceparent = text; });
  };
  EXPECT_EQ(problem("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), "");
  for (const char* bad : {"", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
                          "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                          "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                          "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                          "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}) {
    EXPECT_EQ(problem(bad), "invalid traceparent") << bad;
  }
}

TEST(PaymentCheck, TakesOverEveryOption) {
  const CheckedPayment full = checked(payment(eur("ada", "bob", 1), [](PaymentRequest& p) {
    p.up_to = p.dry_run = true;
    p.code = 65'535;
    p.reference = "invoice 17";
    p.description = "two\nlines";
    p.metadata = R"({"a":1})";
    p.effective_date = "2026-11-23";
    p.deadline = "1970-01-01T00:00:01Z";
    p.if_version = 3;
    p.if_available_gte = -4;
  }));
  ASSERT_NE(full.options(), nullptr);
  EXPECT_TRUE(full.dry_run());
  EXPECT_EQ(*full.options(), (PaymentOptions{.code = std::uint16_t{65'535},
                                             .reference = "invoice 17",
                                             .description = "two\nlines",
                                             .metadata = R"({"a":1})",
                                             .effective_date = parse_date("2026-11-23"),
                                             .deadline = Timestamp{1'000'000'000},
                                             .if_version = 3U,
                                             .if_available_gte = -4,
                                             .up_to = true}));
}

// --- several legs ---

TEST(PaymentCheck, AllowsOneToAThousandLegs) {
  for (const std::size_t count : {1U, 2U, 1'000U}) {
    EXPECT_EQ(checked(payment(legs(count))).legs().size(), count);
  }
  EXPECT_EQ(problem_of(payment(legs(1'001))), "too_large legs");
}

TEST(PaymentCheck, TreatsOneLegLikeNone) {
  const std::vector<LegRequest> one = legs(1);
  const CheckedPayment payment_of_one = checked(payment(one));
  EXPECT_EQ(payment_of_one.leg(), checked(payment(one.front())).leg());
  EXPECT_EQ(payment_of_one.options(), nullptr);
}

TEST(PaymentCheck, NamesTheLegThatIsWrong) {
  std::vector<LegRequest> some = legs(1'000);
  some[999].amount = 0;
  EXPECT_EQ(problem_of(payment(some)), "invalid legs[999].amount");
  some[3].to = some[3].from;
  EXPECT_EQ(problem_of(payment(some)), "same_account legs[3].to");
  some[0].from = "";
  EXPECT_EQ(problem_of(payment(some)), "invalid legs[0].from");
}

TEST(PaymentCheck, AllowsWhatIsAboutOneAccountInPaymentsOfOneLegOnly) {
  const std::vector<std::pair<std::string, PaymentChange>> about_one{
      {"up_to", [](auto& p) { p.up_to = true; }},
      {"if_version", [](auto& p) { p.if_version = 1; }},
      {"if_available_gte", [](auto& p) { p.if_available_gte = 1; }}};
  for (const auto& [field, change] : about_one) {
    EXPECT_EQ(problem_of(payment(legs(1), change)), "") << field;
    EXPECT_EQ(problem_of(payment(legs(2), change)), "invalid " + field);
  }
}

// --- which rule comes first ---

struct Break {
  std::string problem;
  PaymentChange change;
};

// Of every two broken rules the one whose field stands first in docs/PROTOCOL.md is named.
void expect_the_first_to_be_named(const PaymentRequest& sound, const std::vector<Break>& breaks) {
  ASSERT_EQ(problem_of(sound), "");
  for (std::size_t i = 0; i < breaks.size(); ++i) {
    PaymentRequest alone = sound;
    breaks[i].change(alone);
    EXPECT_EQ(problem_of(alone), breaks[i].problem);
    for (std::size_t k = i + 1; k < breaks.size(); ++k) {
      PaymentRequest both = sound;
      breaks[k].change(both);
      breaks[i].change(both);
      EXPECT_EQ(problem_of(both), breaks[i].problem) << "with " << breaks[k].problem;
    }
  }
}

const std::string kTooLong(5'000, 'x');

std::vector<Break> broken_options() {
  return {{"invalid code", [](auto& p) { p.code = -1; }},
          {"invalid reference", [](auto& p) { p.reference = kTooLong; }},
          {"invalid description", [](auto& p) { p.description = kTooLong; }},
          {"invalid metadata", [](auto& p) { p.metadata = kTooLong; }},
          {"invalid effective_date", [](auto& p) { p.effective_date = "x"; }},
          {"invalid deadline", [](auto& p) { p.deadline = "x"; }},
          {"invalid if_version", [](auto& p) { p.if_version = -1; }}};
}

TEST(PaymentCheck, NamesTheFirstBrokenFieldOfAPaymentOfOneLeg) {
  std::vector<Break> breaks{{"invalid key", [](auto& p) { p.key = ""; }},
                            {"invalid from", [](auto& p) { p.leg.from = ""; }},
                            {"invalid to", [](auto& p) { p.leg.to = ""; }},
                            {"invalid amount", [](auto& p) { p.leg.amount = 0; }},
                            {"invalid currency", [](auto& p) { p.leg.currency = ""; }}};
  for (Break& option : broken_options()) breaks.push_back(std::move(option));
  expect_the_first_to_be_named(payment(eur("ada", "bob", 1)), breaks);
}

TEST(PaymentCheck, NamesTheAccountThatPaysItselfBeforeTheFieldsAfterTo) {
  std::vector<Break> breaks{{"same_account to", [](auto& p) { p.leg.to = p.leg.from; }},
                            {"invalid amount", [](auto& p) { p.leg.amount = 0; }},
                            {"invalid currency", [](auto& p) { p.leg.currency = ""; }}};
  expect_the_first_to_be_named(payment(eur("ada", "bob", 1)), breaks);
}

TEST(PaymentCheck, NamesTheFirstBrokenFieldOfAPaymentOfSeveralLegs) {
  static const std::vector<LegRequest> kWrong{eur("ada", "bob", 1), eur("ada", "bob", 0)};
  std::vector<Break> breaks{{"invalid legs[1].amount", [](auto& p) { p.legs = kWrong; }},
                            {"invalid up_to", [](auto& p) { p.up_to = true; }}};
  for (Break& option : broken_options()) breaks.push_back(std::move(option));
  breaks.push_back({"invalid if_available_gte", [](auto& p) { p.if_available_gte = 1; }});
  const std::vector<LegRequest> two = legs(2);
  expect_the_first_to_be_named(payment(two), breaks);
}

TEST(PaymentCheck, SaysWhatTheFieldMustBe) {
  const auto refused = CheckedPayment::check(payment(eur("ada", "bob", 0)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "amount must be above 0");
}

}  // namespace
}  // namespace giro::test
