// The rules that need no state, of holds and reversals.
#include <string>
#include <utility>

#include "ledger/command/hold_requests.hpp"
#include "ledger/command/rules.hpp"

namespace giro {

using namespace rules;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kTimeoutMax = kSecond * 86'400 * 36'600;  // A hundred years.

Problem check_amount(std::optional<Amount> amount) {
  if (!amount || *amount > 0) return std::nullopt;
  return invalid("amount", "be above 0, or be left out for all that is left");
}

Problem check_terms(const HoldRequest& request) {
  if (request.payment.legs.size() > 1) return invalid("legs", "be one: a hold has one leg");
  if (request.timeout && request.expires_at) {
    return invalid("expires_at", "be left out where there is a timeout");
  }
  if (request.timeout) {
    const auto timeout = parse_duration(*request.timeout);
    if (!timeout || *timeout < kSecond || *timeout > kTimeoutMax) {
      return invalid("timeout", "be a duration such as 90s, 15m, 24h or 7d, 1 second at least");
    }
  }
  if (request.expires_at && !parse_rfc3339(*request.expires_at)) {
    return invalid("expires_at", "be a time as in RFC 3339, such as 2026-11-23T09:00:00Z");
  }
  return std::nullopt;
}

// Of a request that names something decided before.
Problem check_naming(std::string_view key, std::optional<Amount> amount) {
  if (auto problem = check_key(key)) return problem;
  return check_amount(amount);
}

// A reversal's options describe it; its amount follows from its original.
Problem check_describing(const PaymentRequest& options) {
  if (options.up_to) return invalid("up_to", "be left out of a reversal");
  if (options.if_version) return invalid("if_version", "be left out of a reversal");
  if (!options.if_available_gte) return std::nullopt;
  return invalid("if_available_gte", "be left out of a reversal");
}

}  // namespace

std::expected<Reference, Refusal> Reference::check(const ReferenceRequest& request,
                                                   std::string_view field) {
  if (request.key.has_value() == request.seq.has_value()) {
    return std::unexpected(invalid(field, "be a key or a seq"));
  }
  if (request.seq && *request.seq < 1) {
    return std::unexpected(invalid(field, "be a seq from 1, or a key"));
  }
  if (request.key && !is_payment_key(*request.key)) {
    return std::unexpected(invalid(field, "be a key of 1 to 128 bytes of text, or a seq"));
  }
  Reference reference;
  if (request.key) reference.key = PaymentKey(*request.key);
  if (request.seq) reference.seq = static_cast<Seq>(*request.seq);
  return reference;
}

std::expected<CheckedHold, Refusal> CheckedHold::check(const HoldRequest& request) {
  if (auto problem = check_terms(request)) return std::unexpected(std::move(*problem));
  auto payment = CheckedPayment::check(request.payment);
  if (!payment) return std::unexpected(std::move(payment.error()));
  if (request.timeout || request.expires_at) {
    if (payment->more_ == nullptr) payment->more_ = std::make_unique<CheckedPayment::More>();
    if (request.timeout) payment->more_->hold.timeout_ns = parse_duration(*request.timeout);
    if (request.expires_at) payment->more_->hold.expires_at = parse_rfc3339(*request.expires_at);
  }
  return CheckedHold(std::move(*payment));
}

std::expected<CheckedCapture, Refusal> CheckedCapture::check(const CaptureRequest& request) {
  if (auto problem = check_naming(request.key, request.amount)) {
    return std::unexpected(std::move(*problem));
  }
  auto hold = Reference::check(request.hold, "hold");
  if (!hold) return std::unexpected(std::move(hold.error()));
  CheckedCapture capture;
  capture.key_ = PaymentKey(request.key);
  capture.hold_ = std::move(*hold);
  capture.amount_ = request.amount;
  capture.final_ = request.final;
  capture.dry_run_ = request.dry_run;
  return capture;
}

std::expected<CheckedVoid, Refusal> CheckedVoid::check(const VoidRequest& request) {
  if (auto problem = check_key(request.key)) return std::unexpected(std::move(*problem));
  auto hold = Reference::check(request.hold, "hold");
  if (!hold) return std::unexpected(std::move(hold.error()));
  CheckedVoid made;
  made.key_ = PaymentKey(request.key);
  made.hold_ = std::move(*hold);
  made.dry_run_ = request.dry_run;
  return made;
}

std::expected<CheckedReversal, Refusal> CheckedReversal::check(const ReversalRequest& request) {
  if (auto problem = check_naming(request.key, request.amount)) {
    return std::unexpected(std::move(*problem));
  }
  auto original = Reference::check(request.original, "original");
  if (!original) return std::unexpected(std::move(original.error()));
  if (auto problem = check_options(request.options)) return std::unexpected(std::move(*problem));
  if (auto problem = check_describing(request.options)) return std::unexpected(std::move(*problem));
  CheckedReversal reversal;
  reversal.key_ = PaymentKey(request.key);
  reversal.original_ = std::move(*original);
  reversal.amount_ = request.amount;
  reversal.dry_run_ = request.dry_run;
  if (has_options(request.options)) {
    reversal.options_ = std::make_unique<PaymentOptions>(options_of(request.options));
  }
  return reversal;
}

}  // namespace giro
