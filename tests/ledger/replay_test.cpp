// Replaying a journal gives the state that wrote it; a journal that was changed is refused.
#include "tests/ledger/replay.hpp"

#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace giro::test {
namespace {

using testing::HasSubstr;

// The seqs of the scenario's entries that are changed below.
constexpr Seq kOpensBob = 3;
constexpr Seq kOpensDollars = 4;
constexpr Seq kOpensAdaAgain = 6;
constexpr Seq kFirstPayment = 7;
constexpr Seq kSecondPayment = 8;
constexpr Seq kRejected = 9;
constexpr Seq kUpTo = 12;
constexpr Seq kLegs = 13;

TEST_F(Replay, GivesTheStateThatDecided) {
  State state;
  for (const Entry& entry : book.journal()) {
    const auto replayed = book.replay_into(state, entry);
    ASSERT_TRUE(replayed) << entry.seq << ": " << replayed.error();
  }
  EXPECT_EQ(snapshot(state), snapshot(book.state()));
}

TEST_F(Replay, GivesAStateThatDecidesOnAsTheOriginalDoes) {
  State state;
  for (const Entry& entry : book.journal()) ASSERT_TRUE(book.replay_into(state, entry));
  const Command next = checked(payment(eur("world", "ada", 7)));
  const Entry here = state.apply(next, {}, book.now, Book::kUid);
  EXPECT_TRUE(here == book.pay(eur("world", "ada", 7)));
}

TEST_F(Replay, GoesOnFromARestoredState) {
  Book original;
  original.open_with("ada", 100);
  State restored;
  for (const Currency& currency : original.state().currencies()) {
    (void)restored.restore_currency(currency);
  }
  for (AccountNumber number = 1; number <= original.state().account_count(); ++number) {
    Account account = original.state().account(number);
    account.limits = restored.restore_limits(original.state().limits(account));
    restored.restore_account(original.state().name(number), account,
                             original.state().opened_seq(number));
  }
  restored.restore_position(original.state().seq(), original.state().at());
  ASSERT_EQ(snapshot(restored), snapshot(original.state()));
  ASSERT_TRUE(restored.replay(original.pay(eur("world", "ada", 5))));
  EXPECT_EQ(snapshot(restored), snapshot(original.state()));
}

// --- order ---

TEST_F(Replay, RefusesAGap) {
  EXPECT_EQ(said_about(kFirstPayment, [](Entry& e) { ++e.seq; }), "seq 7 is missing before it");
  EXPECT_EQ(said_about(1, [](Entry& e) { e.seq = 2; }), "seq 1 is missing before it");
}

TEST_F(Replay, RefusesASeqTwice) {
  EXPECT_THAT(said_about(kFirstPayment, [](Entry& e) { --e.seq; }), HasSubstr("missing"));
}

TEST_F(Replay, RefusesATimeThatDoesNotRise) {
  EXPECT_THAT(said_about(kFirstPayment, [](Entry& e) { --e.at.ns; }), HasSubstr("time"));
  EXPECT_THAT(said_about(1, [](Entry& e) { e.at.ns = 0; }), HasSubstr("time"));
}

// --- movements of money ---

TEST_F(Replay, RefusesAnotherAmount) {
  EXPECT_EQ(
      said_about(kFirstPayment, [](Entry& e) { ++payment_of(e).posting.amount; }),
      "the balance after it is wrong: -101 and 101 follow from the entries before it, it says "
      "-100 and 100");
}

TEST_F(Replay, RefusesAnotherBalance) {
  EXPECT_THAT(said_about(kFirstPayment, [](Entry& e) { ++payment_of(e).posting.from_after; }),
              HasSubstr("balance"));
  EXPECT_THAT(said_about(kFirstPayment, [](Entry& e) { --payment_of(e).posting.to_after; }),
              HasSubstr("balance"));
}

TEST_F(Replay, RefusesAnotherLink) {
  EXPECT_THAT(said_about(kSecondPayment, [](Entry& e) { --payment_of(e).posting.from_prev; }),
              HasSubstr("link"));
  EXPECT_THAT(said_about(kSecondPayment, [](Entry& e) { ++payment_of(e).posting.to_prev; }),
              HasSubstr("link"));
}

TEST_F(Replay, RefusesAnotherLeg) {
  EXPECT_THAT(said_about(kLegs, [](Entry& e) { ++legs_of(e).legs.postings[1].amount; }),
              HasSubstr("balance"));
  EXPECT_THAT(said_about(kLegs, [](Entry& e) { legs_of(e).legs.postings[1].from_prev = 1; }),
              HasSubstr("link"));
  EXPECT_NE(said_about(kLegs,
                       [](Entry& e) {
                         std::swap(legs_of(e).legs.postings[0], legs_of(e).legs.postings[1]);
                       }),
            "");
  EXPECT_NE(said_about(kLegs, [](Entry& e) { legs_of(e).legs.postings.pop_back(); }), "");
}

TEST_F(Replay, RefusesLegsThatAreNotThere) {
  EXPECT_THAT(said_about(kLegs, [](Entry& e) { legs_of(e).legs.postings.clear(); }),
              HasSubstr("legs"));
  EXPECT_THAT(said_about(kLegs, [](Entry& e) { legs_of(e) = MultiLegBody{}; }), HasSubstr("legs"));
}

TEST_F(Replay, RefusesAccountsThatDoNotExist) {
  for (const AccountNumber number : {0U, 99U}) {
    EXPECT_THAT(said_about(kFirstPayment, [&](Entry& e) { payment_of(e).posting.from = number; }),
                HasSubstr("account that doesn't exist"));
    EXPECT_THAT(said_about(kFirstPayment, [&](Entry& e) { payment_of(e).posting.to = number; }),
                HasSubstr("account that doesn't exist"));
  }
}

TEST_F(Replay, RefusesAnotherAccount) {
  EXPECT_NE(said_about(kSecondPayment, [](Entry& e) { payment_of(e).posting.to = 1; }), "");
  EXPECT_THAT(said_about(kSecondPayment, [](Entry& e) { payment_of(e).posting.to = 4; }),
              HasSubstr("two currencies"));
  EXPECT_THAT(said_about(kSecondPayment,
                         [](Entry& e) { payment_of(e).posting.to = payment_of(e).posting.from; }),
              HasSubstr("from itself"));
}

TEST_F(Replay, RefusesAmountsThatAreNotAboveZero) {
  for (const Amount amount : {0, -5}) {
    EXPECT_THAT(said_about(kFirstPayment, [&](Entry& e) { payment_of(e).posting.amount = amount; }),
                HasSubstr("above 0"));
  }
}

TEST_F(Replay, RefusesAmountsThatDoNotFit) {
  EXPECT_THAT(said_about(kUpTo, [](Entry& e) { payment_of(e).posting.amount = kAmountMax; }),
              HasSubstr("overflow"));
}

TEST_F(Replay, RefusesAPaymentThatWouldNotHaveBeenApplied) {
  // All sums are right: only the account's floor says that this was never decided so.
  const auto overdraw = [](Entry& e) {
    payment_of(e).posting.amount = 101;
    payment_of(e).posting.from_after = -1;
    payment_of(e).posting.to_after = 101;
  };
  EXPECT_THAT(said_about(kSecondPayment, overdraw), HasSubstr("insufficient_funds"));
  const auto overfill = [](Entry& e) {
    payment_of(e).posting.from = 1;  // The world pays bob, who has a ceiling of 500.
    payment_of(e).posting.amount = 501;
    payment_of(e).posting.from_prev = kFirstPayment;
    payment_of(e).posting.from_after = -601;
    payment_of(e).posting.to_after = 501;
  };
  EXPECT_THAT(said_about(kSecondPayment, overfill), HasSubstr("ceiling_exceeded"));
}

// --- rejections ---

TEST_F(Replay, RefusesARejectionThatIsMadeAPayment) {
  EXPECT_NE(said_about(kRejected, [](Entry& e) { e.outcome = Rejection::none; }), "");
}

TEST_F(Replay, RefusesAPaymentThatIsMadeARejection) {
  EXPECT_NE(said_about(kFirstPayment, [](Entry& e) { e.outcome = Rejection::overflow; }), "");
}

TEST_F(Replay, RefusesARejectionOfAccountsThatDoNotExist) {
  EXPECT_THAT(said_about(kRejected, [](Entry& e) { payment_of(e).posting.from = 99; }),
              HasSubstr("account that doesn't exist"));
  EXPECT_THAT(said_about(kRejected, [](Entry& e) { payment_of(e).posting.to = 99; }),
              HasSubstr("account that doesn't exist"));
}

TEST_F(Replay, RefusesARejectionThatSawOtherBalances) {
  EXPECT_THAT(said_about(kRejected, [](Entry& e) { ++payment_of(e).posting.from_after; }),
              HasSubstr("balance that it saw"));
  EXPECT_THAT(said_about(kRejected, [](Entry& e) { ++payment_of(e).posting.to_after; }),
              HasSubstr("balance that it saw"));
}

TEST_F(Replay, RefusesARejectionWithLinks) {
  EXPECT_THAT(said_about(kRejected, [](Entry& e) { payment_of(e).posting.from_prev = 1; }),
              HasSubstr("link"));
}

// --- accounts ---

TEST_F(Replay, RefusesAnAccountThatIsOpenedTwice) {
  const auto opened_again = [](Entry& e) {
    e.outcome = Rejection::none;
    opening_of(e).number = 6;
  };
  EXPECT_EQ(said_about(kOpensAdaAgain, opened_again), "it opens an account that exists");
}

TEST_F(Replay, RefusesAnAccountOfAnotherIdThanItsKey) {
  EXPECT_THAT(said_about(kOpensBob, [](Entry& e) { opening_of(e).opened.id = AccountId("ada"); }),
              HasSubstr("key"));
  EXPECT_THAT(said_about(kOpensBob, [](Entry& e) { e.key = PaymentKey("robert"); }),
              HasSubstr("key"));
}

TEST_F(Replay, RefusesAccountsOutOfTheOrderOfNumbers) {
  EXPECT_THAT(said_about(kOpensBob, [](Entry& e) { ++opening_of(e).number; }), HasSubstr("order"));
}

TEST_F(Replay, RefusesAnOpeningWithoutItsAccount) {
  EXPECT_THAT(said_about(kOpensBob, [](Entry& e) { opening_of(e) = OpeningBody{}; }),
              HasSubstr("another account"));
}

TEST_F(Replay, RefusesACurrencyWithAnotherScale) {
  EXPECT_THAT(said_about(kOpensBob, [](Entry& e) { opening_of(e).opened.currency.scale = 3; }),
              HasSubstr("scale"));
}

TEST_F(Replay, RefusesAnAccountInAnotherCurrencyWhenItsMoneyMoves) {
  const auto in_euros = [](Entry& e) {
    opening_of(e).opened.currency = Currency{CurrencyCode("EUR"), 2};
  };
  EXPECT_THAT(said_about(kOpensDollars, in_euros), HasSubstr("two currencies"));
}

}  // namespace
}  // namespace giro::test
