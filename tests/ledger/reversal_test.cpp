// Payments that are paid back: whole or by parts, and never more than was paid.
#include <string>

#include <gtest/gtest.h>

#include "tests/ledger/bodies.hpp"
#include "tests/ledger/builders.hpp"

namespace giro::test {
namespace {

auto of(Amount amount) {
  return [amount](ReversalRequest& reversal) { reversal.amount = amount; };
}

class Reversals : public testing::Test {
 protected:
  Reversals() {
    book.open_with("ada", 100);
    book.open("bob");
    book.open("eve");
  }
  // That the request is rejected so, and nothing but a decision comes of it.
  const Entry& expect_rejected(Rejection code, const ReversalRequest& request) {
    const Snapshot before = standing(book.state());
    const Entry& entry = book.submit(request);
    EXPECT_EQ(entry.kind(), EntryKind::reversal);
    EXPECT_EQ(entry.outcome, code);
    EXPECT_EQ(entry.follows(), 0U);
    EXPECT_TRUE(entry.postings().empty());
    EXPECT_EQ(standing(book.state()), before);
    return entry;
  }
  const Entry& expect_rejected(Rejection code, Seq original) {
    return expect_rejected(code, reversal(by_seq(original)));
  }
  // Of a payment of several legs: the leg of the original that can't be paid back, and why not.
  void expect_failed_leg(std::uint16_t leg, Rejection code, Seq original) {
    const Entry& entry = expect_rejected(Rejection::leg_failed, original);
    EXPECT_EQ(reversal_of(entry).legs.failed_leg, leg);
    EXPECT_EQ(reversal_of(entry).legs.leg_code, code);
  }

