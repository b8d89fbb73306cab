// In which field a request differs from what its key decided before.
#include <span>

#include "ledger/entry/entry.hpp"
#include "ledger/state/state.hpp"

namespace giro {
namespace {

using Field = std::optional<std::string>;

constexpr const char* kOtherKind = "method";

Leg named(const Posting& posting, const State& state) {
  const CurrencyIndex currency = state.account(posting.from).currency;
  return Leg{.from = AccountId(state.name(posting.from)),
             .to = AccountId(state.name(posting.to)),
             .amount = posting.amount,
             .currency = state.currency(currency).code};
}

Field differing_leg(const Leg& a, const Leg& b) {
  if (a.from != b.from) return "from";
  if (a.to != b.to) return "to";
  if (a.amount != b.amount) return "amount";
  if (a.currency != b.currency) return "currency";
  return std::nullopt;
}

Field differing_legs(std::span<const Leg> a, std::span<const Leg> b) {
  if (a.size() != b.size()) return "legs";
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (const auto field = differing_leg(a[i], b[i])) {
      return a.size() == 1 ? *field : "legs[" + std::to_string(i) + "]." + *field;
    }
  }
  return std::nullopt;
}

// Of the same request: the trace that a repetition belongs to is its own.
Field differing_option(const PaymentOptions& a, const PaymentOptions& b) {
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

Field differing_terms(const AccountTerms& a, const AccountTerms& b) {
  if (a.floor != b.floor) return "floor";
  if (a.ceiling != b.ceiling) return "ceiling";
  if (a.frozen != b.frozen) return "frozen";
  if (a.metadata != b.metadata) return "metadata";
  if (a.limits != b.limits) return "limits";
  if (a.alerts != b.alerts) return "alerts";
  return std::nullopt;
}

// The leg of a payment, or of one to come, as its request had it. `amount`: what moved, or was held.
Leg requested_leg(const Posting& posting, Amount amount, const PaymentDetails* details,
                  const State& state) {
  if (details != nullptr && details->requested) return *details->requested;
  Leg leg = named(posting, state);
  leg.amount = details != nullptr && details->asked ? *details->asked : amount;
  return leg;
}

// The body of the entry if it is of that kind, else null.
template <class Body>
const Body* body_in(const Entry& entry) {
  const auto* body = std::get_if<std::unique_ptr<Body>>(&entry.body);
  return body == nullptr ? nullptr : body->get();
}

}  // namespace

Field differing_field(const Entry& prior, const CheckedPayment& request, const State& state) {
  std::vector<Leg> legs;
  if (const auto* payment = std::get_if<PaymentBody>(&prior.body)) {
    const Posting& posting = payment->posting;
    legs.push_back(requested_leg(posting, posting.amount, payment->details.get(), state));
  } else if (const auto* several = body_in<MultiLegBody>(prior)) {
    legs = several->requested;
    for (const Posting& posting : several->legs.postings) legs.push_back(named(posting, state));
  } else {
    return kOtherKind;
  }
  if (auto field = differing_legs(legs, request.legs())) return field;
  return differing_option(or_none(prior.options()), or_none(request.options()));
}

Field differing_field(const Entry& prior, const CheckedHold& request, const State& state) {
  const auto* hold = body_in<HoldBody>(prior);
  if (hold == nullptr) return kOtherKind;
  const Posting& posting = hold->posting;
  const Leg leg = requested_leg(posting, prior.applied() ? posting.held : posting.amount,
                                hold->details.get(), state);
  if (auto field = differing_leg(leg, request.leg())) return field;
  if (hold->terms.timeout_ns != request.terms().timeout_ns) return "timeout";
  if (hold->terms.expires_at != request.terms().expires_at) return "expires_at";
  return differing_option(or_none(prior.options()), or_none(request.payment().options()));
}

Field differing_field(const Entry& prior, const CheckedCapture& request, const State& /*state*/) {
  const auto* capture = body_in<CaptureBody>(prior);
  if (capture == nullptr) return kOtherKind;
  if (capture->named != request.refers_to()) return "hold";
  if (capture->asked != request.amount()) return "amount";
  if (capture->final != request.final()) return "final";
  return std::nullopt;
}

Field differing_field(const Entry& prior, const CheckedVoid& request, const State& /*state*/) {
  const auto* release = body_in<ReleaseBody>(prior);
  if (release == nullptr) return kOtherKind;
  if (release->named != request.refers_to()) return "hold";
  return std::nullopt;
}

Field differing_field(const Entry& prior, const CheckedReversal& request, const State& /*state*/) {
  const auto* reversal = body_in<ReversalBody>(prior);
  if (reversal == nullptr) return kOtherKind;
  if (reversal->named != request.refers_to()) return "original";
  if (reversal->asked != request.amount()) return "amount";
  return differing_option(reversal->options, or_none(request.options()));
}

Field differing_field(const Entry& prior, const CheckedSchedule& request, const State& /*state*/) {
  const auto* schedule = body_in<ScheduleBody>(prior);
  if (schedule == nullptr) return kOtherKind;
  if (auto field = differing_legs(schedule->requested, request.payment().legs())) return field;
  const ScheduleTerms& terms = request.terms();
  if (schedule->terms.at != terms.at) return "at";
  if (schedule->terms.every != terms.every) return "every";
  if (schedule->terms.until != terms.until) return "until";
  if (schedule->terms.count != terms.count) return "count";
  return differing_option(schedule->options, or_none(request.payment().options()));
}

Field differing_field(const Entry& prior, const CheckedCancel& request, const State& /*state*/) {
  const auto* cancel = body_in<CancelBody>(prior);
  if (cancel == nullptr) return kOtherKind;
  if (cancel->named != request.refers_to()) return "schedule";
  return std::nullopt;
}

Field differing_field(const Entry& prior, const CheckedAccountChange& request,
                      const State& /*state*/) {
  const auto* change = body_in<AccountChangeBody>(prior);
  if (change == nullptr || change->action != request.action()) return kOtherKind;
  if (change->id != request.id()) return "id";
  static const AccountTerms kNone;
  const AccountTerms* terms = request.terms();
  if (auto field = differing_terms(change->terms, terms == nullptr ? kNone : *terms)) return field;
  if (change->if_version != request.if_version()) return "if_version";
  return std::nullopt;
}

Field differing_field(const Entry& prior, const CheckedBooks& request, const State& /*state*/) {
  const auto* books = body_in<BooksBody>(prior);
  if (books == nullptr || books->action != request.action()) return kOtherKind;
  if (books->until != request.until()) return "until";
  return std::nullopt;
}

}  // namespace giro
