#include "ledger/store/history/reader.hpp"

#include <algorithm>
#include <stdexcept>

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>

#include "ledger/store/history/effective.hpp"
#include "ledger/store/history/history.hpp"
#include "ledger/store/schema/schema.hpp"

namespace giro::store {
namespace {

constexpr int kStepsBetweenLooks = 10'000;  // At `cancelled`: some tenths of a millisecond.

bool names(const Entry& entry, const AccountId& account) {
  return std::ranges::any_of(
      entry.requested(), [&](const Leg& leg) { return leg.from == account || leg.to == account; });
}

std::string select_entries(std::string_view tail) {
  return std::string("SELECT ").append(kEntryColumns).append(" FROM journal ").append(tail);
}

}  // namespace

// What reads many rows has a transaction around it, `snapshot`: else SQLite would begin and end one for
// each row, which takes four times as long as the row.
class Reader::Impl {
 public:
  Impl(const LedgerFile& file, std::function<bool()> cancelled)
      : cancelled_(std::move(cancelled)),
        db_(open_ledger_reader(file)),
        journal_(db_),
        history_(db_),
        effective_(db_),
        names_(db_),
        terms_(db_, journal_),
        followups_(db_, journal_),
        open_holds_(db_, journal_),
        payments_(db_, journal_, history_, names_),
        entries_(db_, select_entries("WHERE seq > ? ORDER BY seq LIMIT ?")),
        schedules_(db_,
                   "SELECT seq, next_at, occurrence FROM schedules WHERE seq > ? ORDER BY seq "
                   "LIMIT ?"),
        accounts_(
            db_, "SELECT id, metadata FROM accounts WHERE id >= ? AND id < ? ORDER BY id LIMIT ?") {
    if (cancelled_) {
      sqlite3_progress_handler(
          db_.getHandle(), kStepsBetweenLooks,
          [](void* self) { return static_cast<int>(static_cast<Impl*>(self)->cancelled_()); },
          this);
    }
  }

  std::optional<Entry> entry(Seq seq) {
    names_.forget();
    return journal_.entry(seq);
  }

  std::vector<Entry> entries(Seq from, std::uint32_t limit) {
    names_.forget();
    const ResetGuard guard(entries_);
    entries_.bind(0, static_cast<std::int64_t>(from) - 1).bind(1, limit);
    std::vector<Entry> entries;
    for (std::size_t bytes = 0; bytes < kPageBytesMax && entries_.step();) {
      bytes += bytes_of(entries.emplace_back(journal_.read(entries_)));
    }
    return entries;
  }

  std::optional<PaymentsPage> payments(const PaymentsQuery& query) {
    names_.forget();
    const SQLite::Transaction snapshot(db_);
    return payments_.page(query);
  }

  std::optional<Entry> latest_followup(Seq original) {
    names_.forget();
    return followups_.latest(original);
  }

  Family family(const Entry& entry, std::size_t max) {
    names_.forget();
    const SQLite::Transaction snapshot(db_);
    return followups_.family(entry, max);
  }

  OpenHoldsPage open_holds(const OpenHoldsQuery& query) {
    names_.forget();
    const SQLite::Transaction snapshot(db_);
    return open_holds_.page(query);
  }

  SchedulesPage schedules(const std::optional<AccountId>& account, Seq after, std::uint32_t limit) {
    const SQLite::Transaction snapshot(db_);
    const ResetGuard guard(schedules_);
    schedules_.bind(0, static_cast<std::int64_t>(after)).bind(1, std::int64_t{kPageRowsMax});
    SchedulesPage page;
    Seq examined = after;
    std::size_t count = 0;
    for (std::size_t bytes = 0; schedules_.step(); ++count) {
      if (bytes >= kPageBytesMax || page.schedules.size() == limit) {
        page.next = examined;
        return page;
      }
      examined = schedules_.number(0);
      auto entry = journal_.entry(examined);
      if (!entry) throw std::runtime_error("entry " + std::to_string(examined) + " is missing");
      if (account && !names(*entry, *account)) continue;
      bytes += bytes_of(*entry);
      page.schedules.push_back({.schedule = std::move(*entry),
                                .next_at = Timestamp{schedules_.integer(1)},
                                .occurrence = static_cast<std::uint32_t>(schedules_.integer(2))});
    }
    if (count == kPageRowsMax) page.next = examined;
    return page;
  }

  AccountsPage accounts(std::string_view prefix, std::string_view after, std::uint32_t limit) {
    constexpr std::size_t kAccountBytes = 400;
    // Both bounds are the index's own, so that the rows outside of them are never met.
    const std::string begin = std::max(std::string(prefix), successor(after));
    const std::string end = after_prefix(prefix);
    const ResetGuard guard(accounts_);
    accounts_.bind(0, begin).bind(1, end).bind(2, limit + 1);
    AccountsPage page;
    for (std::size_t bytes = 0; accounts_.step();) {
      page.more = page.accounts.size() == limit || bytes >= kPageBytesMax;
      if (page.more) break;
      page.accounts.push_back(
          {.id = AccountId(accounts_.text(0)), .metadata = std::string(accounts_.text(1))});
      bytes += kAccountBytes + page.accounts.back().metadata.size();
    }
    return page;
  }

  Seq seq_at(const Moment& moment, Seq head) {
    if (const Seq* seq = std::get_if<Seq>(&moment)) return std::min(*seq, head);
    const SQLite::Transaction snapshot(db_);
    return journal_.last_at(std::get<Timestamp>(moment), head);
  }

