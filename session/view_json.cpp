#include "session/view_json.hpp"

#include <algorithm>

#include "protocol/line_framer.hpp"
#include "protocol/payment_params.hpp"
#include "protocol/query_params.hpp"
#include "session/entry_json.hpp"
#include "session/methods.hpp"

namespace giro {
namespace {

using protocol::JsonWriter;

std::optional<std::string_view> text_or_null(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<Amount> limit(Amount amount, Amount none) {
  return amount == none ? std::nullopt : std::optional(amount);
}

void write_line(JsonWriter& json, const store::StatementLine& line,
                const AccountBook& counterparties) {
  json.begin_object().field("seq", line.seq).field("at", line.at).field("key", line.key);
  json.field("type", type_of(line.kind));
  json.field("amount", line.amount).field("balance", line.balance);
  json.field("held_in", line.held.in).field("held_out", line.held.out);
  if (line.counterparty != 0) json.field("counterparty", counterparties[line.counterparty].id);
  if (line.leg) json.field("leg", *line.leg);
  if (!line.reference.empty()) json.field("reference", line.reference);
  if (!line.description.empty()) json.field("description", line.description);
  json.end_object();
}

}  // namespace

void write_account(JsonWriter& json, const AccountView& view, Seq as_of_seq) {
  const Account& account = view.account;
  json.begin_object().field("id", view.id).field("currency", view.currency.code);
  json.field("scale", view.currency.scale).field("floor", limit(view.limits.floor, kNoFloor));
  json.field("ceiling", limit(view.limits.ceiling, kNoCeiling)).field("balance", account.balance);
  json.field("available", view.limits.available(account.balance, account.held.out));
  json.field("held_in", account.held.in).field("held_out", account.held.out);
  json.field("frozen", name(view.limits.frozen)).field("closed", view.limits.closed);
  json.field("posted_in", account.posted_in).field("posted_out", account.posted_out());
  json.field("version", account.version);
  json.field("opened_seq", view.opened_seq).field("last_seq", account.last_seq);
  if (!view.metadata.empty()) json.raw_field("metadata", view.metadata);
  json.field("as_of_seq", as_of_seq).end_object();
}

void write_found(JsonWriter& json, const AccountAt& found) {
  json.begin_object().field("id", found.id).field("currency", found.currency.code);
  json.field("scale", found.currency.scale).field("balance", found.balance);
  json.field("held_in", found.held.in).field("held_out", found.held.out);
  json.field("version", found.version).field("as_of_seq", found.as_of_seq).end_object();
}

void write_found(JsonWriter& json, const StatementView& found) {
  json.begin_object().field("id", found.id).field("currency", found.currency.code);
  json.field("scale", found.currency.scale).field("opening_balance", found.opening_balance);
  json.field("closing_balance", found.closing_balance).key("lines").begin_array();
  for (const store::StatementLine& line : found.lines) {
    write_line(json, line, found.counterparties);
  }
  json.end_array().field("next", found.next.transform(protocol::format_cursor));
  json.field("as_of_seq", found.as_of_seq).end_object();
}

void write_found(JsonWriter& json, const PaymentFound& found) {
  if (found.entry) return write_entry(json, *found.entry, found.accounts);
  json.begin_object().field("status", "unknown");
  if (found.question.key) {
    json.field("key", *found.question.key);
  } else {
    json.field("seq", found.question.seq);
  }
  json.end_object();
}

void write_found(JsonWriter& json, const PaymentsFound& found) {
  json.begin_object().key("payments").begin_array();
  for (const Entry& entry : found.page.payments) write_entry(json, entry, found.accounts);
  json.end_array().field("next", found.page.next).end_object();
}

void write_found(JsonWriter& json, const store::TrialBalance& found) {
  const auto is_balanced = [](const auto& line) { return line.debit == line.credit; };
  json.begin_object().field("as_of_seq", found.as_of_seq);
  json.field("balanced", std::ranges::all_of(found.lines, is_balanced));
  json.key("currencies").begin_array();
  for (const store::TrialBalanceLine& line : found.lines) {
    json.begin_object().field("currency", line.currency.code).field("scale", line.currency.scale);
    json.field("accounts", line.accounts);
    json.field("debit", line.debit);
    json.field("credit", line.credit);
    json.field("net", line.credit - line.debit);
    json.end_object();
  }
  json.end_array().end_object();
}

void write_found(JsonWriter& json, const store::VerifyReport& found) {
  json.begin_object().field("ok", found.ok()).field("entries", found.entries);
  json.field("accounts", found.accounts).field("head_seq", found.head_seq);
  json.field("head_digest", found.head_digest).key("problems").begin_array();
  for (const store::Problem& problem : found.problems) {
    json.begin_object().field("seq", problem.seq).field("part", store::name(problem.part));
    json.field("what", problem.what).end_object();
  }
  json.end_array().end_object();
}

void write_status(JsonWriter& json, const StatusAnswer& status, const ServerFigures& figures,
                  const ServerInfo& info) {
  json.begin_object().field("seq", status.seq);
  json.field("at", status.seq == 0 ? std::nullopt : std::optional(status.at));
  json.field("accounts", status.accounts).key("currencies").begin_array();
  for (const Currency& currency : status.currencies) {
    json.begin_object()
        .field("currency", currency.code)
        .field("scale", currency.scale)
        .end_object();
  }
  json.end_array().field("read_only", !status.obstacle.empty());
  json.field("obstacle", text_or_null(status.obstacle));
  json.key("clock").begin_object().field("state", status.clock.state);
  json.field("ahead_ms", status.clock.ahead_ns / 1'000'000).end_object();
  json.key("queue").begin_object().field("items", figures.load.items);
  json.field("items_max", info.limits.queue.items_max).field("bytes", figures.load.bytes);
  json.field("bytes_max", info.limits.queue.bytes_max).end_object();
  json.field("connections", figures.connections).field("subscribers", figures.subscribers);
  json.field("commits", status.commits).field("decisions", status.decisions);
  json.key("keys").begin_object().field("recent", status.keys_recent);
  json.field("sealed", status.keys_sealed).field("runs", status.key_runs);
  json.field("upkeep", status.key_trouble.empty() ? "ok" : status.key_trouble).end_object();
  json.key("files").begin_object().field("ledger_bytes", status.ledger_bytes);
  json.field("wal_bytes", status.wal_bytes);
  json.field("checkpoint", text_or_null(status.checkpoint_trouble)).end_object();
  json.field("uptime_s", figures.uptime_s).field("version", info.version);
  json.field("sqlite", info.sqlite).end_object();
}

void write_info(JsonWriter& json, const ServerInfo& info) {
  json.begin_object().field("name", "girod").field("version", info.version).field("protocol", 1);
  json.field("sqlite", info.sqlite).field("pid", info.pid).field("uid", info.uid);
  json.field("data", info.data).key("methods").begin_array();
  for (const std::string_view method : method_names()) json.value(method);
  json.end_array().key("limits").begin_object();
  json.field("line_bytes", protocol::kLineBytesMax).field("nesting", protocol::kDepthMax);
  json.field("array_requests", protocol::kArrayRequestsMax);
  json.field("payments", protocol::kPaymentsMax).field("legs", kLegsMax);
  json.field("page_lines", kPageLimitMax).field("window", info.limits.window);
  json.field("connections", info.limits.connections);
  json.field("queue_items", info.limits.queue.items_max);
  json.field("queue_bytes", info.limits.queue.bytes_max);
  json.field("questions", info.limits.questions).field("audits", info.limits.audits);
  json.field("unfinished_bytes", info.limits.unfinished_bytes);
  json.field("line_seconds", info.limits.line_seconds);
  json.field("reply_bytes", info.limits.reply_bytes);
  json.field("array_reply_bytes", kArrayReplyBytesMax).field("id_bytes", protocol::kIdBytesMax);
  json.field("page_bytes", store::kPageBytesMax).field("page_rows", store::kPageRowsMax);
  json.end_object().end_object();
}

}  // namespace giro
