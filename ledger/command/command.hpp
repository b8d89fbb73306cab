// A request that changes the ledger, checked: what passes from a session through the queue to
// State::apply(). One variant for all kinds: a new kind is a struct here, its check, its rule in State,
// and a row in the table of methods.
//
// What always holds: a command kept every rule that needs no state; only check() and the codec make one.
// Values: any thread.
#pragma once

#include <variant>

#include "ledger/command/request.hpp"

namespace giro {

using Command = std::variant<CheckedPayment, CheckedOpenAccount>;

// It is decided, and leaves no trace.
[[nodiscard]] inline bool is_dry_run(const Command& command) {
  const auto* payment = std::get_if<CheckedPayment>(&command);
  return payment != nullptr && payment->dry_run();
}

// What tells it from others for ever: a payment's key, an account's id.
[[nodiscard]] inline PaymentKey key_of(const Command& command) {
  if (const auto* payment = std::get_if<CheckedPayment>(&command)) return payment->key();
  return PaymentKey(std::get<CheckedOpenAccount>(command).id().view());
}

}  // namespace giro
