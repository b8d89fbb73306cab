// Accounts that change: limits, what is frozen, closing and opening again.
#include <string>

#include <gtest/gtest.h>

#include "tests/ledger/bodies.hpp"
#include "tests/ledger/builders.hpp"

namespace giro::test {
namespace {

constexpr std::optional<Amount> kNone;

class AccountChanges : public testing::Test {
 protected:
  AccountChanges() {
    book.open_with("ada", 100);
    book.open("bob");
  }
  Rejection pay(std::string_view from, std::string_view to, Amount amount) {
    return book.pay(eur(from, to, amount)).outcome;
  }
  // That the request is rejected so, and nothing but a decision comes of it.
  const Entry& expect_rejected(Rejection code, const AccountChangeRequest& request) {
    const Snapshot before = standing(book.state());
    const Entry& entry = book.submit(request);
    EXPECT_EQ(entry.kind(), EntryKind::account_change);
    EXPECT_EQ(entry.outcome, code);
    EXPECT_TRUE(entry.postings().empty());
    EXPECT_EQ(standing(book.state()), before);
    return entry;
  }
  template <class Change = decltype(unchanged)>
  void expect_rejected(Rejection code, AccountAction action, std::string_view id,
                       const Change& change = {}) {
    expect_rejected(code, account_change(action, id, change));
  }

