#include "protocol/payment_params.hpp"

#include <array>

namespace giro::protocol {
namespace {

using PaymentField = Field<PaymentParams>;
using LegField = Field<LegRequest>;

bool read_ack(const Value& value, bool& received, Reading& reading) {
  std::string_view ack;
  if (!reading.text(value, ack)) return false;
  received = ack == "received";
  if (received || ack == "committed") return true;
  return reading.refuse(ErrorCode::invalid_value, "be committed or received");
}

constexpr std::array kLegFields{
    LegField{"from", true,
             [](const Value& v, LegRequest& leg, Reading& r) { return r.text(v, leg.from); }},
    LegField{"to", true,
             [](const Value& v, LegRequest& leg, Reading& r) { return r.text(v, leg.to); }},
    LegField{"amount", true,
             [](const Value& v, LegRequest& leg, Reading& r) { return r.integer(v, leg.amount); }},
    LegField{"currency", true,
             [](const Value& v, LegRequest& leg, Reading& r) { return r.text(v, leg.currency); }},
};

bool read_legs(const Value& value, PaymentParams& out, Reading& reading) {
  simdjson::dom::array legs;
  if (value.get(legs) != simdjson::SUCCESS) return reading.wrong_type("an array");
  if (legs.size() == 0) return reading.refuse(ErrorCode::invalid_value, "have 1 to 1,000 legs");
  if (legs.size() > kLegsMax)
    return reading.refuse(ErrorCode::too_large, "have at most 1,000 legs");
  out.legs_given = true;
  for (const Value leg : legs) {
    reading.enter("legs", out.legs.size());
    reading.at_field({});
    if (!read_object(leg, std::span<const LegField>(kLegFields), out.legs.emplace_back(),
                     reading)) {
      return false;
    }
  }
  reading.leave();
  out.request.legs = out.legs;
  return true;
}

// The order is the one that clients mostly send. The last two aren't fields of submit_many's.
using P = PaymentParams;
constexpr std::array kPaymentFields{
    PaymentField{"key", true,
                 [](const Value& v, P& p, Reading& r) { return r.text(v, p.request.key); }},
    PaymentField{"from", false,
                 [](const Value& v, P& p, Reading& r) { return r.text(v, p.request.leg.from); }},
    PaymentField{"to", false,
                 [](const Value& v, P& p, Reading& r) { return r.text(v, p.request.leg.to); }},
    PaymentField{
        "amount", false,
        [](const Value& v, P& p, Reading& r) { return r.integer(v, p.request.leg.amount); }},
    PaymentField{
        "currency", false,
        [](const Value& v, P& p, Reading& r) { return r.text(v, p.request.leg.currency); }},
    PaymentField{"legs", false, read_legs},
    PaymentField{"reference", false,
                 [](const Value& v, P& p, Reading& r) { return r.text(v, p.request.reference); }},
    PaymentField{"description", false,
                 [](const Value& v, P& p, Reading& r) { return r.text(v, p.request.description); }},
    PaymentField{"metadata", false,
                 [](const Value& v, P& p, Reading& r) {
                   return r.metadata(v, p.metadata, p.request.metadata);
                 }},
    PaymentField{"code", false,
                 [](const Value& v, P& p, Reading& r) { return r.integer(v, p.request.code); }},
    PaymentField{
        "effective_date", false,
        [](const Value& v, P& p, Reading& r) { return r.text(v, p.request.effective_date); }},
    PaymentField{"deadline", false,
                 [](const Value& v, P& p, Reading& r) { return r.text(v, p.request.deadline); }},
    PaymentField{
        "if_version", false,
        [](const Value& v, P& p, Reading& r) { return r.integer(v, p.request.if_version); }},
    PaymentField{
        "if_available_gte", false,
        [](const Value& v, P& p, Reading& r) { return r.integer(v, p.request.if_available_gte); }},
    PaymentField{"up_to", false,
                 [](const Value& v, P& p, Reading& r) { return r.flag(v, p.request.up_to); }},
    PaymentField{"dry_run", false,
                 [](const Value& v, P& p, Reading& r) { return r.flag(v, p.request.dry_run); }},
    PaymentField{"ack", false,
                 [](const Value& v, P& p, Reading& r) { return read_ack(v, p.received, r); }},
};
constexpr std::span<const PaymentField> kSubmitFields(kPaymentFields);
constexpr std::span<const PaymentField> kManyFields =
    kSubmitFields.first(kPaymentFields.size() - 2);

constexpr Seen kLegMask = 0b11110;  // from, to, amount, currency.
static_assert(kPaymentFields[1].name == "from" && kPaymentFields[4].name == "currency");

// What the table can't say: either the four fields of a leg, or `legs`.
std::expected<CheckedPayment, Refusal> check_payment(Seen seen, PaymentParams& params) {
  Reading reading;
  if (params.legs_given && (seen & kLegMask) != 0) {
    reading.at_field("legs");
    reading.refuse(ErrorCode::malformed, "stand instead of from, to, amount and currency");
    return std::unexpected(reading.take_refusal());
  }
  if (!params.legs_given && (seen & kLegMask) != kLegMask) {
    std::size_t field = 1;
    while ((seen >> field & 1) != 0) ++field;
    reading.missing(kPaymentFields[field].name);
    return std::unexpected(reading.take_refusal());
  }
  return CheckedPayment::check(params.request);
}

struct ManyParams {
  std::optional<simdjson::dom::array> payments;
  bool received = false;
};
using ManyField = Field<ManyParams>;
constexpr std::array kSubmitManyFields{
    ManyField{"payments", true,
              [](const Value& v, ManyParams& many, Reading& r) {
                return v.get(many.payments.emplace()) == simdjson::SUCCESS ||
                       r.wrong_type("an array");
              }},
    ManyField{
        "ack", false,
        [](const Value& v, ManyParams& many, Reading& r) { return read_ack(v, many.received, r); }},
};

std::optional<Refusal> count_problem(std::size_t count) {
  Reading reading;
  reading.at_field("payments");
  if (count == 0) {
    reading.refuse(ErrorCode::invalid_value, "have at least one payment");
    return reading.take_refusal();
  }
  if (count > kPaymentsMax) {
    reading.refuse(ErrorCode::too_large, "have at most 10,000 payments; nothing was decided");
    return reading.take_refusal();
  }
  return std::nullopt;
}

}  // namespace

void PaymentParams::clear() {
  request = {};
  legs.clear();
  legs_given = received = false;
}

std::expected<CheckedPayment, Refusal> read_payment(const std::optional<Value>& params,
                                                    PaymentParams& scratch) {
  scratch.clear();
  const auto seen = read_params(params, kSubmitFields, scratch);
  if (!seen) return std::unexpected(seen.error());
  return check_payment(*seen, scratch);
}

std::expected<ManyPayments, Refusal> read_many_payments(const std::optional<Value>& params,
                                                        PaymentParams& scratch) {
  ManyParams many;
  const auto seen = read_params(params, std::span<const ManyField>(kSubmitManyFields), many);
  if (!seen) return std::unexpected(seen.error());

  // simdjson keeps the size of an array in 24 bits and saturates: past the limit either way.
  const std::size_t count = many.payments->size();
  if (auto problem = count_problem(count)) return std::unexpected(std::move(*problem));
  ManyPayments result{.checked = {}, .refused = {}, .received = many.received};
  result.checked.reserve(count);
  std::uint32_t index = 0;
  for (const Value value : *many.payments) {
    scratch.clear();
    Reading reading;
    reading.at_field("payment");
    const auto fields = read_object(value, kManyFields, scratch, reading);
    auto checked =
        fields ? check_payment(*fields, scratch)
               : std::expected<CheckedPayment, Refusal>(std::unexpected(reading.take_refusal()));
    if (checked) {
      result.checked.emplace_back(std::move(*checked));
    } else {
      const bool showable = scratch.request.key.size() <= PaymentKey::kBytesMax;
      result.refused.push_back({.index = index,
                                .key = std::string(showable ? scratch.request.key : ""),
                                .refusal = std::move(checked.error())});
    }
    ++index;
  }
  return result;
}

}  // namespace giro::protocol
