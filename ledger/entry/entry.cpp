#include "ledger/entry/entry.hpp"

#include <algorithm>

#include "ledger/state/state.hpp"

namespace giro {
namespace {

const PaymentOptions& options_of(const PaymentOptions* options) {
  static const PaymentOptions kNone;
  return options == nullptr ? kNone : *options;
}

// The legs that the entry's request had, by name.
std::vector<Leg> requested_legs(const Entry& entry, const State& state) {
  if (entry.details != nullptr && !entry.details->requested.empty()) {
    return entry.details->requested;
  }
  const auto named = [&](const Posting& posting) {
    const CurrencyIndex currency = state.account(posting.from).currency;
    return Leg{.from = AccountId(state.name(posting.from)),
               .to = AccountId(state.name(posting.to)),
               .amount = posting.amount,
               .currency = state.currency(currency).code};
  };
  if (entry.kind == EntryKind::multi_leg) {
    std::vector<Leg> legs;
    std::ranges::transform(entry.details->postings, std::back_inserter(legs), named);
    return legs;
  }
  Leg leg = named(entry.posting);
  if (entry.details != nullptr && entry.details->asked) leg.amount = *entry.details->asked;
  return {leg};
}

std::optional<std::string> differing_leg(const Leg& a, const Leg& b) {
  if (a.from != b.from) return "from";
  if (a.to != b.to) return "to";
  if (a.amount != b.amount) return "amount";
  if (a.currency != b.currency) return "currency";
  return std::nullopt;
}

std::optional<std::string> differing_legs(std::span<const Leg> a, std::span<const Leg> b) {
  if (a.size() != b.size()) return "legs";
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (const auto field = differing_leg(a[i], b[i])) {
      return a.size() == 1 ? *field : "legs[" + std::to_string(i) + "]." + *field;
    }
  }
  return std::nullopt;
}

std::optional<std::string> differing_option(const PaymentOptions& a, const PaymentOptions& b) {
  if (a.up_to != b.up_to) return "up_to";
  if (a.code != b.code) return "code";
  if (a.reference != b.reference) return "reference";
  if (a.description != b.description) return "description";
  if (a.metadata != b.metadata) return "metadata";
  if (a.effective_date != b.effective_date) return "effective_date";
  if (a.deadline != b.deadline) return "deadline";
  if (a.if_version != b.if_version) return "if_version";
  if (a.if_available_gte != b.if_available_gte) return "if_available_gte";
  return std::nullopt;
}

}  // namespace

bool operator==(const Entry& a, const Entry& b) {
  const bool same_details = (a.details == nullptr) == (b.details == nullptr) &&
                            (a.details == nullptr || *a.details == *b.details);
  return a.seq == b.seq && a.at == b.at && a.kind == b.kind && a.outcome == b.outcome &&
         a.uid == b.uid && a.key == b.key && a.posting == b.posting && same_details;
}

Entry copy_of(const Entry& entry) {
  Entry twin{.seq = entry.seq,
             .at = entry.at,
             .kind = entry.kind,
             .outcome = entry.outcome,
             .uid = entry.uid,
             .key = entry.key,
             .posting = entry.posting,
             .details = nullptr};
  if (entry.details != nullptr) twin.details = std::make_unique<EntryDetails>(*entry.details);
  return twin;
}

std::optional<std::string> differing_field(const Entry& prior, const CheckedPayment& request,
                                           const State& state) {
  if (prior.kind == EntryKind::account) return "id";  // The opening of an account, not a payment.
  const std::vector<Leg> legs = requested_legs(prior, state);
  if (auto field = differing_legs(legs, request.legs())) return field;
  return differing_option(options_of(prior.details == nullptr ? nullptr : &prior.details->options),
                          options_of(request.options()));
}

Rejection difference(const OpenedAccount& existing, const CheckedOpenAccount& open) {
  if (existing.currency != open.currency()) {
    return Rejection::account_exists_with_different_currency;
  }
  if (existing.floor != open.floor()) return Rejection::account_exists_with_different_floor;
  if (existing.ceiling != open.ceiling()) return Rejection::account_exists_with_different_ceiling;
  if (existing.metadata != open.metadata()) {
    return Rejection::account_exists_with_different_metadata;
  }
  return Rejection::none;
}

}  // namespace giro
