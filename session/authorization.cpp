#include "session/authorization.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace giro {
namespace {

bool is_about(const Rule& rule, const Peer& peer) {
  return std::ranges::find(rule.users, peer.uid) != rule.users.end() ||
         std::ranges::find_first_of(rule.groups, peer.groups) != rule.groups.end();
}

bool is_unlimited(const Rule& rule) {
  return rule.debit.empty() && rule.max_amount.empty() && rule.keys.empty();
}

bool covers_accounts(const Rule& rule, std::span<const Leg> legs) {
  if (rule.debit.empty()) return true;
  return std::ranges::all_of(legs, [&](const Leg& leg) {
    return std::ranges::any_of(
        rule.debit, [&](const std::string& prefix) { return is_under(leg.from.view(), prefix); });
  });
}

bool covers_key(const Rule& rule, const PaymentKey& key) {
  return rule.keys.empty() || std::ranges::any_of(rule.keys, [&](const std::string& prefix) {
           return key.view().starts_with(prefix);
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
  return covers_key(rule, payment.key()) && covers_accounts(rule, payment.legs()) &&
         covers_amounts(rule, payment.legs());
}

Refusal unauthorized(uid_t uid, std::string_view what, std::string_view to_do) {
  return {.code = ErrorCode::unauthorized,
          .field = {},
          .message = fmt::format("the rules don't let user {} {}; this request decided nothing. {}",
                                 uid, what, to_do)};
}

constexpr std::string_view kAskOperator = "Ask the operator of girod for a rule that does";
// Who no rule is about is most often somebody who wasn't made a member yet.
constexpr std::string_view kJoinOrAsk =
    "No rule is about this user: join the socket's group, or ask the operator of girod for a rule";
constexpr std::string_view kUseToken =
    "What comes by TCP may only read until the operator of girod sets http.token_file";

}  // namespace

Rules default_rules(uid_t own_user, gid_t socket_group) {
  MethodSet members = 0;
  for (const Method& method : all_methods()) {
    if (!method.operators_only) members |= set_of(method);
  }
  return {{.users = {0, own_user}, .groups = {}, .methods = kAllMethods, .debit = {}},
          {.users = {}, .groups = {socket_group}, .methods = members, .debit = {}}};
}

Access::Access(std::shared_ptr<const Rules> rules, const Peer& peer)
    : rules_(std::move(rules)), uid_(peer.uid), only_reads_(peer.only_reads) {
  for (const Rule& rule : *rules_) {
    if (!is_about(rule, peer)) continue;
    mine_.push_back(&rule);
    methods_ |= rule.methods;
    if (is_unlimited(rule)) unlimited_ |= rule.methods;
  }
  if (only_reads_) {
    methods_ &= reading_methods();
    unlimited_ &= reading_methods();
  }
}

std::optional<Refusal> Access::refusal(const Method& method) const {
  if (may(method)) return std::nullopt;
  if (only_reads_) return unauthorized(uid_, fmt::format("call {}", method.name), kUseToken);
  return unauthorized(uid_, fmt::format("call {}", method.name),
                      mine_.empty() ? kJoinOrAsk : kAskOperator);
}

template <class Covers>
bool Access::any_rule(const Method& method, Covers covers_it) const {
  return std::ranges::any_of(mine_, [&](const Rule* rule) {
    return (rule->methods & methods_ & set_of(method)) != 0 && covers_it(*rule);
  });
}

std::optional<Refusal> Access::refusal(const Method& method, const PaymentKey& key) const {
  if ((unlimited_ & set_of(method)) != 0) return std::nullopt;
  const auto key_is_covered = [&](const Rule& rule) { return covers_key(rule, key); };
  if (!any_rule(method, key_is_covered)) {
    return unauthorized(uid_, fmt::format("use the key {}", key.view()), kAskOperator);
  }
  const auto limits_neither = [&](const Rule& rule) {
    return key_is_covered(rule) && rule.debit.empty() && rule.max_amount.empty();
  };
  if (any_rule(method, limits_neither)) return std::nullopt;
  return unauthorized(uid_,
                      fmt::format("call {}, which names no account and no amount, by a rule "
                                  "with `debit` or `max_amount`",
                                  method.name),
                      kAskOperator);
}

std::optional<Refusal> Access::refusal(const Method& method, const CheckedPayment& payment) const {
  if ((unlimited_ & set_of(method)) != 0) return std::nullopt;
  const auto any_rule = [&](auto covers_it) { return this->any_rule(method, covers_it); };
  if (any_rule([&](const Rule& rule) { return covers(rule, payment); })) return std::nullopt;
  const auto refused = [&](std::string_view what) {
    return unauthorized(uid_, what, kAskOperator);
  };
  if (!any_rule([&](const Rule& rule) { return covers_key(rule, payment.key()); })) {
    return refused(fmt::format("use the key {}", payment.key().view()));
  }
  for (const Leg& leg : payment.legs()) {
    if (!any_rule([&](const Rule& rule) { return covers_accounts(rule, {&leg, 1}); })) {
      return refused(fmt::format("debit {}", leg.from.view()));
    }
  }
  return refused(fmt::format("pay so much from {} at once under this key, in {}",
                             payment.leg().from.view(), payment.leg().currency.view()));
}

}  // namespace giro
