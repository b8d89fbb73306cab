// Requests that change an account, before and after their checks. (Opening one: request.hpp.)
// Values: any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/command/account_limits.hpp"
#include "ledger/command/request.hpp"

namespace giro {

// Which movements an account takes part in no more.
enum class Frozen : std::uint8_t { none = 0, debits = 1, credits = 2, all = 3 };

[[nodiscard]] std::string_view name(Frozen frozen);
[[nodiscard]] std::optional<Frozen> frozen_of(std::string_view name);

// What an account's change sets; what isn't there stays as it is.
struct AccountTerms {
  std::optional<std::optional<Amount>> floor;    // Inner nothing: none.
  std::optional<std::optional<Amount>> ceiling;  // Likewise.
  std::optional<Frozen> frozen;
  std::optional<std::string> metadata;  // Canonical JSON text; empty: none from now on.
  // All of them, the shortest window first; empty: none from now on.
  std::optional<std::vector<VelocityLimit>> limits;
  std::optional<AlertLines> alerts;  // Both lines; empty: none from now on.

  [[nodiscard]] bool empty() const { return *this == AccountTerms{}; }
  friend bool operator==(const AccountTerms&, const AccountTerms&) = default;
};

// Numbers in the journal and in the codec.
enum class AccountAction : std::uint8_t { update = 0, close = 1, reopen = 2 };

[[nodiscard]] std::string_view name(AccountAction action);

struct AccountChangeRequest {
  AccountAction action = AccountAction::update;
  std::string_view key;
  std::string_view id;
  // Of an update:
  std::optional<std::optional<Amount>> floor;
  std::optional<std::optional<Amount>> ceiling;
  std::optional<std::string_view> frozen;
  std::optional<std::string_view> metadata;
  std::optional<std::vector<VelocityLimitRequest>> limits;
  std::optional<AlertLines> alerts;
  std::optional<std::int64_t> if_version;
  bool dry_run = false;
};

// An update, the closing or the reopening of an account.
class CheckedAccountChange {
 public:
  [[nodiscard]] static std::expected<CheckedAccountChange, Refusal> check(
      const AccountChangeRequest& request);

  static constexpr bool kIsKeyed = true;
  [[nodiscard]] const PaymentKey& key() const { return key_; }
  [[nodiscard]] bool dry_run() const { return dry_run_; }
  [[nodiscard]] AccountAction action() const { return action_; }
  [[nodiscard]] const AccountId& id() const { return id_; }
  // Null: none, as for what is no update.
  [[nodiscard]] const AccountTerms* terms() const { return terms_.get(); }
  [[nodiscard]] std::optional<std::uint64_t> if_version() const { return if_version_; }

  friend bool operator==(const CheckedAccountChange& a, const CheckedAccountChange& b) {
    const bool same_terms =
        a.terms_ == nullptr || b.terms_ == nullptr ? a.terms_ == b.terms_ : *a.terms_ == *b.terms_;
    return a.key_ == b.key_ && a.id_ == b.id_ && a.action_ == b.action_ &&
           a.if_version_ == b.if_version_ && a.dry_run_ == b.dry_run_ && same_terms;
  }

 private:
  friend class CommandReader;  // ledger/command/codec.hpp
  CheckedAccountChange() = default;

  PaymentKey key_;
  AccountId id_;
  std::unique_ptr<AccountTerms> terms_;
  std::optional<std::uint64_t> if_version_;
  AccountAction action_ = AccountAction::update;
  bool dry_run_ = false;
};

}  // namespace giro
