#include "ledger/entry/entry.hpp"

#include <type_traits>

#include "ledger/state/state.hpp"

namespace giro {
namespace {

static_assert(
    std::is_same_v<
        std::variant_alternative_t<static_cast<std::size_t>(EntryKind::payment), EntryBody>,
        PaymentBody> &&
        std::is_same_v<
            std::variant_alternative_t<static_cast<std::size_t>(EntryKind::account), EntryBody>,
            std::unique_ptr<OpeningBody>>,
    "an entry's kind is the place of its body");

const PaymentOptions& options_of(const PaymentOptions* options) {
  static const PaymentOptions kNone;
  return options == nullptr ? kNone : *options;
}

Leg named(const Posting& posting, const State& state) {
  const CurrencyIndex currency = state.account(posting.from).currency;
  return Leg{.from = AccountId(state.name(posting.from)),
             .to = AccountId(state.name(posting.to)),
             .amount = posting.amount,
             .currency = state.currency(currency).code};
}

// The legs that the entry's request had, by name; none: it was no payment.
struct RequestedLegs {
  const State& state;

  std::vector<Leg> operator()(const PaymentBody& payment) const {
    const PaymentDetails* details = payment.details.get();
    if (details != nullptr && details->requested) return {*details->requested};
    Leg leg = named(payment.posting, state);
    if (details != nullptr && details->asked) leg.amount = *details->asked;
    return {leg};
  }
  std::vector<Leg> operator()(const std::unique_ptr<MultiLegBody>& payment) const {
    std::vector<Leg> legs = payment->requested;
    for (const Posting& posting : payment->postings) legs.push_back(named(posting, state));
    return legs;
  }
  std::vector<Leg> operator()(const std::unique_ptr<OpeningBody>& /*opening*/) const { return {}; }
};

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

template <class Body>
std::unique_ptr<Body> copy(const std::unique_ptr<Body>& body) {
  return body == nullptr ? nullptr : std::make_unique<Body>(*body);
}
PaymentBody copy(const PaymentBody& payment) {
  return {.posting = payment.posting, .details = copy(payment.details)};
}

template <class Body>
bool same(const std::unique_ptr<Body>& a, const std::unique_ptr<Body>& b) {
  return a == nullptr || b == nullptr ? a == b : *a == *b;
}
bool same(const PaymentBody& a, const PaymentBody& b) {
  return a.posting == b.posting && same(a.details, b.details);
}
bool same(const EntryBody& a, const EntryBody& b) {
  const auto same_as_a = [&a]<class Body>(const Body& body) {
    return same(std::get<Body>(a), body);
  };
  return a.index() == b.index() && std::visit(same_as_a, b);
}

}  // namespace

bool operator==(const Entry& a, const Entry& b) {
  return a.seq == b.seq && a.at == b.at && a.outcome == b.outcome && a.uid == b.uid &&
         a.key == b.key && same(a.body, b.body);
}

Entry copy_of(const Entry& entry) {
  return {.seq = entry.seq,
          .at = entry.at,
          .outcome = entry.outcome,
          .uid = entry.uid,
          .key = entry.key,
          .body = std::visit([](const auto& body) { return EntryBody(copy(body)); }, entry.body)};
}

std::span<const Posting> Entry::postings() const {
  if (!applied()) return {};
  if (const auto* payment = std::get_if<PaymentBody>(&body)) return {&payment->posting, 1};
  if (const auto* payment = std::get_if<std::unique_ptr<MultiLegBody>>(&body)) {
    return (*payment)->postings;
  }
  return {};
}

Posting Entry::row_posting() const {
  if (const auto* payment = std::get_if<PaymentBody>(&body)) return payment->posting;
  if (const auto* payment = std::get_if<std::unique_ptr<MultiLegBody>>(&body)) {
    return (*payment)->seen;
  }
  return {.from = std::get<std::unique_ptr<OpeningBody>>(body)->number};
}

const PaymentOptions* Entry::options() const {
  if (const auto* payment = std::get_if<PaymentBody>(&body)) {
    return payment->details == nullptr ? nullptr : &payment->details->options;
  }
  const auto* payment = std::get_if<std::unique_ptr<MultiLegBody>>(&body);
  return payment == nullptr ? nullptr : &(*payment)->options;
}

const OpenedAccount* Entry::opened() const {
  const auto* opening = std::get_if<std::unique_ptr<OpeningBody>>(&body);
  return opening == nullptr ? nullptr : &(*opening)->opened;
}

std::optional<std::string> differing_field(const Entry& prior, const CheckedPayment& request,
                                           const State& state) {
  const std::vector<Leg> legs = std::visit(RequestedLegs{state}, prior.body);
  if (legs.empty()) return "id";  // The opening of an account, not a payment.
  if (auto field = differing_legs(legs, request.legs())) return field;
  return differing_option(options_of(prior.options()), options_of(request.options()));
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
