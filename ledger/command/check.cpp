// The rules that need no state: what is refused here was never decided, and its key is unused.
#include <algorithm>
#include <string>
#include <utility>

#include "ledger/command/request.hpp"
#include "ledger/command/rules.hpp"

namespace giro {

using namespace rules;

namespace {

Leg leg_of(const LegRequest& leg) {
  return {.from = AccountId(leg.from),
          .to = AccountId(leg.to),
          .amount = leg.amount,
          .currency = CurrencyCode(leg.currency)};
}

// The scale, or what is wrong with it.
std::expected<int, Refusal> scale_of(const OpenAccountRequest& request) {
  const std::optional<int> iso = iso_scale(request.currency);
  if (!request.scale) {
    if (iso) return *iso;
    return std::unexpected(invalid(
        "scale", "be given for a currency that ISO 4217 doesn't know: its digits after the point"));
  }
  if (*request.scale < 0 || *request.scale > kScaleMax) {
    return std::unexpected(invalid("scale", "be 0 to 18"));
  }
  if (iso && *iso != *request.scale) {
    return std::unexpected(
        invalid("scale", "be " + std::to_string(*iso) + " for this currency, as in ISO 4217"));
  }
  return static_cast<int>(*request.scale);
}

}  // namespace

std::expected<CheckedPayment, Refusal> CheckedPayment::check(const PaymentRequest& request) {
  if (auto problem = check_key(request.key)) return std::unexpected(std::move(*problem));
  if (auto problem = check_legs(request)) return std::unexpected(std::move(*problem));
  if (auto problem = check_options(request)) return std::unexpected(std::move(*problem));

  CheckedPayment payment;
  payment.key_ = PaymentKey(request.key);
  payment.leg_ = leg_of(request.legs.empty() ? request.leg : request.legs.front());
  payment.dry_run_ = request.dry_run;
  if (request.legs.size() > 1 || has_options(request)) {
    payment.more_ = std::make_unique<More>();
    payment.more_->options = options_of(request);
    if (request.legs.size() > 1) {
      payment.more_->legs.reserve(request.legs.size());
      std::ranges::transform(request.legs, std::back_inserter(payment.more_->legs), leg_of);
    }
  }
  return payment;
}

std::expected<CheckedOpenAccount, Refusal> CheckedOpenAccount::check(
    const OpenAccountRequest& request) {
  if (!is_account_id(request.id)) return std::unexpected(invalid("id", kIdRule));
  if (auto problem = check_currency(request.currency)) return std::unexpected(std::move(*problem));
  const auto scale = scale_of(request);
  if (!scale) return std::unexpected(scale.error());
  if (auto problem = check_limits(request.floor, request.ceiling))
    return std::unexpected(std::move(*problem));
  if (auto problem = check_metadata(request.metadata)) return std::unexpected(std::move(*problem));

  CheckedOpenAccount open;
  open.id_ = AccountId(request.id);
  open.currency_ = Currency{.code = CurrencyCode(request.currency), .scale = *scale};
  open.floor_ = request.floor;
  open.ceiling_ = request.ceiling;
  open.metadata_ = request.metadata.value_or("");
  return open;
}

}  // namespace giro
