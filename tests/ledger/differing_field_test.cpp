// A key that decided before: the same request is a replay, another one a conflict that names the
// field.
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/ledger/bodies.hpp"
#include "tests/ledger/builders.hpp"

namespace giro::test {
namespace {

using Change = std::function<void(PaymentRequest&)>;
using Field = std::optional<std::string>;

class DifferingField : public testing::Test {
 protected:
  DifferingField() {
    book.open_with("ada", 100);
    book.open("bob");
    book.open("eve");
    book.open("usd", in_dollars);
  }
  Field between(const PaymentRequest& first, const PaymentRequest& second) {
    return differing_field(book.submit(first), checked(second), book.state());
  }
  void expect_same(const PaymentRequest& request) {
    EXPECT_EQ(between(request, request), std::nullopt);
  }
  void expect_same(const LegRequest& leg) { expect_same(payment(leg)); }

  // That each field of a leg is told apart in a payment that is decided so.
  void expect_every_field_of(const LegRequest& leg) {
    const Entry& prior = book.pay(leg);
    const auto against = [&](const Change& change) {
      return differing_field(prior, checked(payment(leg, change)), book.state());
    };
    EXPECT_EQ(against([](auto&) {}), std::nullopt);
    EXPECT_EQ(against([](auto& p) { p.leg.from = "other"; }), "from");
    EXPECT_EQ(against([](auto& p) { p.leg.to = "other"; }), "to");
    EXPECT_EQ(against([](auto& p) { ++p.leg.amount; }), "amount");
    EXPECT_EQ(against([](auto& p) { p.leg.currency = "GBP"; }), "currency");
    EXPECT_EQ(against(up_to), "up_to");
  }

