#include "daemon/authorization.hpp"

#include <algorithm>

namespace giro {
namespace {

bool is_about(const Rule& rule, const Peer& peer) {
  return std::ranges::find(rule.users, peer.uid) != rule.users.end() ||
         std::ranges::find_first_of(rule.groups, peer.groups) != rule.groups.end();
}

bool is_unlimited(const Rule& rule) {
  return rule.debit.empty() && rule.max_amount.empty();
}

bool covers_account(const Rule& rule, const AccountId& account) {
  return rule.debit.empty() || std::ranges::any_of(rule.debit, [&](const std::string& prefix) {
           return account.view().starts_with(prefix);
         });
}

bool covers_amounts(const Rule& rule, std::span<const Leg> legs) {
  if (rule.max_amount.empty()) return true;
  const auto limited = [&](const Leg& leg) {
    return std::ranges::any_of(rule.max_amount,
                               [&](const auto& limit) { return limit.first == leg.currency; });
  };
  const auto within = [&](const auto& limit) {
    Int128 sum = 0;  // A thousand legs can't overflow it.
    for (const Leg& leg : legs) {
      if (leg.currency == limit.first) sum += leg.amount;
    }
    return sum <= limit.second;
  };
  return std::ranges::all_of(legs, limited) && std::ranges::all_of(rule.max_amount, within);
}

bool covers(const Rule& rule, const CheckedPayment& payment) {
  return std::ranges::all_of(payment.legs(),
                             [&](const Leg& leg) { return covers_account(rule, leg.from); }) &&
         covers_amounts(rule, payment.legs());
}

Refusal unauthorized(uid_t uid, std::string what) {
  return {.code = ErrorCode::unauthorized,
          .field = {},
          .message = "the rules don't let user " + std::to_string(uid) + " " + std::move(what) +
                     "; nothing was decided. Ask the operator of girod, or be a member of the "
                     "socket's group"};
}

}  // namespace

Rules default_rules(uid_t own_user, gid_t socket_group) {
  constexpr MethodSet kOperators = set_of(Method::accounts_open) | set_of(Method::ledger_verify);
  return {
      {.users = {0, own_user}, .groups = {}, .methods = kAllMethods, .debit = {}},
      {.users = {}, .groups = {socket_group}, .methods = kAllMethods & ~kOperators, .debit = {}}};
}

Access::Access(std::shared_ptr<const Rules> rules, const Peer& peer)
    : rules_(std::move(rules)), uid_(peer.uid) {
  for (const Rule& rule : *rules_) {
    if (!is_about(rule, peer)) continue;
    mine_.push_back(&rule);
    methods_ |= rule.methods;
    if (is_unlimited(rule)) unlimited_ |= rule.methods;
  }
}

std::optional<Refusal> Access::refusal(Method method) const {
  if (may(method)) return std::nullopt;
  return unauthorized(uid_, "call " + std::string(name(method)));
}

std::optional<Refusal> Access::refusal(Method method, const CheckedPayment& payment) const {
  if ((unlimited_ & set_of(method)) != 0) return std::nullopt;
  const auto allows = [&](const Rule* rule) {
    return (rule->methods & set_of(method)) != 0 && covers(*rule, payment);
  };
  if (std::ranges::any_of(mine_, allows)) return std::nullopt;
  return unauthorized(uid_, "debit " + std::string(payment.leg().from.view()) + " with " +
                                std::to_string(payment.leg().amount));
}

}  // namespace giro
