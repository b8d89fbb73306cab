// Reads the journal beside the writer: query_only, on a connection of its own, never a checkpoint.
// Each call is one short read transaction, so that a long scan made of many calls never keeps the
// write-ahead log from being reset. Journal entries never change, so pages of one scan fit together.
//
// What always holds: a page costs a bounded number of steps, wherever in the ledger it is and however
// large its entries are. One that would examine more than kPageRowsMax rows or hold more than about
// kPageBytesMax is short, and says that there is more. The trial balance and the totals alone read the whole ledger.
//
// Thread: one at a time for each Reader; open one for each reading thread.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ledger/entry/entry.hpp"
#include "ledger/moment.hpp"
#include "ledger/store/accounts/account_point.hpp"
#include "ledger/store/history/account_names.hpp"
#include "ledger/store/history/account_terms.hpp"
#include "ledger/store/history/effective.hpp"
#include "ledger/store/history/followups.hpp"
#include "ledger/store/history/open_holds_page.hpp"
#include "ledger/store/history/pages.hpp"
#include "ledger/store/history/payment_list.hpp"
#include "ledger/store/history/statement.hpp"
#include "ledger/store/history/totals.hpp"
#include "ledger/store/sqlite/ledger_file.hpp"

namespace giro::store {

struct ScheduledNext {
  Entry schedule;
  Timestamp next_at;
  std::uint32_t occurrence = 0;  // The one that is due then.
};
struct SchedulesPage {
  std::vector<ScheduledNext> schedules;
  std::optional<Seq> next;  // As above.
};

struct NamedAccount {
  AccountId id;
  std::string metadata;  // JSON text; empty: none.
};
struct AccountsPage {
  std::vector<NamedAccount> accounts;
  bool more = false;  // There is a page behind the last of them.
};

class Reader {
 public:
  // `cancelled` is asked now and then during a call; once it says true the call ends soon, by throwing.
  // Errors: why the file can't be read.
  static std::expected<std::unique_ptr<Reader>, std::string> open(
      const LedgerFile& ledger_file, std::function<bool()> cancelled = {});
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // All of these throw SQLite::Exception when the file can't be read.
  [[nodiscard]] std::optional<Entry> entry(Seq seq);
  // Entries with seq >= from, in order, at most `limit`; at least one if there is any.
  [[nodiscard]] std::vector<Entry> entries(Seq from, std::uint32_t limit);
  // Nothing: `after` is no entry with such a reference. REQUIRES: limit is at least 1, here and below.
  [[nodiscard]] std::optional<PaymentsPage> payments(const PaymentsQuery& query);
  // The last entry that goes on with this one.
  [[nodiscard]] std::optional<Entry> latest_followup(Seq original);
  // All that go together with this applied entry, at most `max`.
  [[nodiscard]] Family family(const Entry& entry, std::size_t max);
  [[nodiscard]] OpenHoldsPage open_holds(const OpenHoldsQuery& query);
  // Open schedules with seq > after, in order; with an account only those that name it.
  [[nodiscard]] SchedulesPage schedules(const std::optional<AccountId>& account, Seq after,
                                        std::uint32_t limit);
  // Accounts whose ids start with `prefix`, after the id `after`, in order.
  [[nodiscard]] AccountsPage accounts(std::string_view prefix, std::string_view after,
                                      std::uint32_t limit);

  // The last seq decided at or before the moment, and not after `head`.
  [[nodiscard]] Seq seq_at(const Moment& moment, Seq head);
  // Where the account stood after everything up to `seq`. A few steps a level of marks, and at most 64
  // entries.
  [[nodiscard]] AccountPoint account_at(AccountNumber account, const AccountPoint& head, Seq seq);
  // What it kept to then; nothing: it wasn't open yet.
  [[nodiscard]] std::optional<AccountLimits> terms_at(AccountNumber account, Seq seq);
  [[nodiscard]] std::vector<StatementLine> statement(const StatementQuery& query);

  // By effective date, at the end of a day, of all that was decided up to `head_seq`, after which the account
  // is at `head`. Bounded steps, unless the account was paid by other days after `head_seq`: these entries are
  // read again.
  [[nodiscard]] Int128 effective_balance(AccountNumber account, const AccountPoint& head,
                                         Seq head_seq, Date day);
  [[nodiscard]] EffectivePage effective_statement(const EffectiveQuery& query);

  // The whole ledger now, as it was at a seq, or by effective date at the end of a day.
  [[nodiscard]] TrialBalance trial_balance(std::optional<Seq> at, std::optional<Date> day = {});
  [[nodiscard]] Totals totals(const TotalsQuery& query);

  // Names never change, so a bounded number of them is remembered. Views stay valid until the next call
  // of another kind.
  [[nodiscard]] AccountName account(AccountNumber number);
  // Likewise; of 0: empty.
  [[nodiscard]] std::string_view node(NodeNumber number);

  // What all calls so far have cost, in steps of SQLite's virtual machine.
  [[nodiscard]] std::uint64_t steps() const;

 private:
  class Impl;
  explicit Reader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace giro::store
