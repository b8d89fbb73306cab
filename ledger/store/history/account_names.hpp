// Who accounts are that entries know by their numbers. Names never change, so a bounded number of them is
// remembered. Thread: that of the connection.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "ledger/entry/entry.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {

struct AccountName {
  std::string_view id;
  const Currency& currency;
};

class AccountNames {
 public:
  explicit AccountNames(const SQLite::Database& db);

  // Valid until forget(). Throws where there is no such account.
  [[nodiscard]] AccountName of(AccountNumber number);
  // All of them, once they are many.
  void forget();

 private:
  struct Known {
    std::string id;
    std::size_t currency = 0;
  };

  [[nodiscard]] const Known& known(AccountNumber number);
  void load_currencies();

  const SQLite::Database& db_;
  Statement account_;
  std::unordered_map<AccountNumber, Known> known_;  // Nodes: references stay valid.
  std::deque<Currency> currencies_;                 // A deque: references stay valid.
};

}  // namespace giro::store
