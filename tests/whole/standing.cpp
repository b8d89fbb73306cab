#include "tests/whole/standing.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace giro::test {
namespace {

// Of one account, against the model's.
class Comparison {
 public:
  Comparison(const State& state, AccountNumber number, const WholeAccount& account)
      : state_(state), number_(number), real_(state.account(number)), account_(account) {}

  [[nodiscard]] std::string difference(Timestamp now) {
    const AccountLimits& limits = state_.limits(real_);
    const std::optional<Amount> available = limits.available(real_.balance, real_.held.out);
    expect(state_.name(number_) == account_.opened.id, "name");
    expect(real_.balance == account_.balance(), "balance");
    expect(real_.posted_in == account_.in, "sum of what came in");
    expect(real_.held.in == account_.held_in && real_.held.out == account_.held_out,
           "sum of holds");
    expect(real_.version == account_.version, "version");
    expect(real_.last_seq == account_.last_seq, "last seq");
    expect(limits.floor_or_none() == account_.floor, "floor");
    expect(limits.ceiling_or_none() == account_.ceiling, "ceiling");
    expect(limits.frozen == account_.frozen && limits.closed == account_.closed, "standing");
    expect(available.has_value() == account_.available().has_value() &&
               (!available || *available == *account_.available()),
           "available");
    compare_watch(std::max(now, state_.at()));
    return difference_;
  }

 private:
  void expect(bool holds, std::string_view what) {
    if (holds || !difference_.empty()) return;
    difference_ = fmt::format("another {} of account {}", what, account_.opened.id);
  }

  void compare_watch(Timestamp at) {
    const Watch* watch = state_.watches().find(number_);
    const std::size_t watched = watch == nullptr ? 0 : watch->velocities.size();
    expect((watch == nullptr ? AlertLines{} : watch->alerts) == account_.alerts, "alerts");
    expect(watched == account_.limits.size(), "number of limits");
    if (watched != account_.limits.size()) return;
    for (std::size_t i = 0; i < watched; ++i) {
      const Velocity& velocity = watch->velocities[i];
      const ModelUse use = WholeModel::used(account_, account_.limits[i], at);
      const Outflow used = velocity.used(at);
      expect(velocity.limit() == account_.limits[i].terms, "limit");
      expect(used.count == use.count, "use of a limit, in payments");
      expect(!velocity.limit().amount || used.amount == use.amount, "use of a limit");
    }
  }

  const State& state_;
  const AccountNumber number_;
  const Account& real_;
  const WholeAccount& account_;
  std::string difference_;
};

}  // namespace

std::string difference_of(const State& state, const Standing& standing, Timestamp now) {
  if (state.account_count() != standing.accounts.size()) return "another number of accounts";
  if (state.closed_until() != standing.closed_until) return "other books";
  if (state.holds().size() != standing.holds.size()) return "another number of open holds";
  if (state.schedules().size() != standing.schedules.size()) return "another number of schedules";
  for (AccountNumber number = 1; number <= standing.accounts.size(); ++number) {
    std::string difference =
        Comparison(state, number, standing.accounts[number - 1]).difference(now);
    if (!difference.empty()) return difference;
  }
  return "";
}

}  // namespace giro::test
