// The text of an entry's details: hashed into the audit chain, so that its form is for ever.
#include "ledger/store/journal/details.hpp"

#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "tests/ledger/random_commands.hpp"

namespace giro::test {
namespace {

EntryDetails details_of(const Command& command) {
  EntryDetails details;
  if (const auto* open = std::get_if<CheckedOpenAccount>(&command)) {
    details.opened = OpenedAccount{.id = open->id(),
                                   .currency = open->currency(),
                                   .floor = open->floor(),
                                   .ceiling = open->ceiling(),
                                   .metadata = open->metadata()};
    return details;
  }
  const auto& payment = std::get<CheckedPayment>(command);
  if (payment.options() != nullptr) details.options = *payment.options();
  if (payment.legs().size() > 1) {
    details.requested.assign(payment.legs().begin(), payment.legs().end());
    details.leg_code = Rejection::insufficient_funds;
    details.failed_leg = 1;
  }
  if (details.options.up_to) details.asked = payment.leg().amount;
  return details;
}

std::string text_of(const EntryDetails& details) {
  std::string text = "what was there before";
  store::write_details(details, text);
  return text;
}

TEST(Details, ComeBackFromTheirTextWhateverTheyHold) {
  RandomCommands commands(3);
  for (int i = 0; i < 5'000; ++i) {
    const EntryDetails details = details_of(commands.next());
    const std::string text = text_of(details);
    const auto read = store::read_details(text, store::metadata_of(details));
    ASSERT_TRUE(*read == details) << text;
    if (!text.empty()) {
      ASSERT_EQ(boost::json::serialize(boost::json::parse(text)), text) << "shortest JSON";
    }
  }
}

TEST(Details, OfNothingAreNoText) {
  EXPECT_EQ(text_of({}), "");
}

// Ledgers of earlier releases hold it.
TEST(Details, HaveTheFormThatTheyAlwaysHad) {
  EntryDetails details;
  details.options.code = std::uint16_t{7};
  details.options.reference = "invoice 17";
  details.options.description = "a \"b\" \\ c/d\t\n\x7f\xC3\xA9";
  details.options.effective_date = "2026-02-28";
  details.options.deadline = Timestamp{17};
  details.options.if_version = 3;
  details.options.if_available_gte = -5;
  details.options.up_to = true;
  details.asked = 99;
  details.requested = {
      {.from = AccountId("a"), .to = AccountId("b"), .amount = 1, .currency = CurrencyCode("EUR")},
      {.from = AccountId("b"), .to = AccountId("c"), .amount = 2, .currency = CurrencyCode("EUR")}};
  details.failed_leg = 1;
  details.leg_code = Rejection::insufficient_funds;
  EXPECT_EQ(text_of(details),
            R"({"code":7,"reference":"invoice 17","description":"a \"b\" \\ c/d\t\n)"
            "\x7f\xC3\xA9"
            R"(","effective_date":"2026-02-28","deadline":17,"if_version":3,)"
            R"("if_available_gte":-5,"up_to":true,"asked":99,"requested":[)"
            R"({"from":"a","to":"b","amount":1,"currency":"EUR"},)"
            R"({"from":"b","to":"c","amount":2,"currency":"EUR"}],"leg":1,"leg_code":61})");
  EntryDetails opening;
  opening.opened = OpenedAccount{.id = AccountId("a"),
                                 .currency = {.code = CurrencyCode("EUR"), .scale = 2},
                                 .floor = {},
                                 .ceiling = 10,
                                 .metadata = {}};
  EXPECT_EQ(text_of(opening),
            R"({"account":{"id":"a","currency":"EUR","scale":2,"floor":null,"ceiling":10}})");
}

}  // namespace
}  // namespace giro::test
