#include "ledger/entry/amounts.hpp"

#include <algorithm>

namespace giro {
namespace {

std::optional<Amount> amount_between_accounts(const Posting& posting) {
  if (posting.from == 0 || posting.to == 0) return std::nullopt;
  return posting.amount;
}

// Of one that keeps no request: its postings tell it.
struct AmountOf {
  const Entry& entry;

  std::optional<Amount> operator()(const PaymentBody& payment) const {
    return payment.posting.amount;
  }
  std::optional<Amount> operator()(const std::unique_ptr<HoldBody>& hold) const {
    return entry.applied() ? hold->posting.held : hold->posting.amount;
  }
  template <class Body>
  std::optional<Amount> operator()(const std::unique_ptr<Body>& body) const {
    if constexpr (requires { body->posting; }) return amount_between_accounts(body->posting);
    if constexpr (requires { body->legs; }) {
      if (body->legs.postings.size() < 2) return amount_between_accounts(entry.row_posting());
    }
    return std::nullopt;
  }
};

}  // namespace

std::optional<Amount> amount_of(const Entry& entry) {
  const std::span<const Leg> requested = entry.requested();
  if (requested.size() == 1) return requested.front().amount;
  if (requested.size() > 1) return std::nullopt;
  return std::visit(AmountOf{.entry = entry}, entry.body);
}

Amount released_by(const Entry& entry) {
  if (!facts_of(entry.kind()).draws_on_hold || !entry.applied()) return 0;
  const Posting& posting = entry.postings().front();
  return -posting.held - posting.amount;  // What is held no more, and wasn't paid.
}

bool has_amount_between(const Entry& entry, Amount least, Amount most) {
  const auto lies_there = [&](Amount amount) { return amount >= least && amount <= most; };
  if (const auto amount = amount_of(entry)) return lies_there(*amount);
  if (const auto requested = entry.requested(); !requested.empty()) {
    return std::ranges::any_of(requested, lies_there, &Leg::amount);
  }
  const Legs* legs = entry.legs();
  return legs != nullptr && std::ranges::any_of(legs->postings, lies_there, &Posting::amount);
}

}  // namespace giro
