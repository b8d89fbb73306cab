// The order of decisions: gapless seqs, strictly rising times, and the same decisions on any
// machine.
#include <string>

#include <gtest/gtest.h>

#include "tests/ledger/builders.hpp"

namespace giro::test {
namespace {

TEST(Order, GivesEveryDecisionTheNextSeqAppliedOrRejected) {
  Book book;
  EXPECT_EQ(book.state().seq(), 0U);
  EXPECT_EQ(book.open("world", without_floor).seq, 1U);
  EXPECT_EQ(book.open("ada").seq, 2U);
  EXPECT_EQ(book.pay(eur("world", "ada", 5)).seq, 3U);
  EXPECT_EQ(book.pay(eur("ada", "world", 6)).seq, 4U);
  EXPECT_EQ(book.open("ada", in_dollars).seq, 5U);
  EXPECT_EQ(book.pay_all({eur("ada", "world", 1), eur("ada", "world", 9)}).seq, 6U);
  EXPECT_EQ(book.pay(eur("ada", "world", 5), dry).seq, 0U);
  EXPECT_EQ(book.pay(eur("ada", "world", 5)).seq, 7U);
  EXPECT_EQ(book.state().seq(), 7U);
}

TEST(Order, FollowsTheClockWhenItMovesOn) {
  Book book;
  book.now = Timestamp{500};
  EXPECT_EQ(book.open("a").at, Timestamp{500});
  book.now = Timestamp{900};
  EXPECT_EQ(book.open("b").at, Timestamp{900});
  EXPECT_EQ(book.state().at(), Timestamp{900});
}

TEST(Order, RisesByANanosecondWhileTheClockStandsOrJumpsBack) {
  Book book;
  book.now = Timestamp{500};
  book.open("a");
  EXPECT_EQ(book.open("b").at, Timestamp{501});
  book.now = Timestamp{3};
  EXPECT_EQ(book.open("c").at, Timestamp{502});
  book.now = Timestamp{502};
  EXPECT_EQ(book.pay(eur("a", "b", 1)).at, Timestamp{503});
  book.now = Timestamp{504};
  EXPECT_EQ(book.pay(eur("a", "b", 1)).at, Timestamp{504});
}

TEST(Order, BeginsAfter1970EvenIfTheClockDoesNot) {
  Book book;
  book.now = Timestamp{-5};
  EXPECT_EQ(book.open("a").at, Timestamp{1});
}

TEST(Order, DoesNotMoveOnForADryRun) {
  Book book;
  book.open("a");
  const Timestamp before = book.state().at();
  book.now = Timestamp{before.ns + 1'000};
  book.pay(eur("a", "b", 1), dry);
  EXPECT_EQ(book.state().at(), before);
}

TEST(Order, GoesOnFromARestoredPosition) {
  State state;
  state.restore_position(41, Timestamp{700});
  const Entry entry = state.apply(checked(account("a")), {}, Timestamp{5}, 0);
  EXPECT_EQ(entry.seq, 42U);
  EXPECT_EQ(entry.at, Timestamp{701});
}

TEST(Order, GivesTheSameEntriesOnAnyMachine) {
  const auto run = [](Book& book) {
    book.open("world", without_floor);
    for (int i = 0; i < 200; ++i) book.open("a" + std::to_string(i));
    for (int i = 0; i < 200; ++i) {
      const std::string to = "a" + std::to_string(i);
      const std::string from = i % 3 == 0 ? "world" : "a" + std::to_string(i / 2);
      if (from != to) book.pay(eur(from, to, i + 1));
    }
  };
  Book one;
  Book other{HashSecret{7, 7, 7}};
  run(one);
  run(other);
  ASSERT_EQ(one.journal().size(), other.journal().size());
  for (std::size_t i = 0; i < one.journal().size(); ++i) {
    EXPECT_TRUE(one.journal()[i] == other.journal()[i]) << i;
  }
  EXPECT_EQ(snapshot(one.state()), snapshot(other.state()));
}

}  // namespace
}  // namespace giro::test
