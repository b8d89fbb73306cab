#include "ledger/store/history/balances.hpp"

#include <algorithm>

#include "ledger/store/schema/meta.hpp"
#include "ledger/store/schema/totals.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {
namespace {

// Rows of the journal that are scanned in the time in which one account's history is searched.
constexpr std::uint64_t kRowsOfOneSearch = 200;

// Accounts whose rows are read one after the other in the time in which one is found by its id.
constexpr std::int64_t kAccountsOfOneSearch = 16;

constexpr std::string_view kColumns =
    "SELECT number, id, currency, opened_seq, as_of_seq, posted_in, posted_in_high, posted_out, "
    "posted_out_high, version, last_seq, held_in, held_out, marks FROM accounts ";

// The account of a branch, and those below it.
constexpr const char* kOfBranch = "WHERE id = ? OR (id > ? AND id < ?)";

struct Branch {
  explicit Branch(std::string_view branch)
      : id(branch), begin(id + ':'), end(id + static_cast<char>(':' + 1)) {}

  Statement& bind_to(Statement& statement) const {
    return statement.bind(0, id).bind(1, begin).bind(2, end);
  }

  std::string id;
  std::string begin;  // Of the ids below it.
  std::string end;
};

// An account as its row has it, and on the way to `seq`.
struct Row {
  AccountBalance account;
  Seq true_at = 0;            // The row has every entry of the account up to here.
  std::uint64_t balance = 0;  // Wraps on the way; fits again at the end.
};

class BalancesReader {
 public:
  BalancesReader(const SQLite::Database& db, History& history, Seq seq)
      : db_(db), history_(history), seq_(seq), swept_(read_meta(db, "swept_seq").value_or(0)) {}

  Balances read(std::string_view branch) {
    read_rows(branch);
    Seq first = seq_;
    Seq last = seq_;
    for (const Row& row : rows_) {
      first = std::min(first, row.true_at);
      last = std::max(last, row.true_at);
    }
    if (first == seq_ && rows_.size() * kRowsOfOneSearch < last - first) {
      search_histories();
    } else if (seq_ < last - first) {
      for (Row& row : rows_) row.true_at = row.balance = 0;
      correct(0, seq_);
    } else if (first < last) {
      correct(first, last);
    }
    for (Row& row : rows_) {
      row.account.balance = static_cast<Amount>(row.balance);
      balances_.accounts.push_back(row.account);
    }
    return std::move(balances_);
  }

 private:
  // Whether a branch has more accounts than are worth looking for one by one.
  bool is_wide(const Branch& branch) {
    Statement highest(db_, "SELECT max(number) FROM accounts");
    if (!highest.step()) return false;
    const std::int64_t few = highest.integer(0) / kAccountsOfOneSearch;
    Statement first(db_, std::string("SELECT number FROM accounts ") + kOfBranch + " LIMIT ?");
    branch.bind_to(first).bind(3, few + 1);
    std::int64_t found = 0;
    while (first.step()) ++found;
    return found > few;
  }

  void read_rows(std::string_view id) {
    const Branch branch(id);
    std::string sql(kColumns);
    if (!id.empty()) sql.append(is_wide(branch) ? "NOT INDEXED " : "").append(kOfBranch);
    Statement select(db_, sql);
    if (!id.empty()) branch.bind_to(select);
    while (select.step()) {
      if (select.number(3) > seq_) continue;
      const std::string_view account_id = select.text(1);
      Row row;
      row.account = {.number = static_cast<AccountNumber>(select.integer(0)),
                     .currency = static_cast<std::uint32_t>(select.integer(2) - 1),
                     .balance = 0,
                     .id_begin = balances_.ids.size(),
                     .id_size = account_id.size()};
      balances_.ids += account_id;
      row.true_at = std::max(select.number(4), swept_);
      // What it had last, it has since.
      if (select.number(10) <= seq_ && row.true_at > seq_) row.true_at = seq_;
      row.balance = static_cast<std::uint64_t>(read_total(select, 5, 6) - read_total(select, 7, 8));
      rows_.push_back(row);
    }
  }

  void search_histories() {
    Statement select(db_, std::string(kColumns).append("WHERE number = ?"));
    for (Row& row : rows_) {
      if (row.true_at == seq_) continue;
      const ResetGuard guard(select);
      select.bind(0, row.account.number);
      if (!select.step()) continue;
      const AccountPoint head{.balance = static_cast<Amount>(row.balance),
                              .held = {.in = select.integer(11), .out = select.integer(12)},
                              .version = select.number(9),
                              .last_seq = select.number(10),
                              .mark = MarkTower(select.blob(13)).latest()};
      row.balance = static_cast<std::uint64_t>(history_.at(row.account.number, head, seq_).balance);
    }
  }

  // Takes in what the rows lack of the entries up to `seq_`, and out what they have after it; all of it is
  // in (after, until].
  void correct(Seq after, Seq until) {
    AccountNumber highest = 0;
    for (const Row& row : rows_) highest = std::max(highest, row.account.number);
    places_.assign(highest + std::size_t{1}, nullptr);
    for (Row& row : rows_) places_[row.account.number] = &row;
    move_by(
        "SELECT seq, from_account, to_account, amount FROM journal WHERE seq > ? AND seq <= ? "
        "AND outcome = 0 AND amount > 0",
        after, until);
    move_by("SELECT seq, from_account, to_account, amount FROM legs WHERE seq > ? AND seq <= ?",
            after, until);
  }

  void move_by(const char* sql, Seq after, Seq until) {
    Statement movements(db_, sql);
    movements.bind(0, static_cast<std::int64_t>(after)).bind(1, static_cast<std::int64_t>(until));
    while (movements.step()) {
      const Seq seq = movements.number(0);
      const std::uint64_t amount = movements.number(3);
      move(movements.number(1), seq, -amount);
      move(movements.number(2), seq, amount);
    }
  }

  void move(std::uint64_t number, Seq seq, std::uint64_t amount) {
    Row* row = number < places_.size() ? places_[number] : nullptr;
    if (row == nullptr) return;
    const bool is_in_row = seq <= row->true_at;
    const bool is_wanted = seq <= seq_;
    if (is_wanted && !is_in_row) row->balance += amount;
    if (is_in_row && !is_wanted) row->balance -= amount;
  }

  const SQLite::Database& db_;
  History& history_;
  Seq seq_;
  Seq swept_;
  Balances balances_;
  std::vector<Row> rows_;
  std::vector<Row*> places_;  // By account number; null: not asked for.
};

}  // namespace

Balances read_balances(const SQLite::Database& db, History& history, std::string_view branch,
                       Seq seq) {
  return BalancesReader(db, history, seq).read(branch);
}

}  // namespace giro::store
