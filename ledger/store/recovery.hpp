// The state that a ledger file amounts to: the accounts' rows, and the entries since they were
// swept. The same for start-up (which wants the recent keys and which accounts changed as well) and
// for a reader that looks at the whole ledger. Thread: that of the connection.
#pragma once

#include <expected>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

#include "ledger/state.hpp"
#include "ledger/store/marks.hpp"
#include "ledger/store/sqlite.hpp"

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

// Fills an empty state. Errors: what doesn't fit in the file.
[[nodiscard]] std::expected<void, std::string> recover(const SQLite::Database& db, State& state,
                                                       const RecoveryUses& uses);

}  // namespace giro::store
