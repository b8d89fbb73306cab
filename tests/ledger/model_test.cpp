// Long random runs against the model: every outcome and every balance the same.
// GIRO_SEED=<number> repeats one run, or tries another.
#include "tests/ledger/model.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/ledger/bodies.hpp"
#include "tests/ledger/builders.hpp"

namespace giro::test {
namespace {

constexpr int kOperationsInARun = 50'000;
constexpr std::int64_t kStart = 1'000'000'000;

enum class Amounts { small, around_limits, huge };

class Run {
 public:
  Run(std::uint64_t seed, Amounts amounts) : random_(seed), amounts_(amounts) {}

  void step() {
    // Time mostly goes on, sometimes stands, sometimes jumps back.
    now_ += static_cast<std::int64_t>(below(4)) - (one_in(50) ? 1'000 : 0);
    if (one_in(model_.accounts.size() < 8 ? 2 : 100)) {
      open();
    } else {
      pay();
    }
    compare();
  }

  // Which outcomes there were, and how often: a run that only ever rejects tests little.
  [[nodiscard]] const std::map<std::string, int>& outcomes() const { return outcomes_; }
  [[nodiscard]] State replayed() const {
    State state;
    for (const Entry& entry : journal_) {
      const auto done = state.replay(entry);
      EXPECT_TRUE(done) << "seq " << entry.seq << ": " << done.error();
      if (!done) break;
    }
    return state;
  }
  [[nodiscard]] const State& state() const { return state_; }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

  std::string any_id() { return "a" + std::to_string(below(one_in(20) ? 40 : 24)); }

  // --- opening accounts ---

  void open() {
    const std::string id = any_id();
    const ModelAccount wanted = any_account();
    if (const auto known = model_.accounts.find(id); known != model_.accounts.end()) {
      const ModelAccount& it = known->second;
      const bool same = it.currency == wanted.currency && it.scale == wanted.scale &&
                        it.floor == wanted.floor && it.ceiling == wanted.ceiling &&
                        it.metadata == wanted.metadata;
      if (same) return;  // A replay: the caller's to answer.
    }
    const auto existing = opened_.find(id);
    const Command request = checked(account(id, [&](OpenAccountRequest& o) {
      o.currency = wanted.currency;
      o.scale = wanted.scale;
      o.floor = wanted.floor;
      o.ceiling = wanted.ceiling;
      o.metadata = wanted.metadata;
    }));
    Entry entry =
        state_.apply(request, {.existing = existing == opened_.end() ? nullptr : &existing->second},
                     Timestamp{now_}, 0);
    const std::string expected = model_.open(id, wanted, now_);
    EXPECT_EQ(outcome_of(entry), expected) << "opening " << id;
    if (entry.applied()) opened_.emplace(id, *entry.opened());
    ++outcomes_[expected];
    journal_.push_back(std::move(entry));
  }

  ModelAccount any_account() {
    ModelAccount account;
    account.currency = std::array{"EUR", "EUR", "USD", "PTS"}[below(4)];
    account.scale = account.currency == "PTS" && one_in(5) ? 3 : 2;
    if (!one_in(amounts_ == Amounts::huge ? 2 : 4)) {
      account.floor = std::array<std::int64_t, 6>{0, 0, 0, -500, 300, -INT64_MAX}[below(6)];
    }
    if (one_in(3))
      account.ceiling = std::array<std::int64_t, 3>{300, 5'000, INT64_MAX - 1}[below(3)];
    if (one_in(5)) account.metadata = "{}";
    return account;
  }

  // --- paying ---

  void pay() {
    const ModelPayment payment = any_payment();
    std::vector<LegRequest> legs;
    legs.reserve(payment.legs.size());
    for (const ModelLeg& leg : payment.legs) {
      legs.push_back(
          {.from = leg.from, .to = leg.to, .amount = leg.amount, .currency = leg.currency});
    }
    const std::string deadline =
        payment.deadline ? format_rfc3339(Timestamp{*payment.deadline}) : std::string();
    const PaymentRequest request = giro::test::payment(legs, [&](PaymentRequest& p) {
      if (payment.deadline) p.deadline = deadline;
      if (payment.if_version) p.if_version = static_cast<std::int64_t>(*payment.if_version);
      p.if_available_gte = payment.if_available_gte;
      p.up_to = payment.up_to;
      p.dry_run = payment.dry_run;
    });
    Entry entry = state_.apply(checked(request), {}, Timestamp{now_}, 0);
    const ModelOutcome expected = model_.pay(payment, now_);
    EXPECT_EQ(outcome_of(entry), expected.code) << legs[0].from << " pays " << legs[0].to;
    if (expected.code == "leg_failed") {
      EXPECT_EQ(legs_of(entry).legs.failed_leg, expected.leg);
      EXPECT_EQ(name(legs_of(entry).legs.leg_code), expected.leg_code);
      ++outcomes_["a leg's " + expected.leg_code];
    } else if (expected.code == "applied") {
      EXPECT_EQ(entry.postings().back().amount, expected.moved);
    }
    if (payment.dry_run) {
      EXPECT_EQ(entry.seq, 0U);
      return;
    }
    ++outcomes_[expected.code];
    journal_.push_back(std::move(entry));
  }

  ModelPayment any_payment() {
    ModelPayment payment;
    const std::uint64_t legs = one_in(4) ? 2 + below(6) : 1;
    for (std::uint64_t i = 0; i < legs; ++i) payment.legs.push_back(any_leg());
    if (one_in(20)) payment.deadline = now_ + 2 - static_cast<std::int64_t>(below(4));
    payment.dry_run = one_in(10);
    if (legs > 1) return payment;
    payment.up_to = one_in(8);
    const auto from = model_.accounts.find(payment.legs[0].from);
    if (one_in(10)) {
      payment.if_version = from == model_.accounts.end() ? 0 : from->second.version + below(2);
    }
    if (one_in(10)) payment.if_available_gte = any_amount(payment.legs[0]) - 1;
    return payment;
  }

  ModelLeg any_leg() {
    ModelLeg leg{.from = any_id(), .to = any_id(), .currency = "EUR"};
    // Mostly between accounts of one currency: other pairs are rejected at the first look.
    for (int tries = 0; leg.from == leg.to || (tries < 6 && !pay_each_other(leg)); ++tries) {
      leg.from = any_id();
      leg.to = any_id();
    }
    if (const auto from = model_.accounts.find(leg.from); from != model_.accounts.end()) {
      leg.currency = from->second.currency;
    }
    if (one_in(40)) leg.currency = "GBP";
    leg.amount = any_amount(leg);
    return leg;
  }

  [[nodiscard]] bool pay_each_other(const ModelLeg& leg) const {
    const auto from = model_.accounts.find(leg.from);
    const auto to = model_.accounts.find(leg.to);
    return from != model_.accounts.end() && to != model_.accounts.end() &&
           from->second.currency == to->second.currency;
  }

  std::int64_t any_amount(const ModelLeg& leg) {
    const auto small = static_cast<std::int64_t>(1 + below(200));
    if (amounts_ == Amounts::small) return small;
    if (amounts_ == Amounts::huge && one_in(2)) {
      return INT64_MAX / static_cast<std::int64_t>(1 + below(1'000)) -
             static_cast<std::int64_t>(below(3));
    }
    // One under, at, or one over a limit of one of the two accounts.
    Wide limit = small;
    const auto from = model_.accounts.find(leg.from);
    const auto to = model_.accounts.find(leg.to);
    if (from != model_.accounts.end() && from->second.floor && one_in(2)) {
      limit = from->second.balance() - *from->second.floor;
    } else if (to != model_.accounts.end() && to->second.ceiling) {
      limit = *to->second.ceiling - to->second.balance();
    } else if (to != model_.accounts.end() && amounts_ == Amounts::huge) {
      limit = INT64_MAX - to->second.balance();
    }
    limit += static_cast<int>(below(3)) - 1;
    return static_cast<std::int64_t>(std::clamp<Wide>(limit, 1, INT64_MAX));
  }

  // --- comparing ---

  static std::string outcome_of(const Entry& entry) {
    return entry.applied() ? "applied" : std::string(name(entry.outcome));
  }

  void compare() const {
    ASSERT_EQ(state_.seq(), model_.seq);
    ASSERT_EQ(state_.at().ns, model_.at);
    ASSERT_EQ(state_.account_count(), model_.accounts.size());
    for (const auto& [id, expected] : model_.accounts) {
      const Account& actual = state_.account(state_.find(id));
      ASSERT_TRUE(actual.posted_in == expected.in && actual.posted_out() == expected.out) << id;
      ASSERT_EQ(actual.version, expected.version) << id;
    }
    for (const auto& [currency, sum] : model_.sums()) ASSERT_TRUE(sum == 0) << currency;
  }

  std::mt19937_64 random_;
  Amounts amounts_;
  std::int64_t now_ = kStart;
  Model model_;
  State state_;
  std::map<std::string, OpenedAccount> opened_;
  std::vector<Entry> journal_;
  std::map<std::string, int> outcomes_;
};

std::uint64_t seed_or(std::uint64_t fixed) {
  const char* given = std::getenv("GIRO_SEED");
  return given == nullptr ? fixed : std::strtoull(given, nullptr, 10);
}

// Runs, and says which outcomes there were.
std::map<std::string, int> expect_as_the_model(std::uint64_t fixed_seed, Amounts amounts) {
  const std::uint64_t seed = seed_or(fixed_seed);
  Run run(seed, amounts);
  for (int i = 0; i < kOperationsInARun; ++i) {
    run.step();
    if (testing::Test::HasFailure()) {
      ADD_FAILURE() << "GIRO_SEED=" << seed << ", operation " << i;
      return run.outcomes();
    }
  }
  EXPECT_EQ(snapshot(run.replayed()), snapshot(run.state())) << "GIRO_SEED=" << seed;
  return run.outcomes();
}

// Every outcome must have come up, or the run proves less than it seems to.
void expect_all_of(const std::map<std::string, int>& outcomes,
                   const std::vector<std::string>& expected) {
  for (const std::string& outcome : expected) {
    EXPECT_GE(outcomes.contains(outcome) ? outcomes.at(outcome) : 0, 20) << outcome;
  }
}

const std::vector<std::string> kUsual{"applied",
                                      "deadline_passed",
                                      "account_unknown",
                                      "currency_mismatch",
                                      "precondition_version",
                                      "precondition_balance",
                                      "insufficient_funds",
                                      "ceiling_exceeded",
                                      "leg_failed",
                                      "a leg's account_unknown",
                                      "a leg's currency_mismatch",
                                      "a leg's insufficient_funds",
                                      "a leg's ceiling_exceeded"};

TEST(StateAgainstTheModel, DecidesTheSameWithSmallAmounts) {
  expect_all_of(expect_as_the_model(1, Amounts::small), kUsual);
}

TEST(StateAgainstTheModel, DecidesTheSameAtTheLimits) {
  expect_all_of(expect_as_the_model(2, Amounts::around_limits), kUsual);
}

TEST(StateAgainstTheModel, DecidesTheSameWithAmountsThatFill64Bits) {
  expect_all_of(expect_as_the_model(3, Amounts::huge), {"applied", "overflow", "a leg's overflow"});
  expect_all_of(expect_as_the_model(4, Amounts::huge), {"applied", "overflow", "a leg's overflow"});
}

}  // namespace
}  // namespace giro::test
