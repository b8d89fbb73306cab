// The tables of a ledger file, and the views that show it to any stock `sqlite3`.
//
//   journal     one row a decision, appended in order of seq, never changed: this is the ledger.
//               Its last row of each commit carries the audit chain's digest.
//   legs        the movements of payments with several legs.
//   accounts    what the journal amounts to, true up to each row's as_of_seq; swept, not updated.
//   marks       every 64th entry of an account: where its history can be entered.
//   key_runs, key_blocks   the keys of old payments, as sorted fingerprints.
//   payment_references     the payments that carry a reference.
//
// Thread: any, with a connection of its own.
#pragma once

#include <expected>
#include <string>

#include <SQLiteCpp/Database.h>

#include "ledger/hash.hpp"

namespace giro::store {

inline constexpr int kSchemaVersion = 2;
inline constexpr int kApplicationId = 0x4749524F;  // "GIRO"

// Makes the tables of a new file; leaves a ledger of this version as it is.
// Errors: a file that isn't a ledger, or is one of another version.
[[nodiscard]] std::expected<void, std::string> prepare_schema(SQLite::Database& db);

// The secret that spreads keys and ids in memory and in key runs; made with the ledger.
[[nodiscard]] HashSecret read_secret(const SQLite::Database& db);

}  // namespace giro::store
