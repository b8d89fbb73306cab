// An account's history is a list through the journal: from its last entry back by the links.
#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "tests/ledger/scenario.hpp"

namespace giro::test {
namespace {

struct Step {
  Seq seq;
  std::size_t leg;
  Amount balance;

  friend bool operator==(const Step&, const Step&) = default;
};

// Newest first, by the links alone.
std::vector<Step> walk_back(const Book& book, AccountNumber account) {
  std::vector<Step> steps;
  Seq seq = book.state().account(account).last_seq;
  while (seq != 0) {
    const auto legs = book.journal().at(seq - 1).postings();
    Seq earlier = seq;
    for (std::size_t leg = legs.size(); leg-- > 0;) {
      const bool pays = legs[leg].from == account;
      if (!pays && legs[leg].to != account) continue;
      steps.push_back({seq, leg, pays ? legs[leg].from_after : legs[leg].to_after});
      earlier = pays ? legs[leg].from_prev : legs[leg].to_prev;
    }
    if (earlier >= seq) {
      ADD_FAILURE() << "the list of account " << account << " does not go back at seq " << seq;
      break;
    }
    seq = earlier;
  }
  return steps;
}

// Oldest first, by reading the whole journal.
std::vector<Step> read_through(const Book& book, AccountNumber account) {
  std::vector<Step> steps;
  for (const Entry& entry : book.journal()) {
    for (std::size_t leg = 0; leg < entry.postings().size(); ++leg) {
      const Posting& posting = entry.postings()[leg];
      if (posting.from == account) steps.push_back({entry.seq, leg, posting.from_after});
      if (posting.to == account) steps.push_back({entry.seq, leg, posting.to_after});
    }
  }
  return steps;
}

TEST(Links, LeadThroughExactlyTheEntriesOfEachAccount) {
  Book book;
  fill_with_every_kind(book);
  for (AccountNumber account = 1; account <= book.state().account_count(); ++account) {
    std::vector<Step> walked = walk_back(book, account);
    std::ranges::reverse(walked);
    EXPECT_EQ(walked.size(), book.state().account(account).version);
    EXPECT_TRUE(walked == read_through(book, account)) << book.state().name(account);
  }
}

TEST(Links, StartWithTheBalanceOfTheAccount) {
  Book book;
  fill_with_every_kind(book);
  for (AccountNumber account = 1; account <= book.state().account_count(); ++account) {
    const std::vector<Step> walked = walk_back(book, account);
    const Amount newest = walked.empty() ? 0 : walked.front().balance;
    EXPECT_EQ(newest, book.state().account(account).balance);
  }
}

TEST(Links, AreNothingForAnAccountThatNeverMovedMoney) {
  Book book;
  book.open("ada");
  EXPECT_EQ(book["ada"].last_seq, 0U);
  EXPECT_TRUE(walk_back(book, 1).empty());
}

}  // namespace
}  // namespace giro::test
