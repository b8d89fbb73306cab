// A request that breaks several rules gets the first of them in the table of docs/PROTOCOL.md: here
// for every set of rules that one request can break.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/ledger/bodies.hpp"
#include "tests/ledger/builders.hpp"

namespace giro::test {
namespace {

constexpr Amount kAmount = 10;
constexpr std::int64_t kMinute = 60'000'000'000;

// What one payment can break; the order is the table's, which docs/PROTOCOL.md shows (codes_test.cpp).
constexpr std::array kOrder{
    Rejection::deadline_passed,      Rejection::account_unknown,      Rejection::currency_mismatch,
    Rejection::books_closed,         Rejection::account_closed,       Rejection::account_frozen,
    Rejection::precondition_version, Rejection::precondition_balance, Rejection::overflow,
    Rejection::insufficient_funds,   Rejection::ceiling_exceeded,     Rejection::velocity_exceeded};
static_assert(std::ranges::is_sorted(kOrder));

class Broken {
 public:
  explicit Broken(unsigned subset) : subset_(subset) {}

  [[nodiscard]] bool has(Rejection code) const {
    const auto at = std::ranges::find(kOrder, code) - kOrder.begin();
    return (subset_ >> at & 1U) != 0;
  }
  [[nodiscard]] Rejection first() const {
    const auto found = std::ranges::find_if(kOrder, [&](Rejection code) { return has(code); });
    return found == kOrder.end() ? Rejection::none : *found;
  }
  [[nodiscard]] std::string text() const {
    std::string text = "breaks";
    for (const Rejection code : kOrder) {
      if (has(code)) text.append(" ").append(name(code));
    }
    return text;
  }

