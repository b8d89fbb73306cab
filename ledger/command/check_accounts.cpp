// The rules that need no state, of what changes an account.
#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ledger/command/account_requests.hpp"
#include "ledger/command/rules.hpp"
#include "ledger/timestamp.hpp"

namespace giro {

using namespace rules;

namespace {

constexpr std::array<std::string_view, 4> kFrozen{"none", "debits", "credits", "all"};
constexpr std::array<std::string_view, 3> kActions{"update", "close", "reopen"};

Problem check_limit(const VelocityLimitRequest& limit, std::string_view path) {
  const auto field = [&](std::string_view name) { return std::string(path).append(name); };
  const auto window = parse_duration(limit.window);
  if (!window || *window < kWindowMin || *window > kWindowMax) {
    return invalid(field("window"), "be a duration from 1m to 366d: 90s, 15m, 24h, 7d");
  }
  if (limit.amount && *limit.amount <= 0) return invalid(field("amount"), "be at least 1");
  if (limit.count && (*limit.count < 1 || *limit.count > kVelocityCountMax)) {
    return invalid(field("count"), "be from 1 to 1000000000");
  }
  if (!limit.amount && !limit.count) {
    return invalid(field("amount"), "be there, or count: a limit needs one of both");
  }
  return std::nullopt;
}

Problem check_velocity(std::span<const VelocityLimitRequest> limits) {
  if (limits.size() > kVelocityLimitsMax) return invalid("limits", "be 8 at most");
  std::set<std::int64_t> windows;
  for (std::size_t i = 0; i < limits.size(); ++i) {
    const std::string path = "limits[" + std::to_string(i) + "].";
    if (auto problem = check_limit(limits[i], path)) return problem;
    if (!windows.insert(*parse_duration(limits[i].window)).second) {
      return invalid(path + "window", "differ from those of the other limits");
    }
  }
  return std::nullopt;
}

// Where both lines are there, a balance can be on one side of both.
Problem check_alerts(const AlertLines& alerts) {
  for (const auto& [line, field] :
       {std::pair(alerts.below, "alerts.below"), std::pair(alerts.above, "alerts.above")}) {
    if (line && (*line < -kAmountMax || *line > kAmountMax)) {
      return invalid(field, "be an amount");
    }
  }
  if (alerts.below && alerts.above && *alerts.below > *alerts.above) {
    return invalid("alerts.above", "not be less than alerts.below");
  }
  return std::nullopt;
}

Problem check_terms(const AccountChangeRequest& request) {
  const std::optional<Amount> floor = request.floor.value_or(std::nullopt);
  const std::optional<Amount> ceiling = request.ceiling.value_or(std::nullopt);
  if (auto problem = check_limits(floor, ceiling)) return problem;
  if (request.frozen && !frozen_of(*request.frozen)) {
    return invalid("frozen", "be none, debits, credits or all");
  }
  if (auto problem = check_metadata(request.metadata)) return problem;
  if (request.limits) {
    if (auto problem = check_velocity(*request.limits)) return problem;
  }
  if (request.alerts) {
    if (auto problem = check_alerts(*request.alerts)) return problem;
  }
  return check_version(request.if_version);
}

std::vector<VelocityLimit> limits_of(std::span<const VelocityLimitRequest> requests) {
  std::vector<VelocityLimit> limits;
  for (const VelocityLimitRequest& request : requests) {
    VelocityLimit& limit = limits.emplace_back();
    limit.window_ns = *parse_duration(request.window);
    limit.amount = request.amount;
    if (request.count) limit.count = static_cast<std::uint32_t>(*request.count);
  }
  std::ranges::sort(limits, {}, &VelocityLimit::window_ns);
  return limits;
}

AccountTerms terms_of(const AccountChangeRequest& request) {
  AccountTerms terms;
  terms.floor = request.floor;
  terms.ceiling = request.ceiling;
  terms.alerts = request.alerts;
  if (request.limits) terms.limits = limits_of(*request.limits);
  if (request.frozen) terms.frozen = frozen_of(*request.frozen);
  if (request.metadata) terms.metadata = std::string(*request.metadata);
  return terms;
}

}  // namespace

std::string_view name(Frozen frozen) {
  return kFrozen[static_cast<std::size_t>(frozen)];
}

std::optional<Frozen> frozen_of(std::string_view name) {
  const auto* found = std::ranges::find(kFrozen, name);
  if (found == kFrozen.end()) return std::nullopt;
  return static_cast<Frozen>(found - kFrozen.begin());
}

std::string_view name(AccountAction action) {
  return kActions[static_cast<std::size_t>(action)];
}

std::expected<CheckedAccountChange, Refusal> CheckedAccountChange::check(
    const AccountChangeRequest& request) {
  if (auto problem = check_key(request.key)) return std::unexpected(std::move(*problem));
  if (!is_account_id(request.id)) return std::unexpected(invalid("id", kIdRule));
  if (auto problem = check_terms(request)) return std::unexpected(std::move(*problem));
  AccountTerms terms = terms_of(request);
  if (request.action == AccountAction::update && terms.empty()) {
    return std::unexpected(
        Refusal{.code = ErrorCode::malformed,
                .field = {},
                .message = "an update needs something to change: floor, ceiling, frozen, "
                           "metadata, limits or alerts"});
  }
  if (request.action != AccountAction::update && !terms.empty()) {
    return std::unexpected(Refusal{.code = ErrorCode::malformed,
                                   .field = {},
                                   .message = "closing or reopening an account sets nothing else"});
  }
  CheckedAccountChange change;
  change.key_ = PaymentKey(request.key);
  change.id_ = AccountId(request.id);
  change.action_ = request.action;
  change.dry_run_ = request.dry_run;
  if (!terms.empty()) change.terms_ = std::make_unique<AccountTerms>(std::move(terms));
  if (request.if_version) change.if_version_ = static_cast<std::uint64_t>(*request.if_version);
  return change;
}

}  // namespace giro
