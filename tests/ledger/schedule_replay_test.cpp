// Replaying schedules and what they became: what was never decided so is refused.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/ledger/replay.hpp"

namespace giro::test {
namespace {

using testing::HasSubstr;

class ReplayOfSchedules : public Replay {
 protected:
  // The n-th that was decided when its time came.
  Seq due(int n) {
    for (const Entry& entry : book.journal()) {
      if (entry.kind() == EntryKind::scheduled && n-- == 0) return entry.seq;
    }
    return 0;
  }
  // In the order of fill_with_schedules().
  const Seq plain = due(0);
  const Seq unknown_account = due(1);
  const Seq too_much = due(2);
  const Seq taken = due(3);  // up_to.
  const Seq legs = due(4);
  const Seq failed_legs = due(5);
};

TEST_F(ReplayOfSchedules, TakesOverWhatWasDecided) {
  EXPECT_EQ(said_about(0, [](Entry&) {}), "");
  EXPECT_EQ(book.journal()[failed_legs - 1].outcome, Rejection::leg_failed);
  EXPECT_TRUE(scheduled_of(book.journal()[taken - 1]).asked);
}

TEST_F(ReplayOfSchedules, RefusesOneOfAScheduleThatIsNotOpen) {
  for (const Seq schedule :
       {Seq{0}, Seq{1}, plain, scheduled_of(book.journal()[plain - 1]).schedule + 50}) {
    EXPECT_THAT(said_about(plain, [&](Entry& e) { scheduled_of(e).schedule = schedule; }),
                HasSubstr("schedule that isn't open"));
  }
  EXPECT_THAT(said_about(seq_of(EntryKind::cancel), [](Entry& e) { cancel_of(e).schedule = 1; }),
              HasSubstr("schedule that isn't open"));
}

TEST_F(ReplayOfSchedules, RefusesAnotherOccurrenceOrTime) {
  EXPECT_THAT(said_about(plain, [](Entry& e) { ++scheduled_of(e).occurrence; }),
              HasSubstr("another time"));
  EXPECT_THAT(said_about(plain, [](Entry& e) { ++scheduled_of(e).due_at.ns; }),
              HasSubstr("another time"));
  const Entry& decided = book.journal()[plain - 1];
  const Seq made = scheduled_of(decided).schedule;
  EXPECT_THAT(said_about(made, [&](Entry& e) { schedule_of(e).terms.at.ns = decided.at.ns + 1; }),
              HasSubstr("another time"));
}

TEST_F(ReplayOfSchedules, RefusesOneBeforeItsTime) {
  // Its time, and those of all before it: what went before the clock moved on.
  State state;
  for (const Entry& original : book.journal()) {
    Entry entry = copy_of(original);
    if (entry.seq < plain) {
      ASSERT_TRUE(book.replay_into(state, entry));
      continue;
    }
    entry.at = Timestamp{scheduled_of(entry).due_at.ns - 1};
    const auto replayed = book.replay_into(state, entry);
    ASSERT_FALSE(replayed);
    EXPECT_THAT(replayed.error(), HasSubstr("before its time"));
    return;
  }
}

TEST_F(ReplayOfSchedules, RefusesAnotherKeyUserOrOptions) {
  EXPECT_THAT(said_about(plain, [](Entry& e) { e.key = PaymentKey("another"); }),
              HasSubstr("another key"));
  EXPECT_THAT(said_about(plain, [](Entry& e) { ++e.author.uid; }), HasSubstr("another user"));
  EXPECT_THAT(said_about(plain, [](Entry& e) { scheduled_of(e).options.reference = "x"; }),
              HasSubstr("other options"));
  EXPECT_THAT(said_about(too_much, [](Entry& e) { scheduled_of(e).options.code = 1; }),
              HasSubstr("other options"));
}

TEST_F(ReplayOfSchedules, RefusesOtherLegsThanWereAskedFor) {
  const auto first = [](Entry& e) -> Posting& { return scheduled_of(e).legs.postings.front(); };
  EXPECT_THAT(said_about(plain, [&](Entry& e) { ++first(e).amount; }), HasSubstr("other legs"));
  EXPECT_THAT(said_about(plain, [&](Entry& e) { first(e).to = 3; }), HasSubstr("other legs"));
  EXPECT_THAT(said_about(plain, [&](Entry& e) { first(e).from = 9'999; }), HasSubstr("other legs"));
  EXPECT_THAT(said_about(plain, [](Entry& e) { scheduled_of(e).legs.postings.clear(); }),
              HasSubstr("other legs"));
  EXPECT_THAT(said_about(legs, [](Entry& e) { scheduled_of(e).legs.postings.pop_back(); }),
              HasSubstr("other legs"));
  EXPECT_THAT(said_about(taken, [&](Entry& e) { first(e).amount = 200'000; }),
              HasSubstr("other legs"));
  EXPECT_THAT(said_about(taken, [&](Entry& e) { ++first(e).amount; }), HasSubstr("insufficient"));
  EXPECT_THAT(said_about(taken, [](Entry& e) { scheduled_of(e).asked = 1; }),
              HasSubstr("another amount"));
  EXPECT_THAT(said_about(plain, [&](Entry& e) { ++first(e).from_after; }), HasSubstr("balance"));
  EXPECT_THAT(said_about(plain, [&](Entry& e) { first(e).from_prev = 1; }), HasSubstr("link"));
}

TEST_F(ReplayOfSchedules, RefusesARejectionOfOtherLegs) {
  EXPECT_THAT(said_about(too_much, [](Entry& e) { --scheduled_of(e).legs.seen.amount; }),
              HasSubstr("other legs"));
  EXPECT_THAT(said_about(too_much, [](Entry& e) { ++scheduled_of(e).legs.seen.from_after; }),
              HasSubstr("balance that it saw"));
  EXPECT_THAT(said_about(unknown_account,
                         [](Entry& e) { scheduled_of(e).requested.front().to = AccountId("bob"); }),
              HasSubstr("other legs"));
  EXPECT_THAT(said_about(failed_legs, [](Entry& e) { scheduled_of(e).requested.pop_back(); }),
              HasSubstr("other legs"));
  EXPECT_THAT(said_about(failed_legs, [](Entry& e) { scheduled_of(e).requested.clear(); }),
              HasSubstr("other legs"));
  EXPECT_NE(said_about(too_much, [](Entry& e) { e.outcome = Rejection::none; }), "");
}

TEST_F(ReplayOfSchedules, RefusesAScheduleOfNothing) {
  const Seq made = seq_of(EntryKind::schedule);
  EXPECT_THAT(said_about(made, [](Entry& e) { schedule_of(e).requested.clear(); }),
              HasSubstr("legs are missing"));
  EXPECT_THAT(said_about(made,
                         [](Entry& e) {
                           schedule_of(e).terms.every = Interval{};
                           schedule_of(e).terms.until = Timestamp{1};
                         }),
              HasSubstr("never due"));
}

}  // namespace
}  // namespace giro::test
