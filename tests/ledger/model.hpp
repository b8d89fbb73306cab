// The ledger's rules a second time, as plainly as they can be written: a map of names, sums of 128
// bits, no links, no speed. It shares no code with State, so that both don't share a mistake.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace giro::test {

__extension__ typedef __int128 Wide;  // NOLINT(modernize-use-using)

struct ModelAccount {
  std::string currency;
  int scale = 0;
  std::optional<std::int64_t> floor;
  std::optional<std::int64_t> ceiling;
  std::string metadata;
  Wide in = 0;
  Wide out = 0;
  std::uint64_t version = 0;

  [[nodiscard]] Wide balance() const { return in - out; }
};

struct ModelLeg {
  std::string from;
  std::string to;
  std::int64_t amount = 0;
  std::string currency;
};

struct ModelPayment {
  std::vector<ModelLeg> legs;
  std::optional<std::int64_t> deadline;  // Nanoseconds.
  std::optional<std::uint64_t> if_version;
  std::optional<std::int64_t> if_available_gte;
  bool up_to = false;
  bool dry_run = false;
};

struct ModelOutcome {
  std::string code;     // "applied" or a code of docs/PROTOCOL.md.
  std::size_t leg = 0;  // leg_failed: which and why.
  std::string leg_code;
  std::int64_t moved = 0;  // By the last leg.

  friend bool operator==(const ModelOutcome&, const ModelOutcome&) = default;
};

class Model {
 public:
  std::map<std::string, ModelAccount> accounts;
  std::uint64_t seq = 0;
  std::int64_t at = 0;

  std::string open(const std::string& id, const ModelAccount& wanted, std::int64_t now) {
    ++seq;
    at = time_at(now);
    const auto known = accounts.find(id);
    if (known != accounts.end()) {
      const ModelAccount& it = known->second;
      if (it.currency != wanted.currency || it.scale != wanted.scale) {
        return "account_exists_with_different_currency";
      }
      if (it.floor != wanted.floor) return "account_exists_with_different_floor";
      if (it.ceiling != wanted.ceiling) return "account_exists_with_different_ceiling";
      return "account_exists_with_different_metadata";
    }
    for (const auto& [name, other] : accounts) {
      if (other.currency == wanted.currency && other.scale != wanted.scale) {
        return "currency_mismatch";
      }
    }
    accounts.emplace(id, wanted);
    return "applied";
  }

  ModelOutcome pay(const ModelPayment& payment, std::int64_t now) {
    const std::map<std::string, ModelAccount> before = accounts;
    const std::int64_t time = time_at(now);
    ModelOutcome outcome = pay_at(payment, now);
    if (outcome.code != "applied" || payment.dry_run) accounts = before;
    if (!payment.dry_run) {
      ++seq;
      at = time;
    }
    return outcome;
  }

  [[nodiscard]] std::map<std::string, Wide> sums() const {
    std::map<std::string, Wide> sums;
    for (const auto& [name, account] : accounts) sums[account.currency] += account.balance();
    return sums;
  }

 private:
  [[nodiscard]] std::int64_t time_at(std::int64_t now) const { return now > at ? now : at + 1; }

  ModelOutcome pay_at(const ModelPayment& payment, std::int64_t now) {
    if (payment.deadline && now > *payment.deadline)
      return {.code = "deadline_passed", .leg_code = {}};
    ModelOutcome outcome{.code = "applied", .leg_code = {}};
    for (std::size_t i = 0; i < payment.legs.size(); ++i) {
      outcome.moved = payment.legs[i].amount;
      const std::string failed = pay_leg(payment, payment.legs[i], outcome.moved);
      if (failed.empty()) continue;
      if (payment.legs.size() == 1) return {.code = failed, .leg_code = {}};
      return {.code = "leg_failed", .leg = i, .leg_code = failed};
    }
    return outcome;
  }

  // Why not, or nothing.
  std::string pay_leg(const ModelPayment& payment, const ModelLeg& leg, std::int64_t& amount) {
    constexpr Wide kMost = INT64_MAX;
    if (!accounts.contains(leg.from) || !accounts.contains(leg.to)) return "account_unknown";
    ModelAccount& from = accounts.at(leg.from);
    ModelAccount& to = accounts.at(leg.to);
    if (from.currency != leg.currency || to.currency != leg.currency) return "currency_mismatch";
    if (payment.if_version && from.version != *payment.if_version) return "precondition_version";
    const bool limited = from.floor.has_value();
    const Wide available = limited ? from.balance() - *from.floor : 0;
    if (limited && payment.if_available_gte && available < *payment.if_available_gte) {
      return "precondition_balance";
    }
    Wide moves = leg.amount;
    if (payment.up_to && limited && available < moves) moves = available;
    if (moves <= 0) return "insufficient_funds";
    if (from.balance() - moves < -kMost || to.balance() + moves > kMost) return "overflow";
    if (limited && moves > available) return "insufficient_funds";
    if (to.ceiling && to.balance() + moves > *to.ceiling) return "ceiling_exceeded";
    from.out += moves;
    to.in += moves;
    ++from.version;
    ++to.version;
    amount = static_cast<std::int64_t>(moves);
    return "";
  }
};

}  // namespace giro::test
