// Of State: the rules of what changes an account. A limit may be set beyond what the account has: it bars only
// what would go further.
#include <utility>

#include "ledger/state/state.hpp"

namespace giro {

void State::decide(const CheckedAccountChange& change, const Resolved& /*resolved*/,
                   Timestamp /*now*/, Entry& entry) {
  entry.key = change.key();
  auto& body = *entry.body.emplace<std::unique_ptr<AccountChangeBody>>(
      std::make_unique<AccountChangeBody>());
  body.id = change.id();
  body.action = change.action();
  body.if_version = change.if_version();
  if (change.terms() != nullptr) body.terms = *change.terms();
  const AccountNumber number = find(change.id().view());
  body.posting = seen_between(number, 0, 0);
  entry.outcome = verdict(check_change(change, number));
  if (entry.outcome != Rejection::none) return;
  post_within_trial(body.posting, entry.seq);
  set_limits(number, body.action, body.terms);
}

Rejection State::check_change(const CheckedAccountChange& change, AccountNumber number) const {
  if (number == 0) return Rejection::account_unknown;
  const Account& changed = account(number);
  const bool closed = limits(changed).closed;
  if (change.action() == AccountAction::reopen) {
    if (!closed) return Rejection::account_not_closed;
  } else if (closed) {
    return Rejection::account_closed;
  }
  if (change.action() == AccountAction::close) {
    if (changed.balance != 0) return Rejection::account_not_empty;
    if (changed.held != Held{}) return Rejection::account_has_holds;
  }
  if (change.if_version() && *change.if_version() != changed.version) {
    return Rejection::precondition_version;
  }
  return Rejection::none;
}

void State::set_limits(AccountNumber number, AccountAction action, const AccountTerms& terms) {
  Account& account = accounts_[number - 1];
  if (terms.limits || terms.alerts) set_watch(number, terms);
  AccountLimits changed = limits(account).changed_by(terms);
  if (action != AccountAction::update) changed.closed = action == AccountAction::close;
  account.limits = restore_limits(changed);
}

}  // namespace giro
