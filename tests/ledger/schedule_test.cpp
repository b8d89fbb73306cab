// Payments that are decided later: at their time, in their order, by the rules of that moment.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/ledger/bodies.hpp"
#include "tests/ledger/builders.hpp"

namespace giro::test {
namespace {

using testing::ElementsAre;

constexpr std::string_view kAt = "2027-01-31T09:00:00Z";

class Schedules : public testing::Test {
 protected:
  Schedules() {
    book.now = *parse_rfc3339("2027-01-01T00:00:00Z");
    book.open_with("ada", 100);
    book.open("bob");
  }
  void wait_until(std::string_view time) { book.now = *parse_rfc3339(time); }
  // Decides what is due by now, in its order: "seq of its schedule or hold, code".
  std::vector<std::string> decide_all() {
    std::vector<std::string> decided;
    while (const Entry* entry = book.decide_due()) {
      decided.push_back(std::to_string(entry->follows()) + " " + outcome_of(*entry));
    }
    return decided;
  }
  static std::string outcome_of(const Entry& entry) {
    return entry.applied() ? "applied" : std::string(name(entry.outcome));
  }
  // The outcome of the one that is due.
  std::string decide_one() {
    const Entry* entry = book.decide_due();
    return entry == nullptr ? "nothing" : outcome_of(*entry);
  }
  static std::string text(Seq seq, std::string_view outcome = "applied") {
    return std::to_string(seq) + " " + std::string(outcome);
  }
  static auto every(const char* interval) {
    return [interval](auto& s) { s.every = interval; };
  }

