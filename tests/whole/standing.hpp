// Whether a state stands where the model does. Pure functions: any thread.
#pragma once

#include <string>

#include "ledger/state/state.hpp"
#include "tests/whole/model.hpp"

namespace giro::test {

// What differs first; empty: nothing. `now`: of the last decision, by which limits in time are looked at.
[[nodiscard]] std::string difference_of(const State& state, const Standing& standing,
                                        Timestamp now);

}  // namespace giro::test
