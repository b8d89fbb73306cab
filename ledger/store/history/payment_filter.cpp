#include "ledger/store/history/payment_filter.hpp"

#include <algorithm>
#include <span>

#include "ledger/entry/amounts.hpp"
#include "ledger/entry/names.hpp"
#include "ledger/store/history/account_names.hpp"

namespace giro::store {
namespace {

bool is_about(const Entry& entry, AccountNumber account) {
  const auto touches = [account](const Posting& posting) {
    return posting.from == account || posting.to == account;
  };
  return entry.applied() ? std::ranges::any_of(entry.postings(), touches)
                         : touches(entry.row_posting());
}

bool is_in_currency(const Entry& entry, const CurrencyCode& currency, AccountNames& names) {
  const auto is_posted_in = [&](const Posting& posting) {
    return posting.from != 0 && names.of(posting.from).currency.code == currency;
  };
  if (entry.applied()) return std::ranges::any_of(entry.postings(), is_posted_in);
  const std::span<const Leg> requested = entry.requested();
  return requested.empty()
             ? is_posted_in(entry.row_posting())
             : std::ranges::find(requested, currency, &Leg::currency) != requested.end();
}

bool was_rejected_for(const Entry& entry, Rejection code) {
  if (entry.outcome == code) return true;
  return entry.outcome == Rejection::leg_failed && entry.legs()->leg_code == code;
}

}  // namespace

bool PaymentFilter::is_of_rejected() const {
  return code.has_value() || status == kRejectedStatus;
}

bool PaymentFilter::may_show(EntryKind kind, Rejection outcome) const {
  const KindFacts& facts = facts_of(kind);
  const auto types = types_of(facts);
  const bool is_wanted =
      type.empty() ? facts.payment : std::ranges::find(types, type) != types.end();
  if (!is_wanted) return false;
  const bool applied = outcome == Rejection::none;
  if (!status.empty() && (applied ? facts.status : kRejectedStatus) != status) return false;
  return !code || outcome == *code || outcome == Rejection::leg_failed;
}

bool PaymentFilter::shows(const Entry& entry, AccountNames& names) const {
  if (!may_show(entry.kind(), entry.outcome)) return false;
  if (!type.empty() && type_of(entry) != type) return false;
  if (code && !was_rejected_for(entry, *code)) return false;
  if (account != 0 && !is_about(entry, account)) return false;
  const bool any_amount = amount_gte <= 0 && amount_lte == kAmountMax;
  if (!any_amount && !has_amount_between(entry, amount_gte, amount_lte)) return false;
  if (currency && !is_in_currency(entry, *currency, names)) return false;
  if (!payment_code) return true;
  const PaymentOptions* options = entry.options();
  return options != nullptr && options->code == payment_code;
}

}  // namespace giro::store
