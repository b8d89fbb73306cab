#include "ledger/entry/entry.hpp"

#include <type_traits>

namespace giro {
namespace {

static_assert(
    std::is_same_v<
        std::variant_alternative_t<static_cast<std::size_t>(EntryKind::payment), EntryBody>,
        PaymentBody> &&
        std::is_same_v<
            std::variant_alternative_t<static_cast<std::size_t>(EntryKind::account), EntryBody>,
            std::unique_ptr<OpeningBody>> &&
        std::is_same_v<std::variant_alternative_t<
                           static_cast<std::size_t>(EntryKind::account_change), EntryBody>,
                       std::unique_ptr<AccountChangeBody>> &&
        std::is_same_v<
            std::variant_alternative_t<static_cast<std::size_t>(EntryKind::scheduled), EntryBody>,
            std::unique_ptr<ScheduledBody>>,
    "an entry's kind is the place of its body");

template <class Body>
std::unique_ptr<Body> copy(const std::unique_ptr<Body>& body) {
  return body == nullptr ? nullptr : std::make_unique<Body>(*body);
}
PaymentBody copy(const PaymentBody& payment) {
  return payment;
}

template <class Body>
bool same(const std::unique_ptr<Body>& a, const std::unique_ptr<Body>& b) {
  return a == nullptr || b == nullptr ? a == b : *a == *b;
}
bool same(const PaymentBody& a, const PaymentBody& b) {
  return a == b;
}
bool same(const EntryBody& a, const EntryBody& b) {
  const auto same_as_a = [&a]<class Body>(const Body& body) {
    return same(std::get<Body>(a), body);
  };
  return a.index() == b.index() && std::visit(same_as_a, b);
}

}  // namespace

bool operator==(const Entry& a, const Entry& b) {
  return a.seq == b.seq && a.at == b.at && a.group == b.group && a.outcome == b.outcome &&
         a.author == b.author && a.key == b.key && same(a.body, b.body);
}

Entry copy_of(const Entry& entry) {
  return {.seq = entry.seq,
          .at = entry.at,
          .group = entry.group,
          .outcome = entry.outcome,
          .author = entry.author,
          .key = entry.key,
          .body = std::visit([](const auto& body) { return EntryBody(copy(body)); }, entry.body)};
}

namespace {

// The one posting of a body that has no legs; null: none.
const Posting* posting_of(const PaymentBody& payment) {
  return &payment.posting;
}
const Posting* posting_of(const std::unique_ptr<OpeningBody>& /*opening*/) {
  return nullptr;
}
template <class Body>
const Posting* posting_of(const std::unique_ptr<Body>& body) {
  if constexpr (requires { body->posting; }) return &body->posting;
  return nullptr;
}

Legs* legs_of(const EntryBody& body) {
  return std::visit(
      [](const auto& kind) -> Legs* {
        if constexpr (requires { kind->legs; }) return &kind->legs;
        return nullptr;
      },
      body);
}

template <class Body>
Seq followed_by(const Body& body) {
  if constexpr (requires { body->hold; }) return body->hold;
  if constexpr (requires { body->original; }) return body->original;
  if constexpr (requires { body->schedule; }) return body->schedule;
  return 0;
}

std::span<const Leg> requested_in(const Boxed<PaymentDetails>& details) {
  if (details == nullptr || !details->requested) return {};
  return {&*details->requested, 1};
}
std::span<const Leg> requested_in(const PaymentBody& payment) {
  return requested_in(payment.details);
}
template <class Body>
std::span<const Leg> requested_in(const std::unique_ptr<Body>& body) {
  if constexpr (requires { body->requested; }) return body->requested;
  if constexpr (requires { body->details; }) return requested_in(body->details);
  return {};
}

const PaymentOptions* options_in(const Boxed<PaymentDetails>& details) {
  return details == nullptr ? nullptr : &details->options;
}
const PaymentOptions* options_in(const PaymentBody& payment) {
  return options_in(payment.details);
}
template <class Body>
const PaymentOptions* options_in(const std::unique_ptr<Body>& body) {
  if constexpr (requires { body->options; }) return &body->options;
  if constexpr (requires { body->details; }) return options_in(body->details);
  return nullptr;
}

}  // namespace

std::span<const Posting> Entry::postings_of_others() const {
  if (const Legs* several = legs()) return several->postings;
  const Posting* one = std::visit([](const auto& kind) { return posting_of(kind); }, body);
  if (one == nullptr) return {};
  return {one, 1};
}

Posting Entry::row_posting() const {
  if (const auto* payment = std::get_if<PaymentBody>(&body)) return payment->posting;
  if (const auto* opening = std::get_if<std::unique_ptr<OpeningBody>>(&body)) {
    return {.from = (*opening)->number};
  }
  if (const Legs* several = legs()) {
    return several->postings.size() == 1 ? several->postings.front() : several->seen;
  }
  const Posting* one = std::visit([](const auto& kind) { return posting_of(kind); }, body);
  return one == nullptr ? Posting{} : *one;
}

Seq Entry::follows() const {
  if (!applied() && kind() != EntryKind::scheduled) return 0;
  return std::visit([](const auto& kind) { return followed_by(kind); }, body);
}

const Legs* Entry::legs() const {
  return legs_of(body);
}

Legs* Entry::legs() {
  return legs_of(body);
}

std::span<const Leg> Entry::requested() const {
  return std::visit([](const auto& kind) { return requested_in(kind); }, body);
}

const PaymentOptions* Entry::options() const {
  return std::visit([](const auto& kind) { return options_in(kind); }, body);
}

const OpenedAccount* Entry::opened() const {
  const auto* opening = std::get_if<std::unique_ptr<OpeningBody>>(&body);
  return opening == nullptr ? nullptr : &(*opening)->opened;
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