 private:
  unsigned subset_;
};

std::vector<Broken> every_set() {
  std::vector<Broken> sets;
  sets.reserve(1U << kOrder.size());
  for (unsigned subset = 0; subset < 1U << kOrder.size(); ++subset) sets.emplace_back(subset);
  return sets;
}

// Two accounts that make a payment of kAmount break the rules of the set, and no others.
State world_for(const Broken& broken) {
  State state;
  state.restore_books(parse_date("1969-11-30"));
  state.restore_position(100, Timestamp{2'000'000'000});
  const CurrencyIndex euro = state.restore_currency({CurrencyCode("EUR"), 2});
  (void)state.restore_currency({CurrencyCode("USD"), 2});
  const Amount balance = broken.has(Rejection::insufficient_funds) ? kAmount - 1 : kAmount;
  const bool closed = broken.has(Rejection::account_closed);
  const bool frozen = broken.has(Rejection::account_frozen);
  const bool limited = broken.has(Rejection::velocity_exceeded);
  state.restore_account(
      "from",
      {.posted_in = balance,
       .balance = balance,
       .version = 5,
       .currency = euro,
       .limits = state.restore_limits({.frozen = frozen ? Frozen::debits : Frozen::none,
                                       .closed = closed,
                                       .is_limited = limited})},
      1);
  if (limited) {
    const VelocityLimit limit{.window_ns = kMinute, .amount = std::nullopt, .count = 0};
    state.restore_watch(1, {.velocities = {Velocity(limit, Timestamp{1})}, .alerts = {}});
  }
  const Amount held = broken.has(Rejection::overflow) ? kAmountMax - kAmount + 1 : 0;
  const Amount ceiling = broken.has(Rejection::ceiling_exceeded) ? kAmount - 1 : kNoCeiling;
  state.restore_account(
      "to",
      {.posted_in = held,
       .balance = held,
       .currency = euro,
       .limits = state.restore_limits({.ceiling = ceiling,
                                       .frozen = frozen ? Frozen::credits : Frozen::none,
                                       .closed = closed})},
      2);
  return state;
}

LegRequest leg_for(const Broken& broken, std::string_view unknown) {
  LegRequest leg = eur("from", "to", kAmount);
  if (broken.has(Rejection::currency_mismatch)) leg.currency = "USD";
  if (broken.has(Rejection::account_unknown)) (unknown == "from" ? leg.from : leg.to) = "nobody";
  return leg;
}

void set_options(const Broken& broken, PaymentRequest& request) {
  request.deadline =
      broken.has(Rejection::deadline_passed) ? "1970-01-01T00:00:01Z" : "1970-01-01T00:00:03Z";
  request.effective_date = broken.has(Rejection::books_closed) ? "1969-11-30" : "1969-12-01";
}

void set_preconditions(const Broken& broken, PaymentRequest& request) {
  const Amount balance = broken.has(Rejection::insufficient_funds) ? kAmount - 1 : kAmount;
  request.if_version = broken.has(Rejection::precondition_version) ? 6 : 5;
  request.if_available_gte = broken.has(Rejection::precondition_balance) ? balance + 1 : balance;
}

class Precedence : public testing::TestWithParam<std::string_view> {};

TEST_P(Precedence, IsTheOneOfTheProtocolForEverySetOfBrokenRules) {
  for (const Broken& broken : every_set()) {
    SCOPED_TRACE(broken.text());
    State state = world_for(broken);
    const Snapshot before = snapshot(state);
    PaymentRequest request = payment(leg_for(broken, GetParam()));
    set_options(broken, request);
    set_preconditions(broken, request);
    const Entry entry = state.apply(checked(request), {}, Timestamp{2'000'000'000}, 0);
    EXPECT_EQ(entry.outcome, broken.first());
    EXPECT_EQ(snapshot(state).accounts == before.accounts, !entry.applied());
  }
}

TEST_P(Precedence, OfUpToIsTheSame) {
  for (const Broken& broken : every_set()) {
    // Up to an amount, too little is no reason; nothing at all is (payment_test.cpp). So it reaches
    // the limits of the account that receives with one less than kAmount, which they just allow.
    if (broken.has(Rejection::insufficient_funds)) continue;
    SCOPED_TRACE(broken.text());
    State state = world_for(broken);
    PaymentRequest request = payment(leg_for(broken, GetParam()), up_to);
    set_options(broken, request);
    set_preconditions(broken, request);
    EXPECT_EQ(state.apply(checked(request), {}, Timestamp{2'000'000'000}, 0).outcome,
              broken.first());
  }
}

TEST_P(Precedence, OfALegIsTheSameAndDeadlineAndBooksAreTheWholePayments) {
  for (const Broken& broken : every_set()) {
    if (broken.has(Rejection::precondition_version) ||
        broken.has(Rejection::precondition_balance)) {
      continue;  // Of payments of one leg only.
    }
    SCOPED_TRACE(broken.text());
    State state = world_for(broken);
    state.restore_account("bank", {.limits = state.restore_limits({.floor = kNoFloor})}, 3);
    state.restore_account("spare", {}, 4);
    const std::vector<LegRequest> legs{eur("bank", "spare", 1), eur("spare", "bank", 1),
                                       leg_for(broken, GetParam())};
    PaymentRequest request = payment(legs);
    set_options(broken, request);
    const Snapshot before = snapshot(state);
    const Entry entry = state.apply(checked(request), {}, Timestamp{2'000'000'000}, 0);
    const Rejection of_whole = broken.has(Rejection::deadline_passed) ? Rejection::deadline_passed
                               : broken.has(Rejection::books_closed)  ? Rejection::books_closed
                                                                      : Rejection::none;
    if (broken.first() == Rejection::none || of_whole != Rejection::none) {
      EXPECT_EQ(entry.outcome, of_whole);
      EXPECT_EQ(legs_of(entry).legs.leg_code, Rejection::none);
    } else {
      EXPECT_EQ(entry.outcome, Rejection::leg_failed);
      EXPECT_EQ(legs_of(entry).legs.leg_code, broken.first());
      EXPECT_EQ(legs_of(entry).legs.failed_leg, 2);
    }
    EXPECT_EQ(snapshot(state).accounts == before.accounts, !entry.applied());
  }
}

INSTANTIATE_TEST_SUITE_P(WhicheverAccountIsUnknown, Precedence, testing::Values("from", "to"),
                         [](const auto& unknown) { return std::string(unknown.param); });

}  // namespace
}  // namespace giro::test
