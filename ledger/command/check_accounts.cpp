// The rules that need no state, of what changes an account.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "ledger/command/account_requests.hpp"
#include "ledger/command/rules.hpp"

namespace giro {

using namespace rules;

namespace {

constexpr std::array<std::string_view, 4> kFrozen{"none", "debits", "credits", "all"};
constexpr std::array<std::string_view, 3> kActions{"update", "close", "reopen"};

Problem check_terms(const AccountChangeRequest& request) {
  const std::optional<Amount> floor = request.floor.value_or(std::nullopt);
  const std::optional<Amount> ceiling = request.ceiling.value_or(std::nullopt);
  if (auto problem = check_limits(floor, ceiling)) return problem;
  if (request.frozen && !frozen_of(*request.frozen)) {
    return invalid("frozen", "be none, debits, credits or all");
  }
  if (auto problem = check_metadata(request.metadata)) return problem;
  return check_version(request.if_version);
}

AccountTerms terms_of(const AccountChangeRequest& request) {
  AccountTerms terms{
      .floor = request.floor, .ceiling = request.ceiling, .frozen = {}, .metadata = {}};
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
                .message = "an update needs something to change: floor, ceiling, frozen or "
                           "metadata"});
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
