// Holds whose time is over: they fall due by themselves, in their order, whatever became of their accounts.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/ledger/bodies.hpp"
#include "tests/ledger/builders.hpp"

namespace giro::test {
namespace {

class Expiry : public testing::Test {
 protected:
  Expiry() {
    book.open_with("ada", 100);
    book.open("bob");
  }
  const Entry& hold(Amount amount, std::string_view timeout) {
    return book.hold(eur("ada", "bob", amount), [timeout](auto& h) { h.timeout = timeout; });
  }
  // Which holds fall due by now, in the order in which they do.
  std::vector<Seq> all_due() {
    std::vector<Seq> holds;
    while (const Entry* entry = book.decide_due()) holds.push_back(expiry_of(*entry).hold);
    return holds;
  }

  Book book;
};

TEST_F(Expiry, ComesAtTheEndAndNotBefore) {
  const Entry& held = hold(60, "90s");
  const Timestamp end = *hold_of(held).expires_at;
  EXPECT_EQ(end.ns, held.at.ns + 90'000'000'000);
  EXPECT_EQ(book.next_due(), end);
  book.now = Timestamp{end.ns - 1};
  EXPECT_EQ(book.decide_due(), nullptr);
  book.now = end;
  ASSERT_NE(book.decide_due(), nullptr);
  EXPECT_EQ(book.decide_due(), nullptr);
  EXPECT_EQ(book.next_due(), kNever);
}

TEST_F(Expiry, LetsGoOfWhatWasHeld) {
  const Entry& held =
      book.hold(eur("ada", "bob", 60), [](auto& h) { h.payment.key = "h", h.timeout = "1s"; });
  book.now = *hold_of(held).expires_at;
  const Entry* entry = book.decide_due();
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->kind(), EntryKind::expiry);
  EXPECT_TRUE(entry->applied());
  EXPECT_EQ(entry->seq, held.seq + 1);
  EXPECT_EQ(entry->at, book.now);
  EXPECT_EQ(entry->key.view(), "h");
  EXPECT_EQ(entry->author.uid, Book::kUid);
  EXPECT_EQ(entry->follows(), held.seq);
  ASSERT_EQ(entry->postings().size(), 1U);
  EXPECT_EQ(entry->postings().front().amount, 0);
  EXPECT_EQ(entry->postings().front().held, -60);
  EXPECT_EQ(entry->postings().front().from_prev, held.seq);
  EXPECT_EQ(book.available("ada"), 100);
  EXPECT_EQ(book["ada"].held, Held{});
  EXPECT_EQ(book["bob"].held, Held{});
  EXPECT_EQ(book.balance("bob"), 0);
  EXPECT_EQ(book.state().holds().size(), 0U);
}

TEST_F(Expiry, LetsGoOfWhatACaptureLeft) {
  const Entry& held = hold(60, "1s");
  book.capture(held.seq, [](auto& c) { c.amount = 20; });
  book.now = *hold_of(held).expires_at;
  EXPECT_EQ(book.decide_due()->postings().front().held, -40);
  EXPECT_EQ(book.balance("bob"), 20);
  EXPECT_EQ(book.available("ada"), 80);
}

TEST_F(Expiry, ComesInTheOrderOfTheEndsAndThenOfTheSeqs) {
  const auto until = [](std::string_view end) { return [end](auto& h) { h.expires_at = end; }; };
  const LegRequest leg = eur("ada", "bob", 1);
  const Seq last = book.hold(leg, until("1970-01-01T00:00:03Z")).seq;
  const Seq first = book.hold(leg, until("1970-01-01T00:00:01Z")).seq;
  const Seq third = book.hold(leg, until("1970-01-01T00:00:02Z")).seq;
  const Seq fourth = book.hold(leg, until("1970-01-01T00:00:02Z")).seq;
  const Seq second = book.hold(leg, until("1970-01-01T00:00:01Z")).seq;
  book.now = Timestamp{1'000'000'000};
  EXPECT_EQ(all_due(), (std::vector{first, second}));
  EXPECT_EQ(book.next_due(), Timestamp{2'000'000'000});
  book.now = Timestamp{9'000'000'000};
  EXPECT_EQ(all_due(), (std::vector{third, fourth, last}));
}

TEST_F(Expiry, OfManyGivesEachItsOwnTime) {
  hold(1, "1s");
  hold(1, "1s");
  book.now = Timestamp{9'000'000'000};
  const Timestamp first = book.decide_due()->at;
  EXPECT_EQ(first, book.now);
  EXPECT_EQ(book.decide_due()->at, Timestamp{first.ns + 1});
}

TEST_F(Expiry, PassesOverHoldsThatWereClosed) {
  const Seq captured = hold(1, "1s").seq;
  const Seq voided = hold(1, "2s").seq;
  const Entry& open = hold(1, "3s");
  book.capture(captured);
  book.release(voided);
  EXPECT_EQ(book.next_due(), *hold_of(open).expires_at);
  book.now = Timestamp{9'000'000'000};
  EXPECT_EQ(all_due(), std::vector{open.seq});
}

TEST_F(Expiry, FindsTheOpenOnesAmongThousandsThatWereClosed) {
  constexpr int kHolds = 5'000;
  std::vector<Seq> open;
  for (int i = 0; i < kHolds; ++i) {
    const Seq held = hold(1, i % 2 == 0 ? "1s" : "2s").seq;
    if (i % 100 == 99) {
      open.push_back(held);
    } else {
      book.release(held);
    }
  }
  book.now = Timestamp{9'000'000'000};
  EXPECT_EQ(all_due(), open);
  EXPECT_EQ(book["ada"].held, Held{});
}

TEST_F(Expiry, NeverComesToAHoldWithoutAnEnd) {
  book.hold(eur("ada", "bob", 60));
  EXPECT_EQ(book.next_due(), kNever);
  book.now = Timestamp{kNever.ns - 1'000};
  EXPECT_EQ(book.decide_due(), nullptr);
}

TEST_F(Expiry, NeverComesWhereTheEndLiesPastAllTime) {
  book.now = Timestamp{kNever.ns - 1'000'000'000};
  EXPECT_TRUE(hold(60, "7d").applied());
  EXPECT_EQ(book.next_due(), kNever);
}

TEST_F(Expiry, AsksNothingOfFrozenAccounts) {
  const Entry& held = hold(60, "1s");
  book.freeze("ada", "all");
  book.freeze("bob", "all");
  book.now = *hold_of(held).expires_at;
  ASSERT_NE(book.decide_due(), nullptr);
  EXPECT_EQ(book["ada"].held, Held{});
}

// A clock that jumped back: entries' times go on, and a timeout counts from the entry's own.
TEST_F(Expiry, CountsATimeoutFromTheTimeOfItsHold) {
  book.now = Timestamp{50'000'000'000};
  book.pay(eur("world", "ada", 1));
  book.now = Timestamp{10'000'000'000};
  const Entry& held = hold(1, "1s");
  EXPECT_EQ(held.at.ns, 50'000'000'001);
  EXPECT_EQ(book.next_due(), Timestamp{51'000'000'001});
}

TEST_F(Expiry, SaysWhetherMoreAreDue) {
  for (int i = 0; i < 10; ++i) hold(1, i < 5 ? "1s" : "9s");
  const Timestamp now{2'000'000'000};
  EXPECT_TRUE(book.state().are_more_due(now, 4));
  EXPECT_FALSE(book.state().are_more_due(now, 5));
  EXPECT_FALSE(book.state().are_more_due(Timestamp{1'000'000}, 0));
}

}  // namespace
}  // namespace giro::test