  Book book;
};

TEST_F(Reversals, PayAllBack) {
  const Entry& paid = book.pay(eur("ada", "bob", 60), [](auto& p) { p.key = "p"; });
  const Entry& entry = book.submit(reversal(by_key("p")));
  ASSERT_TRUE(entry.applied());
  EXPECT_EQ(entry.follows(), paid.seq);
  EXPECT_EQ(reversal_of(entry).original, paid.seq);
  EXPECT_EQ(reversal_of(entry).named.key.view(), "p");
  EXPECT_EQ(reversal_of(entry).reversed, 60);
  ASSERT_EQ(entry.postings().size(), 1U);
  const Posting& posting = entry.postings().front();
  EXPECT_EQ(posting.from, book.state().find("bob"));
  EXPECT_EQ(posting.to, book.state().find("ada"));
  EXPECT_EQ(posting.amount, 60);
  EXPECT_EQ(posting.from_prev, paid.seq);
  EXPECT_EQ(posting.from_after, 0);
  EXPECT_EQ(posting.to_after, 100);
  EXPECT_EQ(book.balance("ada"), 100);
  EXPECT_EQ(book.balance("bob"), 0);
}

TEST_F(Reversals, PayPartsBackUntilNothingIsLeft) {
  const Seq paid = book.pay(eur("ada", "bob", 60)).seq;
  EXPECT_EQ(reversal_of(book.reverse(paid, of(10))).reversed, 10);
  EXPECT_EQ(reversal_of(book.reverse(paid, of(20))).reversed, 30);
  EXPECT_EQ(book.balance("bob"), 30);
  const Entry& rest = book.reverse(paid);
  EXPECT_EQ(rest.postings().front().amount, 30);
  EXPECT_EQ(reversal_of(rest).reversed, 60);
  expect_rejected(Rejection::reversal_exceeds_original, paid);
  expect_rejected(Rejection::reversal_exceeds_original, reversal(by_seq(paid), of(1)));
}

TEST_F(Reversals, OfMoreThanIsLeftPayNothingBack) {
  const Seq paid = book.pay(eur("ada", "bob", 60)).seq;
  book.pay(eur("world", "bob", 1'000));
  expect_rejected(Rejection::reversal_exceeds_original, reversal(by_seq(paid), of(61)));
  book.reverse(paid, of(20));
  const Entry& entry =
      expect_rejected(Rejection::reversal_exceeds_original, reversal(by_seq(paid), of(41)));
  EXPECT_EQ(reversal_of(entry).reversed, 20);
  EXPECT_TRUE(book.reverse(paid, of(40)).applied());
}

TEST_F(Reversals, ThatAreRejectedTakeNothingFromWhatIsLeft) {
  const Seq paid = book.pay(eur("ada", "bob", 60)).seq;
  book.reverse(paid, of(20));
  book.freeze("bob", "debits");
  expect_rejected(Rejection::account_frozen, reversal(by_seq(paid), of(10)));
  book.freeze("bob", "none");
  EXPECT_EQ(book.reverse(paid).postings().front().amount, 40);
}

TEST_F(Reversals, OfTwoPaymentsDoNotMixThem) {
  const Seq first = book.pay(eur("ada", "bob", 30)).seq;
  const Seq second = book.pay(eur("ada", "bob", 30)).seq;
  book.reverse(first, of(20));
  book.reverse(second, of(5));
  EXPECT_EQ(book.reverse(first).postings().front().amount, 10);
  EXPECT_EQ(book.reverse(second).postings().front().amount, 25);
}

TEST_F(Reversals, OfAPaymentUpToAnAmountPayBackWhatMoved) {
  const Seq paid = book.pay(eur("ada", "bob", 250), up_to).seq;
  expect_rejected(Rejection::reversal_exceeds_original, reversal(by_seq(paid), of(101)));
  EXPECT_EQ(book.reverse(paid).postings().front().amount, 100);
}

TEST_F(Reversals, OfAllOf64BitsAreExact) {
  book.open("rich", without_floor);
  const Seq paid = book.pay(eur("rich", "bob", kAmountMax)).seq;
  EXPECT_TRUE(book.reverse(paid, of(kAmountMax - 1)).applied());
  expect_rejected(Rejection::reversal_exceeds_original, reversal(by_seq(paid), of(kAmountMax)));
  EXPECT_EQ(reversal_of(book.reverse(paid)).reversed, kAmountMax);
  EXPECT_EQ(book.balance("rich"), 0);
}

TEST_F(Reversals, KeepWhatDescribesThem) {
  const Seq paid = book.pay(eur("ada", "bob", 60), [](auto& p) { p.reference = "sale"; }).seq;
  const Entry& entry = book.reverse(paid, [](auto& r) { r.options.reference = "refund"; });
  ASSERT_NE(entry.options(), nullptr);
  EXPECT_EQ(entry.options()->reference, "refund");
}

// --- several legs ---

TEST_F(Reversals, OfSeveralLegsGoBackTheWayTheyCame) {
  const Seq paid = book.pay_all({eur("ada", "bob", 100), eur("bob", "eve", 70)}).seq;
  const Entry& entry = book.reverse(paid);
  ASSERT_TRUE(entry.applied());
  ASSERT_EQ(entry.postings().size(), 2U);
  EXPECT_EQ(entry.postings()[0].from, book.state().find("eve"));
  EXPECT_EQ(entry.postings()[0].amount, 70);
  EXPECT_EQ(entry.postings()[1].from, book.state().find("bob"));
  EXPECT_EQ(entry.postings()[1].from_prev, entry.seq);
  EXPECT_EQ(entry.postings()[1].amount, 100);
  EXPECT_EQ(book.balance("ada"), 100);
  EXPECT_EQ(book.balance("bob"), 0);
  EXPECT_EQ(book.balance("eve"), 0);
  expect_rejected(Rejection::reversal_exceeds_original, paid);
}

TEST_F(Reversals, OfSeveralLegsAreWholeOnly) {
  const Seq paid = book.pay_all({eur("ada", "bob", 10), eur("ada", "eve", 20)}).seq;
  expect_rejected(Rejection::reversal_not_divisible, reversal(by_seq(paid), of(10)));
  expect_rejected(Rejection::reversal_not_divisible, reversal(by_seq(paid), of(30)));
  EXPECT_TRUE(book.reverse(paid).applied());
  expect_rejected(Rejection::reversal_not_divisible, reversal(by_seq(paid), of(10)));
}

TEST_F(Reversals, OfSeveralLegsNameTheLegOfTheOriginalThatFails) {
  const Seq paid =
      book.pay_all({eur("ada", "bob", 10), eur("ada", "eve", 20), eur("ada", "bob", 30)}).seq;
  book.pay(eur("eve", "world", 1));
  expect_failed_leg(1, Rejection::insufficient_funds, paid);
  book.freeze("bob", "debits");
  expect_failed_leg(2, Rejection::account_frozen, paid);
  book.freeze("bob", "none");
  book.pay(eur("world", "eve", 1));
  book.pay(eur("bob", "world", 10));
  expect_failed_leg(0, Rejection::insufficient_funds, paid);
}

TEST_F(Reversals, OfSeveralLegsShowWhatTheLegThatFailedSaw) {
  const Seq paid = book.pay_all({eur("ada", "bob", 10), eur("ada", "bob", 20)}).seq;
  book.pay(eur("bob", "world", 5));
  const Entry& entry = expect_rejected(Rejection::leg_failed, paid);
  EXPECT_EQ(reversal_of(entry).legs.seen.from, book.state().find("bob"));
  EXPECT_EQ(reversal_of(entry).legs.seen.amount, 10);
  EXPECT_EQ(reversal_of(entry).legs.seen.from_after, 5);  // After the leg before it.
}

// --- what can be reversed ---

TEST_F(Reversals, KnowNothingThatNeverWas) {
  expect_rejected(Rejection::original_unknown, Seq{1'000});
  const Entry& entry = expect_rejected(Rejection::original_unknown, reversal(by_key("nothing")));
  EXPECT_EQ(reversal_of(entry).original, 0U);
}

TEST_F(Reversals, AreOfCapturesToo) {
  const Seq held = book.hold(eur("ada", "bob", 60)).seq;
  const Seq first = book.capture(held, [](auto& c) { c.amount = 20; }).seq;
  const Seq second = book.capture(held).seq;
  EXPECT_EQ(book.reverse(second, of(15)).postings().front().amount, 15);
  EXPECT_EQ(book.reverse(second).postings().front().amount, 25);
  expect_rejected(Rejection::reversal_exceeds_original, reversal(by_seq(first), of(21)));
  const Entry& entry = book.reverse(first);
  EXPECT_EQ(entry.postings().front().amount, 20);
  EXPECT_EQ(entry.postings().front().held, 0) << "it is paid back, and not held again";
  EXPECT_EQ(book.available("ada"), 100);
}

TEST_F(Reversals, AreOfNothingThatMovedNoMoney) {
  const Seq open = book.hold(eur("ada", "bob", 10)).seq;
  const Seq held = book.hold(eur("ada", "bob", 10)).seq;
  const Seq captured = book.hold(eur("ada", "bob", 10)).seq;
  book.capture(captured);
  const Seq voided = book.release(held).seq;
  const Seq frozen = book.freeze("eve", "none").seq;
  const Seq rejected = book.pay(eur("ada", "bob", 1'000)).seq;
  const Seq failed = book.pay_all({eur("ada", "bob", 1), eur("ada", "bob", 1'000)}).seq;
  for (const Seq seq : {Seq{1}, open, held, captured, voided, frozen, rejected, failed}) {
    SCOPED_TRACE(seq);
    const Entry& entry = expect_rejected(Rejection::not_reversible, seq);
    EXPECT_EQ(reversal_of(entry).original, seq);
  }
}

TEST_F(Reversals, AreNotOfAnExpiry) {
  const Entry& held = book.hold(eur("ada", "bob", 10), [](auto& h) { h.timeout = "1s"; });
  book.now = *hold_of(held).expires_at;
  expect_rejected(Rejection::not_reversible, book.decide_due()->seq);
}

TEST_F(Reversals, AreNotOfReversals) {
  const Seq paid = book.pay(eur("ada", "bob", 60)).seq;
  expect_rejected(Rejection::not_reversible, book.reverse(paid, of(10)).seq);
  expect_rejected(Rejection::not_reversible, book.reverse(paid, of(1'000)).seq);
}

// --- limits ---

TEST_F(Reversals, NeedTheMoneyToBeThere) {
  const Seq paid = book.pay(eur("ada", "bob", 60)).seq;
  book.pay(eur("bob", "eve", 30));
  const Entry& entry = expect_rejected(Rejection::insufficient_funds, paid);
  EXPECT_EQ(reversal_of(entry).legs.seen.from_after, 30);
  EXPECT_EQ(reversal_of(entry).legs.leg_code, Rejection::none);
  EXPECT_TRUE(book.reverse(paid, of(30)).applied());
}

TEST_F(Reversals, DoNotTakeWhatIsHeld) {
  const Seq paid = book.pay(eur("ada", "bob", 60)).seq;
  const Seq held = book.hold(eur("bob", "eve", 1)).seq;
  expect_rejected(Rejection::insufficient_funds, paid);
  book.release(held);
  EXPECT_TRUE(book.reverse(paid).applied());
}

TEST_F(Reversals, KeepTheCeilingOfWhoPaid) {
  const Seq paid = book.pay(eur("ada", "bob", 60)).seq;
  book.update("ada", [](auto& u) { u.ceiling = 99; });
  expect_rejected(Rejection::ceiling_exceeded, paid);
  EXPECT_TRUE(book.reverse(paid, of(59)).applied());
}

TEST_F(Reversals, DoNotPassFrozenAccounts) {
  const Seq paid = book.pay(eur("ada", "bob", 60)).seq;
  book.freeze("ada", "credits");
  expect_rejected(Rejection::account_frozen, paid);
  book.freeze("ada", "debits");
  book.freeze("bob", "credits");
  EXPECT_TRUE(book.reverse(paid).applied()) << "what is frozen is the other direction";
}

TEST_F(Reversals, DoNotReachClosedAccounts) {
  const Seq paid = book.pay(eur("ada", "bob", 60)).seq;
  book.pay(eur("bob", "eve", 60));
  book.close("bob");
  expect_rejected(Rejection::account_closed, paid);
}

TEST_F(Reversals, DoNotLeave64Bits) {
  book.open("other", without_floor);
  book.open("rich", without_floor);
  const Seq paid = book.pay(eur("rich", "bob", 60)).seq;
  book.pay(eur("other", "rich", kAmountMax));
  book.pay(eur("bob", "rich", 1));
  book.pay(eur("ada", "bob", 1));
  expect_rejected(Rejection::overflow, paid);
  EXPECT_TRUE(book.reverse(paid, of(59)).applied());
  EXPECT_EQ(book.balance("rich"), kAmountMax);
}

// --- order of the rules ---

TEST_F(Reversals, BreakTheFirstOfSeveralRules) {
  const auto late = [](ReversalRequest& r) { r.options.deadline = "1970-01-01T00:00:00Z"; };
  const Seq paid = book.pay(eur("ada", "bob", 60)).seq;
  book.freeze("bob", "all");
  expect_rejected(Rejection::deadline_passed, reversal(by_key("nothing"), late));
  expect_rejected(Rejection::deadline_passed, reversal(by_seq(paid), late));
  expect_rejected(Rejection::reversal_exceeds_original, reversal(by_seq(paid), of(61)));
  book.pay(eur("bob", "eve", 60));
  expect_rejected(Rejection::account_frozen, paid);
}

// --- dry runs ---

TEST_F(Reversals, LeaveNoTraceWhenTheyAreDryRuns) {
  const Seq paid = book.pay(eur("ada", "bob", 10)).seq;
  const Seq several = book.pay_all({eur("ada", "bob", 10), eur("ada", "eve", 20)}).seq;
  for (const Seq seq : {paid, several}) {
    const Snapshot before = snapshot(book.state());
    const Entry& entry = book.reverse(seq, dry);
    EXPECT_TRUE(entry.applied());
    EXPECT_EQ(entry.seq, 0U);
    EXPECT_EQ(reversal_of(entry).reversed, 10);
    EXPECT_EQ(snapshot(book.state()), before);
  }
}

}  // namespace
}  // namespace giro::test
