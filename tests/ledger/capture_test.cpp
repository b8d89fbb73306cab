// What becomes of a hold: captured whole or by parts, voided, or too late for either.
#include <string>

#include <gtest/gtest.h>

#include "tests/ledger/bodies.hpp"
#include "tests/ledger/builders.hpp"

namespace giro::test {
namespace {

auto of(Amount amount) {
  return [amount](CaptureRequest& capture) { capture.amount = amount; };
}

// Ada holds 60 of her 100 for bob, for a second.
class Captures : public testing::Test {
 protected:
  Captures() {
    book.open_with("ada", 100);
    book.open("bob");
    const Entry& made =
        book.hold(eur("ada", "bob", 60), [](auto& h) { h.payment.key = "h", h.timeout = "1s"; });
    held = made.seq;
    end = *hold_of(made).expires_at;
  }
  // That the request is rejected so, and nothing but a decision comes of it.
  template <class Request>
  const Entry& expect_rejected(Rejection code, const Request& request) {
    const Snapshot before = standing(book.state());
    const Entry& entry = book.submit(request);
    EXPECT_EQ(entry.outcome, code);
    EXPECT_EQ(entry.follows(), 0U);
    EXPECT_EQ(standing(book.state()), before);
    return entry;
  }
  // That neither a capture nor a void does anything about it any more.
  void expect_neither(Rejection code, const ReferenceRequest& hold) {
    expect_rejected(code, capture(hold));
    expect_rejected(code, capture(hold, of(1)));
    expect_rejected(code, capture(hold, of(1'000)));
    expect_rejected(code, release(hold));
  }
  void expect_held(Amount amount) {
    EXPECT_EQ(book["ada"].held, (Held{.in = 0, .out = amount}));
    EXPECT_EQ(book["bob"].held, (Held{.in = amount, .out = 0}));
    const OpenHold* open = book.state().holds().find(held);
    EXPECT_EQ(open == nullptr ? 0 : open->left, amount);
  }

  Book book;
  Seq held = 0;
  Timestamp end;
};

TEST_F(Captures, PayAllThatIsHeld) {
  const Entry& entry = book.capture(held);
  EXPECT_EQ(entry.kind(), EntryKind::capture);
  ASSERT_TRUE(entry.applied());
  EXPECT_EQ(entry.follows(), held);
  EXPECT_EQ(capture_of(entry).left, 0);
  ASSERT_EQ(entry.postings().size(), 1U);
  const Posting& posting = entry.postings().front();
  EXPECT_EQ(posting.amount, 60);
  EXPECT_EQ(posting.held, -60);
  EXPECT_EQ(posting.from_prev, held);
  EXPECT_EQ(posting.from_after, 40);
  EXPECT_EQ(posting.to_after, 60);
  EXPECT_EQ(book.balance("ada"), 40);
  EXPECT_EQ(book.balance("bob"), 60);
  EXPECT_EQ(book.available("bob"), 60);
  EXPECT_TRUE(book["bob"].posted_in == 60);
  expect_held(0);
}

TEST_F(Captures, LeaveWhatIsAvailableToThePayer) {
  book.capture(held, of(20));
  EXPECT_EQ(book.available("ada"), 40);
  book.capture(held);
  EXPECT_EQ(book.available("ada"), 40);
}

TEST_F(Captures, TakePartsUntilNothingIsLeft) {
  EXPECT_EQ(capture_of(book.capture(held, of(20))).left, 40);
  expect_held(40);
  EXPECT_EQ(capture_of(book.capture(held, of(30))).left, 10);
  expect_held(10);
  const Entry& rest = book.capture(held);
  EXPECT_EQ(rest.postings().front().amount, 10);
  EXPECT_EQ(capture_of(rest).left, 0);
  expect_held(0);
  EXPECT_EQ(book.balance("bob"), 60);
  expect_neither(Rejection::hold_captured, by_seq(held));
}

TEST_F(Captures, ThatAreFinalLetGoOfTheRest) {
  const Entry& entry = book.capture(held, [](auto& c) { c.amount = 20, c.final = true; });
  EXPECT_EQ(entry.postings().front().amount, 20);
  EXPECT_EQ(entry.postings().front().held, -60);
  EXPECT_EQ(capture_of(entry).left, 0);
  EXPECT_TRUE(capture_of(entry).final);
  expect_held(0);
  EXPECT_EQ(book.available("ada"), 80);
  EXPECT_EQ(book.balance("bob"), 20);
  expect_neither(Rejection::hold_captured, by_seq(held));
}

TEST_F(Captures, OfAllAreAsGoodAsFinal) {
  const Entry& entry = book.capture(held, final_one);
  EXPECT_EQ(entry.postings().front().amount, 60);
  expect_held(0);
}

TEST_F(Captures, OfMoreThanIsLeftLeaveTheHoldOpen) {
  const Entry& entry =
      expect_rejected(Rejection::capture_exceeds_hold, capture(by_seq(held), of(61)));
  EXPECT_EQ(capture_of(entry).hold, held);
  EXPECT_EQ(capture_of(entry).left, 60);
  EXPECT_EQ(capture_of(entry).posting.amount, 61);
  book.capture(held, of(20));
  expect_rejected(Rejection::capture_exceeds_hold, capture(by_seq(held), of(41)));
  expect_rejected(Rejection::capture_exceeds_hold,
                  capture(by_seq(held), [](auto& c) { c.amount = 41, c.final = true; }));
  EXPECT_TRUE(book.capture(held, of(40)).applied());
}

TEST_F(Captures, NameTheirHoldByKeyOrBySeq) {
  const Entry& by_its_key = book.submit(capture(by_key("h"), of(1)));
  EXPECT_TRUE(by_its_key.applied());
  EXPECT_EQ(capture_of(by_its_key).hold, held);
  EXPECT_EQ(capture_of(by_its_key).named.key.view(), "h");
  EXPECT_TRUE(book.submit(release(by_key("h"))).applied());
}

TEST_F(Captures, OfAHoldUpToAnAmountTakeWhatItHolds) {
  const Seq all = book.hold(eur("ada", "bob", 999), [](auto& h) { h.payment.up_to = true; }).seq;
  expect_rejected(Rejection::capture_exceeds_hold, capture(by_seq(all), of(41)));
  EXPECT_EQ(book.capture(all).postings().front().amount, 40);
}

TEST_F(Captures, OfAllOf64BitsAreExact) {
  book.open("rich", without_floor);
  book.open("sink");
  const Seq all = book.hold(eur("rich", "sink", kAmountMax)).seq;
  EXPECT_TRUE(book.capture(all, of(kAmountMax - 1)).applied());
  EXPECT_EQ(book.pay(eur("world", "sink", 1)).outcome, Rejection::overflow);
  EXPECT_TRUE(book.capture(all).applied());
  EXPECT_EQ(book.balance("sink"), kAmountMax);
  EXPECT_EQ(book.balance("rich"), -kAmountMax);
}

// --- voids ---

TEST_F(Captures, ComeTooLateForAVoidedHold) {
  const Entry& entry = book.release(held);
  EXPECT_EQ(entry.kind(), EntryKind::release);
  ASSERT_TRUE(entry.applied());
  EXPECT_EQ(entry.follows(), held);
  EXPECT_EQ(entry.postings().front().amount, 0);
  EXPECT_EQ(entry.postings().front().held, -60);
  EXPECT_EQ(book.available("ada"), 100);
  EXPECT_EQ(book.balance("bob"), 0);
  expect_held(0);
  expect_neither(Rejection::hold_voided, by_seq(held));
}

TEST_F(Captures, OfAPartLeaveTheRestToAVoid) {
  book.capture(held, of(20));
  EXPECT_EQ(book.release(held).postings().front().held, -40);
  EXPECT_EQ(book.available("ada"), 80);
  expect_neither(Rejection::hold_voided, by_seq(held));
}

// --- expiry ---

TEST_F(Captures, AreInTimeUpToTheLastMoment) {
  book.now = Timestamp{end.ns - 1};
  EXPECT_TRUE(book.capture(held).applied());
}

TEST_F(Captures, ComeTooLateAtTheMomentOfTheEnd) {
  book.now = end;
  expect_neither(Rejection::hold_expired, by_seq(held));
  expect_held(60);
  ASSERT_NE(book.decide_due(), nullptr);
  expect_neither(Rejection::hold_expired, by_seq(held));
  expect_held(0);
}

TEST_F(Captures, OfAPartDoNotKeepTheRestFromExpiring) {
  book.capture(held, of(20));
  book.now = end;
  ASSERT_NE(book.decide_due(), nullptr);
  expect_neither(Rejection::hold_expired, by_key("h"));
}

TEST_F(Captures, AreJudgedByTheClockAndNotByTheEntrysTime) {
  book.now = Timestamp{end.ns + 1'000};
  book.pay(eur("world", "ada", 1));
  book.now = Timestamp{end.ns - 1};
  const Entry& entry = book.capture(held);
  EXPECT_TRUE(entry.applied());
  EXPECT_GT(entry.at, end);
}

// --- what is no hold ---

TEST_F(Captures, KnowNoHoldThatNeverWas) {
  expect_neither(Rejection::hold_unknown, by_key("nothing"));
  expect_neither(Rejection::hold_unknown, by_seq(1'000));
  const Entry& entry = book.submit(capture(by_seq(1'000)));
  EXPECT_EQ(capture_of(entry).hold, 0U);
  EXPECT_EQ(capture_of(entry).named.seq, 1'000U);
}

TEST_F(Captures, AreOfNothingButHolds) {
  const Seq paid = book.pay(eur("ada", "bob", 1)).seq;
  const Seq rejected = book.hold(eur("ada", "bob", 1'000)).seq;
  const Seq captured = book.capture(held, of(1)).seq;
  const Seq voided = book.release(held).seq;
  const Seq frozen = book.freeze("bob", "none").seq;
  for (const Seq seq : {Seq{1}, paid, rejected, captured, voided, frozen}) {
    SCOPED_TRACE(seq);
    expect_neither(Rejection::not_a_hold, by_seq(seq));
  }
}

// --- accounts that changed since ---

TEST_F(Captures, IntoAFrozenAccountLeaveTheHoldOpen) {
  for (const char* frozen : {"credits", "all"}) {
    book.freeze("bob", frozen);
    expect_rejected(Rejection::account_frozen, capture(by_seq(held)));
    expect_rejected(Rejection::capture_exceeds_hold, capture(by_seq(held), of(61)));
  }
  book.freeze("bob", "debits");
  EXPECT_TRUE(book.capture(held).applied());
}

TEST_F(Captures, FromAFrozenAccountLeaveTheHoldOpen) {
  for (const char* frozen : {"debits", "all"}) {
    book.freeze("ada", frozen);
    expect_rejected(Rejection::account_frozen, capture(by_seq(held)));
  }
  book.freeze("ada", "credits");
  EXPECT_TRUE(book.capture(held).applied());
}

TEST_F(Captures, AreNotWhatAFrozenAccountNeedsToBeFreeOfItsHold) {
  book.freeze("ada", "all");
  book.freeze("bob", "all");
  EXPECT_TRUE(book.release(held).applied());
  expect_held(0);
}

TEST_F(Captures, AskNothingOfLimitsThatWereSetSince) {
  book.update("ada", [](auto& u) { u.floor = 90; });
  book.update("bob", [](auto& u) { u.ceiling = 0; });
  EXPECT_EQ(book.available("ada"), -50);
  EXPECT_TRUE(book.capture(held).applied());
  EXPECT_EQ(book.balance("ada"), 40);
  EXPECT_EQ(book.balance("bob"), 60);
}

// --- dry runs ---

TEST_F(Captures, LeaveNoTraceWhenTheyAreDryRuns) {
  const auto expect_no_trace = [&](const auto& request) {
    const Snapshot before = snapshot(book.state());
    const Entry& entry = book.submit(request);
    EXPECT_TRUE(entry.applied());
    EXPECT_EQ(entry.seq, 0U);
    EXPECT_EQ(snapshot(book.state()), before);
  };
  expect_no_trace(capture(by_seq(held), dry));
  expect_no_trace(capture(by_seq(held), [](auto& c) { dry(c), c.amount = 20; }));
  expect_no_trace(capture(by_seq(held), [](auto& c) { dry(c), c.amount = 20, c.final = true; }));
  expect_no_trace(release(by_seq(held), dry));
  EXPECT_EQ(book.next_due(), end);
  book.now = end;
  EXPECT_NE(book.decide_due(), nullptr) << "it still ends";
  EXPECT_EQ(book.decide_due(), nullptr) << "once";
}

}  // namespace
}  // namespace giro::test
