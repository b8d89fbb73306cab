#include "ledger/store/verify/verify_state.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <SQLiteCpp/Exception.h>
#include <fmt/format.h>

#include "ledger/store/recovery/recovery.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {
namespace {

class StateVerification {
 public:
  StateVerification(const SQLite::Database& db, const HashSecret& secret, const JournalSum& journal,
                    VerifyReport& report)
      : db_(db), secret_(secret), journal_(journal), report_(report) {}

  void check_or_say_why() {
    try {
      check();
    } catch (const SQLite::Exception&) {
      throw;
    } catch (const std::exception& error) {
      table_problem(0, std::string("what is beside the journal can't be read: ") + error.what());
    }
  }

 private:
  void table_problem(Seq seq, std::string what) {
    report_.add(seq, LedgerPart::tables, std::move(what));
  }

  // The accounts' rows with the entries since amount to what the whole journal amounts to.
  void check() {
    State recovered(secret_);
    NewestMarks marks;
    const RecoveryUses uses{.key = {}, .changed = {}, .newest = &marks};
    const auto done = recover(db_, recovered, uses);
    if (!done) return table_problem(0, done.error());
    if (done->entries && *done->entries != journal_.account_entries) {
      table_problem(0, "swept_entries isn't the number of the accounts' entries up to swept_seq");
    }
    check_open("holds", recovered.holds(), journal_.state.holds());
    check_watches(recovered);
    if (recovered.closed_until() != journal_.state.closed_until()) {
      table_problem(0, "books_seq isn't the latest entry that closed or opened the books");
    }
    check_open("schedules", recovered.schedules(), journal_.state.schedules());
    if (recovered.account_count() != journal_.state.account_count()) {
      table_problem(0, "there are " + std::to_string(recovered.account_count()) +
                           " rows of accounts, and the journal opened " +
                           std::to_string(journal_.state.account_count()));
    }
    check_currencies();
    if (recovered.nodes() != journal_.state.nodes()) {
      table_problem(0, "table nodes has others than the journal names");
    }
    std::map<CurrencyIndex, Int128> sums;
    const auto count = std::min(recovered.account_count(), journal_.state.account_count());
    for (AccountNumber number = 1; number <= count; ++number) {
      const Account& account = journal_.state.account(number);
      sums[account.currency] += account.balance;
      if (recovered.name(number) != journal_.state.name(number) ||
          !same_but_limits(recovered.account(number), account) ||
          recovered.limits(recovered.account(number)) != journal_.state.limits(account) ||
          recovered.opened_seq(number) != journal_.state.opened_seq(number) ||
          marks.of(number) != journal_.marks.of(number)) {
        table_problem(account.last_seq, "the row of account " +
                                            std::string(journal_.state.name(number)) +
                                            " differs from what the journal amounts to");
      }
    }
    for (const auto& [currency, sum] : sums) {
      if (sum == 0) continue;
      report_.add(0, LedgerPart::journal,
                  "the balances of " + std::string(journal_.state.currency(currency).code.view()) +
                      " don't sum to zero");
    }
  }

  // The index of limits is the state's own.
  static bool same_but_limits(Account a, const Account& b) {
    a.limits = b.limits;
    return a == b;
  }

  // What is open: by seq, a row each.
  template <class Open>
  void check_open(std::string_view table, const Open& rows, const Open& expected) {
    if (rows.size() != expected.size()) {
      table_problem(0, fmt::format("table {0} has {1} rows, and {2} {0} are open", table,
                                   rows.size(), expected.size()));
    }
    for (const auto& [seq, open] : expected) {
      const auto* row = rows.find(seq);
      if (row != nullptr && *row == open) continue;
      table_problem(
          seq, fmt::format("its row in table {} is missing, or differs from the journal", table));
    }
  }

  void check_watches(const State& recovered) {
    for (const auto& [number, watch] : journal_.state.watches()) {
      const Watch* rows = recovered.watches().find(number);
      const auto agree = [this](const Velocity& a, const Velocity& b) {
        return a.agrees_with(b, journal_.state.at());
      };
      if (rows != nullptr && rows->alerts == watch.alerts &&
          std::ranges::equal(rows->velocities, watch.velocities, agree)) {
        continue;
      }
      table_problem(0, "the limits or alerts of account " +
                           std::string(journal_.state.name(number)) +
                           ", or what was used of them, differ from the journal");
    }
  }

  void check_currencies() {
    std::vector<Currency> rows;
    Statement select(db_, "SELECT id, code, scale FROM currencies ORDER BY id");
    bool in_order = true;
    while (select.step()) {
      rows.push_back(
          {.code = CurrencyCode(select.text(1)), .scale = static_cast<int>(select.integer(2))});
      in_order = in_order && select.number(0) == rows.size();
    }
    if (!in_order || rows != journal_.state.currencies()) {
      table_problem(0, "table currencies differs from what the journal amounts to");
    }
  }

  const SQLite::Database& db_;
  const HashSecret& secret_;
  const JournalSum& journal_;
  VerifyReport& report_;
};

}  // namespace

void check_state(const SQLite::Database& db, const HashSecret& secret, const JournalSum& journal,
                 VerifyReport& report) {
  StateVerification(db, secret, journal, report).check_or_say_why();
}

}  // namespace giro::store
