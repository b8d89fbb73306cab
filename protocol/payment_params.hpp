// The params of payments.submit and payments.submit_many: from JSON to checked payments.
// Thread: any, one at a time for each PaymentParams. Checked payments own what they need.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "ledger/command/command.hpp"
#include "protocol/params.hpp"

namespace giro::protocol {

inline constexpr std::size_t kPaymentsMax = 10'000;  // In one submit_many.

// One payment as read, views into the document; kept from payment to payment for its memory.
struct PaymentParams {
  PaymentRequest request;
  std::vector<LegRequest> legs;
  std::string metadata;
  bool legs_given = false;
  bool received = false;  // "ack":"received"

  void clear();
};

[[nodiscard]] std::expected<CheckedPayment, Refusal> read_payment(
    const std::optional<Value>& params, PaymentParams& scratch);

// A payment of submit_many that didn't pass its checks.
struct RefusedPayment {
  std::uint32_t index = 0;  // As sent.
  std::string key;          // Empty where it has none that can be shown.
  Refusal refusal;
};
struct ManyPayments {
  std::vector<Command> checked;         // Payments, in the order sent.
  std::vector<RefusedPayment> refused;  // In the order sent.
  bool received = false;
};
// Errors: the request as a whole is refused; a payment of it that is wrong is in `refused`.
[[nodiscard]] std::expected<ManyPayments, Refusal> read_many_payments(
    const std::optional<Value>& params, PaymentParams& scratch);

}  // namespace giro::protocol
