// The text of an entry's details: hashed into the audit chain, so that its form is for ever.
#include "ledger/store/journal/details.hpp"

#include <memory>
#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "tests/ledger/bodies.hpp"
#include "tests/ledger/random_commands.hpp"

namespace giro::test {
namespace {

// An entry that keeps as much of the command as any can.
Entry entry_of(const Command& command) {
  Entry entry;
  if (const auto* open = std::get_if<CheckedOpenAccount>(&command)) {
    entry.body = std::make_unique<OpeningBody>(OpeningBody{.opened = {.id = open->id(),
                                                                      .currency = open->currency(),
                                                                      .floor = open->floor(),
                                                                      .ceiling = open->ceiling(),
                                                                      .metadata = open->metadata()},
                                                           .number = 7});
    return entry;
  }
  const auto& payment = std::get<CheckedPayment>(command);
  const PaymentOptions options =
      payment.options() == nullptr ? PaymentOptions() : *payment.options();
  if (payment.legs().size() > 1) {
    auto several = std::make_unique<MultiLegBody>();
    several->options = options;
    several->requested.assign(payment.legs().begin(), payment.legs().end());
    several->legs.seen = {.from = 3, .to = 4, .amount = 5, .from_after = 6, .to_after = 7};
    several->legs.leg_code = Rejection::insufficient_funds;
    several->legs.failed_leg = 1;
    entry.body = std::move(several);
    return entry;
  }
  auto details = std::make_unique<PaymentDetails>();
  details->options = options;
  if (options.up_to) details->asked = payment.leg().amount;
  if (payment.leg().amount % 2 == 0) details->requested = payment.leg();
  const bool plain = *details == PaymentDetails{};
  entry.body = PaymentBody{.posting = {.from = 1, .to = 2, .amount = payment.leg().amount},
                           .details = plain ? nullptr : std::move(details)};
  return entry;
}

std::string text_of_details(const Entry& entry) {
  std::string text = "what was there before";
  store::write_details(entry, text);
  return text;
}

TEST(Details, ComeBackFromTheirTextWhateverTheyHold) {
  RandomCommands commands(3);
  for (int i = 0; i < 5'000; ++i) {
    const Command command = commands.next();
    // Those that go on with something are read from a real journal: tests/store/holds_test.cpp.
    if (!std::holds_alternative<CheckedPayment>(command) &&
        !std::holds_alternative<CheckedOpenAccount>(command)) {
      continue;
    }
    const Entry entry = entry_of(command);
    const std::string text = text_of_details(entry);
    Entry read;
    read.body = store::read_body(entry.kind(), entry.row_posting(), text, store::metadata_of(entry),
                                 read.group);
    ASSERT_TRUE(read == entry) << text;
    if (!text.empty()) {
      ASSERT_EQ(boost::json::serialize(boost::json::parse(text)), text) << "shortest JSON";
    }
  }
}

TEST(Details, OfNothingAreNoText) {
  EXPECT_EQ(text_of_details({}), "");
}

PaymentOptions every_option() {
  PaymentOptions options;
  options.code = std::uint16_t{7};
  options.reference = "invoice 17";
  options.description = "a \"b\" \\ c/d\t\n\x7f\xC3\xA9";
  options.effective_date = parse_date("2026-02-28");
  options.deadline = Timestamp{17};
  options.if_version = 3;
  options.if_available_gte = -5;
  options.up_to = true;
  return options;
}

// Ledgers of earlier releases hold these forms.
constexpr const char* kEveryOption =
    R"({"code":7,"reference":"invoice 17","description":"a \"b\" \\ c/d\t\n)"
    "\x7f\xC3\xA9"
    R"(","effective_date":"2026-02-28","deadline":17,"if_version":3,)"
    R"("if_available_gte":-5,"up_to":true,)";

TEST(Details, OfAPaymentHaveTheFormThatTheyAlwaysHad) {
  Entry entry;
  payment_of(entry).details = std::make_unique<PaymentDetails>(
      PaymentDetails{.options = every_option(),
                     .asked = 99,
                     .requested = Leg{.from = AccountId("a"),
                                      .to = AccountId("b"),
                                      .amount = 1,
                                      .currency = CurrencyCode("EUR")}});
  EXPECT_EQ(text_of_details(entry),
            std::string(kEveryOption) +
                R"("asked":99,"requested":[{"from":"a","to":"b","amount":1,"currency":"EUR"}]})");
}

TEST(Details, OfAPaymentNameTheTraceThatItIsPartOf) {
  PaymentOptions options;
  options.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  Entry entry;
  payment_of(entry).details = std::make_unique<PaymentDetails>(
      PaymentDetails{.options = std::move(options), .asked = {}, .requested = {}});
  EXPECT_EQ(text_of_details(entry),
            R"({"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"})");
}

TEST(Details, OfSeveralLegsHaveTheFormThatTheyAlwaysHad) {
  auto legs = std::make_unique<MultiLegBody>();
  legs->options = every_option();
  legs->requested = {
      {.from = AccountId("a"), .to = AccountId("b"), .amount = 1, .currency = CurrencyCode("EUR")},
      {.from = AccountId("b"), .to = AccountId("c"), .amount = 2, .currency = CurrencyCode("EUR")}};
  legs->legs.failed_leg = 1;
  legs->legs.leg_code = Rejection::insufficient_funds;
  Entry entry;
  entry.body = std::move(legs);
  EXPECT_EQ(text_of_details(entry), std::string(kEveryOption) +
                                        R"("requested":[)"
                                        R"({"from":"a","to":"b","amount":1,"currency":"EUR"},)"
                                        R"({"from":"b","to":"c","amount":2,"currency":"EUR"}],)"
                                        R"("leg":1,"leg_code":61})");
}

TEST(Details, OfClosingTheBooksHaveTheFormThatTheyAlwaysHad) {
  Entry entry;
  entry.body = std::make_unique<BooksBody>(BooksBody{.action = BooksAction::open,
                                                     .until = parse_date("2025-12-31"),
                                                     .before = parse_date("2026-01-31")});
  EXPECT_EQ(text_of_details(entry), R"({"action":1,"until":"2025-12-31","before":"2026-01-31"})");
  entry.body = std::make_unique<BooksBody>(
      BooksBody{.action = BooksAction::close, .until = parse_date("2026-01-31"), .before = {}});
  EXPECT_EQ(text_of_details(entry), R"({"until":"2026-01-31"})");
}

TEST(Details, OfAnOpeningHaveTheFormThatTheyAlwaysHad) {
  Entry entry;
  entry.body = std::make_unique<OpeningBody>(
      OpeningBody{.opened = {.id = AccountId("a"),
                             .currency = {.code = CurrencyCode("EUR"), .scale = 2},
                             .floor = {},
                             .ceiling = 10,
                             .metadata = {}},
                  .number = 0});
  EXPECT_EQ(text_of_details(entry),
            R"({"account":{"id":"a","currency":"EUR","scale":2,"floor":null,"ceiling":10}})");
}

Leg leg(std::string_view from, std::string_view to, Amount amount) {
  return {.from = AccountId(from),
          .to = AccountId(to),
          .amount = amount,
          .currency = CurrencyCode("EUR")};
}

TEST(Details, OfAScheduleHaveTheFormThatTheyAlwaysHad) {
  const auto schedule = [](const ScheduleTerms& terms) {
    Entry entry;
    entry.body = std::make_unique<ScheduleBody>(
        ScheduleBody{.options = every_option(), .requested = {leg("a", "b", 1)}, .terms = terms});
    return entry;
  };
  const std::string legs = std::string(kEveryOption) +
                           R"("requested":[{"from":"a","to":"b","amount":1,"currency":"EUR"}],)";
  EXPECT_EQ(text_of_details(schedule({.at = Timestamp{17}, .every = {}, .until = {}, .count = {}})),
            legs + R"("at":17})");
  EXPECT_EQ(text_of_details(schedule({.at = Timestamp{17},
                                      .every = parse_interval("P2W"),
                                      .until = Timestamp{19},
                                      .count = 3})),
            legs + R"("at":17,"every":"P2W","until":19,"count":3})");
}

TEST(Details, OfACancellationHaveTheFormThatTheyAlwaysHad) {
  Entry entry;
  entry.body = std::make_unique<CancelBody>(
      CancelBody{.named = {.key = PaymentKey("rent"), .seq = 0}, .schedule = 7});
  EXPECT_EQ(text_of_details(entry), R"({"schedule":"rent","schedule_seq":7})");
  entry.body =
      std::make_unique<CancelBody>(CancelBody{.named = {.key = {}, .seq = 9}, .schedule = 0});
  EXPECT_EQ(text_of_details(entry), R"({"schedule":9})");
}

TEST(Details, OfAScheduledPaymentHaveTheFormThatTheyAlwaysHad) {
  auto scheduled = std::make_unique<ScheduledBody>();
  scheduled->schedule = 7;
  scheduled->occurrence = 2;
  scheduled->due_at = Timestamp{17};
  scheduled->options = every_option();
  scheduled->asked = 99;
  scheduled->requested = {leg("a", "b", 1), leg("b", "c", 2)};
  scheduled->legs.failed_leg = 1;
  scheduled->legs.leg_code = Rejection::insufficient_funds;
  Entry entry;
  entry.body = std::move(scheduled);
  EXPECT_EQ(text_of_details(entry), R"({"schedule_seq":7,"occurrence":2,"due_at":17,)" +
                                        std::string(kEveryOption).substr(1) +
                                        R"("asked":99,"requested":[)"
                                        R"({"from":"a","to":"b","amount":1,"currency":"EUR"},)"
                                        R"({"from":"b","to":"c","amount":2,"currency":"EUR"}],)"
                                        R"("leg":1,"leg_code":61})");
}

}  // namespace
}  // namespace giro::test
