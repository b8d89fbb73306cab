// Reads the journal beside the writer: query_only, on a connection of its own, never a checkpoint.
// Each call is one short read transaction, so that a long scan made of many calls never keeps the
// write-ahead log from being reset. Journal entries never change, so pages of one scan fit together.
//
// What always holds: a page costs a bounded number of steps, wherever in the ledger it is and however
// large its entries are. One that would examine more than kPageRowsMax rows or hold more than about
// kPageBytesMax is short, and says that there is more. The trial balance alone reads the whole ledger.
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
#include "ledger/state/state.hpp"
#include "ledger/store/accounts/account_point.hpp"
#include "ledger/store/sqlite/ledger_file.hpp"

namespace giro::store {

inline constexpr std::size_t kPageRowsMax = 4'096;
inline constexpr std::size_t kPageBytesMax = std::size_t{1} << 20;  // As JSON, about.

struct PaymentsPage {
  std::vector<Entry> payments;
  std::optional<Seq> next;  // The page after it begins behind this seq; nothing: there is none.
};

struct NamedAccount {
  AccountId id;
  std::string metadata;  // JSON text; empty: none.
};
struct AccountsPage {
  std::vector<NamedAccount> accounts;
  bool more = false;  // There is a page behind the last of them.
};

struct StatementLine {
  Seq seq = 0;
  Timestamp at;
  PaymentKey key;
  EntryKind kind = EntryKind::payment;
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

struct StatementQuery {
  AccountNumber account = 0;
  AccountPoint head;              // Where the walk starts: the account as the ticket saw it.
  std::uint64_t after_entry = 0;  // Lines with entry_number in (after_entry, until_entry].
  std::uint64_t until_entry = 0;
  std::uint32_t limit = 100;
  bool newest_first = true;
};

struct TrialBalanceLine {
  Currency currency;
  std::uint64_t accounts = 0;
  Int128 debit = 0;   // The sum of balances below zero, as a positive number.
  Int128 credit = 0;  // The sum of balances above zero.
};
struct TrialBalance {
  Seq as_of_seq = 0;
  std::vector<TrialBalanceLine> lines;  // In order of currency code.
};

// Of an account that an entry knows by its number.
struct AccountName {
  std::string_view id;
  const Currency& currency;
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
  // Payments with seq > after, in order; with a reference only those that carry it.
  // REQUIRES: limit is at least 1, here and below.
  [[nodiscard]] PaymentsPage payments(std::optional<std::string_view> reference, Seq after,
                                      std::uint32_t limit);
  // Accounts whose ids start with `prefix`, after the id `after`, in order.
  [[nodiscard]] AccountsPage accounts(std::string_view prefix, std::string_view after,
                                      std::uint32_t limit);

  // The last seq decided at or before the moment, and not after `head`.
  [[nodiscard]] Seq seq_at(const Moment& moment, Seq head);
  // Where the account stood after everything up to `seq`. A few steps a level of marks, and at most 64
  // entries.
  [[nodiscard]] AccountPoint account_at(AccountNumber account, const AccountPoint& head, Seq seq);
  [[nodiscard]] std::vector<StatementLine> statement(const StatementQuery& query);

  // The whole ledger now, or as it was at a seq.
  [[nodiscard]] TrialBalance trial_balance(std::optional<Seq> at);

  // Names never change, so a bounded number of them is remembered. Views stay valid until the next call
  // of another kind.
  [[nodiscard]] AccountName account(AccountNumber number);

  // What all calls so far have cost, in steps of SQLite's virtual machine.
  [[nodiscard]] std::uint64_t steps() const;

 private:
  class Impl;
  explicit Reader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace giro::store
