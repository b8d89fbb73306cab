// What must hold of a group of entries, whatever decided them: looked at before each commit, in the
// release too, because a ledger that finds itself wrong must stop before it writes. Costs some forty
// instructions an entry. Pure: any thread.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "ledger/entry/entry.hpp"
#include "ledger/state/state.hpp"

namespace giro {

// What is wrong with entries that are to follow `last` at `last_at`, and led to `state`; nothing: seqs are
// gapless, times rise, each posting moves an amount above 0 between two accounts of one currency, is linked
// to entries before it, and what the last one of an account left is what the state has. So the state's
// balances of a currency sum to what they did before the group.
[[nodiscard]] std::optional<std::string> broken_invariant(std::span<const Entry> entries, Seq last,
                                                          Timestamp last_at, const State& state);

}  // namespace giro
