#include "ledger/store/schema/views.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "ledger/command/account_requests.hpp"
#include "ledger/store/schema/entry_views.hpp"
#include "ledger/store/schema/view_text.hpp"

namespace giro::store {
namespace {

// Sums in SQLite are of 64 bits, so each total is added up as three numbers to the base 10^9, which no
// number of rows can fill, and only then carried into a part below 10^18 and one of so many times 10^18.
// `{0}_high`, `{0}_middle` and `{0}_low` are those of {0}.

std::string digits(std::string_view name, std::string_view amount) {
  return fmt::format(
      "sum({1} / 1000000000000000000) AS {0}_high, sum({1} / 1000000000 % 1000000000) AS "
      "{0}_middle,\n         sum({1} % 1000000000) AS {0}_low",
      name, amount);
}

std::string carried(std::string_view name) {
  return fmt::format(
      "{0}_high + ({0}_middle + {0}_low / 1000000000) / 1000000000 AS {0}_high,\n"
      "         ({0}_middle + {0}_low / 1000000000) % 1000000000 * 1000000000 + {0}_low % "
      "1000000000 "
      "AS {0}_low",
      name);
}

// Of two carried totals, with a part below 10^18 that has the sign of the whole.
std::string difference(std::string_view name, std::string_view a, std::string_view b) {
  return fmt::format(
      "{1}_high - {2}_high - ({1}_high > {2}_high AND {1}_low < {2}_low)\n"
      "           + ({1}_high < {2}_high AND {1}_low > {2}_low) AS {0}_high,\n"
      "         {1}_low - {2}_low + 1000000000000000000 * (\n"
      "           ({1}_high > {2}_high AND {1}_low < {2}_low)\n"
      "           - ({1}_high < {2}_high AND {1}_low > {2}_low)) AS {0}_low",
      name, a, b);
}

std::string decimal(std::string_view name) {
  return fmt::format(
      "CASE WHEN abs({0}_high) < 9 OR abs({0}_high) = 9 AND abs({0}_low) <= 223372036854775807\n"
      "            THEN {0}_high * 1000000000000000000 + {0}_low\n"
      "            ELSE printf('%d%018d', {0}_high, abs({0}_low)) END",
      name);
}

// The row's own total and what the tail adds to it.
std::string row_and_tail(std::string_view name) {
  return fmt::format(
      "a.posted_{0}_high + coalesce(m.{0}_high, 0) AS {0}_high,\n"
      "         a.posted_{0} / 1000000000 + coalesce(m.{0}_middle, 0) AS {0}_middle,\n"
      "         a.posted_{0} % 1000000000 + coalesce(m.{0}_low, 0) AS {0}_low",
      name);
}

std::string frozen_case() {
  std::string text = "CASE a.frozen";
  for (const Frozen frozen : {Frozen::none, Frozen::debits, Frozen::credits, Frozen::all}) {
    text += fmt::format(" WHEN {} THEN '{}'", static_cast<int>(frozen), name(frozen));
  }
  return text + " END";
}

// NOLINTNEXTLINE(readability-function-size): the text of one view.
std::string accounts_view() {
  return fmt::format(
      R"sql(
CREATE VIEW v_accounts AS
WITH tail (account, place, seq, moved_in, moved_out, held_in, held_out) AS (
  SELECT to_account, seq * 1024, seq, amount, 0, details ->> '$.held[3]',
         details ->> '$.held[4]' FROM journal
   WHERE seq > (SELECT value FROM meta WHERE name = 'swept_seq') AND outcome = 0 AND to_account > 0
  UNION ALL
  SELECT from_account, seq * 1024, seq, 0, amount, details ->> '$.held[1]',
         details ->> '$.held[2]' FROM journal
   WHERE seq > (SELECT value FROM meta WHERE name = 'swept_seq') AND outcome = 0
     AND from_account > 0 AND kind <> 2
  UNION ALL
  SELECT l.to_account, l.seq * 1024 + leg, l.seq, l.amount, 0,
         details ->> ('$.held[' || leg || '][3]'), details ->> ('$.held[' || leg || '][4]')
    FROM legs l JOIN journal j ON j.seq = l.seq
   WHERE l.seq > (SELECT value FROM meta WHERE name = 'swept_seq')
  UNION ALL
  SELECT l.from_account, l.seq * 1024 + leg, l.seq, 0, l.amount,
         details ->> ('$.held[' || leg || '][1]'), details ->> ('$.held[' || leg || '][2]')
    FROM legs l JOIN journal j ON j.seq = l.seq
   WHERE l.seq > (SELECT value FROM meta WHERE name = 'swept_seq')
), moved AS (
  SELECT tail.account, count(*) AS entries, tail.seq AS last_seq,
         max(tail.place),  -- What is held is the row's that has it.
         coalesce(tail.held_in, 0) AS held_in, coalesce(tail.held_out, 0) AS held_out,
         {in_digits},
         {out_digits}
    FROM tail JOIN accounts ON accounts.number = tail.account AND tail.seq > accounts.as_of_seq
   GROUP BY tail.account
), added AS (
  SELECT a.number, a.version + coalesce(m.entries, 0) AS version,
         coalesce(m.last_seq, a.last_seq) AS last_seq,
         coalesce(m.held_in, a.held_in) AS held_in, coalesce(m.held_out, a.held_out) AS held_out,
         {in_added},
         {out_added}
    FROM accounts a LEFT JOIN moved m ON m.account = a.number
), total AS (
  SELECT number, version, last_seq, held_in, held_out,
         {in_carried},
         {out_carried}
    FROM added
), net AS (
  SELECT *,
         {balance_difference}
    FROM total
), shown AS (
SELECT a.number, a.id, c.code AS currency, c.scale, a.floor, a.ceiling,
       {in} AS posted_in,
       {out} AS posted_out,
       {balance} AS balance,
       n.version, a.opened_seq, n.last_seq, a.metadata, n.held_in, n.held_out,
       {frozen} AS frozen, a.closed
  FROM accounts a JOIN currencies c ON c.id = a.currency JOIN net n ON n.number = a.number
)
SELECT *,
       {balance_text} AS balance_text,
       {in_text} AS posted_in_text,
       {out_text} AS posted_out_text,
       {held_in_text} AS held_in_text,
       {held_out_text} AS held_out_text
  FROM shown;
)sql",
      fmt::arg("in_digits", digits("in", "moved_in")),
      fmt::arg("out_digits", digits("out", "moved_out")), fmt::arg("in_added", row_and_tail("in")),
      fmt::arg("out_added", row_and_tail("out")), fmt::arg("in_carried", carried("in")),
      fmt::arg("out_carried", carried("out")),
      fmt::arg("balance_difference", difference("balance", "in", "out")),
      fmt::arg("in", decimal("in")), fmt::arg("out", decimal("out")),
      fmt::arg("balance", decimal("balance")), fmt::arg("frozen", frozen_case()),
      fmt::arg("balance_text", decimal_text("balance", "scale")),
      fmt::arg("in_text", decimal_text("posted_in", "scale")),
      fmt::arg("out_text", decimal_text("posted_out", "scale")),
      fmt::arg("held_in_text", decimal_text("held_in", "scale")),
      fmt::arg("held_out_text", decimal_text("held_out", "scale")));
}

std::string trial_balance_view() {
  return fmt::format(
      R"sql(
CREATE VIEW v_trial_balance AS
WITH added AS (
  SELECT currency, scale, count(*) AS accounts,
         {debit_digits},
         {credit_digits}
    FROM v_accounts GROUP BY currency, scale
), total AS (
  SELECT currency, scale, accounts,
         {debit_carried},
         {credit_carried}
    FROM added
), net AS (
  SELECT *,
         {net_difference}
    FROM total
), shown AS (
SELECT currency, scale, accounts,
       {debit} AS debit,
       {credit} AS credit,
       {net} AS net
  FROM net
)
SELECT *,
       {debit_text} AS debit_text,
       {credit_text} AS credit_text,
       {net_text} AS net_text
  FROM shown;
)sql",
      fmt::arg("debit_digits", digits("debit", "-min(balance, 0)")),
      fmt::arg("credit_digits", digits("credit", "max(balance, 0)")),
      fmt::arg("debit_carried", carried("debit")), fmt::arg("credit_carried", carried("credit")),
      fmt::arg("net_difference", difference("net", "credit", "debit")),
      fmt::arg("debit", decimal("debit")), fmt::arg("credit", decimal("credit")),
      fmt::arg("net", decimal("net")), fmt::arg("debit_text", decimal_text("debit", "scale")),
      fmt::arg("credit_text", decimal_text("credit", "scale")),
      fmt::arg("net_text", decimal_text("net", "scale")));
}

}  // namespace

void make_views(SQLite::Database& db) {
  db.exec(accounts_view());
  db.exec(entry_views());
  db.exec(trial_balance_view());
}

void drop_views(SQLite::Database& db) {
  for (const char* view :
       {"v_trial_balance", "v_statement", "v_rejections", "v_legs", "v_schedules", "v_effective",
        "v_holds", "v_payments", "v_entries", "v_accounts"}) {
    db.exec(fmt::format("DROP VIEW IF EXISTS {}", view));
  }
}

}  // namespace giro::store
