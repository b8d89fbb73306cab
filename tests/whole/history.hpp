// What the model's journal says of the past, read through from its beginning at each question. Pure functions:
// any thread.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ledger/store/accounts/account_point.hpp"
#include "ledger/store/history/payment_list.hpp"
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

struct DatedLine {
  Date day;
  Seq seq = 0;
  std::size_t leg = 0;
  Amount amount = 0;
  Int128 balance = 0;  // By effective date.

  friend bool operator==(const DatedLine&, const DatedLine&) = default;
};
// All that moved the account's money, by effective date.
[[nodiscard]] std::vector<DatedLine> dated_lines_of(const std::vector<Record>& journal,
                                                    AccountNumber account);
[[nodiscard]] Int128 balance_by_day(const std::vector<Record>& journal, AccountNumber account,
                                    Date day);
// Of all accounts, in order of numbers.
[[nodiscard]] std::vector<Int128> balances_at(const std::vector<Record>& journal,
                                              std::size_t accounts, Seq seq);

struct BranchBalance {
  std::uint64_t accounts = 0;
  Int128 debit = 0;
  Int128 credit = 0;

  friend bool operator==(const BranchBalance&, const BranchBalance&) = default;
};
// By branch and currency, what its accounts that were open then have.
[[nodiscard]] std::map<std::pair<std::string, std::string>, BranchBalance> totals_at(
    const WholeModel& model, Seq seq);

// The seqs that a list of payments has, whatever the order of its pages, in ascending order.
[[nodiscard]] std::vector<Seq> payments_of(const std::vector<Record>& journal,
                                           const store::PaymentsQuery& query);

}  // namespace giro::test
