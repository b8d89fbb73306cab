// Balances and statements by effective date (ledger/store/history/effective_days.hpp).
// Thread: that of the connection. Within the caller's read transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "ledger/moment.hpp"
#include "ledger/store/history/history.hpp"
#include "ledger/store/history/statement.hpp"
#include "ledger/store/journal/journal_reader.hpp"

namespace giro::store {

// A line of a statement by effective date. What is held is no matter of days.
struct EffectiveLine {
  StatementLine line;  // Its balance is the one in the order of decisions.
  Date day;
  std::uint16_t leg = 0;
  Int128 balance =
      0;  // By effective date: past 64 bits where payments of other days are missing in it.
};

struct EffectiveQuery {
  AccountNumber account = 0;
  AccountPoint head;  // The account after everything up to `head_seq`; later entries don't count.
  Seq head_seq = 0;
  Date from = kFirstDate;  // Both included.
  Date to = kLastDate;
  std::uint32_t limit = 100;
  bool newest_first = true;
  std::optional<EffectiveCursor> after;  // The page before ended there; nothing: this is the first.
};
struct EffectivePage {
  Int128 opening = 0;
  Int128 closing = 0;
  std::vector<EffectiveLine> lines;
  std::optional<EffectiveCursor> next;  // Nothing: the last page.
};

class EffectiveReader {
 public:
  explicit EffectiveReader(const SQLite::Database& db);

  // As Reader::effective_balance(), effective_statement().
  [[nodiscard]] Int128 balance(AccountNumber account, const AccountPoint& head, Seq head_seq,
                               Date day);
  [[nodiscard]] EffectivePage statement(const EffectiveQuery& query);
  // Of all accounts that have some: what to add to the balance by `at` at the end of the day.
  [[nodiscard]] std::unordered_map<AccountNumber, Int128> changes(Date day);

 private:
  struct Change {
    Int128 amount = 0;
    Seq latest = 0;  // The latest entry in it; 0: none.
  };
  class Budget;
  class Lines;
  class OwnDays;
  class OtherDays;

  [[nodiscard]] Change change_until(AccountNumber account, Date day);
  void add_span(AccountNumber account, std::int32_t days, Date first, Date last, Change& change);
  // Of the entries after `seq`.
  [[nodiscard]] Int128 change_after(AccountNumber account, Seq seq, Date day);

  JournalReader journal_;
  History history_;
  Statement span_;
  Statement all_;
  Statement dated_;
  Statement dated_back_;
};

}  // namespace giro::store
