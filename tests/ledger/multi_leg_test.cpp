// Payments of several legs: all of them apply, in their order, or none does.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/ledger/bodies.hpp"
#include "tests/ledger/builders.hpp"

namespace giro::test {
namespace {

class PaymentOfSeveralLegs : public testing::Test {
 protected:
  PaymentOfSeveralLegs() {
    book.open_with("ada", 100);
    book.open("bob");
    book.open("eve");
  }

  const Entry& expect_failure(std::uint16_t leg, Rejection code,
                              const std::vector<LegRequest>& legs) {
    const Snapshot before = snapshot(book.state());
    const Entry& entry = book.pay_all(legs);
    EXPECT_EQ(entry.kind(), EntryKind::multi_leg);
    EXPECT_EQ(entry.outcome, Rejection::leg_failed);
    EXPECT_EQ(legs_of(entry).legs.failed_leg, leg);
    EXPECT_EQ(legs_of(entry).legs.leg_code, code);
    EXPECT_EQ(legs_of(entry).requested.size(), legs.size());
    EXPECT_TRUE(legs_of(entry).legs.postings.empty());
    EXPECT_TRUE(entry.postings().empty());
    Snapshot after = snapshot(book.state());
    EXPECT_EQ(after.seq, before.seq + 1);  // It is a decision, and nothing else happened.
    after.seq = before.seq;
    after.at = before.at;
    EXPECT_EQ(after, before);
    return entry;
  }

