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
  if (!read_elements(legs, "legs", std::span<const LegField>(kLegFields), out.legs, reading)) {
    return false;
  }
  out.request.legs = out.legs;
  return true;
}

// All fields of all these methods. The order is the one that clients mostly send.
using P = PaymentParams;
constexpr std::array kFields{
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
    PaymentField{"traceparent", false,
                 [](const Value& v, P& p, Reading& r) { return r.text(v, p.request.traceparent); }},
    PaymentField{"up_to", false,
                 [](const Value& v, P& p, Reading& r) { return r.flag(v, p.request.up_to); }},
    PaymentField{"dry_run", false,
                 [](const Value& v, P& p, Reading& r) { return r.flag(v, p.request.dry_run); }},
    PaymentField{"ack", false,
                 [](const Value& v, P& p, Reading& r) { return read_ack(v, p.received, r); }},
    PaymentField{"timeout", false,
                 [](const Value& v, P& p, Reading& r) { return r.text(v, p.timeout); }},
    PaymentField{"expires_at", false,
                 [](const Value& v, P& p, Reading& r) { return r.text(v, p.expires_at); }},
    PaymentField{"hold", true,
                 [](const Value& v, P& p, Reading& r) { return r.reference(v, p.named); }},
    PaymentField{"original", true,
                 [](const Value& v, P& p, Reading& r) { return r.reference(v, p.named); }},
    PaymentField{"final", false,
                 [](const Value& v, P& p, Reading& r) { return r.flag(v, p.final); }},
    PaymentField{"at", true, [](const Value& v, P& p, Reading& r) { return r.text(v, p.at); }},
    PaymentField{"every", false,
                 [](const Value& v, P& p, Reading& r) { return r.text(v, p.every); }},
    PaymentField{"until", false,
                 [](const Value& v, P& p, Reading& r) { return r.text(v, p.until); }},
    PaymentField{"count", false,
                 [](const Value& v, P& p, Reading& r) { return r.integer(v, p.count); }},
    PaymentField{"schedule", true,
                 [](const Value& v, P& p, Reading& r) { return r.reference(v, p.named); }},
};

// The fields of one method, by name, in that order.
template <std::size_t kCount>
constexpr std::array<PaymentField, kCount> pick(const std::string_view (&names)[kCount]) {
  std::array<PaymentField, kCount> picked{};
  for (std::size_t i = 0; i < kCount; ++i) {
    const std::size_t found = find_field(std::span<const PaymentField>(kFields), names[i], i);
    if (found == kFields.size()) throw "no such field";  // At compile time.
    picked[i] = kFields[found];
  }
  return picked;
}

constexpr std::size_t kSubmitFieldCount = 18;
static_assert(kFields[kSubmitFieldCount - 1].name == "ack");
constexpr std::span<const PaymentField> kSubmitFields = std::span(kFields).first(kSubmitFieldCount);
constexpr std::span<const PaymentField> kManyFields = kSubmitFields.first(kSubmitFieldCount - 2);
constexpr std::array kHoldFields =
    pick({"key", "from", "to", "amount", "currency", "reference", "description", "metadata", "code",
          "effective_date", "deadline", "if_version", "if_available_gte", "traceparent", "up_to",
          "dry_run", "ack", "timeout", "expires_at"});
constexpr std::array kScheduleFields = pick({"key",
                                             "from",
                                             "to",
                                             "amount",
                                             "currency",
                                             "legs",
                                             "reference",
                                             "description",
                                             "metadata",
                                             "code",
                                             "effective_date",
                                             "deadline",
                                             "if_version",
                                             "if_available_gte",
                                             "traceparent",
                                             "up_to",
                                             "dry_run",
                                             "ack",
                                             "at",
                                             "every",
                                             "until",
                                             "count"});
constexpr std::array kCancelFields = pick({"key", "schedule", "dry_run", "ack"});
constexpr std::array kCaptureFields = pick({"key", "hold", "amount", "final", "dry_run", "ack"});
constexpr std::array kVoidFields = pick({"key", "hold", "dry_run", "ack"});
constexpr std::array kReversalFields =
    pick({"key", "original", "amount", "reference", "description", "metadata", "code",
          "effective_date", "deadline", "traceparent", "dry_run", "ack"});

constexpr Seen kLegMask = 0b11110;  // from, to, amount, currency.
static_assert(kFields[1].name == "from" && kFields[4].name == "currency");
static_assert(kHoldFields[1].name == "from" && kHoldFields[4].name == "currency");
static_assert(kScheduleFields[1].name == "from" && kScheduleFields[4].name == "currency");
constexpr Seen kAmountMask = 0b100;
static_assert(kCaptureFields[2].name == "amount" && kReversalFields[2].name == "amount");

// What the table can't say: either the four fields of a leg, or `legs`. Nothing: so it is.
std::optional<Refusal> leg_problem(Seen seen, const PaymentParams& params) {
  Reading reading;
  if (params.legs_given && (seen & kLegMask) != 0) {
    reading.at_field("legs");
    reading.refuse(ErrorCode::malformed, "stand instead of from, to, amount and currency");
    return reading.take_refusal();
  }
  if (!params.legs_given && (seen & kLegMask) != kLegMask) {
    std::size_t field = 1;
    while ((seen >> field & 1) != 0) ++field;
    reading.missing(kFields[field].name);
    return reading.take_refusal();
  }
  return std::nullopt;
}

