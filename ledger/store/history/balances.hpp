// What every account of the ledger, or of a branch of it, had after some decision. Thread: that of the
// connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <SQLiteCpp/Database.h>

#include "ledger/entry/entry.hpp"
#include "ledger/store/history/history.hpp"

namespace giro::store {

struct AccountBalance {
  AccountNumber number = 0;
  std::uint32_t currency = 0;  // Its place in table currencies, from 0.
  Amount balance = 0;
  std::size_t id_begin = 0;  // Of Balances::ids.
  std::size_t id_size = 0;
};

struct Balances {
  std::vector<AccountBalance> accounts;  // Those that were open, in no order.
  std::string ids;                       // One after the other; a million accounts have many.

  [[nodiscard]] std::string_view id(const AccountBalance& account) const {
    return std::string_view(ids).substr(account.id_begin, account.id_size);
  }
};

// The accounts' rows, corrected by what the journal has between them and `seq`; where that is longer than the
// journal up to `seq`, that is added up instead; and a few accounts are looked up in their own history.
// `branch`: an account, and all below it; empty: every one. REQUIRES: within a transaction, and `seq` is not
// past the journal's end.
[[nodiscard]] Balances read_balances(const SQLite::Database& db, History& history,
                                     std::string_view branch, Seq seq);

}  // namespace giro::store
