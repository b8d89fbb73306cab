// A group that can't be right is found before it is written.
#include "ledger/entry/invariants.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/ledger/builders.hpp"

namespace giro::test {
namespace {

class Invariants : public testing::Test {
 protected:
  Invariants() {
    Book book;
    book.open_with("ada", 100);
    book.open("bob");
    book.pay(eur("ada", "bob", 1));
    book.pay(eur("ada", "bob", 1'000));
    book.pay_all({eur("ada", "bob", 2), eur("bob", "ada", 1)});
    for (const Entry& entry : book.journal()) entries.push_back(copy_of(entry));
  }

  [[nodiscard]] std::string broken() const {
    return broken_invariant(entries, 0, Timestamp{0}).value_or("");
  }

  std::vector<Entry> entries;
};

TEST_F(Invariants, HoldOfWhatWasDecided) {
  EXPECT_EQ(broken(), "");
}

TEST_F(Invariants, FindAGapInTheSeqs) {
  entries[4].seq += 1;
  EXPECT_EQ(broken(), "entry 6 doesn't follow the one before it");
  EXPECT_NE(broken_invariant(entries, 1, Timestamp{0}), std::nullopt) << "at the beginning, too";
}

TEST_F(Invariants, FindATimeThatDoesntRise) {
  entries[4].at = entries[3].at;
  EXPECT_EQ(broken(), "entry 5 isn't later than the one before it");
  EXPECT_NE(broken_invariant(entries, 0, entries[0].at), std::nullopt) << "at the beginning, too";
}

TEST_F(Invariants, FindAPostingThatCantBe) {
  Posting& single = entries[4].posting;
  const Posting whole = single;
  single.amount = 0;
  EXPECT_EQ(broken(), "entry 5 moves no amount above 0");
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
  entries[6].details->postings[1].amount = -1;
  EXPECT_EQ(broken(), "entry 7 moves no amount above 0");
}

TEST_F(Invariants, AskNothingOfWhatARejectionSaw) {
  entries[5].posting.to = 0;
  EXPECT_EQ(broken(), "");
}

}  // namespace
}  // namespace giro::test
