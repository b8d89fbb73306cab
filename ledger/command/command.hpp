// A request that changes the ledger, checked: what passes from a session through the queue to
// State::apply(). One variant for all kinds: a new kind is a struct here, its check, its rule in State,
// and a row in the table of methods.
//
// What always holds: a command kept every rule that needs no state; only check() and the codec make one.
// Values: any thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "ledger/command/request.hpp"

namespace giro {

using Command = std::variant<CheckedPayment, CheckedOpenAccount>;

// Who asked, as the kernel told it, and what for.
struct Submission {
  std::uint32_t uid = 0;
  Command command;
};

}  // namespace giro
