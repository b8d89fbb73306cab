// A request that changes the ledger, checked: what passes from a session through the queue to
// State::apply(). One variant for all kinds: a new kind is a struct here, its check, its rule in State,
// and a row in the table of methods.
//
// What always holds: a command kept every rule that needs no state; only check() and the codec make one.
// Each kind has key(): what tells it from others for ever; dry_run(): it is decided, and leaves no trace;
// kIsKeyed: its key is one of the keys that decide once. A kind that names something decided before has
// refers_to(): the caller of State::apply() looks it up. Values: any thread.
#pragma once

#include <utility>
#include <variant>

#include "ledger/command/account_requests.hpp"
#include "ledger/command/books_request.hpp"
#include "ledger/command/hold_requests.hpp"
#include "ledger/command/request.hpp"
#include "ledger/command/schedule_requests.hpp"

namespace giro {

using Command = std::variant<CheckedPayment, CheckedOpenAccount, CheckedHold, CheckedCapture,
                             CheckedVoid, CheckedReversal, CheckedAccountChange, CheckedSchedule,
                             CheckedCancel, CheckedBooks>;

// std::visit that asks for a plain payment first: nearly every command is one, and a branch that the processor
// foresees is cheaper than a call by a table, all the more where the branch is inlined.
template <class Visitor>
[[gnu::always_inline]] inline decltype(auto) visit_command(Visitor&& visitor,
                                                           const Command& command) {
  if (const auto* payment = std::get_if<CheckedPayment>(&command)) [[likely]] {
    return visitor(*payment);
  }
  return std::visit(std::forward<Visitor>(visitor), command);
}

[[nodiscard]] inline bool is_dry_run(const Command& command) {
  return visit_command([](const auto& kind) { return kind.dry_run(); }, command);
}
// What it names that was decided before; null: nothing.
[[nodiscard]] inline const Reference* reference_of(const Command& command) {
  return std::visit(
      []<class Kind>(const Kind& kind) -> const Reference* {
        if constexpr (requires { kind.refers_to(); }) return &kind.refers_to();
        return nullptr;
      },
      command);
}
[[nodiscard]] inline PaymentKey key_of(const Command& command) {
  return std::visit([](const auto& kind) { return PaymentKey(kind.key()); }, command);
}

}  // namespace giro
