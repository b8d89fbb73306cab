// Payments of one leg: what moves, and every reason for which it may not.
#include <string>

#include <gtest/gtest.h>

#include "tests/ledger/bodies.hpp"
#include "tests/ledger/builders.hpp"

namespace giro::test {
namespace {

class Payment : public testing::Test {
 protected:
  Payment() {
    book.open_with("ada", 100);
    book.open("bob");
    book.open("dollars", in_dollars);
  }
  // A rejection costs a seq and a moment, and changes no account.
  template <class Change = decltype(unchanged)>
  const Entry& expect_rejection(Rejection code, const LegRequest& leg, Change change = {}) {
    const Snapshot before = snapshot(book.state());
    const Entry& entry = book.pay(leg, change);
    EXPECT_EQ(entry.outcome, code);
    EXPECT_EQ(entry.seq, before.seq + 1);
    EXPECT_EQ(payment_of(entry).posting.amount, leg.amount);
    EXPECT_EQ(payment_of(entry).posting.from_prev, 0U);
    EXPECT_EQ(payment_of(entry).posting.to_prev, 0U);
    EXPECT_TRUE(entry.postings().empty());
    EXPECT_EQ(snapshot(book.state()).accounts, before.accounts);
    return entry;
  }

  Book book;
};

TEST_F(Payment, MovesItsAmount) {
  const Seq before = book.state().seq();
  const Entry& entry = book.pay(eur("ada", "bob", 30));
  EXPECT_EQ(entry.outcome, Rejection::none);
  EXPECT_EQ(entry.kind(), EntryKind::payment);
  EXPECT_EQ(entry.seq, before + 1);
  EXPECT_EQ(entry.author.uid, Book::kUid);
  EXPECT_EQ(entry.key.view(), "key");
  EXPECT_EQ(payment_of(entry).details, nullptr);
  EXPECT_EQ(payment_of(entry).posting.from_after, 70);
  EXPECT_EQ(payment_of(entry).posting.to_after, 30);
  EXPECT_EQ(book.balance("ada"), 70);
  EXPECT_EQ(book.balance("bob"), 30);
}

TEST_F(Payment, AddsToTheTotalsVersionsAndLinksOfBothAccounts) {
  const Entry& entry = book.pay(eur("ada", "bob", 30));
  const Account& ada = book["ada"];
  const Account& bob = book["bob"];
  EXPECT_EQ(ada.posted_in, 100);
  EXPECT_EQ(ada.posted_out(), 30);
  EXPECT_EQ(bob.posted_in, 30);
  EXPECT_EQ(bob.posted_out(), 0);
  EXPECT_EQ(ada.version, 2U);
  EXPECT_EQ(bob.version, 1U);
  EXPECT_EQ(ada.last_seq, entry.seq);
  EXPECT_EQ(bob.last_seq, entry.seq);
}

TEST_F(Payment, KeepsItsOptionsInItsEntry) {
  const Entry& entry = book.pay(eur("ada", "bob", 30), [](auto& p) {
    p.code = 7;
    p.reference = "invoice 17";
  });
  ASSERT_NE(payment_of(entry).details, nullptr);
  EXPECT_EQ(payment_of(entry).details->options.code, 7);
  EXPECT_EQ(payment_of(entry).details->options.reference, "invoice 17");
}

TEST_F(Payment, IsRejectedWhenTheAccountThatPaysIsUnknown) {
  const Entry& entry = expect_rejection(Rejection::account_unknown, eur("nobody", "bob", 1));
  EXPECT_EQ(payment_of(entry).posting.from, 0U);
  EXPECT_EQ(payment_of(entry).posting.to, book.state().find("bob"));
  EXPECT_EQ(payment_of(entry).details->requested->from.view(), "nobody");
}

TEST_F(Payment, IsRejectedWhenTheAccountThatReceivesIsUnknown) {
  const Entry& entry = expect_rejection(Rejection::account_unknown, eur("ada", "nobody", 1));
  EXPECT_EQ(payment_of(entry).posting.from, book.state().find("ada"));
  EXPECT_EQ(payment_of(entry).posting.to, 0U);
  EXPECT_EQ(payment_of(entry).posting.from_after, 100);
  EXPECT_EQ(payment_of(entry).details->requested->to.view(), "nobody");
}

TEST_F(Payment, IsRejectedWhenEitherAccountKeepsAnotherCurrency) {
  expect_rejection(Rejection::currency_mismatch, eur("ada", "dollars", 1));
  expect_rejection(Rejection::currency_mismatch, usd("ada", "dollars", 1));
  expect_rejection(Rejection::currency_mismatch, usd("ada", "bob", 1));
  expect_rejection(Rejection::currency_mismatch,
                   {.from = "ada", .to = "bob", .amount = 1, .currency = "NEVERSEEN"});
}

TEST_F(Payment, IsRejectedWhenTheAmountIsOneOverWhatIsAvailable) {
  const Entry& entry = expect_rejection(Rejection::insufficient_funds, eur("ada", "bob", 101));
  EXPECT_EQ(payment_of(entry).posting.from_after, 100);
  EXPECT_EQ(payment_of(entry).posting.to_after, 0);
  EXPECT_EQ(payment_of(entry).details, nullptr);
}

TEST_F(Payment, SeesWhatItsAccountsHadWhenItIsRejected) {
  book.pay(eur("ada", "bob", 40));
  const Entry& entry = expect_rejection(Rejection::insufficient_funds, eur("ada", "bob", 61));
  EXPECT_EQ(payment_of(entry).posting.from_after, 60);
  EXPECT_EQ(payment_of(entry).posting.to_after, 40);
}

// --- preconditions ---

TEST_F(Payment, IsAppliedOnlyAtTheVersionAskedFor) {
  const auto at_version = [](std::int64_t version) {
    return [version](PaymentRequest& p) { p.if_version = version; };
  };
  expect_rejection(Rejection::precondition_version, eur("ada", "bob", 1), at_version(0));
  expect_rejection(Rejection::precondition_version, eur("ada", "bob", 1), at_version(2));
  EXPECT_TRUE(book.pay(eur("ada", "bob", 1), at_version(1)).applied());
  expect_rejection(Rejection::precondition_version, eur("ada", "bob", 1), at_version(1));
  EXPECT_TRUE(book.pay(eur("ada", "bob", 1), at_version(2)).applied());
}

TEST_F(Payment, IsAppliedOnlyWhenAsMuchAsAskedForIsAvailable) {
  const auto with_available = [](Amount amount) {
    return [amount](PaymentRequest& p) { p.if_available_gte = amount; };
  };
  expect_rejection(Rejection::precondition_balance, eur("ada", "bob", 1), with_available(101));
  EXPECT_TRUE(book.pay(eur("ada", "bob", 1), with_available(100)).applied());
}

TEST_F(Payment, AsksForWhatIsAvailableNotForTheBalance) {
  book.open("card", [](auto& o) { o.floor = -50; });
  const auto fifty = [](PaymentRequest& p) { p.if_available_gte = 50; };
  EXPECT_TRUE(book.pay(eur("card", "bob", 1), fifty).applied());
  expect_rejection(Rejection::precondition_balance, eur("card", "bob", 1), fifty);
}

TEST_F(Payment, AlwaysHasEnoughAvailableWithoutAFloor) {
  const auto most = [](PaymentRequest& p) { p.if_available_gte = kAmountMax; };
  EXPECT_TRUE(book.pay(eur("world", "bob", 1), most).applied());
}

// --- deadline ---

TEST_F(Payment, IsAppliedUpToItsDeadline) {
  const auto by = [](PaymentRequest& p) { p.deadline = "1970-01-01T00:00:01Z"; };
  book.now = Timestamp{1'000'000'000};
  EXPECT_TRUE(book.pay(eur("ada", "bob", 1), by).applied());
  book.now = Timestamp{1'000'000'001};
  expect_rejection(Rejection::deadline_passed, eur("ada", "bob", 1), by);
}

// Entries made while the clock was ahead must not make later deadlines pass.
TEST_F(Payment, IsJudgedByTheClockWhenThatIsBehindTheLastEntry) {
  const auto by = [](PaymentRequest& p) { p.deadline = "1970-01-01T00:00:01Z"; };
  book.now = Timestamp{4'000'000'000'000'000'000};  // The year 2096.
  book.pay(eur("ada", "bob", 1));
  book.now = Timestamp{999'999'999};
  const Entry& entry = book.pay(eur("ada", "bob", 1), by);
  EXPECT_TRUE(entry.applied());
  EXPECT_EQ(entry.at, Timestamp{4'000'000'000'000'000'001}) << "times still rise with seqs";
  book.now = Timestamp{1'000'000'001};
  expect_rejection(Rejection::deadline_passed, eur("ada", "bob", 1), by);
}

// --- up to ---

TEST_F(Payment, UpToMovesAllThatIsAvailable) {
  const Entry& entry = book.pay(eur("ada", "bob", 250), up_to);
  EXPECT_TRUE(entry.applied());
  EXPECT_EQ(payment_of(entry).posting.amount, 100);
  EXPECT_EQ(payment_of(entry).details->asked, 250);
  EXPECT_EQ(book.balance("ada"), 0);
  EXPECT_EQ(book.balance("bob"), 100);
}

TEST_F(Payment, UpToMovesNoMoreThanItsAmount) {
  EXPECT_EQ(payment_of(book.pay(eur("ada", "bob", 99), up_to)).posting.amount, 99);
  EXPECT_EQ(payment_of(book.pay(eur("world", "bob", 1'000), up_to)).posting.amount, 1'000);
}

TEST_F(Payment, UpToGoesDownToTheFloor) {
  book.open("card", [](auto& o) { o.floor = -50; });
  EXPECT_EQ(payment_of(book.pay(eur("card", "bob", kAmountMax), up_to)).posting.amount, 50);
  EXPECT_EQ(book.balance("card"), -50);
}

TEST_F(Payment, UpToIsRejectedWhenNothingIsAvailable) {
  const Entry& entry =
      expect_rejection(Rejection::insufficient_funds, eur("bob", "ada", 10), up_to);
  EXPECT_EQ(payment_of(entry).details->asked, std::nullopt);
}

TEST_F(Payment, UpToIsRejectedWhenTheBalanceIsBelowTheFloor) {
  book.open("reserve", [](auto& o) { o.floor = 10; });
  expect_rejection(Rejection::insufficient_funds, eur("reserve", "ada", 10), up_to);
}

TEST_F(Payment, UpToIsNotCutToTheCeiling) {
  book.open("jar", [](auto& o) { o.ceiling = 60; });
  expect_rejection(Rejection::ceiling_exceeded, eur("ada", "jar", 250), up_to);
}

// --- dry run ---

TEST_F(Payment, LeavesNoTraceWhenItIsADryRun) {
  const Snapshot before = snapshot(book.state());
  const Entry& entry = book.pay(eur("ada", "bob", 30), dry);
  EXPECT_TRUE(entry.applied());
  EXPECT_EQ(entry.seq, 0U);
  EXPECT_EQ(entry.at, Timestamp{});
  EXPECT_EQ(payment_of(entry).posting.from_after, 70);
  EXPECT_EQ(payment_of(entry).posting.to_after, 30);
  EXPECT_EQ(snapshot(book.state()), before);
}

TEST_F(Payment, LeavesNoTraceWhenADryRunIsRejected) {
  const Snapshot before = snapshot(book.state());
  EXPECT_EQ(book.pay(eur("ada", "bob", 101), dry).outcome, Rejection::insufficient_funds);
  EXPECT_EQ(snapshot(book.state()), before);
}

TEST_F(Payment, IsDecidedAfterADryRunAsTheDryRunSaid) {
  const auto dry_up_to = [](PaymentRequest& p) { p.up_to = p.dry_run = true; };
  const Entry& rehearsed = book.pay(eur("ada", "bob", 250), dry_up_to);
  const Entry& decided = book.pay(eur("ada", "bob", 250), up_to);
  EXPECT_EQ(rehearsed.outcome, decided.outcome);
  EXPECT_EQ(payment_of(rehearsed).posting, payment_of(decided).posting);
}

}  // namespace
}  // namespace giro::test
