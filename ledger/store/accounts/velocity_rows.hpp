// What accounts with velocity limits have, in the file: the limits, true at each commit; and what was paid
// within their windows, which is swept with the account's row, since a row for each payment would cost more
// than the payment.
//
// What always holds: `as_of_seq` of a limit says up to which seq its pieces are true. Thread: the store's.
#pragma once

#include <unordered_map>
#include <vector>

#include <SQLiteCpp/Database.h>

#include "ledger/state/state.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {

class VelocityRows {
 public:
  explicit VelocityRows(const SQLite::Database& db);

  // Within the open transaction, as of the state's seq: all of it, after the limits changed;
  void replace(AccountNumber number, const State& state);
  // or what changed since it was written last. REQUIRES: the account has limits.
  void sweep(AccountNumber number, const State& state);

 private:
  void write_pieces(AccountNumber number, const Velocity& velocity, Seq after);

  Statement insert_limit_;
  Statement delete_limits_;
  Statement update_limits_;
  Statement put_piece_;
  Statement delete_pieces_;
  Statement delete_past_;
  std::unordered_map<AccountNumber, Seq>
      written_;  // As of this seq; not there: not since the start.
};

// Of one account: its limits, with the pieces as they were written, and up to which seq that is true.
struct RecoveredVelocities {
  std::vector<Velocity> velocities;
  Seq as_of = 0;
};
// Throws what is wrong with a row.
[[nodiscard]] std::unordered_map<AccountNumber, RecoveredVelocities> load_velocities(
    const SQLite::Database& db);

}  // namespace giro::store
