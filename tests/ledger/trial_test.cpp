// What is applied in a trial is taken back as if it had never been, whatever it was.
#include <string>

#include <gtest/gtest.h>

#include "tests/ledger/builders.hpp"
#include "tests/ledger/random_commands.hpp"

namespace giro::test {
namespace {

class Trials : public testing::Test {
 protected:
  Trials() {
    (void)state.apply(checked(account("world", without_floor)), {}, Timestamp{1}, 0);
    (void)state.apply(checked(account("ada")), {}, Timestamp{2}, 0);
  }
  Entry pay(const LegRequest& leg) {
    return state.apply(checked(payment(leg)), {}, Timestamp{9}, 0);
  }
  Entry open(std::string_view id) { return open(account(id)); }
  Entry open(const OpenAccountRequest& request) {
    return state.apply(checked(request), {}, Timestamp{9}, 0);
  }

  State state;
};

TEST_F(Trials, TakeBackMoneyAccountsCurrenciesAndThePosition) {
  const Snapshot before = snapshot(state);
  {
    const State::Trial trial(state);
    EXPECT_TRUE(open("bob").applied());
    EXPECT_TRUE(open(account("usd", in_dollars)).applied());
    EXPECT_TRUE(pay(eur("world", "bob", 5)).applied());
    EXPECT_TRUE(pay(eur("bob", "ada", 2)).applied());
    EXPECT_NE(snapshot(state), before);
  }
  EXPECT_EQ(snapshot(state), before);
  EXPECT_EQ(state.find("bob"), 0U);
}

TEST_F(Trials, LeaveTheNextOneTheSameNumberAndSeq) {
  {
    const State::Trial trial(state);
    open("bob");
  }
  const Entry entry = open("eve");
  EXPECT_EQ(entry.seq, 3U);
  EXPECT_EQ(state.find("eve"), 3U);
  EXPECT_EQ(state.find("bob"), 0U);
}

TEST_F(Trials, ThatAreKeptStay) {
  {
    State::Trial trial(state);
    open("bob");
    pay(eur("world", "bob", 5));
    trial.keep();
  }
  EXPECT_EQ(state.account(state.find("bob")).balance, 5);
}

TEST_F(Trials, LieInEachOther) {
  {
    const State::Trial outer(state);
    pay(eur("world", "ada", 5));
    const Snapshot between = snapshot(state);
    {
      const State::Trial inner(state);
      pay(eur("ada", "world", 1));
    }
    EXPECT_EQ(snapshot(state), between);
    {
      State::Trial inner(state);
      pay(eur("ada", "world", 2));
      inner.keep();
    }
    EXPECT_EQ(state.account(state.find("ada")).balance, 3);
  }
  EXPECT_EQ(state.account(state.find("ada")).balance, 0) << "what the inner one kept, too";
}

TEST_F(Trials, OfThousandsOfAccountsLeaveEveryNameFindable) {
  for (int i = 0; i < 700; ++i) open("kept-" + std::to_string(i));
  const Snapshot before = snapshot(state);
  {
    const State::Trial trial(state);
    for (int i = 0; i < 5'000; ++i) open("gone-" + std::to_string(i));
  }
  EXPECT_EQ(snapshot(state), before);
  for (int i = 0; i < 700; ++i) ASSERT_NE(state.find("kept-" + std::to_string(i)), 0U);
  for (int i = 0; i < 5'000; ++i) ASSERT_EQ(state.find("gone-" + std::to_string(i)), 0U);
  open("next");
  EXPECT_EQ(state.find("next"), 703U);
}

TEST_F(Trials, TakeBackWhateverClientsMaySend) {
  RandomCommands commands(11);
  for (int round = 0; round < 200; ++round) {
    const Snapshot before = snapshot(state);
    {
      const State::Trial trial(state);
      for (int i = 0; i < 5; ++i) {
        const Command command = commands.next();
        const auto* opening = std::get_if<CheckedOpenAccount>(&command);
        if (opening != nullptr && state.find(opening->id().view()) != 0) continue;
        (void)state.apply(command, {}, Timestamp{100}, 0);
      }
    }
    ASSERT_EQ(snapshot(state), before);
  }
}

}  // namespace
}  // namespace giro::test
