// The params of what moves or reserves money, from JSON to checked commands. Their methods share most fields,
// so that they share one table of them.
// Thread: any, one at a time for each PaymentParams. Checked commands own what they need.
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "ledger/command/command.hpp"
#include "protocol/params.hpp"

namespace giro::protocol {

inline constexpr std::size_t kPaymentsMax = 10'000;  // In one submit_many.

// One request as read, views into the document; kept from request to request for its memory.
struct PaymentParams {
  PaymentRequest request;
  ReferenceRequest
      named;  // The hold of a capture or a void; a reversal's original; what is cancelled.
  std::optional<std::string_view> timeout;
  std::optional<std::string_view> expires_at;
  bool final = false;
  std::string_view at;  // When to decide it, and how often.
  std::optional<std::string_view> every;
  std::optional<std::string_view> until;
  std::optional<std::int64_t> count;
  std::vector<LegRequest> legs;
  std::string metadata;
  bool legs_given = false;
  bool received = false;  // "ack":"received"

  void clear();
};

[[nodiscard]] std::expected<CheckedPayment, Refusal> read_payment(
    const std::optional<Value>& params, PaymentParams& scratch);

[[nodiscard]] std::expected<CheckedHold, Refusal> read_hold(const std::optional<Value>& params,
                                                            PaymentParams& scratch);
[[nodiscard]] std::expected<CheckedCapture, Refusal> read_capture(
    const std::optional<Value>& params, PaymentParams& scratch);
[[nodiscard]] std::expected<CheckedVoid, Refusal> read_void(const std::optional<Value>& params,
                                                            PaymentParams& scratch);
[[nodiscard]] std::expected<CheckedReversal, Refusal> read_reversal(
    const std::optional<Value>& params, PaymentParams& scratch);

[[nodiscard]] std::expected<CheckedSchedule, Refusal> read_schedule(
    const std::optional<Value>& params, PaymentParams& scratch);
[[nodiscard]] std::expected<CheckedCancel, Refusal> read_cancel(const std::optional<Value>& params,
                                                                PaymentParams& scratch);

// A payment of submit_many that didn't pass its checks.
struct RefusedPayment {
  std::uint32_t index = 0;  // As sent.
  std::string key;          // Empty where it has none that can be shown.
  Refusal refusal;
};
struct ManyPayments {
  std::vector<Command> checked;         // In the order sent.
  std::vector<RefusedPayment> refused;  // In the order sent.
  bool received = false;
};
// Reads {"method","params"}, a member that is another request than a payment.
using ReadMember = std::function<std::expected<Command, Refusal>(const Value& member)>;
// Errors: the request as a whole is refused, also where a member isn't allowed; one that is wrong is in
// `refused`.
[[nodiscard]] std::expected<ManyPayments, Refusal> read_many_payments(
    const std::optional<Value>& params, PaymentParams& scratch, const ReadMember& read_member);

}  // namespace giro::protocol
