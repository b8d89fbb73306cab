// The part of verify() that is about what a start recovers: the tables beside the journal, with the entries since
// they were written, amount to what the whole journal amounts to. Thread: verify()'s.
#pragma once

#include <cstdint>

#include <SQLiteCpp/Database.h>

#include "ledger/hash.hpp"
#include "ledger/state/state.hpp"
#include "ledger/store/history/marks.hpp"
#include "ledger/store/verify/verify.hpp"

namespace giro::store {

// What all of the journal's entries amount to.
struct JournalSum {
  const State& state;
  const NewestMarks& marks;
  std::uint64_t account_entries;  // Entries of each account, added up.
};

// Problems go into `report`. Throws SQLite::Exception where the file can't be read.
void check_state(const SQLite::Database& db, const HashSecret& secret, const JournalSum& journal,
                 VerifyReport& report);

}  // namespace giro::store
