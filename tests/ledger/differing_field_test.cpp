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

TEST_F(DifferingField, TakesARepetitionWithinAnotherTraceForTheSame) {
  const LegRequest leg = eur("world", "bob", 1);
  const auto traced = [](PaymentRequest& p) {
    p.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  };
  expect_same(payment(leg, traced));
  EXPECT_EQ(between(payment(leg), payment(leg, traced)), std::nullopt);
  EXPECT_EQ(between(payment(leg, traced), payment(leg)), std::nullopt);
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
  EXPECT_EQ(differing_field(opened, request, book.state()), "method");
  EXPECT_EQ(differing_field(refused, request, book.state()), "method");
}

// --- holds, reversals and changes of accounts ---

class DifferingFieldOfOthers : public testing::Test {
 protected:
  DifferingFieldOfOthers() {
    book.open_with("ada", 100);
    book.open("bob");
    held = book.hold(eur("ada", "bob", 10), [](auto& h) { h.payment.key = "h"; }).seq;
  }
  // How `request`, changed so, differs from what it decided; the same, where it isn't changed.
  template <class Request>
  std::function<Field(std::function<void(Request&)>)> after(const Request& request) {
    const Entry& prior = book.submit(request);
    EXPECT_EQ(differing_field(prior, checked(request), book.state()), std::nullopt);
    return [this, &prior, request](const std::function<void(Request&)>& change) {
      Request changed = request;
      change(changed);
      return differing_field(prior, checked(changed), book.state());
    };
  }
  void expect_every_field_of_a_hold(const LegRequest& leg) {
    const auto against = after(hold(leg));
    EXPECT_EQ(against([](auto& h) { h.payment.leg.from = "other"; }), "from");
    EXPECT_EQ(against([](auto& h) { h.payment.leg.to = "other"; }), "to");
    EXPECT_EQ(against([](auto& h) { ++h.payment.leg.amount; }), "amount");
    EXPECT_EQ(against([](auto& h) { h.payment.leg.currency = "GBP"; }), "currency");
    EXPECT_EQ(against([](auto& h) { h.timeout = "90s"; }), "timeout");
    EXPECT_EQ(against([](auto& h) { h.expires_at = "2026-11-23T09:00:00Z"; }), "expires_at");
    EXPECT_EQ(against([](auto& h) { h.payment.up_to = true; }), "up_to");
    EXPECT_EQ(against([](auto& h) { h.payment.code = 1; }), "code");
    EXPECT_EQ(against([](auto& h) { h.payment.if_version = 1; }), "if_version");
    EXPECT_EQ(against(dry), std::nullopt);
  }

  Book book;
  Seq held = 0;
};