  Book book;
};

TEST_F(DifferingField, TellsTheFieldsOfAnAppliedPayment) {
  expect_every_field_of(eur("ada", "bob", 1));
}

TEST_F(DifferingField, TellsTheFieldsOfRejectedPayments) {
  expect_every_field_of(eur("ada", "bob", 1'000));  // Too little.
  expect_every_field_of(eur("nobody", "bob", 1));
  expect_every_field_of(eur("ada", "nobody", 1));
  expect_every_field_of(eur("nobody", "noone", 1));
  expect_every_field_of(usd("ada", "bob", 1));
  expect_every_field_of(usd("ada", "usd", 1));
  expect_every_field_of(eur("ada", "usd", 1));
  expect_every_field_of({.from = "ada", .to = "bob", .amount = 1, .currency = "NEVERSEEN"});
}

TEST_F(DifferingField, StillKnowsARejectedPaymentWhenItsAccountWasOpenedSince) {
  const Entry& prior = book.pay(eur("late", "bob", 1));
  book.open("late", in_dollars);
  EXPECT_EQ(differing_field(prior, checked(payment(eur("late", "bob", 1))), book.state()),
            std::nullopt);
}

TEST_F(DifferingField, TellsEveryOption) {
  const std::vector<std::pair<std::string, Change>> options{
      {"up_to", [](auto& p) { p.up_to = true; }},
      {"code", [](auto& p) { p.code = 0; }},
      {"reference", [](auto& p) { p.reference = "r"; }},
      {"description", [](auto& p) { p.description = "d"; }},
      {"metadata", [](auto& p) { p.metadata = "{}"; }},
      {"effective_date", [](auto& p) { p.effective_date = "2026-11-23"; }},
      {"deadline", [](auto& p) { p.deadline = "2026-11-23T09:00:00Z"; }},
      {"if_version", [](auto& p) { p.if_version = 0; }},
      {"if_available_gte", [](auto& p) { p.if_available_gte = 0; }}};
  const LegRequest leg = eur("world", "bob", 1);
  for (std::size_t i = 0; i < options.size(); ++i) {
    const auto& [field, change] = options[i];
    EXPECT_EQ(between(payment(leg), payment(leg, change)), field);
    EXPECT_EQ(between(payment(leg, change), payment(leg)), field);
    expect_same(payment(leg, change));
    // Of several the first is named.
    const auto with_all_after = [&](PaymentRequest& p) {
      for (std::size_t k = i; k < options.size(); ++k) options[k].second(p);
    };
    EXPECT_EQ(between(payment(leg), payment(leg, with_all_after)), field);
  }
}

TEST_F(DifferingField, NamesFieldsOfTheLegBeforeOptions) {
  EXPECT_EQ(between(payment(eur("ada", "bob", 1)),
                    payment(eur("ada", "eve", 2), [](auto& p) { p.code = 1, p.up_to = true; })),
            "to");
}

TEST_F(DifferingField, ComparesWhatWasAskedNotWhatMoved) {
  const PaymentRequest all = payment(eur("ada", "bob", 250), up_to);
  const Entry& prior = book.submit(all);
  ASSERT_EQ(payment_of(prior).posting.amount, 100);
  EXPECT_EQ(differing_field(prior, checked(all), book.state()), std::nullopt);
  EXPECT_EQ(differing_field(prior, checked(payment(eur("ada", "bob", 100), up_to)), book.state()),
            "amount");
}

TEST_F(DifferingField, ComparesWhatWasAskedOfARejectedUpTo) {
  expect_same(payment(eur("bob", "ada", 250), up_to));
  expect_same(payment(eur("nobody", "ada", 250), up_to));
}

TEST_F(DifferingField, TakesSpellingsOfOneDeadlineForTheSame) {
  const LegRequest leg = eur("ada", "bob", 1);
  EXPECT_EQ(between(payment(leg, [](auto& p) { p.deadline = "2026-11-23T09:00:00Z"; }),
                    payment(leg, [](auto& p) { p.deadline = "2026-11-23T10:00:00.0+01:00"; })),
            std::nullopt);
}

TEST_F(DifferingField, TakesOneLegForThePaymentWithoutLegs) {
  const std::vector<LegRequest> one{eur("ada", "bob", 1)};
  EXPECT_EQ(between(payment(one), payment(one.front())), std::nullopt);
  EXPECT_EQ(between(payment(one.front()), payment(one)), std::nullopt);
}

TEST_F(DifferingField, NamesTheLegInAPaymentOfSeveral) {
  const auto expect_legs_told_apart = [&](const std::vector<LegRequest>& legs) {
    const Entry& prior = book.pay_all(legs);
    const auto against = [&](auto change) {
      std::vector<LegRequest> changed = legs;
      change(changed);
      return differing_field(prior, checked(payment(changed)), book.state());
    };
    EXPECT_EQ(against([](auto&) {}), std::nullopt);
    EXPECT_EQ(against([](auto& l) { l[0].from = "other"; }), "legs[0].from");
    EXPECT_EQ(against([](auto& l) { l[1].to = "other"; }), "legs[1].to");
    EXPECT_EQ(against([](auto& l) { ++l[1].amount; }), "legs[1].amount");
    EXPECT_EQ(against([](auto& l) { l[1].currency = "GBP"; }), "legs[1].currency");
    EXPECT_EQ(against([](auto& l) { l.pop_back(); }), "legs");
    EXPECT_EQ(against([](auto& l) { l.push_back(l.front()); }), "legs");
    EXPECT_EQ(against([](auto& l) { l.resize(1); }), "legs");
  };
  expect_legs_told_apart({eur("ada", "bob", 1), eur("ada", "eve", 2), eur("bob", "eve", 1)});
  expect_legs_told_apart({eur("ada", "bob", 1), eur("ada", "eve", 2'000), eur("bob", "eve", 1)});
  expect_legs_told_apart({eur("ada", "bob", 1), usd("nobody", "usd", 2), eur("bob", "eve", 1)});
}

TEST_F(DifferingField, TellsOptionsOfAPaymentOfSeveralLegs) {
  const std::vector<LegRequest> legs{eur("ada", "bob", 1), eur("ada", "eve", 2)};
  EXPECT_EQ(between(payment(legs), payment(legs, [](auto& p) { p.code = 1; })), "code");
}

TEST_F(DifferingField, IsNotAboutWhoAskedNorWhetherItIsADryRun) {
  const LegRequest leg = eur("ada", "bob", 1);
  EXPECT_EQ(between(payment(leg), payment(leg, dry)), std::nullopt);
}

TEST_F(DifferingField, TellsAPaymentFromTheOpeningOfAnAccount) {
  const Entry& opened = book.open("key");
  const Entry& refused = book.open("key", in_dollars);
  const CheckedPayment request = checked(payment(eur("ada", "bob", 1)));
  EXPECT_EQ(differing_field(opened, request, book.state()), "id");
  EXPECT_EQ(differing_field(refused, request, book.state()), "id");
}

}  // namespace
}  // namespace giro::test
