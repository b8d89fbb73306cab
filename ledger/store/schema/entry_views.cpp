#include "ledger/store/schema/entry_views.hpp"

#include <span>

#include <fmt/format.h>

#include "ledger/entry/kinds.hpp"
#include "ledger/entry/names.hpp"
#include "ledger/store/schema/view_text.hpp"

namespace giro::store {
namespace {

// What the program calls kinds of entries, for a row `j` of the journal.
std::string type_case() {
  std::string text = "CASE j.kind";
  for (const KindFacts& facts : kKinds) {
    const auto kind = static_cast<int>(facts.kind);
    const std::span<const std::string_view> actions = facts.types_by_action;
    if (actions.empty()) {
      text += fmt::format(" WHEN {} THEN '{}'", kind, facts.type);
      continue;
    }
    text += fmt::format("\n         WHEN {} THEN CASE coalesce(j.details ->> '$.action', 0)", kind);
    for (std::size_t action = 0; action < actions.size(); ++action) {
      text += fmt::format(" WHEN {} THEN '{}'", action, actions[action]);
    }
    text += " END";
  }
  return text + " END";
}

std::string status_case() {
  std::string text =
      fmt::format("CASE WHEN j.outcome <> 0 THEN '{}' ELSE CASE j.kind", kRejectedStatus);
  for (const KindFacts& facts : kKinds) {
    text += fmt::format(" WHEN {} THEN '{}'", static_cast<int>(facts.kind), facts.status);
  }
  return text + " END END";
}

// A row's author, of which the column `uid` has both.
std::string uid_of(std::string_view row) {
  return fmt::format("{}.uid & 4294967295 AS uid", row);
}
std::string node_of(std::string_view row) {
  return fmt::format("(SELECT name FROM nodes WHERE number = {}.uid >> 32) AS node", row);
}

// A payment that was rejected keeps the currency it asked for where its accounts don't tell it.
std::string entries_view() {
  return fmt::format(
      R"sql(
CREATE VIEW v_entries AS
WITH e AS (
SELECT j.seq,
       {at} AS at,
       {type} AS type,
       {status} AS status,
       CASE j.outcome WHEN 0 THEN NULL ELSE k.name END AS code,
       {uid}, j.key, f.id AS from_id, t.id AS to_id, j.amount,
       coalesce(json_extract(j.details, '$.requested[' ||
         coalesce(json_extract(j.details, '$.leg'), 0) || '].currency'), fc.code) AS currency,
       j.from_after, fc.code AS from_currency, j.to_after, tc.code AS to_currency,
       EXISTS (SELECT 1 FROM legs WHERE legs.seq = j.seq) OR j.kind = 1 AS has_legs,
       j.details, j.metadata,
       CASE j.kind WHEN 1 THEN 0 ELSE coalesce(j.details ->> '$.held[0]', 0) END AS held,
       coalesce(json_extract(j.details, '$.hold_seq'), json_extract(j.details, '$.original_seq'),
         json_extract(j.details, '$.schedule_seq')) AS follows, fc.scale AS from_scale, tc.scale AS to_scale,
       {node}
  FROM journal j LEFT JOIN codes k ON k.code = j.outcome
  LEFT JOIN accounts f ON f.number = j.from_account
  LEFT JOIN accounts t ON t.number = j.to_account
  LEFT JOIN currencies fc ON fc.id = f.currency
  LEFT JOIN currencies tc ON tc.id = t.currency
)
SELECT e.seq, e.at, e.type, e.status, e.code, e.uid, e.key, e.from_id, e.to_id, e.amount, e.currency,
       e.from_after, e.from_currency, e.to_after, e.to_currency, e.has_legs, e.details, e.metadata,
       e.held, e.follows, e.from_scale, e.to_scale, c.scale,
       {amount} AS amount_text,
       {held} AS held_text,
       {from_after} AS from_after_text,
       {to_after} AS to_after_text, e.node
  FROM e LEFT JOIN currencies c ON c.code = e.currency;

CREATE VIEW v_payments AS SELECT * FROM v_entries
 WHERE type NOT LIKE 'account%' AND type NOT LIKE 'books%';

CREATE VIEW v_rejections AS
SELECT seq, at, type, key, uid, code, details ->> '$.leg' AS leg,
       (SELECT name FROM codes WHERE codes.code = details ->> '$.leg_code') AS leg_code,
       from_id, to_id, amount, amount_text, currency, from_after, from_after_text, from_currency,
       to_after, to_after_text, to_currency, follows, details, metadata, node
  FROM v_entries WHERE status = '{rejected}';
)sql",
      fmt::arg("at", time_text("j.at")), fmt::arg("type", type_case()),
      fmt::arg("uid", uid_of("j")), fmt::arg("node", node_of("j")),
      fmt::arg("status", status_case()), fmt::arg("amount", decimal_text("e.amount", "c.scale")),
      fmt::arg("held", decimal_text("e.held", "c.scale")),
      fmt::arg("from_after", decimal_text("e.from_after", "e.from_scale")),
      fmt::arg("to_after", decimal_text("e.to_after", "e.to_scale")),
      fmt::arg("rejected", kRejectedStatus));
}

std::string holds_and_legs_views() {
  return fmt::format(
      R"sql(
CREATE VIEW v_holds AS
SELECT h.seq, h.key, f.id AS from_id, t.id AS to_id, h.left, c.code AS currency, c.scale,
       {expires_at} AS expires_at, {uid},
       {left} AS left_text,
       h.amount,
       {amount} AS amount_text,
       {made_at} AS made_at, {node}
  FROM holds h JOIN accounts f ON f.number = h.from_account
  JOIN accounts t ON t.number = h.to_account JOIN currencies c ON c.id = f.currency;

CREATE VIEW v_legs AS
SELECT l.seq, l.leg, f.id AS from_id, t.id AS to_id, l.amount, c.code AS currency,
       l.from_after, l.to_after, c.scale,
       {leg_amount} AS amount_text,
       {from_after} AS from_after_text,
       {to_after} AS to_after_text
  FROM legs l JOIN accounts f ON f.number = l.from_account
  JOIN accounts t ON t.number = l.to_account JOIN currencies c ON c.id = f.currency;
)sql",
      fmt::arg("expires_at", time_text("h.expires_at")), fmt::arg("uid", uid_of("h")),
      fmt::arg("node", node_of("h")), fmt::arg("made_at", time_text("h.made_at")),
      fmt::arg("left", decimal_text("h.left", "c.scale")),
      fmt::arg("amount", decimal_text("h.amount", "c.scale")),
      fmt::arg("leg_amount", decimal_text("l.amount", "c.scale")),
      fmt::arg("from_after", decimal_text("l.from_after", "c.scale")),
      fmt::arg("to_after", decimal_text("l.to_after", "c.scale")));
}

