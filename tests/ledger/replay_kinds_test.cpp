// Replaying holds, reversals and changes of accounts: what was never decided so is refused.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/ledger/replay.hpp"

namespace giro::test {
namespace {

using testing::HasSubstr;

class ReplayOfEveryKind : public Replay {};

// --- holds ---

TEST_F(ReplayOfEveryKind, GivesAStateThatClosesTheHoldsThatAreOpen) {
  State state;
  for (const Entry& entry : book.journal()) ASSERT_TRUE(book.replay_into(state, entry));
  ASSERT_EQ(snapshot(state), snapshot(book.state()));
  ASSERT_EQ(state.schedules().size(), 1U);
  ASSERT_EQ(state.holds().size(), 1U);
  book.now = book.next_due();
  EXPECT_EQ(state.next_due(), book.now);
  const auto here = state.decide_due(book.now);
  ASSERT_TRUE(here);
  EXPECT_TRUE(*here == *book.decide_due());
}

TEST_F(ReplayOfEveryKind, RefusesAHoldOfAnotherAmount) {
  const Seq held = seq_of(EntryKind::hold);
  EXPECT_EQ(said_about(held, [](Entry& e) { ++hold_of(e).posting.held; }),
            "what is held after it is wrong");
  EXPECT_EQ(said_about(held, [](Entry& e) { ++hold_of(e).posting.from_held.out; }),
            "what is held after it is wrong");
  EXPECT_EQ(said_about(held, [](Entry& e) { --hold_of(e).posting.to_held.in; }),
            "what is held after it is wrong");
  for (const Amount amount : {0, -3}) {
    EXPECT_THAT(said_about(held, [&](Entry& e) { hold_of(e).posting.held = amount; }),
                HasSubstr("holds nothing"));
  }
  EXPECT_THAT(said_about(held, [](Entry& e) { hold_of(e).posting.amount = 3; }),
              HasSubstr("holds nothing"));
}

TEST_F(ReplayOfEveryKind, RefusesAHoldThatWouldNotHaveBeenMade) {
  const Seq of_ada = seq_of(EntryKind::hold, 1);
  EXPECT_THAT(said_about(of_ada, [](Entry& e) { hold_of(e).posting.held = 10'000; }),
              HasSubstr("insufficient_funds"));
  EXPECT_THAT(said_about(of_ada, [](Entry& e) { hold_of(e).posting.to = 4; }),
              HasSubstr("two currencies"));
}

TEST_F(ReplayOfEveryKind, RefusesACaptureOfAHoldThatIsNotOpen) {
  const Seq captured = seq_of(EntryKind::capture);
  for (const Seq hold : {Seq{0}, seq_of(EntryKind::payment), captured}) {
    EXPECT_THAT(said_about(captured, [&](Entry& e) { capture_of(e).hold = hold; }),
                HasSubstr("hold that isn't open"));
  }
  const Seq closed = seq_of(EntryKind::hold, 1);
  EXPECT_THAT(
      said_about(seq_of(EntryKind::release), [&](Entry& e) { release_of(e).hold = closed; }),
      HasSubstr("hold that isn't open"));
  EXPECT_THAT(said_about(seq_of(EntryKind::expiry), [&](Entry& e) { expiry_of(e).hold = closed; }),
              HasSubstr("hold that isn't open"));
}

TEST_F(ReplayOfEveryKind, RefusesTheClosingOfAHoldOfOtherAccounts) {
  const Seq other = seq_of(EntryKind::hold);
  EXPECT_THAT(said_about(seq_of(EntryKind::capture), [&](Entry& e) { capture_of(e).hold = other; }),
              HasSubstr("other accounts"));
  EXPECT_THAT(said_about(seq_of(EntryKind::release), [&](Entry& e) { release_of(e).hold = other; }),
              HasSubstr("other accounts"));
}

TEST_F(ReplayOfEveryKind, RefusesACaptureOfAnotherAmount) {
  const Seq captured = seq_of(EntryKind::capture);
  EXPECT_THAT(said_about(captured, [](Entry& e) { capture_of(e).posting.amount = 0; }),
              HasSubstr("captures nothing"));
  EXPECT_THAT(said_about(captured, [](Entry& e) { ++capture_of(e).posting.amount; }),
              HasSubstr("more than was held"));
  EXPECT_THAT(said_about(captured, [](Entry& e) { --capture_of(e).posting.amount; }),
              HasSubstr("another amount than was asked for"));
  EXPECT_THAT(said_about(captured, [](Entry& e) { capture_of(e).posting.held = -21; }),
              HasSubstr("more than is left"));
  EXPECT_THAT(said_about(captured, [](Entry& e) { capture_of(e).posting.held = 5; }),
              HasSubstr("more than was held"));
  EXPECT_EQ(said_about(captured, [](Entry& e) { --capture_of(e).posting.held; }),
            "what it leaves of its hold is wrong");
  EXPECT_EQ(said_about(captured, [](Entry& e) { ++capture_of(e).left; }),
            "what it leaves of its hold is wrong");
}

TEST_F(ReplayOfEveryKind, RefusesAVoidOrAnExpiryThatMovesMoneyOrLeavesSome) {
  const Seq voided = seq_of(EntryKind::release);
  EXPECT_THAT(said_about(voided, [](Entry& e) { release_of(e).posting.amount = 1; }),
              HasSubstr("moves money"));
  EXPECT_THAT(said_about(voided, [](Entry& e) { ++release_of(e).posting.held; }),
              HasSubstr("something is left"));
  EXPECT_THAT(said_about(voided, [](Entry& e) { --release_of(e).posting.held; }),
              HasSubstr("more than is left"));
  EXPECT_THAT(said_about(voided, [](Entry& e) { release_of(e).posting.held = 0; }),
              HasSubstr("or of nothing"));
  const Seq expired = seq_of(EntryKind::expiry);
  EXPECT_THAT(said_about(expired, [](Entry& e) { expiry_of(e).posting.amount = 1; }),
              HasSubstr("moves money"));
  EXPECT_THAT(said_about(expired, [](Entry& e) { ++expiry_of(e).posting.held; }),
              HasSubstr("something is left"));
}

TEST_F(ReplayOfEveryKind, RefusesAnExpiryBeforeItsTimeOrUnderAnotherKey) {
  const Seq expired = seq_of(EntryKind::expiry);
  const Seq held = expiry_of(book.journal()[expired - 1]).hold;
  EXPECT_THAT(said_about(expired, [](Entry& e) { e.key = PaymentKey("another"); }),
              HasSubstr("another key"));
  const Timestamp at = book.journal()[expired - 1].at;
  const auto end_at = [](Entry& e, Timestamp end) {
    hold_of(e).terms = {.timeout_ns = {}, .expires_at = end};
    hold_of(e).expires_at = end;
  };
  EXPECT_EQ(said_about(held, [&](Entry& e) { end_at(e, at); }), "");
  EXPECT_THAT(said_about(held, [&](Entry& e) { end_at(e, Timestamp{at.ns + 1}); }),
              HasSubstr("before its time"));
  EXPECT_THAT(said_about(held, [](Entry& e) { hold_of(e).expires_at.reset(); }),
              HasSubstr("another time than asked"));
}

TEST_F(ReplayOfEveryKind, RefusesARejectionThatSawOtherHolds) {
  EXPECT_THAT(said_about(seq_of(Rejection::capture_exceeds_hold),
                         [](Entry& e) { ++capture_of(e).posting.from_held.out; }),
              HasSubstr("balance that it saw"));
  EXPECT_THAT(said_about(seq_of(Rejection::hold_expired),
                         [](Entry& e) { ++release_of(e).posting.to_after; }),
              HasSubstr("balance that it saw"));
}

TEST_F(ReplayOfEveryKind, RefusesACaptureThatWasRejectedMadeAnAppliedOne) {
  EXPECT_NE(said_about(seq_of(Rejection::capture_exceeds_hold),
                       [](Entry& e) { e.outcome = Rejection::none; }),
            "");
}

// --- reversals ---

TEST_F(ReplayOfEveryKind, RefusesAnotherReversal) {
  const Seq reversed = seq_of(EntryKind::reversal);
  const auto first = [](Entry& e) -> Posting& { return reversal_of(e).legs.postings.front(); };
  EXPECT_THAT(said_about(reversed, [&](Entry& e) { ++first(e).amount; }), HasSubstr("balance"));
  EXPECT_THAT(said_about(reversed, [&](Entry& e) { first(e).amount = 0; }), HasSubstr("above 0"));
  EXPECT_THAT(said_about(reversed, [&](Entry& e) { first(e).held = 1; }), HasSubstr("holds money"));
  EXPECT_THAT(said_about(reversed, [&](Entry& e) { first(e).from_prev = 1; }), HasSubstr("link"));
  EXPECT_THAT(said_about(reversed, [](Entry& e) { reversal_of(e).legs.postings.clear(); }),
              HasSubstr("legs are missing"));
  for (const Seq original : {Seq{0}, reversed, reversed + 1}) {
    EXPECT_THAT(said_about(reversed, [&](Entry& e) { reversal_of(e).original = original; }),
                HasSubstr("nothing that was before it"));
  }
}

// --- changes of accounts ---

TEST_F(ReplayOfEveryKind, RefusesAChangeOfAnotherAccount) {
  const Seq changed = seq_of(EntryKind::account_change);
  EXPECT_THAT(said_about(changed, [](Entry& e) { change_of(e).id = AccountId("ada"); }),
              HasSubstr("another account"));
  EXPECT_THAT(said_about(changed, [](Entry& e) { change_of(e).id = AccountId("nobody"); }),
              HasSubstr("another account"));
  for (const AccountNumber number : {0U, 2U, 99U}) {
    EXPECT_THAT(said_about(changed, [&](Entry& e) { change_of(e).posting.from = number; }),
                HasSubstr("another account"));
  }
}

TEST_F(ReplayOfEveryKind, RefusesAChangeThatMovesMoney) {
  const Seq changed = seq_of(EntryKind::account_change);
  EXPECT_THAT(said_about(changed, [](Entry& e) { change_of(e).posting.to = 1; }),
              HasSubstr("moves money"));
  EXPECT_THAT(said_about(changed, [](Entry& e) { change_of(e).posting.amount = 1; }),
              HasSubstr("moves money"));
  EXPECT_THAT(said_about(changed, [](Entry& e) { change_of(e).posting.held = 1; }),
              HasSubstr("moves money"));
  EXPECT_THAT(said_about(changed, [](Entry& e) { ++change_of(e).posting.from_after; }),
              HasSubstr("balance"));
  EXPECT_THAT(said_about(changed, [](Entry& e) { --change_of(e).posting.from_prev; }),
              HasSubstr("link"));
}

TEST_F(ReplayOfEveryKind, RefusesAChangeOfAClosedAccountAndTheReopeningOfAnOpenOne) {
  const auto as = [](AccountAction action) {
    return [action](Entry& e) { change_of(e).action = action; };
  };
  EXPECT_THAT(said_about(seq_of(EntryKind::account_change), as(AccountAction::reopen)),
              HasSubstr("is closed, or reopens"));
  constexpr int kReopening = 4;  // After three updates and a closing.
  const Seq reopened = seq_of(EntryKind::account_change, kReopening);
  ASSERT_EQ(change_of(book.journal()[reopened - 1]).action, AccountAction::reopen);
  for (const auto action : {AccountAction::update, AccountAction::close}) {
    EXPECT_THAT(said_about(reopened, as(action)), HasSubstr("is closed, or reopens"));
  }
}

TEST_F(ReplayOfEveryKind, RefusesAPaymentToAnAccountThatWasClosedOrFrozen) {
  const Seq last = book.state().seq();  // A payment to a closed account.
  ASSERT_EQ(book.journal()[last - 1].outcome, Rejection::account_closed);
  EXPECT_THAT(said_about(last, [](Entry& e) { e.outcome = Rejection::none; }),
              HasSubstr("account_closed"));
  EXPECT_THAT(
      said_about(seq_of(Rejection::account_frozen), [](Entry& e) { e.outcome = Rejection::none; }),
      HasSubstr("account_frozen"));
}

}  // namespace
}  // namespace giro::test