TEST_F(DifferingFieldOfOthers, IsToldOfAHold) {
  expect_every_field_of_a_hold(eur("ada", "bob", 1));
  expect_every_field_of_a_hold(eur("ada", "bob", 1'000));  // Too little.
  expect_every_field_of_a_hold(eur("ada", "nobody", 1));
  expect_every_field_of_a_hold(usd("ada", "bob", 1));
}

TEST_F(DifferingFieldOfOthers, IsToldOfTheEndOfAHold) {
  const auto timeout = after(hold(eur("ada", "bob", 1), [](auto& h) { h.timeout = "24h"; }));
  EXPECT_EQ(timeout([](auto& h) { h.timeout = "1440m"; }), std::nullopt) << "another spelling";
  EXPECT_EQ(timeout([](auto& h) { h.timeout = "7d"; }), "timeout");
  EXPECT_EQ(timeout([](auto& h) { h.timeout.reset(); }), "timeout");
  const auto end =
      after(hold(eur("ada", "bob", 1), [](auto& h) { h.expires_at = "2026-11-23T09:00:00Z"; }));
  EXPECT_EQ(end([](auto& h) { h.expires_at = "2026-11-23T09:00:01Z"; }), "expires_at");
  EXPECT_EQ(end([](auto& h) { h.expires_at.reset(), h.timeout = "7d"; }), "timeout");
}

TEST_F(DifferingFieldOfOthers, ComparesWhatAHoldWasAskedToHold) {
  const auto against = after(hold(eur("ada", "bob", 250), [](auto& h) { h.payment.up_to = true; }));
  EXPECT_EQ(against([](auto& h) { h.payment.leg.amount = 90; }), "amount");
}

TEST_F(DifferingFieldOfOthers, IsToldOfACapture) {
  for (const Amount amount : {1, 1'000}) {  // One is applied, one rejected.
    const auto against = after(capture(by_seq(held), [&](auto& c) { c.amount = amount; }));
    EXPECT_EQ(against([](auto& c) { c.hold = by_seq(1); }), "hold");
    EXPECT_EQ(against([](auto& c) { c.hold = by_key("h"); }), "hold") << "named otherwise";
    EXPECT_EQ(against([](auto& c) { ++*c.amount; }), "amount");
    EXPECT_EQ(against([](auto& c) { c.amount.reset(); }), "amount");
    EXPECT_EQ(against([](auto& c) { c.final = true; }), "final");
    EXPECT_EQ(against(dry), std::nullopt);
  }
  const auto of_all = after(capture(by_key("h")));
  EXPECT_EQ(of_all([](auto& c) { c.amount = 9; }), "amount") << "which is what it captured";
  EXPECT_EQ(of_all([](auto& c) { c.hold = by_key("i"); }), "hold");
}

TEST_F(DifferingFieldOfOthers, IsToldOfAVoid) {
  for (int round = 0; round < 2; ++round) {  // The second is rejected.
    const auto against = after(release(by_key("h")));
    EXPECT_EQ(against([](auto& v) { v.hold = by_key("i"); }), "hold");
    EXPECT_EQ(against([](auto& v) { v.hold = by_seq(3); }), "hold");
    EXPECT_EQ(against(dry), std::nullopt);
  }
}

TEST_F(DifferingFieldOfOthers, IsToldOfAReversal) {
  const Seq paid = book.pay(eur("ada", "bob", 10)).seq;
  for (const Amount amount : {1, 1'000}) {
    const auto against = after(reversal(by_seq(paid), [&](auto& r) { r.amount = amount; }));
    EXPECT_EQ(against([](auto& r) { r.original = by_key("p"); }), "original");
    EXPECT_EQ(against([](auto& r) { ++*r.amount; }), "amount");
    EXPECT_EQ(against([](auto& r) { r.amount.reset(); }), "amount");
    EXPECT_EQ(against([](auto& r) { r.options.code = 1; }), "code");
    EXPECT_EQ(against([](auto& r) { r.options.reference = "r"; }), "reference");
    EXPECT_EQ(against([](auto& r) { r.options.description = "d"; }), "description");
    EXPECT_EQ(against([](auto& r) { r.options.metadata = "{}"; }), "metadata");
    EXPECT_EQ(against([](auto& r) { r.options.effective_date = "2026-11-23"; }), "effective_date");
    EXPECT_EQ(against([](auto& r) { r.options.deadline = "2026-11-23T09:00:00Z"; }), "deadline");
    EXPECT_EQ(against(dry), std::nullopt);
  }
}

TEST_F(DifferingFieldOfOthers, IsToldOfAChangeOfAnAccount) {
  for (const char* id : {"ada", "nobody"}) {
    const auto against = after(
        account_change(AccountAction::update, id, [](auto& u) { u.floor = -5, u.ceiling = 500; }));
    EXPECT_EQ(against([](auto& u) { u.id = "bob"; }), "id");
    EXPECT_EQ(against([](auto& u) { u.floor = -6; }), "floor");
    EXPECT_EQ(against([](auto& u) { u.floor = std::optional<Amount>(); }), "floor");
    EXPECT_EQ(against([](auto& u) { u.floor.reset(); }), "floor");
    EXPECT_EQ(against([](auto& u) { u.ceiling = 501; }), "ceiling");
    EXPECT_EQ(against([](auto& u) { u.frozen = "none"; }), "frozen");
    EXPECT_EQ(against([](auto& u) { u.metadata = "{}"; }), "metadata");
    EXPECT_EQ(against([](auto& u) { u.if_version = 0; }), "if_version");
    EXPECT_EQ(against(dry), std::nullopt);
  }
  const auto against = after(account_change(AccountAction::close, "bob"));
  EXPECT_EQ(against([](auto& c) { c.action = AccountAction::reopen; }), "method");
  EXPECT_EQ(against([](auto& c) { c.id = "ada"; }), "id");
  EXPECT_EQ(against([](auto& c) { c.if_version = 1; }), "if_version");
}

TEST_F(DifferingFieldOfOthers, IsToldOfClosingAndOpeningTheBooks) {
  for (const char* day : {"1969-12-31", "2026-11-23"}) {  // One is over, one isn't.
    const auto against = after(close_books(day));
    EXPECT_EQ(against([](auto& b) { b.until = "1969-12-30"; }), "until");
    EXPECT_EQ(against([](auto& b) { b.action = BooksAction::open; }), "method");
    EXPECT_EQ(against(dry), std::nullopt);
  }
  const auto against = after(open_books());
  EXPECT_EQ(against([](auto& b) { b.until = "1969-12-31"; }), "until");
  EXPECT_EQ(against([](auto& b) { b.action = BooksAction::close, b.until = "1969-12-31"; }),
            "method");
}

TEST_F(DifferingFieldOfOthers, IsTheMethodBetweenAnyTwoKinds) {
  const LegRequest leg = eur("ada", "bob", 1);
  const std::vector<LegRequest> legs{leg, leg};
  const PaymentRequest paid = payment(leg);
  const PaymentRequest paid_by_legs = payment(legs);
  const HoldRequest reserved = hold(leg);
  const CaptureRequest captured = capture(by_seq(held), [](auto& c) { c.amount = 1; });
  const VoidRequest voided = release(by_seq(held));
  const ReversalRequest reversed = reversal(by_seq(held));
  const AccountChangeRequest changed = account_change(AccountAction::reopen, "ada");
  const BooksRequest closed = close_books("1969-12-31");
  const auto expect_method = [&](const Entry& prior, const auto&... others) {
    for (const Field& field : {differing_field(prior, checked(others), book.state())...}) {
      EXPECT_EQ(field, "method");
    }
  };
  expect_method(book.submit(paid), reserved, captured, voided, reversed, changed);
  expect_method(book.submit(paid_by_legs), reserved, captured, voided, reversed, changed);
  expect_method(book.submit(reserved), paid, paid_by_legs, captured, voided, reversed, changed);
  expect_method(book.submit(captured), paid, paid_by_legs, reserved, voided, reversed, changed);
  expect_method(book.submit(voided), paid, paid_by_legs, reserved, captured, reversed, changed);
  expect_method(book.submit(reversed), paid, paid_by_legs, reserved, captured, voided, changed);
  expect_method(book.submit(changed), paid, paid_by_legs, reserved, captured, voided, reversed);
  expect_method(book.submit(changed), closed);
  expect_method(book.submit(closed), paid, paid_by_legs, reserved, captured, voided, reversed,
                changed);
}

}  // namespace
}  // namespace giro::test
