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

class TrialsOfHolds : public Trials {
 protected:
  TrialsOfHolds() {
    pay(eur("world", "ada", 100));
    closed = make_hold(10);
    still_open = make_hold(20);
    before = snapshot(state);
  }
  template <class Request>
  Entry submit(const Request& request, Seq hold = 0) {
    return state.apply(checked(request), {.referred = {.seq = hold}}, Timestamp{9}, 0);
  }
  Seq make_hold(Amount amount) {
    return submit(hold(eur("ada", "world", amount), [](auto& h) { h.timeout = "1s"; })).seq;
  }

  Seq closed = 0;
  Seq still_open = 0;
  Snapshot before;
};

TEST_F(TrialsOfHolds, TakeBackHoldsThatAreMadeCapturedAndVoided) {
  {
    const State::Trial trial(state);
    const Seq made = make_hold(30);
    EXPECT_TRUE(submit(capture(by_seq(made), [](auto& c) { c.amount = 5; }), made).applied());
    EXPECT_TRUE(submit(capture(by_seq(made)), made).applied());
    EXPECT_TRUE(submit(release(by_seq(closed)), closed).applied());
    EXPECT_TRUE(
        submit(capture(by_seq(still_open), [](auto& c) { c.amount = 5; }), still_open).applied());
    EXPECT_NE(snapshot(state), before);
  }
  EXPECT_EQ(snapshot(state), before);
}

TEST_F(TrialsOfHolds, LeaveEachHoldItsEnd) {
  {
    const State::Trial trial(state);
    make_hold(30);
    (void)submit(release(by_seq(closed)), closed);
  }
  (void)make_hold(30);  // It has the seq of the one that is gone.
  const Timestamp late{5'000'000'000};
  for (const Seq expected : {closed, still_open, still_open + 1}) {
    const auto entry = state.decide_due(late);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->follows(), expected);
  }
  EXPECT_FALSE(state.decide_due(late));
}

// Disabled: OpenHolds::restore() doesn't put back an end that next_to_expire() took off the queue.
TEST_F(TrialsOfHolds, TakeBackWhatFellDue) {
  const Timestamp late{5'000'000'000};
  {
    const State::Trial trial(state);
    EXPECT_TRUE(state.decide_due(late));
    EXPECT_TRUE(state.decide_due(late));
    EXPECT_FALSE(state.decide_due(late));
  }
  EXPECT_EQ(snapshot(state), before);
  EXPECT_TRUE(state.decide_due(late)) << "it is due again";
  EXPECT_TRUE(state.decide_due(late));
}

TEST_F(TrialsOfHolds, TakeBackLimits) {
  {
    const State::Trial trial(state);
    (void)submit(account_change(AccountAction::update, "ada",
                                [](auto& u) { u.floor = -7, u.ceiling = 9, u.frozen = "all"; }));
    open("bob");
    EXPECT_TRUE(submit(account_change(AccountAction::close, "bob")).applied());
    EXPECT_NE(snapshot(state), before);
  }
  EXPECT_EQ(snapshot(state), before);
}

TEST_F(TrialsOfHolds, ThatAreKeptStay) {
  {
    State::Trial outer(state);
    {
      State::Trial inner(state);
      (void)submit(release(by_seq(closed)), closed);
      inner.keep();
    }
    (void)submit(account_change(AccountAction::update, "ada", [](auto& u) { u.ceiling = 900; }));
    outer.keep();
  }
  EXPECT_EQ(state.holds().find(closed), nullptr);
  EXPECT_EQ(state.account(2).held.out, 20);
  EXPECT_EQ(state.limits(state.account(2)).ceiling, 900);
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
