// The views that show a ledger to any stock `sqlite3`: they join names, and add what isn't swept yet,
// so that they are exact at any moment.
//
// Amounts are whole minor units of the currency beside them. A total is an INTEGER where it fits 64 bits
// and its digits as TEXT where it doesn't: never rounded, and never an overflow on the way there.
// Thread: that of the connection.
#pragma once

#include <SQLiteCpp/Database.h>

namespace giro::store {

// Within the open transaction.
void make_views(SQLite::Database& db);
// Views of any earlier version too; not those that somebody else made.
void drop_views(SQLite::Database& db);

}  // namespace giro::store
