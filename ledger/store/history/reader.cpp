#include "ledger/store/history/reader.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <stdexcept>
#include <unordered_map>

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>

#include "ledger/store/history/history.hpp"
#include "ledger/store/recovery/recovery.hpp"
#include "ledger/store/schema/schema.hpp"

namespace giro::store {
namespace {

constexpr std::size_t kNamesMax = 65'536;          // Remembered at once.
constexpr int kStepsBetweenLooks = 10'000;         // At `cancelled`: some tenths of a millisecond.
constexpr std::string_view kAfterAllIds = "\x7f";  // Ids are printable ASCII.

// The least text that is after every id with this prefix.
std::string after_prefix(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) >= 0x7F) end.pop_back();
  if (end.empty()) return std::string(kAfterAllIds);
  ++end.back();
  return end;
}

// The least text that is after this one.
std::string successor(std::string_view text) {
  return std::string(text).append(1, '\0');
}

// What an entry takes as JSON, about.
std::size_t bytes_of(const Entry& entry) {
  constexpr std::size_t kPlain = 400;
  constexpr std::size_t kLeg = 200;
  std::size_t bytes = kPlain;
  if (const Legs* legs = entry.legs()) bytes += kLeg * legs->postings.size();
  if (const auto* payment = std::get_if<std::unique_ptr<MultiLegBody>>(&entry.body)) {
    bytes += kLeg * (*payment)->requested.size();
  }
  if (const PaymentOptions* options = entry.options()) {
    bytes += options->reference.size() + options->description.size() + options->metadata.size();
  }
  if (const OpenedAccount* opened = entry.opened()) bytes += opened->metadata.size();
  if (const auto* change = std::get_if<std::unique_ptr<AccountChangeBody>>(&entry.body)) {
    bytes += (*change)->terms.metadata.value_or("").size();
  }
  return bytes;
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
        secret_(read_secret(db_)),
        journal_(db_),
        history_(db_),
        entries_(db_, select_entries("WHERE seq > ? ORDER BY seq LIMIT ?")),
        referenced_(db_, select_entries("WHERE seq IN (SELECT seq FROM payment_references WHERE "
                                        "reference = ? AND seq > ? ORDER BY seq LIMIT ?) "
                                        "ORDER BY seq")),
        accounts_(db_,
                  "SELECT id, metadata FROM accounts WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"),
        account_(db_, "SELECT id, currency FROM accounts WHERE number = ?"),
        time_(db_, "SELECT at FROM journal WHERE seq = ?") {
    if (cancelled_) {
      sqlite3_progress_handler(
          db_.getHandle(), kStepsBetweenLooks,
          [](void* self) { return static_cast<int>(static_cast<Impl*>(self)->cancelled_()); },
          this);
    }
  }

  std::optional<Entry> entry(Seq seq) {
    forget_names();
    return journal_.entry(seq);
  }

  std::vector<Entry> entries(Seq from, std::uint32_t limit) {
    forget_names();
    const ResetGuard guard(entries_);
    entries_.bind(0, static_cast<std::int64_t>(from) - 1).bind(1, limit);
    std::vector<Entry> entries;
    for (std::size_t bytes = 0; bytes < kPageBytesMax && entries_.step();) {
      bytes += bytes_of(entries.emplace_back(journal_.read(entries_)));
    }
    return entries;
  }

  PaymentsPage payments(std::optional<std::string_view> reference, Seq after, std::uint32_t limit) {
    forget_names();
    Statement& rows = reference ? referenced_ : entries_;
    const ResetGuard guard(rows);
    if (reference) {
      rows.bind(0, *reference).bind(1, static_cast<std::int64_t>(after)).bind(2, limit + 1);
    } else {
      rows.bind(0, static_cast<std::int64_t>(after)).bind(1, std::int64_t{kPageRowsMax});
    }
    PaymentsPage page;
    Seq examined = after;
    std::size_t count = 0;
    for (std::size_t bytes = 0; rows.step(); ++count) {
      const bool payment = is_payment(static_cast<EntryKind>(rows.integer(kKindColumn)));
      if (bytes >= kPageBytesMax || (payment && page.payments.size() == limit)) {
        page.next = examined;
        return page;
      }
      examined = rows.number(0);
      if (payment) bytes += bytes_of(page.payments.emplace_back(journal_.read(rows)));
    }
    if (!reference && count == kPageRowsMax) page.next = examined;
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
    const Timestamp time = std::get<Timestamp>(moment);
    const SQLite::Transaction snapshot(db_);
    // Seqs are gapless and times rise with them: the last one that isn't after `time`.
    Seq low = 0;
    Seq high = head;
    while (low < high) {
      const Seq middle = low + (high - low + 1) / 2;
      if (time_of(middle) <= time) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  AccountPoint account_at(AccountNumber account, const AccountPoint& head, Seq seq) {
    const SQLite::Transaction snapshot(db_);
    return history_.at(account, head, seq);
  }

  std::vector<StatementLine> statement(const StatementQuery& query) {
    forget_names();
    const std::uint64_t after = query.after_entry;
    const std::uint64_t until = std::min(query.until_entry, query.head.version);
    if (after >= until) return {};
    std::uint64_t count = std::min<std::uint64_t>(until - after, query.limit);
    const SQLite::Transaction snapshot(db_);
    if (query.newest_first) return lines_back(query, until - count, until);
    // History is walked back, so a page of the oldest is entered at its end, and one that turns out to be
    // too much to read is tried again with an earlier end.
    for (;;) {
      std::vector<StatementLine> lines = lines_back(query, after, after + count);
      if (lines.size() == count) {
        std::ranges::reverse(lines);
        return lines;
      }
      count = std::max<std::uint64_t>(1, std::min<std::uint64_t>(count / 2, lines.size()));
    }
  }

  TrialBalance trial_balance(std::optional<Seq> at) {
    SQLite::Transaction snapshot(db_);
    State state(secret_);
    NewestMarks newest;
    if (auto recovered = recover(db_, state, {.key = {}, .changed = {}, .newest = &newest});
        !recovered) {
      throw std::runtime_error(recovered.error());
    }
    TrialBalance balance{.as_of_seq = std::min(at.value_or(state.seq()), state.seq()), .lines = {}};
    std::map<std::string, TrialBalanceLine> lines;
    for (AccountNumber number = 1; number <= state.account_count(); ++number) {
      const Account& account = state.account(number);
      if (state.opened_seq(number) > balance.as_of_seq) continue;
      const Currency& currency = state.currency(account.currency);
      TrialBalanceLine& line = lines[std::string(currency.code.view())];
      line.currency = currency;
      ++line.accounts;
      const AccountPoint head = point_of(account, newest.of(number).latest());
      const Amount amount = history_.at(number, head, balance.as_of_seq).balance;
      (amount < 0 ? line.debit : line.credit) += amount < 0 ? -static_cast<Int128>(amount) : amount;
    }
    for (auto& [code, line] : lines) balance.lines.push_back(line);
    return balance;
  }

  AccountName account(AccountNumber number) {
    const Known& found = known(number);
    return {.id = found.id, .currency = currencies_.at(found.currency)};
  }

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
  struct Known {
    std::string id;
    std::size_t currency = 0;
  };

  // Before a query, so that views handed out since the last one stay valid.
  void forget_names() {
    if (known_.size() > kNamesMax) known_.clear();
  }

  // The account's lines with after < entry_number <= until, newest first; the first ones of them where
  // they are more than a page may read.
  std::vector<StatementLine> lines_back(const StatementQuery& query, std::uint64_t after,
                                        std::uint64_t until) {
    std::vector<StatementLine> lines;
    std::size_t bytes = 0;
    history_.walk(query.account, query.head, after, until, [&](const Visit& visit) {
      if (lines.empty() || lines.back().seq != visit.entry.seq) bytes += bytes_of(visit.entry);
      lines.push_back(line_of(visit));
      return bytes < kPageBytesMax;
    });
    return lines;
  }

  Timestamp time_of(Seq seq) {
    const ResetGuard guard(time_);
    time_.bind(0, static_cast<std::int64_t>(seq));
    if (!time_.step()) throw std::runtime_error("entry " + std::to_string(seq) + " is missing");
    return {time_.integer(0)};
  }

  static StatementLine line_of(const Visit& visit) {
    const Posting& posting = visit.posting;
    StatementLine line;
    line.seq = visit.entry.seq;
    line.at = visit.entry.at;
    line.key = visit.entry.key;
    line.amount = visit.incoming ? posting.amount : -posting.amount;
    line.kind = visit.entry.kind();
    line.balance = visit.incoming ? posting.to_after : posting.from_after;
    line.held = visit.incoming ? posting.to_held : posting.from_held;
    line.counterparty = visit.incoming ? posting.from : posting.to;
    line.leg = visit.leg;
    line.entry_number = visit.number;
    if (const PaymentOptions* options = visit.entry.options()) {
      line.reference = options->reference;
      line.description = options->description;
    }
    return line;
  }

  const Known& known(AccountNumber number) {
    if (const auto found = known_.find(number); found != known_.end()) return found->second;
    const ResetGuard guard(account_);
    account_.bind(0, number);
    if (!account_.step())
      throw std::runtime_error("account " + std::to_string(number) + " is missing");
    const auto currency = static_cast<std::size_t>(account_.integer(1) - 1);
    if (currency >= currencies_.size()) load_currencies();
    return known_.emplace(number, Known{std::string(account_.text(0)), currency}).first->second;
  }

  // The ones that came since the last time.
  void load_currencies() {
    Statement select(db_, "SELECT code, scale FROM currencies WHERE id > ? ORDER BY id");
    select.bind(0, static_cast<std::int64_t>(currencies_.size()));
    while (select.step()) {
      currencies_.push_back(
          {.code = CurrencyCode(select.text(0)), .scale = static_cast<int>(select.integer(1))});
    }
  }

  const std::function<bool()> cancelled_;
  SQLite::Database db_;
  HashSecret secret_;
  JournalReader journal_;
  History history_;
  Statement entries_;
  Statement referenced_;
  Statement accounts_;
  Statement account_;
  Statement time_;
  std::unordered_map<AccountNumber, Known> known_;  // Nodes: references stay valid.
  std::deque<Currency> currencies_;                 // A deque: references stay valid.
};

Reader::Reader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Reader::~Reader() = default;

std::expected<std::unique_ptr<Reader>, std::string> Reader::open(const LedgerFile& ledger_file,
                                                                 std::function<bool()> cancelled) {
  try {
    return std::unique_ptr<Reader>(
        new Reader(std::make_unique<Impl>(ledger_file, std::move(cancelled))));
  } catch (const std::exception& error) {
    return std::unexpected("can't read " + ledger_file.path.string() + ": " + error.what());
  }
}

std::optional<Entry> Reader::entry(Seq seq) {
  return impl_->entry(seq);
}
std::vector<Entry> Reader::entries(Seq from, std::uint32_t limit) {
  return impl_->entries(from, limit);
}
PaymentsPage Reader::payments(std::optional<std::string_view> reference, Seq after,
                              std::uint32_t limit) {
  return impl_->payments(reference, after, limit);
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
std::vector<StatementLine> Reader::statement(const StatementQuery& query) {
  return impl_->statement(query);
}
TrialBalance Reader::trial_balance(std::optional<Seq> at) {
  return impl_->trial_balance(at);
}
AccountName Reader::account(AccountNumber number) {
  return impl_->account(number);
}
std::uint64_t Reader::steps() const {
  return impl_->steps();
}

}  // namespace giro::store