  Book book;
};

TEST_F(Schedules, MoveNothingBeforeTheirTime) {
  const Snapshot before = standing(book.state());
  const Entry& entry = book.schedule(eur("ada", "bob", 30), kAt);
  EXPECT_TRUE(entry.applied());
  EXPECT_EQ(entry.kind(), EntryKind::schedule);
  EXPECT_TRUE(entry.postings().empty());
  EXPECT_EQ(book.next_due(), *parse_rfc3339(kAt));
  Snapshot after = standing(book.state());
  after.schedules.clear();
  EXPECT_EQ(after, before);
  book.now = Timestamp{book.next_due().ns - 1};
  EXPECT_EQ(book.decide_due(), nullptr);
}

TEST_F(Schedules, AreDecidedAtTheirTimeAsAnEntryOfTheirOwn) {
  const Entry& made = book.schedule(eur("ada", "bob", 30), kAt, [](auto& s) {
    s.payment.key = "rent", s.payment.reference = "r";
  });
  wait_until(kAt);
  const Entry* entry = book.decide_due();
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->kind(), EntryKind::scheduled);
  EXPECT_TRUE(entry->applied());
  EXPECT_EQ(entry->key.view(), "rent");
  EXPECT_EQ(entry->author, made.author);
  EXPECT_EQ(entry->follows(), made.seq);
  EXPECT_EQ(entry->at, book.now);
  EXPECT_EQ(entry->options()->reference, "r");
  EXPECT_EQ(scheduled_of(*entry).occurrence, 1U);
  EXPECT_EQ(scheduled_of(*entry).due_at, book.now);
  ASSERT_EQ(entry->postings().size(), 1U);
  EXPECT_EQ(entry->postings().front().amount, 30);
  EXPECT_EQ(book.balance("bob"), 30);
  EXPECT_EQ(book.decide_due(), nullptr) << "once";
  EXPECT_EQ(book.next_due(), kNever);
}

TEST_F(Schedules, OfATimeThatIsOverAreRejected) {
  const Timestamp at = *parse_rfc3339(kAt);
  book.now = at;
  EXPECT_EQ(book.schedule(eur("ada", "bob", 30), kAt).outcome, Rejection::schedule_passed);
  EXPECT_EQ(book.state().schedules().size(), 0U);
  book.now.ns = at.ns - 1;
  EXPECT_TRUE(book.schedule(eur("ada", "bob", 30), kAt).applied());
}

TEST_F(Schedules, InADryRunLeaveNoTrace) {
  const Snapshot before = snapshot(book.state());
  EXPECT_TRUE(book.schedule(eur("ada", "bob", 30), kAt, dry).applied());
  EXPECT_EQ(snapshot(book.state()), before);
  const Seq open = book.schedule(eur("ada", "bob", 30), kAt).seq;
  const Snapshot with_it = snapshot(book.state());
  EXPECT_TRUE(book.cancel(open, dry).applied());
  EXPECT_EQ(snapshot(book.state()), with_it);
}

// --- the rules of that moment ---

TEST_F(Schedules, AreJudgedByWhatBecameOfTheirAccounts) {
  const LegRequest leg = eur("ada", "bob", 30);
  for (const char* at : {"2027-02-01T00:00:00Z", "2027-02-02T00:00:00Z", "2027-02-03T00:00:00Z",
                         "2027-02-04T00:00:00Z", "2027-02-05T00:00:00Z"}) {
    book.schedule(leg, at);
  }
  book.freeze("ada", "debits");
  wait_until("2027-02-01T00:00:00Z");
  EXPECT_EQ(decide_one(), "account_frozen");
  book.freeze("ada", "none");
  book.pay(eur("ada", "world", 100));
  wait_until("2027-02-02T00:00:00Z");
  EXPECT_EQ(decide_one(), "insufficient_funds");
  book.close("ada");
  wait_until("2027-02-03T00:00:00Z");
  EXPECT_EQ(decide_one(), "account_closed");
  book.reopen("ada");
  book.pay(eur("world", "ada", 30));
  wait_until("2027-02-04T00:00:00Z");
  EXPECT_EQ(decide_one(), "applied");
  book.pay(eur("world", "ada", 30));
  book.hold(eur("ada", "bob", 1));
  wait_until("2027-02-05T00:00:00Z");
  EXPECT_EQ(decide_one(), "insufficient_funds");
  EXPECT_EQ(book.balance("bob"), 30);
}

TEST_F(Schedules, MayNameAccountsThatAreOpenedLater) {
  const Seq early = book.schedule(eur("ada", "eve", 1), "2027-02-01T00:00:00Z").seq;
  const Seq late = book.schedule(eur("ada", "eve", 1), "2027-02-02T00:00:00Z").seq;
  wait_until("2027-02-01T00:00:00Z");
  const Entry* rejected = book.decide_due();
  EXPECT_EQ(rejected->outcome, Rejection::account_unknown);
  EXPECT_EQ(rejected->follows(), early) << "it is found by its schedule, too";
  ASSERT_EQ(scheduled_of(*rejected).requested.size(), 1U) << "nothing else tells who it was for";
  book.open("eve");
  wait_until("2027-02-02T00:00:00Z");
  EXPECT_THAT(decide_all(), ElementsAre(text(late)));
  EXPECT_EQ(book.balance("eve"), 1);
}

TEST_F(Schedules, AreJudgedByTheirOptionsAtTheirTime) {
  book.schedule(eur("ada", "bob", 1), "2027-02-01T00:00:00Z",
                [](auto& s) { s.payment.deadline = "2027-02-01T00:00:01Z"; });
  book.schedule(eur("ada", "bob", 1), "2027-02-02T00:00:00Z",
                [](auto& s) { s.payment.if_version = 1; });
  book.schedule(eur("ada", "bob", 1), "2027-02-03T00:00:00Z",
                [](auto& s) { s.payment.if_available_gte = 98; });
  wait_until("2027-02-01T00:00:02Z");
  EXPECT_EQ(decide_one(), "deadline_passed");
  wait_until("2027-02-02T00:00:00Z");
  EXPECT_EQ(decide_one(), "applied") << "what was rejected touched no account";
  book.pay(eur("ada", "bob", 2));
  wait_until("2027-02-03T00:00:00Z");
  EXPECT_EQ(decide_one(), "precondition_balance");
}

TEST_F(Schedules, TakeWhatIsAvailable) {
  book.schedule(eur("ada", "bob", 500), kAt, [](auto& s) { up_to(s.payment), s.every = "P1M"; });
  wait_until(kAt);
  const Entry* entry = book.decide_due();
  EXPECT_EQ(entry->postings().front().amount, 100);
  EXPECT_EQ(scheduled_of(*entry).asked, 500);
  wait_until("2027-02-28T09:00:00Z");
  entry = book.decide_due();
  EXPECT_EQ(entry->outcome, Rejection::insufficient_funds);
  EXPECT_EQ(entry->row_posting().amount, 500);
}

TEST_F(Schedules, OfSeveralLegsMoveThemAllOrNone) {
  const std::vector<LegRequest> legs{eur("ada", "bob", 60), eur("bob", "ada", 10)};
  const std::vector<LegRequest> bad{eur("ada", "bob", 10), eur("ada", "bob", 90)};
  book.submit(schedule(payment(legs), "2027-02-01T00:00:00Z"));
  book.submit(schedule(payment(bad), "2027-02-02T00:00:00Z"));
  wait_until("2027-02-03T00:00:00Z");
  const Entry* applied = book.decide_due();
  ASSERT_EQ(applied->postings().size(), 2U);
  EXPECT_EQ(book.balance("bob"), 50);
  const Snapshot before = standing(book.state());
  const Entry* failed = book.decide_due();
  EXPECT_EQ(failed->outcome, Rejection::leg_failed);
  EXPECT_EQ(failed->legs()->failed_leg, 1);
  EXPECT_EQ(failed->legs()->leg_code, Rejection::insufficient_funds);
  EXPECT_EQ(failed->legs()->seen.from_after, 40) << "after the legs before it";
  EXPECT_EQ(failed->requested().size(), 2U);
  Snapshot after = standing(book.state());
  after.schedules = before.schedules;
  EXPECT_EQ(after, before);
}

TEST_F(Schedules, CanBeReversedByWhatTheyBecame) {
  const Seq made = book.schedule(eur("ada", "bob", 30), kAt).seq;
  EXPECT_EQ(book.reverse(made).outcome, Rejection::not_reversible) << "it moved nothing";
  wait_until(kAt);
  const Seq paid = book.decide_due()->seq;
  EXPECT_EQ(book.reverse(made).outcome, Rejection::not_reversible);
  EXPECT_TRUE(book.reverse(paid, [](auto& r) { r.amount = 10; }).applied());
  EXPECT_TRUE(book.reverse(paid).applied());
  EXPECT_EQ(book.reverse(paid).outcome, Rejection::reversal_exceeds_original);
  EXPECT_EQ(book.balance("ada"), 100);
}

// --- their order ---

TEST_F(Schedules, ComeInTheOrderOfTheirTimesAndThenOfTheirSeqs) {
  const LegRequest leg = eur("ada", "bob", 1);
  const Seq last = book.schedule(leg, "2027-02-03T00:00:00Z").seq;
  const Seq second = book.schedule(leg, "2027-02-02T00:00:00Z").seq;
  const Seq third = book.schedule(leg, "2027-02-02T00:00:00Z").seq;
  const Seq first = book.schedule(leg, "2027-02-01T00:00:00Z").seq;
  wait_until("2027-02-09T00:00:00Z");
  EXPECT_THAT(decide_all(), ElementsAre(text(first), text(second), text(third), text(last)));
}

TEST_F(Schedules, AndHoldsComeInOneOrder) {
  const auto held_until = [this](const char* end) {
    return book.hold(eur("ada", "bob", 1), [end](auto& h) { h.expires_at = end; }).seq;
  };
  const char* const same = "2027-02-02T00:00:00Z";
  const Seq before = held_until("2027-02-01T00:00:00Z");
  const Seq first = book.schedule(eur("ada", "bob", 1), same).seq;
  const Seq second = held_until(same);
  const Seq third = book.schedule(eur("ada", "bob", 1), same).seq;
  const Seq after = held_until("2027-02-03T00:00:00Z");
  EXPECT_EQ(book.next_due(), *parse_rfc3339("2027-02-01T00:00:00Z"));
  wait_until("2027-02-09T00:00:00Z");
  EXPECT_THAT(decide_all(),
              ElementsAre(text(before), text(first), text(second), text(third), text(after)));
}

// Money that a hold lets go of at the same moment is there for what was scheduled after it.
TEST_F(Schedules, PayWithWhatAHoldBeforeThemLetGoOf) {
  const LegRequest all = eur("ada", "bob", 100);
  book.schedule(all, kAt);
  book.hold(all, [](auto& h) { h.expires_at = kAt; });
  book.schedule(all, kAt);
  wait_until(kAt);
  EXPECT_EQ(decide_one(), "insufficient_funds");
  EXPECT_EQ(decide_one(), "applied") << "the hold's end";
  EXPECT_EQ(decide_one(), "applied");
}

TEST_F(Schedules, SayWhetherMoreLegsAreDue) {
  const std::vector<LegRequest> legs{eur("ada", "bob", 1), eur("bob", "ada", 1)};
  book.submit(schedule(payment(legs), kAt));
  book.hold(eur("ada", "bob", 1), [](auto& h) { h.expires_at = kAt; });
  book.schedule(eur("ada", "bob", 1), "2027-02-20T00:00:00Z", every("P1D"));
  EXPECT_FALSE(book.state().are_more_due(book.now, 0));
  EXPECT_TRUE(book.state().are_more_due(*parse_rfc3339(kAt), 2));
  EXPECT_FALSE(book.state().are_more_due(*parse_rfc3339(kAt), 3));
  const Timestamp late = *parse_rfc3339("2028-02-19T23:00:00Z");
  EXPECT_TRUE(book.state().are_more_due(late, 365)) << "each day that was missed";
}

// --- standing orders ---

TEST_F(Schedules, ThatRepeatAreDueAgainAndAgain) {
  const Seq made = book.schedule(eur("ada", "bob", 1), kAt, every("P1M")).seq;
  wait_until(kAt);
  EXPECT_THAT(decide_all(), ElementsAre(text(made)));
  EXPECT_EQ(book.next_due(), *parse_rfc3339("2027-02-28T09:00:00Z"));
  wait_until("2027-02-28T09:00:00Z");
  EXPECT_THAT(decide_all(), ElementsAre(text(made)));
  EXPECT_EQ(book.next_due(), *parse_rfc3339("2027-03-31T09:00:00Z"));
}

TEST_F(Schedules, ThatRepeatMissNoTime) {
  const Seq weekly = book.schedule(eur("ada", "bob", 1), kAt, every("P1W")).seq;
  const Seq once = book.schedule(eur("ada", "bob", 2), "2027-02-08T00:00:00Z").seq;
  wait_until("2027-02-15T00:00:00Z");
  EXPECT_THAT(decide_all(), ElementsAre(text(weekly), text(weekly), text(once), text(weekly)));
  const Entry& last = book.journal().back();
  EXPECT_EQ(scheduled_of(last).occurrence, 3U);
  EXPECT_EQ(scheduled_of(last).due_at, *parse_rfc3339("2027-02-14T09:00:00Z"));
  EXPECT_GT(last.at, scheduled_of(last).due_at);
}

TEST_F(Schedules, ThatRepeatGoOnAfterARejection) {
  const Seq made = book.schedule(eur("ada", "bob", 60), kAt, every("P1D")).seq;
  wait_until("2027-02-02T09:00:00Z");
  EXPECT_THAT(decide_all(), ElementsAre(text(made), text(made, "insufficient_funds"),
                                        text(made, "insufficient_funds")));
  book.pay(eur("world", "ada", 60));
  wait_until("2027-02-03T09:00:00Z");
  EXPECT_THAT(decide_all(), ElementsAre(text(made)));
}

TEST_F(Schedules, ThatRepeatEndWithTheirCountOrUntil) {
  book.schedule(eur("ada", "bob", 1), kAt, [](auto& s) { s.every = "P1D", s.count = 2; });
  book.schedule(eur("ada", "bob", 1), kAt,
                [](auto& s) { s.every = "P1D", s.until = "2027-02-02T09:00:00Z"; });
  book.schedule(eur("ada", "bob", 1), kAt, [](auto& s) { s.every = "P1D", s.count = 1; });
  wait_until("2027-03-01T00:00:00Z");
  EXPECT_EQ(decide_all().size(), 2U + 3U + 1U);
  EXPECT_EQ(book.next_due(), kNever);
  EXPECT_EQ(book.state().schedules().size(), 0U);
}

// --- cancelling ---

TEST_F(Schedules, ThatAreCancelledPayNothing) {
  const Seq made = book.schedule(eur("ada", "bob", 30), kAt).seq;
  const Entry& cancelled = book.cancel(made);
  EXPECT_TRUE(cancelled.applied());
  EXPECT_EQ(cancelled.follows(), made);
  EXPECT_TRUE(cancelled.postings().empty());
  EXPECT_EQ(book.next_due(), kNever);
  EXPECT_EQ(book.cancel(made).outcome, Rejection::schedule_cancelled);
  wait_until("2028-01-01T00:00:00Z");
  EXPECT_EQ(book.decide_due(), nullptr);
}

TEST_F(Schedules, ThatWereDecidedCantBeCancelled) {
  const Seq made = book.schedule(eur("ada", "bob", 30), kAt).seq;
  const Seq rejected = book.schedule(eur("ada", "bob", 300), kAt).seq;
  wait_until(kAt);
  EXPECT_EQ(book.cancel(made).outcome, Rejection::schedule_decided) << "it is due";
  EXPECT_THAT(decide_all(), ElementsAre(text(made), text(rejected, "insufficient_funds")));
  EXPECT_EQ(book.cancel(made).outcome, Rejection::schedule_decided);
  EXPECT_EQ(book.cancel(rejected).outcome, Rejection::schedule_decided);
}

TEST_F(Schedules, ThatRepeatCanBeCancelledBetweenTwoTimes) {
  const Seq made = book.schedule(eur("ada", "bob", 1), kAt, every("P1M")).seq;
  wait_until(kAt);
  EXPECT_THAT(decide_all(), ElementsAre(text(made)));
  EXPECT_TRUE(book.cancel(made).applied());
  wait_until("2028-01-01T00:00:00Z");
  EXPECT_EQ(book.decide_due(), nullptr);
  EXPECT_EQ(book.cancel(made).outcome, Rejection::schedule_cancelled);
  EXPECT_EQ(book.balance("bob"), 1);
}

TEST_F(Schedules, ThatNobodyMadeCantBeCancelled) {
  const Seq passed = book.schedule(eur("ada", "bob", 1), "2026-01-01T00:00:00Z").seq;
  const Seq paid = book.pay(eur("ada", "bob", 1)).seq;
  const Seq held = book.hold(eur("ada", "bob", 1)).seq;
  for (const Seq seq : {passed, paid, held}) {
    EXPECT_EQ(book.cancel(seq).outcome, Rejection::not_a_schedule);
  }
  EXPECT_EQ(book.cancel(999).outcome, Rejection::schedule_unknown);
  EXPECT_EQ(book.submit(cancel(by_key("nothing"))).outcome, Rejection::schedule_unknown);
  EXPECT_EQ(book.capture(book.schedule(eur("ada", "bob", 1), kAt).seq).outcome,
            Rejection::not_a_hold);
}

// --- trials ---

TEST_F(Schedules, AreTakenBackWithTheTrialTheyWereMadeIn) {
  Book other;
  State state;
  (void)state.apply(checked(account("world", without_floor)), {}, Timestamp{1}, 0);
  (void)state.apply(checked(account("ada")), {}, Timestamp{2}, 0);
  const auto apply = [&](const Command& command, const Resolved& resolved = {}) {
    return state.apply(command, resolved, Timestamp{9}, 0);
  };
  const PaymentRequest pays = payment(eur("world", "ada", 1));
  const Entry first = apply(checked(schedule(pays, kAt, every("P1D"))));
  const Snapshot before = snapshot(state);
  {
    const State::Trial trial(state);
    const Entry second = apply(checked(schedule(pays, "2027-01-30T09:00:00Z")));
    EXPECT_EQ(state.due_schedule(*parse_rfc3339(kAt)), second.seq);
    EXPECT_TRUE(state.decide_due(*parse_rfc3339("2027-01-30T09:00:00Z"), &second));
    EXPECT_TRUE(state.decide_due(*parse_rfc3339(kAt), &first));
    EXPECT_TRUE(
        apply(checked(cancel(by_seq(first.seq))), {.referred = {.seq = first.seq}}).applied());
    EXPECT_EQ(state.schedules().size(), 0U);
    EXPECT_EQ(state.next_due(), kNever);
  }
  EXPECT_EQ(snapshot(state), before);
  EXPECT_EQ(state.next_due(), *parse_rfc3339(kAt)) << "it is due as before";
}

// --- checks ---

class ScheduleChecks : public testing::Test {
 protected:
  template <class Change>
  static std::string refused(const Change& change) {
    const auto checked =
        CheckedSchedule::check(schedule(payment(eur("ada", "bob", 1)), kAt, change));
    return checked ? "" : checked.error().field;
  }
};

TEST_F(ScheduleChecks, RefuseTimesAndIntervalsThatArent) {
  EXPECT_EQ(refused(unchanged), "");
  EXPECT_EQ(refused([](auto& s) { s.at = "tomorrow"; }), "at");
  EXPECT_EQ(refused([](auto& s) { s.at = ""; }), "at");
  EXPECT_EQ(refused([](auto& s) { s.every = "P1H"; }), "every");
  EXPECT_EQ(refused([](auto& s) { s.every = "P1D", s.until = "soon"; }), "until");
}

TEST_F(ScheduleChecks, RefuseAnEndOfWhatDoesntRepeatOrTwoOfThem) {
  EXPECT_EQ(refused([](auto& s) { s.until = kAt; }), "until");
  EXPECT_EQ(refused([](auto& s) { s.count = 2; }), "count");
  EXPECT_EQ(refused([](auto& s) { s.every = "P1D", s.until = kAt, s.count = 2; }), "count");
  EXPECT_EQ(refused([](auto& s) { s.every = "P1D", s.until = kAt; }), "") << "once";
  EXPECT_EQ(refused([](auto& s) { s.every = "P1D", s.until = "2027-01-31T08:59:59Z"; }), "until");
  for (const std::int64_t count : {-1L, 0L, 1'000'001L}) {
    EXPECT_EQ(refused([&](auto& s) { s.every = "P1D", s.count = count; }), "count");
  }
  EXPECT_EQ(refused([](auto& s) { s.every = "P1D", s.count = 1'000'000; }), "");
}

TEST_F(ScheduleChecks, RefuseWhatAPaymentIsRefusedFor) {
  EXPECT_EQ(refused([](auto& s) { s.payment.leg.amount = 0; }), "amount");
  EXPECT_EQ(refused([](auto& s) { s.payment.key = ""; }), "key");
  EXPECT_EQ(refused([](auto& s) { s.payment.deadline = "x"; }), "deadline");
}

TEST_F(ScheduleChecks, TellAReplayFromAnotherRequestByItsFirstField) {
  Book book;
  const PaymentRequest pays = payment(eur("ada", "bob", 1));
  const auto monthly = [](auto& s) { s.every = "P1M", s.count = 3; };
  const Entry& prior = book.submit(schedule(pays, kAt, monthly));
  const auto differs = [&](const auto& request) {
    return differing_field(prior, checked(request), book.state()).value_or("");
  };
  EXPECT_EQ(differs(schedule(pays, "2027-01-31T10:00:00+01:00", monthly)), "") << "the same moment";
  EXPECT_EQ(differs(schedule(payment(eur("ada", "bob", 2)), kAt, monthly)), "amount");
  EXPECT_EQ(differs(schedule(pays, "2027-01-31T09:00:01Z", monthly)), "at");
  EXPECT_EQ(differs(schedule(pays, kAt, [](auto& s) { s.every = "P1W", s.count = 3; })), "every");
  EXPECT_EQ(differs(schedule(pays, kAt, [](auto& s) { s.every = "P1M"; })), "count");
  EXPECT_EQ(differs(schedule(pays, kAt, [](auto& s) { s.every = "P1M", s.until = kAt; })), "until");
  EXPECT_EQ(differs(schedule(payment(eur("ada", "bob", 1), up_to), kAt, monthly)), "up_to");
  EXPECT_EQ(differs(pays), "method");
  EXPECT_EQ(differs(hold(eur("ada", "bob", 1))), "method");
  EXPECT_EQ(differs(cancel(by_seq(1))), "method");
  const Entry& cancelled = book.cancel(prior.seq);
  const auto cancel_differs = [&](const ReferenceRequest& of) {
    return differing_field(cancelled, checked(cancel(of)), book.state()).value_or("");
  };
  EXPECT_EQ(cancel_differs(by_seq(prior.seq)), "");
  EXPECT_EQ(cancel_differs(by_seq(prior.seq + 1)), "schedule");
  EXPECT_EQ(cancel_differs(by_key("key")), "schedule");
}

}  // namespace
}  // namespace giro::test
