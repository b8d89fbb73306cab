// Books that are closed up to a day: nothing is dated in closed time any more.
#include <string>

#include <gtest/gtest.h>

#include "tests/ledger/bodies.hpp"
#include "tests/ledger/builders.hpp"
#include "tests/ledger/refusals.hpp"
#include "tests/ledger/replay.hpp"

namespace giro::test {
namespace {

auto on(std::string_view day) {
  return [day](auto& request) {
    if constexpr (requires { request.payment; }) {
      request.payment.effective_date = day;
    } else if constexpr (requires { request.options; }) {
      request.options.effective_date = day;
    } else {
      request.effective_date = day;
    }
  };
}

class Books : public testing::Test {
 protected:
  Books() {
    book.now = *parse_rfc3339("2026-11-28T12:00:00Z");
    book.open_with("ada", 100);
    book.open("bob");
  }
  Rejection close(std::string_view until) { return book.submit(close_books(until)).outcome; }
  Rejection reopen(std::optional<std::string_view> until) {
    return book.submit(open_books(until)).outcome;
  }
  [[nodiscard]] std::string closed_until() const {
    const auto until = book.state().closed_until();
    return until ? format_date(*until) : "none";
  }

  Book book;
};

TEST_F(Books, AreClosedUpToADay) {
  EXPECT_EQ(closed_until(), "none");
  const Entry& entry = book.submit(close_books("2026-10-31"));
  EXPECT_TRUE(entry.applied());
  EXPECT_EQ(entry.kind(), EntryKind::books);
  EXPECT_TRUE(entry.postings().empty());
  EXPECT_EQ(books_of(entry).before, std::nullopt);
  EXPECT_EQ(closed_until(), "2026-10-31");
  EXPECT_EQ(close("2026-11-27"), Rejection::none);
  EXPECT_EQ(closed_until(), "2026-11-27");
}

TEST_F(Books, OfADayAreClosedOnceItIsOverInUtc) {
  EXPECT_EQ(close("2026-11-28"), Rejection::books_not_over);
  EXPECT_EQ(close("9999-12-31"), Rejection::books_not_over);
  book.now = *parse_rfc3339("2026-11-28T23:59:59.999999999Z");
  EXPECT_EQ(close("2026-11-28"), Rejection::books_not_over);
  // That entry was the last moment of the day.
  EXPECT_EQ(close("2026-11-28"), Rejection::none) << "by the time of the entry, which is later";
}

TEST_F(Books, AreClosedOnlyForward) {
  close("2026-10-31");
  const Snapshot before = standing(book.state());
  EXPECT_EQ(close("2026-10-31"), Rejection::books_closed);
  EXPECT_EQ(close("2026-09-30"), Rejection::books_closed);
  EXPECT_EQ(standing(book.state()), before);
}

TEST_F(Books, AreOpenedOnlyBackward) {
  EXPECT_EQ(reopen({}), Rejection::books_not_closed) << "all are open";
  EXPECT_EQ(reopen("2026-09-30"), Rejection::books_not_closed);
  close("2026-10-31");
  EXPECT_EQ(reopen("2026-10-31"), Rejection::books_not_closed);
  EXPECT_EQ(reopen("2026-11-30"), Rejection::books_not_closed);
  EXPECT_EQ(reopen("2026-09-30"), Rejection::none);
  EXPECT_EQ(closed_until(), "2026-09-30");
  EXPECT_EQ(reopen({}), Rejection::none);
  EXPECT_EQ(closed_until(), "none");
}

TEST_F(Books, ThatAreClosedTakeNothingDatedInClosedTime) {
  const Seq paid = book.pay(eur("world", "ada", 10), on("2026-10-31")).seq;
  const Seq legs = book.pay_all({eur("world", "ada", 1), eur("ada", "bob", 1)}).seq;
  close("2026-10-31");
  const Snapshot before = standing(book.state());
  for (const char* day : {"2026-10-31", "2026-10-30", "0000-01-01"}) {
    EXPECT_EQ(book.pay(eur("world", "ada", 10), on(day)).outcome, Rejection::books_closed) << day;
    EXPECT_EQ(book.hold(eur("ada", "bob", 1), on(day)).outcome, Rejection::books_closed) << day;
    EXPECT_EQ(book.reverse(paid, on(day)).outcome, Rejection::books_closed) << day;
    EXPECT_EQ(book.reverse(legs, on(day)).outcome, Rejection::books_closed) << day;
    const Entry& several = book.pay_all({eur("world", "ada", 1), eur("ada", "bob", 1)}, on(day));
    EXPECT_EQ(several.outcome, Rejection::books_closed) << "of the whole payment, not of a leg";
    EXPECT_EQ(legs_of(several).legs.leg_code, Rejection::none);
  }
  EXPECT_EQ(standing(book.state()), before);
}

TEST_F(Books, ThatAreClosedTakeWhatIsDatedAfterwardsOrNotAtAll) {
  const Seq held = book.hold(eur("ada", "bob", 5), on("2026-10-31")).seq;
  const Seq paid = book.pay(eur("world", "ada", 10), on("2026-10-31")).seq;
  close("2026-10-31");
  EXPECT_TRUE(book.pay(eur("world", "ada", 10)).applied());
  EXPECT_TRUE(book.pay(eur("world", "ada", 10), on("2026-11-01")).applied());
  EXPECT_TRUE(book.pay(eur("world", "ada", 10), on("2099-01-01")).applied());
  EXPECT_TRUE(book.reverse(paid).applied()) << "a reversal counts on its own day";
  EXPECT_TRUE(book.capture(held).applied()) << "a capture counts on its own day";
}

TEST_F(Books, ThatAreOpenedAgainTakeItAgain) {
  close("2026-10-31");
  EXPECT_EQ(book.pay(eur("world", "ada", 1), on("2026-10-15")).outcome, Rejection::books_closed);
  reopen("2026-10-14");
  EXPECT_TRUE(book.pay(eur("world", "ada", 1), on("2026-10-15")).applied());
  EXPECT_EQ(book.pay(eur("world", "ada", 1), on("2026-10-14")).outcome, Rejection::books_closed);
}

TEST_F(Books, AreJudgedInThePublishedOrder) {
  close("2026-10-31");
  book.freeze("bob", "all");
  EXPECT_EQ(book.pay(eur("ada", "bob", 10'000), on("2026-10-31")).outcome, Rejection::books_closed)
      << "before what is frozen or missing";
  EXPECT_EQ(book.pay(usd("ada", "bob", 1), on("2026-10-31")).outcome, Rejection::currency_mismatch);
  const Seq paid = book.pay(eur("world", "ada", 10)).seq;
  const auto too_much = [](auto& r) { r.amount = 11, r.options.effective_date = "2026-10-31"; };
  EXPECT_EQ(book.reverse(paid, too_much).outcome, Rejection::reversal_exceeds_original);
  // Several legs: the whole payment comes before any of them.
  EXPECT_EQ(book.pay_all({eur("ada", "nobody", 1), eur("ada", "bob", 1)}, on("2026-10-31")).outcome,
            Rejection::books_closed);
}

TEST_F(Books, StayAsTheyAreAfterADryRunOrATrial) {
  BooksRequest request = close_books("2026-10-31");
  request.dry_run = true;
  EXPECT_TRUE(book.submit(request).applied());
  EXPECT_EQ(closed_until(), "none");

  State state;
  const Timestamp now = *parse_rfc3339("2026-11-28T12:00:00Z");
  (void)state.apply(checked(close_books("2026-09-30")), {}, now, 0);
  const Snapshot before = snapshot(state);
  {
    const State::Trial outer(state);
    (void)state.apply(checked(close_books("2026-10-31")), {}, now, 0);
    State::Trial inner(state);
    (void)state.apply(checked(open_books()), {}, now, 0);
    inner.keep();
    EXPECT_EQ(state.closed_until(), std::nullopt);
  }
  EXPECT_EQ(snapshot(state), before);
}

TEST(BooksRequests, NeedAKeyAndADay) {
  EXPECT_EQ(problem_of(close_books("2026-02-28")), "");
  EXPECT_EQ(problem_of(open_books()), "");
  EXPECT_EQ(problem_of(close_books("2026-02-30")), "invalid until");
  EXPECT_EQ(problem_of(close_books("yesterday")), "invalid until");
  EXPECT_EQ(problem_of(open_books("2026-1-1")), "invalid until");
  BooksRequest request = open_books();
  request.action = BooksAction::close;
  EXPECT_EQ(problem_of(request), "invalid until") << "nothing can't be closed";
  request = close_books("2026-02-28");
  request.key = "";
  EXPECT_EQ(problem_of(request), "invalid key");
}

// --- replay ---

class ReplayOfBooks : public Replay {};

TEST_F(ReplayOfBooks, RefusesBooksThatWouldNotHaveBeenClosedOrOpened) {
  const Seq closed = seq_of(EntryKind::books);
  const Seq opened = seq_of(EntryKind::books, 1);
  const auto until = [](std::string_view day) {
    return [day](Entry& entry) { books_of(entry).until = parse_date(day); };
  };
  EXPECT_EQ(said_about(closed, [](Entry& e) { books_of(e).before = Date{-500}; }),
            "the books were closed up to another day before it");
  EXPECT_EQ(said_about(closed, until("1970-01-02")),
            "it was applied and should have been rejected: books_not_over");
  EXPECT_EQ(said_about(opened, until("1970-01-01")),
            "it was applied and should have been rejected: books_not_closed");
  EXPECT_EQ(said_about(opened, [](Entry& e) { books_of(e).action = BooksAction::close; }),
            "it was applied and should have been rejected: books_closed");
}

TEST_F(ReplayOfBooks, RefusesWhatIsDatedInClosedTime) {
  const Seq dated = seq_of(EntryKind::books, 1) - 2;
  const auto date_it = [](Entry& e) {
    payment_of(e).details->options.effective_date = parse_date("1969-12-31");
  };
  EXPECT_EQ(said_about(dated, date_it), "its effective date lies in closed time");
}

}  // namespace
}  // namespace giro::test