// What is scheduled, by its first leg, and what counts on another day than it was decided on.
std::string schedules_and_days_views() {
  return fmt::format(
      R"sql(
CREATE VIEW v_schedules AS
SELECT s.seq, j.key, s.legs, json_extract(j.details, '$.requested[0].from') AS from_id,
       json_extract(j.details, '$.requested[0].to') AS to_id,
       json_extract(j.details, '$.requested[0].amount') AS amount,
       json_extract(j.details, '$.requested[0].currency') AS currency, s.occurrence,
       {next_at} AS next_at,
       json_extract(j.details, '$.every') AS every, json_extract(j.details, '$.count') AS count,
       {until} AS until, {uid}, c.scale,
       {amount} AS amount_text, {node}
  FROM schedules s JOIN journal j ON j.seq = s.seq
  LEFT JOIN currencies c ON c.code = json_extract(j.details, '$.requested[0].currency');

CREATE VIEW v_effective AS
SELECT a.id AS account, date(e.day * 86400, 'unixepoch') AS effective_date, e.seq
  FROM effective_entries e JOIN accounts a ON a.number = e.account;
)sql",
      fmt::arg("next_at", time_text("s.next_at")), fmt::arg("uid", uid_of("j")),
      fmt::arg("node", node_of("j")),
      fmt::arg("until", time_text("json_extract(j.details, '$.until')")),
      fmt::arg("amount",
               decimal_text("json_extract(j.details, '$.requested[0].amount')", "c.scale")));
}

// Each posting is a line of both its accounts. One that two legs of a payment touch has two lines of it.
std::string statement_view() {
  return fmt::format(
      R"sql(
CREATE VIEW v_statement AS
WITH line (account, counterparty, seq, leg, amount, balance, held_in, held_out) AS (
  SELECT from_account, to_account, seq, NULL, -amount, from_after, details ->> '$.held[1]',
         details ->> '$.held[2]' FROM journal
   WHERE outcome = 0 AND from_account > 0 AND kind <> {opening}
  UNION ALL
  SELECT to_account, from_account, seq, NULL, amount, to_after, details ->> '$.held[3]',
         details ->> '$.held[4]' FROM journal WHERE outcome = 0 AND to_account > 0
  UNION ALL
  SELECT l.from_account, l.to_account, l.seq, leg, -l.amount, l.from_after,
         details ->> ('$.held[' || leg || '][1]'), details ->> ('$.held[' || leg || '][2]')
    FROM legs l JOIN journal j ON j.seq = l.seq
  UNION ALL
  SELECT l.to_account, l.from_account, l.seq, leg, l.amount, l.to_after,
         details ->> ('$.held[' || leg || '][3]'), details ->> ('$.held[' || leg || '][4]')
    FROM legs l JOIN journal j ON j.seq = l.seq
)
SELECT a.id AS account, line.seq, line.leg,
       {at} AS at,
       {type} AS type,
       j.key, o.id AS counterparty, line.amount,
       {amount} AS amount_text,
       line.balance,
       {balance} AS balance_text,
       coalesce(line.held_in, 0) AS held_in,
       {held_in} AS held_in_text,
       coalesce(line.held_out, 0) AS held_out,
       {held_out} AS held_out_text,
       c.code AS currency, c.scale, j.details ->> '$.reference' AS reference,
       j.details ->> '$.description' AS description, {uid}, {node}
  FROM line JOIN journal j ON j.seq = line.seq
  JOIN accounts a ON a.number = line.account JOIN currencies c ON c.id = a.currency
  LEFT JOIN accounts o ON o.number = line.counterparty;
)sql",
      fmt::arg("opening", static_cast<int>(EntryKind::account)), fmt::arg("at", time_text("j.at")),
      fmt::arg("uid", uid_of("j")), fmt::arg("node", node_of("j")), fmt::arg("type", type_case()),
      fmt::arg("amount", decimal_text("line.amount", "c.scale")),
      fmt::arg("balance", decimal_text("line.balance", "c.scale")),
      fmt::arg("held_in", decimal_text("coalesce(line.held_in, 0)", "c.scale")),
      fmt::arg("held_out", decimal_text("coalesce(line.held_out, 0)", "c.scale")));
}

}  // namespace

std::string entry_views() {
  return entries_view() + holds_and_legs_views() + schedules_and_days_views() + statement_view();
}

}  // namespace giro::store
