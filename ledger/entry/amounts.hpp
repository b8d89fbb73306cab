// The amounts of an entry, as lists show them. Pure functions: any thread.
#pragma once

#include <optional>

#include "ledger/entry/entry.hpp"

namespace giro {

// What it moved or, of a hold, reserved; rejected: what it was to. Nothing: it has several legs, or none.
[[nodiscard]] std::optional<Amount> amount_of(const Entry& entry);
// How much of a hold it let go of.
[[nodiscard]] Amount released_by(const Entry& entry);
// Whether such an amount, or one of a leg's, lies in the range, both ends included.
[[nodiscard]] bool has_amount_between(const Entry& entry, Amount least, Amount most);

}  // namespace giro
