// A group that can't be right is found before it is written.
#include "ledger/entry/invariants.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/ledger/bodies.hpp"
#include "tests/ledger/builders.hpp"

namespace giro::test {
namespace {

class Invariants : public testing::Test {
 protected:
  Invariants() {
    book.open_with("ada", 100);
    book.open("bob");
    book.pay(eur("ada", "bob", 1));
    book.pay(eur("ada", "bob", 1'000));
    book.pay_all({eur("ada", "bob", 2), eur("bob", "ada", 1)});
    for (const Entry& entry : book.journal()) entries.push_back(copy_of(entry));
  }

  [[nodiscard]] std::string broken() const {
    return broken_invariant(entries, 0, Timestamp{0}, book.state()).value_or("");
  }

  Book book;
  std::vector<Entry> entries;
};

TEST_F(Invariants, HoldOfWhatWasDecided) {
  EXPECT_EQ(broken(), "");
}

TEST_F(Invariants, FindAGapInTheSeqs) {
  entries[4].seq += 1;
  EXPECT_EQ(broken(), "entry 6 doesn't follow the one before it");
  EXPECT_NE(broken_invariant(entries, 1, Timestamp{0}, book.state()), std::nullopt)
      << "at the beginning, too";
}

TEST_F(Invariants, FindATimeThatDoesntRise) {
  entries[4].at = entries[3].at;
  EXPECT_EQ(broken(), "entry 5 isn't later than the one before it");
  EXPECT_NE(broken_invariant(entries, 0, entries[0].at, book.state()), std::nullopt)
      << "at the beginning, too";
}

TEST_F(Invariants, FindAPostingThatCantBe) {
  Posting& single = payment_of(entries[4]).posting;
  const Posting whole = single;
  single.amount = 0;
  EXPECT_EQ(broken(), "entry 5 moves nothing between two accounts");
  single = whole;
  single.to = single.from;
  EXPECT_EQ(broken(), "entry 5 pays an account from itself");
  single = whole;
  single.to = 0;
  EXPECT_EQ(broken(), "entry 5 moves money to or from no account");
  single = whole;
  single.from_prev = 6;
  EXPECT_EQ(broken(), "entry 5 is linked to an entry after it");
  single = whole;
  legs_of(entries[6]).legs.postings[1].amount = -1;
  EXPECT_EQ(broken(), "entry 7 moves less than nothing");
}

TEST_F(Invariants, FindABalanceThatTheStateDoesntHave) {
  legs_of(entries[6]).legs.postings[1].to_after += 1;
  EXPECT_EQ(broken(), "entry 7 leaves another balance than its account has");
  legs_of(entries[6]).legs.postings[1].to_after -= 1;
  payment_of(entries[2]).posting.from_after += 1;
  EXPECT_EQ(broken(), "entry 3 leaves another balance than its account has")
      << "of an account that the last entry doesn't touch";
}

TEST_F(Invariants, FindMoneyThatTheStateDidntMove) {
  Book other;
  other.open_with("ada", 100);
  other.open("bob");
  EXPECT_EQ(broken_invariant(entries, 0, Timestamp{0}, other.state()),
            "entry 5 moves money that its account doesn't know of");
  payment_of(entries[2]).posting.to = 9;
  EXPECT_EQ(broken(), "entry 3 moves money of an account that doesn't exist");
}

TEST_F(Invariants, FindMoneyThatChangesItsCurrency) {
  book.open("dollars", in_dollars);
  entries.push_back(copy_of(book.journal().back()));
  payment_of(entries[4]).posting.to = book.state().find("dollars");
  EXPECT_EQ(broken(), "entry 5 moves money between two currencies");
}

TEST_F(Invariants, AskNothingOfWhatARejectionSaw) {
  payment_of(entries[5]).posting.to = 0;
  EXPECT_EQ(broken(), "");
}

}  // namespace
}  // namespace giro::test
