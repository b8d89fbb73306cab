// What the model's journal says of the past, read through from its beginning at each question. Pure functions:
// any thread.
#pragma once

#include <string>
#include <vector>

#include "ledger/store/accounts/account_point.hpp"
#include "ledger/store/history/statement.hpp"
#include "tests/whole/model.hpp"

namespace giro::test {

// In what an entry differs from a decision of the model; empty: in nothing.
[[nodiscard]] std::string difference_of(const Entry& entry, const Record& record,
                                        bool is_rehearsed);

struct HistoryLine {
  Seq seq = 0;
  Amount amount = 0;
  Amount balance = 0;
  Held held;
  AccountNumber counterparty = 0;

  friend bool operator==(const HistoryLine&, const HistoryLine&) = default;
};
// All of the account's lines up to `seq`, oldest first.
[[nodiscard]] std::vector<HistoryLine> lines_of(const std::vector<Record>& journal,
                                                AccountNumber account, Seq seq);
[[nodiscard]] Int128 balance_by_day(const std::vector<Record>& journal, AccountNumber account,
                                    Date day);
// Of all accounts, in order of numbers.
[[nodiscard]] std::vector<Int128> balances_at(const std::vector<Record>& journal,
                                              std::size_t accounts, Seq seq);

}  // namespace giro::test
