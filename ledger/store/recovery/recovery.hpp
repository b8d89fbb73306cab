// The state that a ledger file amounts to: the accounts' rows, and the entries since they were
// swept. The same for start-up (which wants the recent keys and which accounts changed as well) and
// for a reader that looks at the whole ledger. Thread: that of the connection.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/state/state.hpp"
#include "ledger/store/history/marks.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {

struct RecoveryUses {
  // Payments after this seq are passed to `key`, whether applied or rejected.
  Seq keys_after = std::numeric_limits<std::int64_t>::max();
  std::function<void(std::string_view key, Seq seq)> key;
  // An account whose row isn't true any more.
  std::function<void(AccountNumber)> changed;
  // Gets every account's newest marks.
  NewestMarks* newest = nullptr;
};

struct Recovered {
  // How many the accounts have, as table meta and the journal's end tell; nothing: the table doesn't.
  std::optional<std::uint64_t> entries;
};

// Fills an empty state. Errors: what doesn't fit in the file.
[[nodiscard]] std::expected<Recovered, std::string> recover(const SQLite::Database& db,
                                                            State& state, const RecoveryUses& uses);

// What a start checks of a recovered state beyond that, in one pass over the accounts: every currency
// sums to zero, every account has the marks that its count of entries asks for, what is held of it is what its
// open holds have left, and the accounts have as many entries as were recovered. Errors: what is wrong.
// Otherwise their number.
[[nodiscard]] std::expected<std::uint64_t, std::string> check_accounts(const State& state,
                                                                       const NewestMarks& newest,
                                                                       const Recovered& recovered);

}  // namespace giro::store
