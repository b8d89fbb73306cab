#include "ledger/store/schema/history_tables.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ledger/command/account_requests.hpp"
#include "ledger/store/schema/totals.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {

void make_terms_table(SQLite::Database& db) {
  db.exec(R"sql(
CREATE TABLE account_terms (       -- Limits after each change of an account; before: as it was opened.
  account INTEGER NOT NULL,
  seq     INTEGER NOT NULL,
  floor   INTEGER,                 -- NULL: none.
  ceiling INTEGER,
  frozen  INTEGER NOT NULL,
  closed  INTEGER NOT NULL,
  PRIMARY KEY (account, seq)
) STRICT, WITHOUT ROWID;
)sql");
}

void add_totals_to_marks(SQLite::Database& db) {
  db.exec(
      "ALTER TABLE marks ADD COLUMN posted_in INTEGER NOT NULL DEFAULT 0;"
      "ALTER TABLE marks ADD COLUMN posted_in_high INTEGER NOT NULL DEFAULT 0");
  Statement credits(db,
                    "SELECT seq, to_account, amount FROM journal WHERE outcome = 0 AND amount > 0 "
                    "UNION ALL SELECT seq, to_account, amount FROM legs ORDER BY 1");
  Statement marks(db, "SELECT seq, account FROM marks ORDER BY seq, account");
  Statement set_total(db,
                      "UPDATE marks SET posted_in = ?, posted_in_high = ? "
                      "WHERE seq = ? AND account = ?");
  std::vector<std::pair<std::int64_t, std::int64_t>> all;  // A scan must not meet its own changes.
  while (marks.step()) all.emplace_back(marks.integer(0), marks.integer(1));
  std::unordered_map<std::int64_t, Int128> received;  // By account.
  bool more = credits.step();
  for (const auto& [seq, account] : all) {
    for (; more && credits.integer(0) <= seq; more = credits.step()) {
      received[credits.integer(1)] += credits.integer(2);
    }
    bind_total(set_total, 0, 1, received[account]);
    set_total.bind(2, seq).bind(3, account).run();
  }
}

void add_account_terms(SQLite::Database& db) {
  make_terms_table(db);
  Statement changes(
      db,
      "SELECT seq, from_account, coalesce(details ->> '$.action', 0), "
      "details -> '$.floor' IS NOT NULL, details ->> '$.floor', "
      "details -> '$.ceiling' IS NOT NULL, details ->> '$.ceiling', "
      "details ->> '$.frozen' FROM journal WHERE kind = 8 AND outcome = 0 ORDER BY seq");
  Statement opening(db,
                    "SELECT details ->> '$.account.floor', details ->> '$.account.ceiling' "
                    "FROM journal WHERE seq = (SELECT opened_seq FROM accounts WHERE number = ?)");
  Statement insert(db,
                   "INSERT INTO account_terms (account, seq, floor, ceiling, frozen, closed) "
                   "VALUES (?, ?, ?, ?, ?, ?)");
  struct Terms {
    std::optional<std::int64_t> floor;
    std::optional<std::int64_t> ceiling;
    std::int64_t frozen = 0;
    bool closed = false;
  };
  std::unordered_map<std::int64_t, Terms> latest;
  while (changes.step()) {
    const std::int64_t account = changes.integer(1);
    const auto [found, is_new] = latest.try_emplace(account);
    Terms& terms = found->second;
    if (is_new) {
      const ResetGuard guard(opening);
      opening.bind(0, account);
      if (!opening.step()) throw std::runtime_error("a change of an account that was never opened");
      terms.floor = opening.optional_integer(0);
      terms.ceiling = opening.optional_integer(1);
    }
    if (changes.integer(3) != 0) terms.floor = changes.optional_integer(4);
    if (changes.integer(5) != 0) terms.ceiling = changes.optional_integer(6);
    terms.frozen = changes.optional_integer(7).value_or(terms.frozen);
    const auto action = static_cast<AccountAction>(changes.integer(2));
    if (action != AccountAction::update) terms.closed = action == AccountAction::close;
    insert.bind(0, account).bind(1, changes.integer(0)).bind_optional(2, terms.floor);
    insert.bind_optional(3, terms.ceiling).bind(4, terms.frozen);
    insert.bind(5, std::int64_t{terms.closed}).run();
  }
}

}  // namespace giro::store