  AccountPoint account_at(AccountNumber account, const AccountPoint& head, Seq seq) {
    const SQLite::Transaction snapshot(db_);
    return history_.at(account, head, seq);
  }

  std::optional<AccountLimits> terms_at(AccountNumber account, Seq seq) {
    const SQLite::Transaction snapshot(db_);
    return terms_.at(account, seq);
  }

  std::vector<StatementLine> statement(const StatementQuery& query) {
    names_.forget();
    const SQLite::Transaction snapshot(db_);
    return read_statement(history_, query);
  }

  Int128 effective_balance(AccountNumber account, const AccountPoint& head, Seq head_seq,
                           Date day) {
    const SQLite::Transaction snapshot(db_);
    return effective_.balance(account, head, head_seq, day);
  }

  EffectivePage effective_statement(const EffectiveQuery& query) {
    names_.forget();
    const SQLite::Transaction snapshot(db_);
    return effective_.statement(query);
  }

  TrialBalance trial_balance(std::optional<Seq> at, std::optional<Date> day) {
    const SQLite::Transaction snapshot(db_);
    if (!day) return read_trial_balance(db_, history_, at);
    // The balances at that day's end, with what counts on other days.
    const Seq head = journal_.head().seq;
    TrialBalance balance = read_trial_balance(db_, history_, journal_.last_at(end_of(*day), head),
                                              effective_.changes(*day));
    balance.as_of_seq = head;
    balance.effective_at = day;
    return balance;
  }

  Totals totals(const TotalsQuery& query) {
    const SQLite::Transaction snapshot(db_);
    return read_totals(db_, history_, query);
  }

  AccountName account(AccountNumber number) { return names_.of(number); }
  std::string_view node(NodeNumber number) { return journal_.node(number); }

  std::uint64_t steps() const {
    std::uint64_t steps = 0;
    constexpr int kKeep = 0;
    for (sqlite3_stmt* statement = sqlite3_next_stmt(db_.getHandle(), nullptr);
         statement != nullptr; statement = sqlite3_next_stmt(db_.getHandle(), statement)) {
      steps += static_cast<std::uint64_t>(
          sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, kKeep));
    }
    return steps;
  }

 private:
  const std::function<bool()> cancelled_;
  SQLite::Database db_;
  JournalReader journal_;
  History history_;
  EffectiveReader effective_;
  AccountNames names_;
  AccountTermsReader terms_;
  Followups followups_;
  OpenHoldsReader open_holds_;
  PaymentList payments_;
  Statement entries_;
  Statement schedules_;
  Statement accounts_;
};

Reader::Reader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Reader::~Reader() = default;

std::expected<std::unique_ptr<Reader>, std::string> Reader::open(const LedgerFile& ledger_file,
                                                                 std::function<bool()> cancelled) {
  try {
    return std::unique_ptr<Reader>(
        new Reader(std::make_unique<Impl>(ledger_file, std::move(cancelled))));
  } catch (const std::exception& error) {
    return std::unexpected("can't read " + ledger_file.path.string() + ": " + describe(error));
  }
}

std::optional<Entry> Reader::entry(Seq seq) {
  return impl_->entry(seq);
}
std::vector<Entry> Reader::entries(Seq from, std::uint32_t limit) {
  return impl_->entries(from, limit);
}
std::optional<PaymentsPage> Reader::payments(const PaymentsQuery& query) {
  return impl_->payments(query);
}
std::optional<Entry> Reader::latest_followup(Seq original) {
  return impl_->latest_followup(original);
}
Family Reader::family(const Entry& entry, std::size_t max) {
  return impl_->family(entry, max);
}
OpenHoldsPage Reader::open_holds(const OpenHoldsQuery& query) {
  return impl_->open_holds(query);
}
SchedulesPage Reader::schedules(const std::optional<AccountId>& account, Seq after,
                                std::uint32_t limit) {
  return impl_->schedules(account, after, limit);
}
AccountsPage Reader::accounts(std::string_view prefix, std::string_view after,
                              std::uint32_t limit) {
  return impl_->accounts(prefix, after, limit);
}
Seq Reader::seq_at(const Moment& moment, Seq head) {
  return impl_->seq_at(moment, head);
}
AccountPoint Reader::account_at(AccountNumber account, const AccountPoint& head, Seq seq) {
  return impl_->account_at(account, head, seq);
}
std::optional<AccountLimits> Reader::terms_at(AccountNumber account, Seq seq) {
  return impl_->terms_at(account, seq);
}
std::vector<StatementLine> Reader::statement(const StatementQuery& query) {
  return impl_->statement(query);
}
Int128 Reader::effective_balance(AccountNumber account, const AccountPoint& head, Seq head_seq,
                                 Date day) {
  return impl_->effective_balance(account, head, head_seq, day);
}
EffectivePage Reader::effective_statement(const EffectiveQuery& query) {
  return impl_->effective_statement(query);
}
TrialBalance Reader::trial_balance(std::optional<Seq> at, std::optional<Date> day) {
  return impl_->trial_balance(at, day);
}
Totals Reader::totals(const TotalsQuery& query) {
  return impl_->totals(query);
}
AccountName Reader::account(AccountNumber number) {
  return impl_->account(number);
}
std::string_view Reader::node(NodeNumber number) {
  return impl_->node(number);
}
std::uint64_t Reader::steps() const {
  return impl_->steps();
}

}  // namespace giro::store
