// The journal as lists show it: what a question asks for, a page at a time, in either direction.
//
// What always holds: a page looks at no more than kPageRowsMax entries and holds no more than about
// kPageBytesMax; one that ends for that says where to go on, so that no question takes long, however little
// of the journal is what it asks for. Thread: that of the connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/entry/entry.hpp"
#include "ledger/store/accounts/account_point.hpp"
#include "ledger/store/history/account_names.hpp"
#include "ledger/store/history/history.hpp"
#include "ledger/store/history/payment_filter.hpp"
#include "ledger/store/journal/journal_reader.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {

struct PaymentsQuery {
  PaymentFilter filter = {};
  std::optional<std::string> reference = {};
  std::optional<std::string> reference_prefix = {};  // Then in order of the reference, then of seq.
  AccountPoint head = {};                            // Of filter.account.
  Seq first = 1;                                     // With first <= seq <= last.
  Seq last = static_cast<Seq>(kAmountMax) - 1;
  std::optional<Seq> after = {};  // `next` of the page before; nothing: this is the first one.
  std::uint32_t limit = 100;
  bool newest_first = false;
};
struct PaymentsPage {
  std::vector<Entry> payments;
  std::optional<Seq> next;  // The page after it goes on from there; nothing: there is none.
};

class PaymentList {
 public:
  PaymentList(const SQLite::Database& db, JournalReader& journal, History& history,
              AccountNames& names);

  // Nothing: `after` is no entry with such a reference. REQUIRES: limit is at least 1; within a transaction.
  [[nodiscard]] std::optional<PaymentsPage> page(const PaymentsQuery& query);

 private:
  struct Directions {
    Statement ascending;
    Statement descending;

    Statement& operator[](bool newest_first) { return newest_first ? descending : ascending; }
  };

  [[nodiscard]] PaymentsPage of_journal(const PaymentsQuery& query);
  [[nodiscard]] PaymentsPage of_reference(const PaymentsQuery& query);
  [[nodiscard]] std::optional<PaymentsPage> of_references(const PaymentsQuery& query);
  [[nodiscard]] PaymentsPage of_account_back(const PaymentsQuery& query);
  [[nodiscard]] PaymentsPage of_account_forward(const PaymentsQuery& query);
  [[nodiscard]] PaymentsPage take(Statement& rows, const PaymentsQuery& query);

  JournalReader& journal_;
  History& history_;
  AccountNames& names_;
  Directions by_seq_;
  Directions by_reference_;
  Directions by_prefix_;
};

}  // namespace giro::store
