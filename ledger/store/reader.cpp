#include "ledger/store/reader.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <stdexcept>

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Transaction.h>

#include "ledger/store/history.hpp"
#include "ledger/store/recovery.hpp"
#include "ledger/store/schema.hpp"

namespace giro::store {
namespace {

constexpr std::size_t kNamesMax = 65'536;  // Remembered at once.

// The least text that is after every text with this prefix; empty: there is none.
std::string after_prefix(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xFF) end.pop_back();
  if (!end.empty()) ++end.back();
  return end;
}

std::string select_entries(std::string_view tail) {
  return std::string("SELECT ").append(kEntryColumns).append(" FROM journal ").append(tail);
}

}  // namespace

// What reads many rows has a transaction around it, `snapshot`: else SQLite would begin and end one for
// each row, which takes four times as long as the row.
class Reader::Impl {
 public:
  explicit Impl(const std::filesystem::path& file)
      : db_(open_reader(file)),
        secret_(read_secret(db_)),
        journal_(db_),
        history_(db_),
        entries_(db_, select_entries("WHERE seq >= ? ORDER BY seq LIMIT ?")),
        payments_(db_, select_entries("WHERE seq > ? AND kind <> 2 ORDER BY seq LIMIT ?")),
        referenced_(db_, select_entries("WHERE seq IN (SELECT seq FROM payment_references WHERE "
                                        "reference = ? AND seq > ? ORDER BY seq LIMIT ?) "
                                        "ORDER BY seq")),
        ids_(db_,
             "SELECT id FROM accounts WHERE id >= ? AND id > ? AND (? = '' OR id < ?) "
             "ORDER BY id LIMIT ?"),
        account_(db_, "SELECT id, currency FROM accounts WHERE number = ?"),
        time_(db_, "SELECT at FROM journal WHERE seq = ?") {}

  std::optional<Entry> entry(Seq seq) {
    forget_names();
    return journal_.entry(seq);
  }

  std::vector<Entry> entries(Seq from, std::uint32_t limit) {
    entries_.bind(0, static_cast<std::int64_t>(from)).bind(1, limit);
    return collect(entries_);
  }

  std::vector<Entry> payments(std::optional<std::string_view> reference, Seq after,
                              std::uint32_t limit) {
    if (!reference) {
      payments_.bind(0, static_cast<std::int64_t>(after)).bind(1, limit);
      return collect(payments_);
    }
    referenced_.bind(0, *reference).bind(1, static_cast<std::int64_t>(after)).bind(2, limit);
    return collect(referenced_);
  }

  std::vector<AccountId> account_ids(std::string_view prefix, std::string_view after,
                                     std::uint32_t limit) {
    const std::string end = after_prefix(prefix);
    const ResetGuard guard(ids_);
    ids_.bind(0, prefix).bind(1, after).bind(2, end).bind(3, end).bind(4, limit);
    std::vector<AccountId> ids;
    while (ids_.step()) ids.emplace_back(ids_.text(0));
    return ids;
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
    std::uint64_t after = query.after_entry;
    std::uint64_t until = std::min(query.until_entry, query.head.version);
    if (after >= until) return {};
    if (query.newest_first) {
      if (until - after > query.limit) after = until - query.limit;
    } else {
      until = std::min(until, after + query.limit);
    }
    std::vector<StatementLine> lines;
    const SQLite::Transaction snapshot(db_);
    history_.walk(query.account, query.head, after, until,
                  [&](const Visit& visit) { lines.push_back(line_of(visit)); });
    if (!query.newest_first) std::ranges::reverse(lines);
    return lines;
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
      if (account.opened_seq > balance.as_of_seq) continue;
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

  std::string_view account_name(AccountNumber number) { return known(number).id; }
  const Currency& currency_of(AccountNumber number) {
    return currencies_.at(known(number).currency);
  }

 private:
  struct Known {
    std::string id;
    std::size_t currency = 0;
  };

  // Before a query, so that views handed out since the last one stay valid.
  void forget_names() {
    if (known_count_ <= kNamesMax) return;
    known_.clear();
    known_count_ = 0;
  }

  std::vector<Entry> collect(Statement& statement) {
    forget_names();
    const ResetGuard guard(statement);
    std::vector<Entry> entries;
    while (statement.step()) entries.push_back(journal_.read(statement));
    return entries;
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
    line.balance = visit.incoming ? posting.to_after : posting.from_after;
    line.counterparty = visit.incoming ? posting.from : posting.to;
    line.leg = visit.leg;
    line.entry_number = visit.number;
    if (visit.entry.details != nullptr) {
      line.reference = visit.entry.details->options.reference;
      line.description = visit.entry.details->options.description;
    }
    return line;
  }

  const Known& known(AccountNumber number) {
    if (number < known_.size() && known_[number] != nullptr) return *known_[number];
    const ResetGuard guard(account_);
    account_.bind(0, number);
    if (!account_.step())
      throw std::runtime_error("account " + std::to_string(number) + " is missing");
    const auto currency = static_cast<std::size_t>(account_.integer(1) - 1);
    if (currency >= currencies_.size()) load_currencies();
    if (number >= known_.size()) known_.resize(number + 1);
    known_[number] = std::make_unique<Known>(std::string(account_.text(0)), currency);
    ++known_count_;
    return *known_[number];
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

  SQLite::Database db_;
  HashSecret secret_;
  JournalReader journal_;
  History history_;
  Statement entries_;
  Statement payments_;
  Statement referenced_;
  Statement ids_;
  Statement account_;
  Statement time_;
  std::vector<std::unique_ptr<Known>> known_;  // By number; null: not remembered.
  std::size_t known_count_ = 0;
  std::deque<Currency> currencies_;  // A deque: references stay valid.
};

Reader::Reader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Reader::~Reader() = default;

std::expected<std::unique_ptr<Reader>, std::string> Reader::open(
    const std::filesystem::path& ledger_file) {
  try {
    return std::unique_ptr<Reader>(new Reader(std::make_unique<Impl>(ledger_file)));
  } catch (const std::exception& error) {
    return std::unexpected("can't read " + ledger_file.string() + ": " + error.what());
  }
}

std::optional<Entry> Reader::entry(Seq seq) {
  return impl_->entry(seq);
}
std::vector<Entry> Reader::entries(Seq from, std::uint32_t limit) {
  return impl_->entries(from, limit);
}
std::vector<Entry> Reader::payments(std::optional<std::string_view> reference, Seq after,
                                    std::uint32_t limit) {
  return impl_->payments(reference, after, limit);
}
std::vector<AccountId> Reader::account_ids(std::string_view prefix, std::string_view after,
                                           std::uint32_t limit) {
  return impl_->account_ids(prefix, after, limit);
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
std::string_view Reader::account_name(AccountNumber number) {
  return impl_->account_name(number);
}
const Currency& Reader::currency_of(AccountNumber number) {
  return impl_->currency_of(number);
}

}  // namespace giro::store