  Book book;
};

TEST_F(AccountChanges, AreEntriesOfTheirAccountThatMoveNothing) {
  const Seq before = book["ada"].last_seq;
  const std::uint64_t version = book["ada"].version;
  const Entry& entry = book.update("ada", [](auto& u) { u.floor = -50, u.metadata = "{}"; });
  EXPECT_EQ(entry.kind(), EntryKind::account_change);
  ASSERT_TRUE(entry.applied());
  EXPECT_EQ(entry.follows(), 0U);
  ASSERT_EQ(entry.postings().size(), 1U);
  const Posting expected{.from = book.state().find("ada"), .from_prev = before, .from_after = 100};
  EXPECT_EQ(entry.postings().front(), expected);
  EXPECT_EQ(change_of(entry).action, AccountAction::update);
  EXPECT_EQ(change_of(entry).id.view(), "ada");
  EXPECT_EQ(change_of(entry).terms.metadata, "{}");
  EXPECT_EQ(book["ada"].last_seq, entry.seq);
  EXPECT_EQ(book["ada"].version, version + 1);
}

TEST_F(AccountChanges, ShowWhatTheAccountHolds) {
  book.hold(eur("ada", "bob", 60));
  const Entry& entry = book.update("bob", [](auto& u) { u.ceiling = 70; });
  EXPECT_EQ(entry.postings().front().from_held, (Held{.in = 60, .out = 0}));
}

TEST_F(AccountChanges, NeedAnAccountThatThereIs) {
  for (const auto action : {AccountAction::close, AccountAction::reopen}) {
    expect_rejected(Rejection::account_unknown, action, "nobody");
  }
  expect_rejected(Rejection::account_unknown, AccountAction::update, "nobody",
                  [](auto& u) { u.floor = 0; });
}

// --- limits ---

TEST_F(AccountChanges, SetWhatTheyNameAndNothingElse) {
  book.update("ada", [](auto& u) { u.floor = -50; });
  EXPECT_EQ(book.limits("ada"), (AccountLimits{.floor = -50}));
  book.update("ada", [](auto& u) { u.ceiling = 500; });
  EXPECT_EQ(book.limits("ada"), (AccountLimits{.floor = -50, .ceiling = 500}));
  book.freeze("ada", "credits");
  EXPECT_EQ(book.limits("ada"),
            (AccountLimits{.floor = -50, .ceiling = 500, .frozen = Frozen::credits}));
  book.update("ada", [](auto& u) { u.floor = kNone, u.ceiling = kNone; });
  EXPECT_EQ(book.limits("ada"), (AccountLimits{.floor = kNoFloor, .frozen = Frozen::credits}));
  EXPECT_EQ(book.available("ada"), std::nullopt);
}

TEST_F(AccountChanges, AreNotOfOtherAccountsThatHadTheSameLimits) {
  book.update("ada", [](auto& u) { u.floor = -50; });
  EXPECT_EQ(book.limits("bob"), AccountLimits{});
}

TEST_F(AccountChanges, OfTheFloorCountFromThenOn) {
  book.update("ada", [](auto& u) { u.floor = -50; });
  EXPECT_EQ(pay("ada", "bob", 151), Rejection::insufficient_funds);
  EXPECT_EQ(pay("ada", "bob", 150), Rejection::none);
}

TEST_F(AccountChanges, OfTheFloorBeyondTheBalanceBarOnlyWhatGoesFurther) {
  ASSERT_TRUE(book.update("ada", [](auto& u) { u.floor = 300; }).applied());
  EXPECT_EQ(book.available("ada"), -200);
  EXPECT_EQ(pay("ada", "bob", 1), Rejection::insufficient_funds);
  EXPECT_EQ(book.hold(eur("ada", "bob", 1)).outcome, Rejection::insufficient_funds);
  EXPECT_EQ(pay("world", "ada", 201), Rejection::none);
  EXPECT_EQ(pay("ada", "bob", 2), Rejection::insufficient_funds);
  EXPECT_EQ(pay("ada", "bob", 1), Rejection::none);
}

TEST_F(AccountChanges, OfTheCeilingBeyondTheBalanceBarOnlyWhatGoesFurther) {
  ASSERT_TRUE(book.update("ada", [](auto& u) { u.ceiling = 50; }).applied());
  EXPECT_EQ(pay("world", "ada", 1), Rejection::ceiling_exceeded);
  EXPECT_EQ(book.hold(eur("world", "ada", 1)).outcome, Rejection::ceiling_exceeded);
  EXPECT_EQ(pay("ada", "bob", 51), Rejection::none);
  EXPECT_EQ(pay("world", "ada", 2), Rejection::ceiling_exceeded);
  EXPECT_EQ(pay("world", "ada", 1), Rejection::none);
}

TEST_F(AccountChanges, OfTheFloorCountWhatIsHeld) {
  book.hold(eur("ada", "bob", 60));
  book.update("ada", [](auto& u) { u.floor = -20; });
  EXPECT_EQ(book.available("ada"), 60);
}

// --- frozen accounts ---

TEST_F(AccountChanges, FreezeWhatAnAccountPays) {
  book.freeze("ada", "debits");
  EXPECT_EQ(pay("ada", "bob", 1), Rejection::account_frozen);
  EXPECT_EQ(book.hold(eur("ada", "bob", 1)).outcome, Rejection::account_frozen);
  EXPECT_EQ(pay("world", "ada", 1), Rejection::none);
  EXPECT_EQ(legs_of(book.pay_all({eur("world", "ada", 1), eur("ada", "bob", 1)})).legs.leg_code,
            Rejection::account_frozen);
}

TEST_F(AccountChanges, FreezeWhatAnAccountReceives) {
  book.freeze("ada", "credits");
  EXPECT_EQ(pay("world", "ada", 1), Rejection::account_frozen);
  EXPECT_EQ(book.hold(eur("world", "ada", 1)).outcome, Rejection::account_frozen);
  EXPECT_EQ(pay("ada", "bob", 1), Rejection::none);
}

TEST_F(AccountChanges, FreezeAllOfAnAccount) {
  book.freeze("ada", "all");
  EXPECT_EQ(pay("world", "ada", 1), Rejection::account_frozen);
  EXPECT_EQ(pay("ada", "bob", 1), Rejection::account_frozen);
}

TEST_F(AccountChanges, ThawWhatWasFrozen) {
  book.freeze("ada", "all");
  EXPECT_TRUE(book.freeze("ada", "none").applied());
  EXPECT_EQ(pay("ada", "bob", 1), Rejection::none);
  EXPECT_EQ(pay("world", "ada", 1), Rejection::none);
}

TEST_F(AccountChanges, AreDecidedBeforeTheMoneyIs) {
  book.freeze("ada", "debits");
  EXPECT_EQ(pay("ada", "bob", 1'000), Rejection::account_frozen);
  EXPECT_EQ(book.pay(eur("ada", "bob", 1), [](auto& p) { p.if_version = 999; }).outcome,
            Rejection::account_frozen);
  EXPECT_EQ(book.pay(usd("ada", "bob", 1)).outcome, Rejection::currency_mismatch);
}

// --- closing ---

TEST_F(AccountChanges, CloseAnAccountForAllPayments) {
  EXPECT_TRUE(book.close("bob").applied());
  EXPECT_TRUE(book.limits("bob").closed);
  EXPECT_EQ(pay("ada", "bob", 1), Rejection::account_closed);
  EXPECT_EQ(pay("bob", "ada", 1), Rejection::account_closed);
  EXPECT_EQ(book.hold(eur("ada", "bob", 1)).outcome, Rejection::account_closed);
  EXPECT_EQ(legs_of(book.pay_all({eur("world", "ada", 1), eur("ada", "bob", 1)})).legs.leg_code,
            Rejection::account_closed);
}

TEST_F(AccountChanges, CloseNoAccountThatHasMoney) {
  expect_rejected(Rejection::account_not_empty, AccountAction::close, "ada");
  expect_rejected(Rejection::account_not_empty, AccountAction::close, "world");  // Below zero.
  pay("ada", "bob", 100);
  EXPECT_TRUE(book.close("ada").applied());
}

TEST_F(AccountChanges, CloseNoAccountThatHasHolds) {
  const Seq held = book.hold(eur("ada", "bob", 100)).seq;
  expect_rejected(Rejection::account_has_holds, AccountAction::close, "bob");
  expect_rejected(Rejection::account_not_empty, AccountAction::close, "ada");
  book.open("empty", [](auto& o) { o.floor = -10; });
  const Seq other = book.hold(eur("empty", "world", 10)).seq;
  expect_rejected(Rejection::account_has_holds, AccountAction::close, "empty");
  book.release(held);
  book.release(other);
  EXPECT_TRUE(book.close("bob").applied());
  EXPECT_TRUE(book.close("empty").applied());
}

TEST_F(AccountChanges, CloseAndChangeNoAccountThatIsClosed) {
  book.close("bob");
  expect_rejected(Rejection::account_closed, AccountAction::close, "bob");
  expect_rejected(Rejection::account_closed, AccountAction::update, "bob",
                  [](auto& u) { u.floor = -50; });
}

TEST_F(AccountChanges, OpenAClosedAccountAgainAsItWas) {
  book.update("bob", [](auto& u) { u.floor = -50, u.ceiling = 500, u.frozen = "credits"; });
  const AccountLimits before = book.limits("bob");
  book.close("bob");
  EXPECT_TRUE(book.reopen("bob").applied());
  EXPECT_EQ(book.limits("bob"), before);
  EXPECT_EQ(pay("bob", "ada", 50), Rejection::none);
}

TEST_F(AccountChanges, OpenNoAccountAgainThatIsOpen) {
  expect_rejected(Rejection::account_not_closed, AccountAction::reopen, "bob");
  book.close("bob");
  book.reopen("bob");
  expect_rejected(Rejection::account_not_closed, AccountAction::reopen, "bob");
}

TEST_F(AccountChanges, CloseAFrozenAccountAndItStaysFrozen) {
  book.freeze("bob", "all");
  EXPECT_TRUE(book.close("bob").applied());
  EXPECT_EQ(pay("ada", "bob", 1), Rejection::account_closed);
  book.reopen("bob");
  EXPECT_EQ(pay("ada", "bob", 1), Rejection::account_frozen);
}

// --- preconditions ---

TEST_F(AccountChanges, KeepTheVersionThatAClientAskedFor) {
  const auto if_version = [](std::int64_t wanted) {
    return [wanted](auto& u) { u.if_version = wanted; };
  };
  for (const auto action : {AccountAction::close, AccountAction::reopen}) {
    const auto version = static_cast<std::int64_t>(book["bob"].version);
    expect_rejected(Rejection::precondition_version, action, "bob", if_version(version + 1));
    EXPECT_TRUE(book.submit(account_change(action, "bob", if_version(version))).applied());
  }
  const auto thaw = [](std::int64_t wanted) {
    return [wanted](auto& u) { u.frozen = "none", u.if_version = wanted; };
  };
  expect_rejected(Rejection::precondition_version, AccountAction::update, "bob", thaw(1));
  EXPECT_TRUE(book.update("bob", thaw(2)).applied());
}

TEST_F(AccountChanges, AreRejectedForTheAccountBeforeItsVersion) {
  const auto another = [](auto& u) { u.if_version = 999; };
  expect_rejected(Rejection::account_not_closed, AccountAction::reopen, "bob", another);
  expect_rejected(Rejection::account_not_empty, AccountAction::close, "ada", another);
  book.close("bob");
  expect_rejected(Rejection::account_closed, AccountAction::close, "bob", another);
}

// --- dry runs ---

TEST_F(AccountChanges, LeaveNoTraceWhenTheyAreDryRuns) {
  const auto expect_no_trace = [&](const AccountChangeRequest& request) {
    const Snapshot before = snapshot(book.state());
    const Entry& entry = book.submit(request);
    EXPECT_TRUE(entry.applied());
    EXPECT_EQ(entry.seq, 0U);
    EXPECT_EQ(snapshot(book.state()), before);
  };
  expect_no_trace(account_change(AccountAction::update, "ada", [](auto& u) {
    dry(u), u.floor = kNone, u.ceiling = 1, u.frozen = "all", u.metadata = "{}";
  }));
  expect_no_trace(account_change(AccountAction::close, "bob", dry));
  book.close("bob");
  expect_no_trace(account_change(AccountAction::reopen, "bob", dry));
}

}  // namespace
}  // namespace giro::test
