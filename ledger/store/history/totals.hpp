// Sums of balances: of the whole ledger, and of the branches of its accounts. Thread: that of the connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <SQLiteCpp/Database.h>

#include "ledger/entry/entry.hpp"
#include "ledger/money.hpp"
#include "ledger/store/history/history.hpp"

namespace giro::store {

struct Sums {
  std::uint64_t accounts = 0;
  Int128 debit = 0;   // The sum of balances below zero, as a positive number.
  Int128 credit = 0;  // The sum of balances above zero.

  void add(Int128 balance) {
    ++accounts;
    (balance < 0 ? debit : credit) += balance < 0 ? -balance : balance;
  }
};

struct TrialBalanceLine {
  Currency currency;
  Sums sums;
};
struct TrialBalance {
  Seq as_of_seq = 0;
  std::optional<Date> effective_at;     // By effective date, at the end of this day.
  std::vector<TrialBalanceLine> lines;  // In order of currency code.
};

// An account, and all below it, in one currency.
struct BranchSums {
  std::string branch;       // Empty: the whole ledger.
  std::uint32_t depth = 0;  // How many parts its id has more than the branch that was asked for.
  Currency currency;
  Sums sums;
};
struct TotalsQuery {
  std::string branch = {};     // Empty: the whole ledger.
  std::uint32_t depth = 1;     // How far below it.
  std::optional<Seq> at = {};  // Nothing: now.
  // The branch and currency that the page before ended with; nothing: it is the first.
  struct Place {
    std::string branch = {};
    CurrencyCode currency = {};
  };
  std::optional<Place> after = {};
  std::uint32_t limit = 100;
};
struct Totals {
  Seq as_of_seq = 0;
  std::vector<BranchSums> rows;  // A branch before those below it, those before its neighbours.
  bool more = false;
};

// What is added to balances; of an account that wasn't open yet, it is all that it has.
using Corrections = std::unordered_map<AccountNumber, Int128>;

// REQUIRES, of both: within a transaction.
[[nodiscard]] TrialBalance read_trial_balance(const SQLite::Database& db, History& history,
                                              std::optional<Seq> at, Corrections corrections = {});
[[nodiscard]] Totals read_totals(const SQLite::Database& db, History& history,
                                 const TotalsQuery& query);

}  // namespace giro::store
