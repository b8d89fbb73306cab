// Limits on what an account pays within some time.
#include <deque>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/ledger/bodies.hpp"
#include "tests/ledger/builders.hpp"

namespace giro::test {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kHour = 3'600 * kSecond;

VelocityLimitRequest limit(std::string_view window, std::optional<Amount> amount,
                           std::optional<std::int64_t> count = {}) {
  return {.window = window, .amount = amount, .count = count};
}

class VelocityLimits : public testing::Test {
 protected:
  VelocityLimits() {
    book.now = Timestamp{1'000'000 * kSecond};
    book.open_with("ada", 1'000'000);
    book.open("bob");
  }
  const Entry& set(std::vector<VelocityLimitRequest> limits) {
    return book.update("ada", [&](auto& u) { u.limits = limits; });
  }
  Rejection pay(Amount amount) { return book.pay(eur("ada", "bob", amount)).outcome; }
  void wait(std::int64_t ns) { book.now.ns += ns; }
  [[nodiscard]] Outflow used(std::size_t i = 0) const {
    const Watch* watch = book.state().watches().find(book.state().find("ada"));
    return watch->velocities.at(i).used(book.now);
  }

  static constexpr auto kExceeded = Rejection::velocity_exceeded;
  static constexpr auto kNone = Rejection::none;
  Book book;
};

TEST_F(VelocityLimits, LetPassWhatTheyAllowAndNoMore) {
  set({limit("24h", 100)});
  EXPECT_EQ(pay(60), kNone);
  EXPECT_EQ(pay(41), kExceeded);
  EXPECT_EQ(pay(40), kNone);
  EXPECT_EQ(pay(1), kExceeded);
  EXPECT_EQ(used(), (Outflow{.amount = 100, .count = 2}));
}

TEST_F(VelocityLimits, CountPaymentsOut) {
  set({limit("24h", {}, 2)});
  EXPECT_EQ(pay(500'000), kNone);
  EXPECT_EQ(pay(1), kNone);
  EXPECT_EQ(pay(1), kExceeded);
  EXPECT_EQ(book.pay(eur("bob", "ada", 1)).outcome, kNone) << "what comes in isn't counted";
}

TEST_F(VelocityLimits, SlideAndAreTooStrictByLessThanAThousandthOnly) {
  set({limit("1h", 100)});
  wait(10 * kSecond);
  EXPECT_EQ(pay(100), kNone);
  wait(kHour - 1);
  EXPECT_EQ(pay(1), kExceeded);
  wait(kHour / 1'000);
  EXPECT_EQ(pay(100), kNone);
}

TEST_F(VelocityLimits, HoldTogether) {
  set({limit("1h", 100), limit("24h", 150, 3)});
  EXPECT_EQ(pay(100), kNone);
  EXPECT_EQ(pay(1), kExceeded);
  wait(2 * kHour);
  EXPECT_EQ(pay(51), kExceeded);
  EXPECT_EQ(pay(10), kNone);
  EXPECT_EQ(pay(10), kNone);
  EXPECT_EQ(pay(10), kExceeded) << "the fourth in a day";
}

TEST_F(VelocityLimits, DontCountWhatWasRejectedOrOnlyTried) {
  set({limit("24h", 100)});
  EXPECT_EQ(book.pay(eur("ada", "nobody", 90)).outcome, Rejection::account_unknown);
  EXPECT_EQ(book.pay(eur("ada", "bob", 90), [](auto& p) { p.dry_run = true; }).outcome, kNone);
  EXPECT_EQ(book.pay_all({eur("ada", "bob", 90), eur("bob", "ada", 5'000)}).outcome,
            Rejection::leg_failed);
  EXPECT_EQ(used(), Outflow{});
  EXPECT_EQ(pay(100), kNone);
}

TEST_F(VelocityLimits, TakeAPaymentOfSeveralLegsForOne) {
  set({limit("24h", 100, 2)});
  EXPECT_EQ(book.pay_all({eur("ada", "bob", 30), eur("ada", "bob", 30)}).outcome, kNone);
  EXPECT_EQ(used(), (Outflow{.amount = 60, .count = 1}));
  const Entry& entry = book.pay_all({eur("ada", "bob", 30), eur("ada", "bob", 30)});
  EXPECT_EQ(entry.outcome, Rejection::leg_failed);
  EXPECT_EQ(entry.legs()->leg_code, kExceeded);
  EXPECT_EQ(entry.legs()->failed_leg, 1);
}

TEST_F(VelocityLimits, CountAHoldWhenItIsMadeAndNotWhenItIsCaptured) {
  set({limit("24h", 100, 9)});
  const Seq hold = book.hold(eur("ada", "bob", 80)).seq;
  EXPECT_EQ(pay(21), kExceeded);
  EXPECT_EQ(book.capture(hold).outcome, kNone);
  EXPECT_EQ(used(), (Outflow{.amount = 80, .count = 1}));
}

TEST_F(VelocityLimits, CountNoMoreWhatWasVoidedOrExpired) {
  set({limit("24h", 100, 2)});
  const Seq voided = book.hold(eur("ada", "bob", 60)).seq;
  book.hold(eur("ada", "bob", 40), [](auto& h) { h.timeout = "5s"; });
  EXPECT_EQ(pay(1), kExceeded);
  book.release(voided);
  EXPECT_EQ(used(), (Outflow{.amount = 40, .count = 1}));
  wait(6 * kSecond);
  ASSERT_NE(book.decide_due(), nullptr);
  EXPECT_EQ(used(), Outflow{});
  EXPECT_EQ(pay(100), kNone);
}

TEST_F(VelocityLimits, CountOfAHoldThatWasCapturedInPartOnlyThat) {
  set({limit("24h", 100, 9)});
  const Seq hold = book.hold(eur("ada", "bob", 100)).seq;
  book.capture(hold, [](auto& c) { c.amount = 30, c.final = true; });
  EXPECT_EQ(used(), (Outflow{.amount = 30, .count = 1})) << "the rest was let go of";
}

TEST_F(VelocityLimits, LetGoOfAHoldWhereItWasCounted) {
  set({limit("1h", 100)});
  const Seq hold = book.hold(eur("ada", "bob", 60)).seq;
  wait(kHour / 2);
  EXPECT_EQ(pay(40), kNone);
  wait(kHour / 2 + kHour / 1'000);
  EXPECT_EQ(used(), (Outflow{.amount = 40, .count = 1})) << "the hold is out of the window";
  book.release(hold);
  EXPECT_EQ(used(), (Outflow{.amount = 40, .count = 1})) << "and not let go of twice";
}

TEST_F(VelocityLimits, BeginToCountWhenTheyAreSet) {
  pay(500);
  const Seq hold = book.hold(eur("ada", "bob", 60)).seq;
  set({limit("24h", 100)});
  EXPECT_EQ(used(), Outflow{});
  EXPECT_EQ(pay(100), kNone);
  book.release(hold);
  EXPECT_EQ(used(), (Outflow{.amount = 100, .count = 1})) << "what wasn't counted isn't let go of";
}

TEST_F(VelocityLimits, KeepWhatWasUsedWhenTheirNumbersChange) {
  set({limit("24h", 100, 5)});
  pay(70);
  set({limit("24h", 80, 5), limit("1h", 1'000)});
  EXPECT_EQ(used(1), (Outflow{.amount = 70, .count = 1}));
  EXPECT_EQ(used(0), Outflow{}) << "an hour is a new window";
  EXPECT_EQ(pay(11), kExceeded);
  EXPECT_EQ(pay(10), kNone);
  set({limit("24h", 50, 5)});
  EXPECT_EQ(pay(1), kExceeded) << "set below what was used, it bars what would go further";
}

TEST_F(VelocityLimits, AreGoneOnceTheyAreTakenAway) {
  set({limit("24h", 100)});
  pay(100);
  set({});
  EXPECT_EQ(pay(5'000), kNone);
  EXPECT_TRUE(book.limits("ada").is_free());
  EXPECT_EQ(book.state().watches().find(book.state().find("ada")), nullptr);
}

TEST_F(VelocityLimits, ComeLastInThePrecedence) {
  set({limit("24h", 100)});
  book.update("bob", [](auto& u) { u.ceiling = 50; });
  EXPECT_EQ(pay(2'000'000), Rejection::insufficient_funds);
  EXPECT_EQ(pay(200), Rejection::ceiling_exceeded);
}

TEST_F(VelocityLimits, AreTakenBackWithATrial) {
  set({limit("24h", 1'000, 50)});
  const Seq hold = book.hold(eur("ada", "bob", 10)).seq;
  pay(5);
  const Snapshot before = snapshot(book.state());
  auto& state = const_cast<State&>(book.state());
  {
    const State::Trial trial(state);
    const auto apply = [&](const Command& command, const Referred& referred = {}) {
      return state.apply(command, {.referred = referred}, book.now, Book::kUid).applied();
    };
    EXPECT_TRUE(apply(checked(payment(eur("ada", "bob", 7)))));
    EXPECT_TRUE(apply(checked(test::release(by_seq(hold))), {.seq = hold}));
    EXPECT_TRUE(apply(checked(account_change(AccountAction::update, "ada", [](auto& u) {
      u.limits = {limit("1h", 5)};
      u.alerts = AlertLines{.below = 5, .above = {}};
    }))));
    EXPECT_TRUE(apply(checked(payment(eur("ada", "bob", 5)))));
    EXPECT_NE(snapshot(state), before);
  }
  EXPECT_EQ(snapshot(state), before);
}

// Against a second, simple model that remembers every payment: never too loose, and too strict by less than a
// thousandth of the window only.
TEST(Velocity, IsNeverTooLooseAndTooStrictByLessThanAThousandthOnly) {
  for (const unsigned seed : {1U, 2U, 3U, 4U, 5U}) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const VelocityLimit limit{.window_ns = 60 * kSecond, .amount = 1'000, .count = 40};
    Velocity velocity(limit, Timestamp{0});
    struct Paid {
      std::int64_t at;
      Amount amount;
    };
    std::deque<Paid> paid;
    std::int64_t now = 1'000 * kSecond;
    const auto used = [&](std::int64_t window) {
      Outflow sum;
      for (const Paid& one : paid) {
        if (one.at <= now - window) continue;
        sum.amount += one.amount;
        ++sum.count;
      }
      return sum;
    };
    std::size_t refused = 0;
    for (int step = 0; step < 4'000; ++step) {
      now += static_cast<std::int64_t>(random() % (2 * static_cast<std::uint64_t>(kSecond)));
      const auto amount = static_cast<Amount>(1 + random() % 60);
      const auto fits = [&](const Outflow& before) {
        return before.amount + amount <= *limit.amount && before.count + 1 <= *limit.count;
      };
      const bool allowed = velocity.allows({.amount = amount, .count = 1}, Timestamp{now});
      ASSERT_TRUE(!allowed || fits(used(limit.window_ns))) << "too loose at step " << step;
      ASSERT_TRUE(allowed || !fits(used(limit.window_ns + limit.window_ns / 1'000)))
          << "too strict at step " << step;
      refused += !allowed;
      if (!allowed) continue;
      velocity.add(Timestamp{now}, {.amount = amount, .count = 1}, static_cast<Seq>(step));
      velocity.forget_past(Timestamp{now});
      paid.push_back({.at = now, .amount = amount});
      ASSERT_LE(velocity.pieces().size(), 1'001U);
    }
    EXPECT_GT(refused, 100U);
    EXPECT_GT(paid.size(), 100U);
  }
}

// --- alerts ---

class Alerts : public testing::Test {
 protected:
  Alerts() {
    book.open_with("ada", 1'000);
    book.open("bob");
  }
  void watch(std::string_view id, const AlertLines& lines) {
    book.update(id, [&](auto& u) { u.alerts = lines; });
  }
  unsigned crossed(std::string_view from, std::string_view to, Amount amount) {
    return book.pay(eur(from, to, amount)).postings().front().crossed;
  }
  Book book;
};

TEST_F(Alerts, AreToldByTheEntryThatCrossesTheLineAndByNoOther) {
  watch("ada", {.below = 500, .above = {}});
  EXPECT_EQ(crossed("ada", "bob", 500), 0U) << "at the line isn't below it";
  EXPECT_EQ(crossed("ada", "bob", 1), kFromBelow);
  EXPECT_EQ(crossed("ada", "bob", 1), 0U) << "it is below already";
  EXPECT_EQ(crossed("bob", "ada", 100), 0U);
  EXPECT_EQ(crossed("ada", "bob", 200), kFromBelow) << "again";
}

TEST_F(Alerts, TellOfBothAccountsAndBothLines) {
  watch("ada", {.below = 900, .above = 1'000});
  watch("bob", {.below = 10, .above = 50});
  EXPECT_EQ(crossed("ada", "bob", 101), kFromBelow | kFromAbove << kCrossedBitsOfOne);
  EXPECT_EQ(crossed("bob", "ada", 99), kFromBelow);
  EXPECT_EQ(crossed("world", "ada", 3), kFromAbove << kCrossedBitsOfOne);
}

TEST_F(Alerts, LookAtBalancesSoThatAHoldCrossesNothing) {
  watch("ada", {.below = 500, .above = {}});
  const Entry& hold = book.hold(eur("ada", "bob", 600));
  EXPECT_EQ(hold.postings().front().crossed, 0U);
  EXPECT_EQ(book.capture(hold.seq).postings().front().crossed, kFromBelow);
}

TEST_F(Alerts, TakenAwayTellNothing) {
  watch("ada", {.below = 500, .above = {}});
  watch("ada", {});
  EXPECT_EQ(crossed("ada", "bob", 900), 0U);
  EXPECT_TRUE(book.limits("ada").is_free());
}

}  // namespace
}  // namespace giro::test
