// The tables of a ledger file; its views are in ledger/store/schema/views.hpp.
//
//   journal     one row a decision, appended in order of seq, never changed: this is the ledger.
//               Its last row of each commit carries the audit chain's digest.
//   legs        the movements of payments with several legs.
//   accounts    what the journal amounts to, true up to each row's as_of_seq; swept, not updated.
//   marks       every 64th entry of an account: where its history can be entered.
//   key_runs, key_blocks, key_filters   the keys of old payments, as sorted fingerprints.
//   payment_references     the payments that carry a reference.
//   holds       those that are open: what each commit leaves of them.
//   effective_days, effective_entries   what counts on another day than it was decided on.
//   schedules   those that are still to be decided, likewise.
//   account_terms   by an account, its floor and ceiling, frozen and closed, after each change of them.
//   followups   by an entry, those that go on with it: captures of a hold, reversals of a payment.
//
// Thread: any, with a connection of its own.
#pragma once

#include <expected>
#include <string>

#include <SQLiteCpp/Database.h>

#include "ledger/hash.hpp"
#include "ledger/store/sqlite/checked_vfs.hpp"
#include "ledger/store/sqlite/ledger_file.hpp"

namespace giro::store {

// Raised when a table, a view or a code of an outcome changes.
inline constexpr int kSchemaVersion = 7;
inline constexpr int kOldestVersion = 2;           // From which a ledger can be migrated.
inline constexpr int kApplicationId = 0x4749524F;  // "GIRO"

// The version that an opened file has; 0: it is empty. Only reads. Errors: a file that isn't a ledger,
// or is one of a version that this program doesn't know.
[[nodiscard]] std::expected<int, std::string> schema_version(const SQLite::Database& db);

// Whether it is a ledger of this version. Only reads. Errors: what it is, and what to do.
[[nodiscard]] std::expected<void, std::string> check_schema(const SQLite::Database& db);

// A connection that only reads. Throws on a file that isn't a ledger of this version.
[[nodiscard]] SQLite::Database open_ledger_reader(const LedgerFile& file,
                                                  PageChecks checks = PageChecks::refuse);

// Makes the tables and views of an empty file. `secret`: see read_secret().
void make_schema(SQLite::Database& db, const HashSecret& secret);

// Brings a ledger of an older version to this one, in one transaction: all of it or nothing. The
// journal, and with it the audit chain, stays as it is. REQUIRES: the file was proved to be one whole
// ledger of that version. Throws what SQLite does; then the file is of either version, and whole.
void migrate_schema(SQLite::Database& db, int version);

// The secret that spreads keys and ids in memory and in key runs; made with the ledger.
[[nodiscard]] HashSecret read_secret(const SQLite::Database& db);

}  // namespace giro::store