std::expected<CheckedPayment, Refusal> check_payment(Seen seen, PaymentParams& params) {
  if (auto problem = leg_problem(seen, params)) return std::unexpected(std::move(*problem));
  return CheckedPayment::check(params.request);
}

// Where the amount is one that may be left out.
std::optional<Amount> amount_of(Seen seen, const PaymentParams& params) {
  if ((seen & kAmountMask) == 0) return std::nullopt;
  return params.request.leg.amount;
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
  named = {};
  timeout = expires_at = every = until = std::nullopt;
  at = {};
  count = std::nullopt;
  legs.clear();
  legs_given = received = final = false;
}

std::expected<CheckedPayment, Refusal> read_payment(const std::optional<Value>& params,
                                                    PaymentParams& scratch) {
  scratch.clear();
  const auto seen = read_params(params, kSubmitFields, scratch);
  if (!seen) return std::unexpected(seen.error());
  return check_payment(*seen, scratch);
}

std::expected<CheckedHold, Refusal> read_hold(const std::optional<Value>& params,
                                              PaymentParams& scratch) {
  scratch.clear();
  const auto seen = read_params(params, std::span<const PaymentField>(kHoldFields), scratch);
  if (!seen) return std::unexpected(seen.error());
  if (auto problem = leg_problem(*seen, scratch)) return std::unexpected(std::move(*problem));
  return CheckedHold::check(
      {.payment = scratch.request, .timeout = scratch.timeout, .expires_at = scratch.expires_at});
}

std::expected<CheckedCapture, Refusal> read_capture(const std::optional<Value>& params,
                                                    PaymentParams& scratch) {
  scratch.clear();
  const auto seen = read_params(params, std::span<const PaymentField>(kCaptureFields), scratch);
  if (!seen) return std::unexpected(seen.error());
  return CheckedCapture::check({.key = scratch.request.key,
                                .hold = scratch.named,
                                .amount = amount_of(*seen, scratch),
                                .final = scratch.final,
                                .dry_run = scratch.request.dry_run});
}

std::expected<CheckedVoid, Refusal> read_void(const std::optional<Value>& params,
                                              PaymentParams& scratch) {
  scratch.clear();
  const auto seen = read_params(params, std::span<const PaymentField>(kVoidFields), scratch);
  if (!seen) return std::unexpected(seen.error());
  return CheckedVoid::check(
      {.key = scratch.request.key, .hold = scratch.named, .dry_run = scratch.request.dry_run});
}

std::expected<CheckedReversal, Refusal> read_reversal(const std::optional<Value>& params,
                                                      PaymentParams& scratch) {
  scratch.clear();
  const auto seen = read_params(params, std::span<const PaymentField>(kReversalFields), scratch);
  if (!seen) return std::unexpected(seen.error());
  return CheckedReversal::check({.key = scratch.request.key,
                                 .original = scratch.named,
                                 .amount = amount_of(*seen, scratch),
                                 .options = scratch.request,
                                 .dry_run = scratch.request.dry_run});
}

std::expected<CheckedSchedule, Refusal> read_schedule(const std::optional<Value>& params,
                                                      PaymentParams& scratch) {
  scratch.clear();
  const auto seen = read_params(params, std::span<const PaymentField>(kScheduleFields), scratch);
  if (!seen) return std::unexpected(seen.error());
  if (auto problem = leg_problem(*seen, scratch)) return std::unexpected(std::move(*problem));
  return CheckedSchedule::check({.payment = scratch.request,
                                 .at = scratch.at,
                                 .every = scratch.every,
                                 .until = scratch.until,
                                 .count = scratch.count});
}

std::expected<CheckedCancel, Refusal> read_cancel(const std::optional<Value>& params,
                                                  PaymentParams& scratch) {
  scratch.clear();
  const auto seen = read_params(params, std::span<const PaymentField>(kCancelFields), scratch);
  if (!seen) return std::unexpected(seen.error());
  return CheckedCancel::check(
      {.key = scratch.request.key, .schedule = scratch.named, .dry_run = scratch.request.dry_run});
}

namespace {

bool has_method(const Value& value) {
  simdjson::dom::element method;
  return value["method"].get(method) == simdjson::SUCCESS;
}

// A payment's params, or, where they aren't, what says its method.
std::expected<Command, Refusal> read_one(const Value& value, PaymentParams& scratch,
                                         const ReadMember& read_member) {
  scratch.clear();
  Reading reading;
  reading.at_field("payment");
  const auto fields = read_object(value, kManyFields, scratch, reading);
  if (!fields && has_method(value)) return read_member(value);
  if (!fields) return std::unexpected(reading.take_refusal());
  auto payment = check_payment(*fields, scratch);
  if (!payment) return std::unexpected(std::move(payment.error()));
  return std::move(*payment);
}

}  // namespace

std::expected<ManyPayments, Refusal> read_many_payments(const std::optional<Value>& params,
                                                        PaymentParams& scratch,
                                                        const ReadMember& read_member) {
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
    auto checked = read_one(value, scratch, read_member);
    if (checked) {
      result.checked.push_back(std::move(*checked));
    } else if (checked.error().code == ErrorCode::unauthorized) {
      checked.error().field = "payments[" + std::to_string(index) + "]";
      return std::unexpected(std::move(checked.error()));
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