  Book book;
};

TEST_F(PaymentOfSeveralLegs, AppliesAllOfThem) {
  const Entry& entry = book.pay_all({eur("ada", "bob", 60), eur("ada", "eve", 40)});
  EXPECT_EQ(entry.kind(), EntryKind::multi_leg);
  EXPECT_TRUE(entry.applied());
  ASSERT_EQ(entry.postings().size(), 2U);
  EXPECT_EQ(entry.postings()[0].from_after, 40);
  EXPECT_EQ(entry.postings()[1].from_after, 0);
  EXPECT_EQ(book.balance("bob"), 60);
  EXPECT_EQ(book.balance("eve"), 40);
}

TEST_F(PaymentOfSeveralLegs, IsOneDecision) {
  const Seq before = book.state().seq();
  EXPECT_EQ(book.pay_all({eur("ada", "bob", 60), eur("ada", "eve", 40)}).seq, before + 1);
  EXPECT_EQ(book.state().seq(), before + 1);
}

TEST_F(PaymentOfSeveralLegs, LetsLaterLegsSpendWhatEarlierOnesBrought) {
  EXPECT_TRUE(book.pay_all({eur("ada", "bob", 100), eur("bob", "eve", 100)}).applied());
  EXPECT_EQ(book.balance("eve"), 100);
  EXPECT_EQ(book.balance("bob"), 0);
}

TEST_F(PaymentOfSeveralLegs, DoesNotLetEarlierLegsSpendWhatLaterOnesBring) {
  expect_failure(0, Rejection::insufficient_funds,
                 {eur("bob", "eve", 100), eur("ada", "bob", 100)});
}

TEST_F(PaymentOfSeveralLegs, AppliesNoneWhenTheLastFails) {
  expect_failure(2, Rejection::insufficient_funds,
                 {eur("ada", "bob", 50), eur("ada", "eve", 50), eur("ada", "bob", 1)});
}

TEST_F(PaymentOfSeveralLegs, NamesTheFirstLegThatFails) {
  expect_failure(1, Rejection::account_unknown,
                 {eur("ada", "bob", 50), eur("ada", "nobody", 50), eur("ada", "bob", 999)});
}

TEST_F(PaymentOfSeveralLegs, HoldsEveryLegToTheCeiling) {
  book.open("jar", [](auto& o) { o.ceiling = 10; });
  expect_failure(1, Rejection::ceiling_exceeded, {eur("ada", "jar", 10), eur("ada", "jar", 1)});
  EXPECT_TRUE(book.pay_all({eur("ada", "jar", 10), eur("jar", "bob", 10), eur("ada", "jar", 10)})
                  .applied());
}

TEST_F(PaymentOfSeveralLegs, RefusesTotalsPast64BitsInALaterLeg) {
  book.open("other", without_floor);
  expect_failure(1, Rejection::overflow, {eur("other", "bob", kAmountMax), eur("ada", "bob", 1)});
}

TEST_F(PaymentOfSeveralLegs, ShowsTheAccountsOfTheLegThatFailed) {
  const Entry& entry = expect_failure(1, Rejection::insufficient_funds,
                                      {eur("ada", "bob", 60), eur("ada", "eve", 50)});
  EXPECT_EQ(legs_of(entry).legs.seen.from, book.state().find("ada"));
  EXPECT_EQ(legs_of(entry).legs.seen.to, book.state().find("eve"));
  EXPECT_EQ(legs_of(entry).legs.seen.amount, 50);
  EXPECT_EQ(legs_of(entry).legs.seen.from_after,
            40);  // What that leg saw: after the legs before it.
}

TEST_F(PaymentOfSeveralLegs, PutsBackAccountsThatWereTouchedManyTimes) {
  std::vector<LegRequest> legs;
  for (int i = 0; i < 499; ++i) {
    legs.push_back(eur("ada", "bob", 1 + i % 3 % 2));
    legs.push_back(eur("bob", "ada", 1 + i % 3 % 2));
  }
  legs.push_back(eur("bob", "ada", 1));
  expect_failure(998, Rejection::insufficient_funds, legs);
}

TEST_F(PaymentOfSeveralLegs, ChangesMoneyOfTwoCurrenciesThroughAccountsOfEach) {
  book.open("bank:eur", without_floor);
  book.open("bank:usd", [](auto& o) { in_dollars(o), without_floor(o); });
  book.open("bob:usd", in_dollars);
  EXPECT_TRUE(
      book.pay_all({eur("ada", "bank:eur", 100), usd("bank:usd", "bob:usd", 117)}).applied());
  EXPECT_EQ(book.balance("bank:eur"), 100);
  EXPECT_EQ(book.balance("bank:usd"), -117);
  EXPECT_EQ(book.balance("bob:usd"), 117);
}

TEST_F(PaymentOfSeveralLegs, DoesNotMixCurrenciesInOneLeg) {
  book.open("bob:usd", in_dollars);
  expect_failure(1, Rejection::currency_mismatch, {eur("ada", "bob", 1), eur("ada", "bob:usd", 1)});
}

TEST_F(PaymentOfSeveralLegs, LinksToTheEntryBeforeAndThenToItself) {
  const Seq top_up = book["ada"].last_seq;
  const Entry& entry =
      book.pay_all({eur("ada", "bob", 3), eur("bob", "ada", 2), eur("ada", "eve", 1)});
  ASSERT_TRUE(entry.applied());
  const auto legs = entry.postings();
  EXPECT_EQ(legs[0].from_prev, top_up);
  EXPECT_EQ(legs[0].to_prev, 0U);
  EXPECT_EQ(legs[1].from_prev, entry.seq);
  EXPECT_EQ(legs[1].to_prev, entry.seq);
  EXPECT_EQ(legs[2].from_prev, entry.seq);
  EXPECT_EQ(legs[2].to_prev, 0U);
  EXPECT_EQ(book["ada"].last_seq, entry.seq);
}

TEST_F(PaymentOfSeveralLegs, CountsEveryLegInTheVersion) {
  const std::uint64_t before = book["ada"].version;
  book.pay_all({eur("ada", "bob", 3), eur("bob", "ada", 2), eur("ada", "eve", 1)});
  EXPECT_EQ(book["ada"].version, before + 3);
  EXPECT_EQ(book["bob"].version, 2U);
  EXPECT_EQ(book["eve"].version, 1U);
}

TEST_F(PaymentOfSeveralLegs, HasOneDeadlineForAllOfThem) {
  book.now = Timestamp{2'000'000'000};
  const Snapshot before = snapshot(book.state());
  const Entry& entry = book.pay_all({eur("ada", "bob", 1), eur("ada", "eve", 1)},
                                    [](auto& p) { p.deadline = "1970-01-01T00:00:01Z"; });
  EXPECT_EQ(entry.outcome, Rejection::deadline_passed);
  EXPECT_EQ(legs_of(entry).legs.leg_code, Rejection::none);
  EXPECT_EQ(legs_of(entry).requested.size(), 2U);
  EXPECT_EQ(snapshot(book.state()).accounts, before.accounts);
}

TEST_F(PaymentOfSeveralLegs, LeavesNoTraceWhenItIsADryRun) {
  const Snapshot before = snapshot(book.state());
  const Entry& entry = book.pay_all({eur("ada", "bob", 3), eur("bob", "ada", 2)}, dry);
  EXPECT_TRUE(entry.applied());
  EXPECT_EQ(entry.seq, 0U);
  EXPECT_EQ(entry.postings()[1].to_after, 99);
  EXPECT_EQ(snapshot(book.state()), before);

  const Entry& failing = book.pay_all({eur("ada", "bob", 3), eur("ada", "bob", 98)}, dry);
  EXPECT_EQ(failing.outcome, Rejection::leg_failed);
  EXPECT_EQ(snapshot(book.state()), before);
}

TEST_F(PaymentOfSeveralLegs, IsAPlainPaymentWhenItHasOneLeg) {
  const Entry& entry = book.pay_all({eur("ada", "bob", 3)});
  EXPECT_EQ(entry.kind(), EntryKind::payment);
  EXPECT_EQ(entry.postings().size(), 1U);
  EXPECT_EQ(payment_of(entry).details, nullptr);
}

}  // namespace
}  // namespace giro::test
