// An account's statement: its entries with what each left. Thread: that of the connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/entry/entry.hpp"
#include "ledger/store/accounts/account_point.hpp"
#include "ledger/store/history/history.hpp"

namespace giro::store {

struct StatementLine {
  Seq seq = 0;
  Timestamp at;
  PaymentKey key;
  std::string_view type;  // As type_of() says.
  Amount amount =
      0;  // Above 0: in. Below 0: out. 0: only what is held changed, or the account itself.
  Amount balance = 0;
  Held held;                         // After it.
  AccountNumber counterparty = 0;    // 0: none.
  std::optional<std::uint16_t> leg;  // Of a payment of several legs.
  std::uint64_t entry_number = 0;    // The account's own count, from 1.
  std::string reference;
  std::string description;
};

// One of the account's entries, as it was met on the way back.
[[nodiscard]] StatementLine line_of(const Visit& visit);

struct StatementQuery {
  AccountNumber account = 0;
  AccountPoint head;              // Where the walk starts: the account as the ticket saw it.
  std::uint64_t after_entry = 0;  // Lines with entry_number in (after_entry, until_entry].
  std::uint64_t until_entry = 0;
  std::uint32_t limit = 100;
  bool newest_first = true;
};

// A page: the first lines that the query asks for, at least one if there is any.
// REQUIRES: the limit is at least 1.
[[nodiscard]] std::vector<StatementLine> read_statement(History& history,
                                                        const StatementQuery& query);

}  // namespace giro::store
