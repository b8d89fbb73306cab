// What a ledger of schema version 6 keeps for questions about the past, and an older one must be read once for:
// within the open transaction. Thread: that of the connection.
#pragma once

#include <SQLiteCpp/Database.h>

namespace giro::store {

void make_terms_table(SQLite::Database& db);
// A mark knows what its account had received: all of a ledger before version 6.
void add_totals_to_marks(SQLite::Database& db);
// The table, with what each change of an account left of its limits.
void add_account_terms(SQLite::Database& db);

}  // namespace giro::store
