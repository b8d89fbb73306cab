// Where an account stands at some point of the ledger's history. Values: any thread.
#pragma once

#include <cstdint>

#include "ledger/state/state.hpp"

namespace giro::store {

// The balance after the account's `version` entries, the last one at `last_seq` (0: none).
struct AccountPoint {
  Amount balance = 0;
  Held held = {};
  Int128 posted_in = 0;  // All that it had received.
  std::uint64_t version = 0;
  Seq last_seq = 0;
  // The seq of one of its marks that isn't far: where a search for something earlier begins. Without
  // one (0) it walks all the way.
  Seq mark = 0;

  [[nodiscard]] Int128 posted_out() const { return posted_in - balance; }
};

[[nodiscard]] inline AccountPoint point_of(const Account& account, Seq mark) {
  return {.balance = account.balance,
          .held = account.held,
          .posted_in = account.posted_in,
          .version = account.version,
          .last_seq = account.last_seq,
          .mark = mark};
}

}  // namespace giro::store
