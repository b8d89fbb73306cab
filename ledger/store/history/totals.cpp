#include "ledger/store/history/totals.hpp"

#include <algorithm>
#include <map>

#include "ledger/store/history/balances.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {
namespace {

Seq last_seq(const SQLite::Database& db) {
  Statement select(db, "SELECT max(seq) FROM journal");
  return select.step() && !select.is_null(0) ? select.number(0) : 0;
}

std::vector<Currency> read_currencies(const SQLite::Database& db) {
  Statement select(db, "SELECT code, scale FROM currencies ORDER BY id");
  std::vector<Currency> currencies;
  while (select.step()) {
    currencies.push_back(
        {.code = CurrencyCode(select.text(0)), .scale = static_cast<int>(select.integer(1))});
  }
  return currencies;
}

// A branch in a currency, as text that sorts as rows do: below everything that an id may have are, first, the
// end of the branch, then what parts it from those below it.
constexpr char kEnd = '\0';
constexpr char kPart = '\x01';

void write_key(std::string_view branch, std::string_view currency, std::string& out) {
  out = branch;
  std::ranges::replace(out, ':', kPart);
  out.append(1, kEnd).append(currency);
}

std::string branch_of(std::string_view key) {
  std::string branch(key.substr(0, key.find(kEnd)));
  std::ranges::replace(branch, kPart, ':');
  return branch;
}

// The rows of a page, and one more: those are kept that are first so far, so that a ledger of a million
// branches takes no more memory than one of a few.
class FirstRows {
 public:
  explicit FirstRows(const TotalsQuery& query) : max_(query.limit + std::size_t{1}) {
    if (query.after) write_key(query.after->branch, query.after->currency.view(), after_);
  }

  void add(std::string_view branch, const CurrencyCode& currency, std::uint32_t depth,
           const AccountBalance& account) {
    write_key(branch, currency.view(), key_);
    if (key_ <= after_) return;
    auto found = rows_.find(key_);
    if (found == rows_.end()) {
      if (rows_.size() == max_ && key_ > rows_.rbegin()->first) return;
      found =
          rows_.emplace(key_, Row{.depth = depth, .currency = account.currency, .sums = {}}).first;
      if (rows_.size() > max_) rows_.erase(std::prev(rows_.end()));
    }
    found->second.sums.add(account.balance);
  }

  [[nodiscard]] Totals take(const std::vector<Currency>& currencies) const {
    Totals totals;
    for (const auto& [key, row] : rows_) {
      totals.more = totals.rows.size() + 1 == max_;
      if (totals.more) break;
      totals.rows.push_back({.branch = branch_of(key),
                             .depth = row.depth,
                             .currency = currencies[row.currency],
                             .sums = row.sums});
    }
    return totals;
  }

 private:
  struct Row {
    std::uint32_t depth = 0;
    std::uint32_t currency = 0;
    Sums sums;
  };

  std::size_t max_;
  std::string after_;
  std::string key_;
  std::map<std::string, Row> rows_;
};

}  // namespace

TrialBalance read_trial_balance(const SQLite::Database& db, History& history, std::optional<Seq> at,
                                Corrections corrections) {
  const Seq head = last_seq(db);
  TrialBalance balance{
      .as_of_seq = std::min(at.value_or(head), head), .effective_at = {}, .lines = {}};
  for (const Currency& currency : read_currencies(db)) {
    balance.lines.push_back({.currency = currency, .sums = {}});
  }
  for (const AccountBalance& account : read_balances(db, history, {}, balance.as_of_seq).accounts) {
    const auto correction = corrections.extract(account.number);
    balance.lines.at(account.currency)
        .sums.add(account.balance + (correction.empty() ? Int128{0} : correction.mapped()));
  }
  Statement currency_of(db, "SELECT currency FROM accounts WHERE number = ?");
  for (const auto& [number, amount] : corrections) {
    const ResetGuard guard(currency_of);
    currency_of.bind(0, number);
    if (!currency_of.step()) continue;
    balance.lines.at(static_cast<std::size_t>(currency_of.integer(0) - 1)).sums.add(amount);
  }
  std::erase_if(balance.lines, [](const auto& line) { return line.sums.accounts == 0; });
  std::ranges::sort(balance.lines, {}, [](const auto& line) { return line.currency.code.view(); });
  return balance;
}

Totals read_totals(const SQLite::Database& db, History& history, const TotalsQuery& query) {
  const Seq head = last_seq(db);
  const Seq seq = std::min(query.at.value_or(head), head);
  const std::vector<Currency> currencies = read_currencies(db);
  const Balances balances = read_balances(db, history, query.branch, seq);
  FirstRows rows(query);
  for (const AccountBalance& account : balances.accounts) {
    const std::string_view id = balances.id(account);
    const CurrencyCode& currency = currencies.at(account.currency).code;
    rows.add(query.branch, currency, 0, account);
    std::size_t end = query.branch.size();
    for (std::uint32_t depth = 1; depth <= query.depth && end < id.size(); ++depth) {
      end = std::min(id.find(':', end + 1), id.size());
      rows.add(id.substr(0, end), currency, depth, account);
    }
  }
  Totals totals = rows.take(currencies);
  totals.as_of_seq = seq;
  return totals;
}

}  // namespace giro::store
