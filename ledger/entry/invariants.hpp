// What must hold of a group of entries, whatever decided them: looked at before each commit, in the
// release too, because a ledger that finds itself wrong must stop before it writes. Costs some ten
// instructions an entry. Pure: any thread.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "ledger/entry/entry.hpp"

namespace giro {

// What is wrong with entries that are to follow `last` at `last_at`; nothing: seqs are gapless, times rise,
// each posting moves an amount above 0 between two accounts, and is linked to entries before it.
[[nodiscard]] std::optional<std::string> broken_invariant(std::span<const Entry> entries, Seq last,
                                                          Timestamp last_at);

}  // namespace giro
