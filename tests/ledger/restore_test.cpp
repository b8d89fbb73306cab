// Start-up: accounts' rows that are true up to different seqs, and the postings after them.
#include <expected>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/ledger/scenario.hpp"

namespace giro::test {
namespace {

class Restore : public testing::Test {
 protected:
  Restore() {
    fill_with_every_kind(book);
    State state;
    for (const Entry& entry : book.journal()) {
      EXPECT_TRUE(book.replay_into(state, entry));
      states.push_back(snapshot(state));
    }
  }

  // The state from rows that are true as of these seqs (by number - 1), and the journal after them.
  std::expected<Snapshot, std::string> restored(const std::vector<Seq>& as_of) {
    State state;
    for (const Currency& currency : states.back().currencies) {
      (void)state.restore_currency(currency);
    }
    for (std::size_t i = 0; i < as_of.size(); ++i) {
      Account account = states[as_of[i] - 1].accounts[i];
      account.limits = state.restore_limits(states.back().limits[i]);
      state.restore_account(states.back().names[i], account, states.back().opened_seqs[i]);
    }
    for (const Entry& entry : book.journal()) {
      for (const Posting& posting : entry.postings()) {
        const auto taken =
            state.restore_posting(posting, entry.seq, entry.seq > as_of[posting.from - 1],
                                  posting.to != 0 && entry.seq > as_of[posting.to - 1]);
        if (!taken) return std::unexpected(taken.error());
      }
    }
    for (const auto& [seq, hold] : states.back().holds) state.restore_hold(hold);
    for (const auto& [seq, open] : states.back().schedules) state.restore_schedule(open);
    state.restore_position(book.state().seq(), book.state().at());
    return snapshot(state);
  }

  Book book;
  std::vector<Snapshot> states;  // After each entry, by seq - 1.
};

TEST_F(Restore, GivesTheSameStateWheneverEachRowWasWritten) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 500; ++round) {
    std::vector<Seq> as_of;
    for (const Seq opened : states.back().opened_seqs) {
      as_of.push_back(opened + random() % (book.state().seq() - opened + 1));
    }
    const auto state = restored(as_of);
    ASSERT_TRUE(state) << state.error();
    ASSERT_EQ(*state, states.back()) << "round " << round;
  }
}

class RestorePosting : public testing::Test {
 protected:
  RestorePosting() {
    (void)state.restore_currency({CurrencyCode("EUR"), 2});
    state.restore_account(
        "world",
        {.balance = -100, .last_seq = 3, .limits = state.restore_limits({.floor = kNoFloor})}, 1);
    state.restore_account("ada", {.posted_in = 100, .balance = 100, .last_seq = 3}, 2);
    posting = {.from = 1,
               .to = 2,
               .amount = 5,
               .from_prev = 3,
               .to_prev = 3,
               .from_after = -105,
               .to_after = 105};
  }
  bool taken() { return state.restore_posting(posting, 4, true, true).has_value(); }

  State state;
  Posting posting;
};

TEST_F(RestorePosting, TakesOverWhatFollowsFromTheRows) {
  EXPECT_TRUE(taken());
  EXPECT_EQ(state.account(2).balance, 105);
  EXPECT_EQ(state.account(2).last_seq, 4U);
}

TEST_F(RestorePosting, TakesOverWhatIsHeld) {
  posting = {.from = 1,
             .to = 2,
             .from_prev = 3,
             .to_prev = 3,
             .from_after = -100,
             .to_after = 100,
             .held = 7,
             .from_held = {.in = 0, .out = 7},
             .to_held = {.in = 7, .out = 0}};
  EXPECT_TRUE(taken());
  EXPECT_EQ(state.account(1).held, posting.from_held);
  EXPECT_EQ(state.account(2).held, posting.to_held);
  EXPECT_EQ(state.account(2).balance, 100);
}

TEST_F(RestorePosting, TakesOverAnEntryOfOneAccount) {
  posting = {.from = 2, .from_prev = 3, .from_after = 100};
  EXPECT_TRUE(state.restore_posting(posting, 4, true, false));
  EXPECT_EQ(state.account(2).last_seq, 4U);
  EXPECT_EQ(state.account(1).last_seq, 3U);
}

TEST_F(RestorePosting, RefusesAnotherAmountHeld) {
  posting.from_held.out = 1;
  EXPECT_FALSE(taken());
}

TEST_F(RestorePosting, TakesOverNothingThatTheRowsHave) {
  EXPECT_TRUE(state.restore_posting(posting, 4, false, false));
  EXPECT_EQ(state.account(1).balance, -100);
  EXPECT_EQ(state.account(2).balance, 100);
}

TEST_F(RestorePosting, RefusesAnotherBalance) {
  ++posting.to_after;
  EXPECT_FALSE(taken());
}

TEST_F(RestorePosting, RefusesALinkThatSkipsAnEntry) {
  posting.from_prev = 2;
  EXPECT_FALSE(taken());
}

TEST_F(RestorePosting, RefusesAccountsThatDoNotExist) {
  posting.to = 3;
  EXPECT_FALSE(taken());
  posting.to = 0;
  EXPECT_FALSE(taken());
}

TEST_F(RestorePosting, RefusesAmountsThatAreNotAboveZero) {
  posting = {.from = 1,
             .to = 2,
             .amount = -5,
             .from_prev = 3,
             .to_prev = 3,
             .from_after = -95,
             .to_after = 95};
  EXPECT_FALSE(taken());
}

TEST_F(RestorePosting, RefusesAmountsThatDoNotFit) {
  posting.amount = kAmountMax;
  EXPECT_FALSE(taken());
}

}  // namespace
}  // namespace giro::test
