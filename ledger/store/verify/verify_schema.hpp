// The part of verify() that is about what others read: tables, indexes, views and the names of codes as girod made
// them, and that nothing works on the tables behind the ledger's back. Thread: verify()'s.
#pragma once

#include <SQLiteCpp/Database.h>

#include "ledger/store/verify/verify.hpp"

namespace giro::store {

// Compares with a ledger that this program makes in memory. A view or a table of somebody else's does no
// harm, and is none of its business; a trigger, a unique index or a column in
// one of girod's does.
void check_what_others_read(const SQLite::Database& db, VerifyReport& report);

// The indexes of the small tables say what these say: accounts by id, codes by name, currencies by code. The large
// tables have none.
void check_indexes(const SQLite::Database& db, VerifyReport& report);

}  // namespace giro::store
