#include "session/view_json.hpp"

#include <algorithm>

#include "ledger/entry/names.hpp"
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

// What a line of either statement begins and ends with.
void begin_line(JsonWriter& json, const store::StatementLine& line) {
  json.begin_object().field("seq", line.seq).field("at", line.at).field("key", line.key);
  json.field("type", line.type).field("amount", line.amount);
}
void end_line(JsonWriter& json, const store::StatementLine& line,
              const AccountBook& counterparties) {
  if (line.counterparty != 0) json.field("counterparty", counterparties[line.counterparty].id);
  if (line.leg) json.field("leg", *line.leg);
  if (!line.reference.empty()) json.field("reference", line.reference);
  if (!line.description.empty()) json.field("description", line.description);
  json.end_object();
}

// Nothing for the many accounts that aren't watched.
void write_watch(JsonWriter& json, const AccountView& view) {
  if (!view.velocities.empty()) {
    json.key("limits").begin_array();
    for (const AccountView::UsedLimit& velocity : view.velocities) {
      json.begin_object().field("window", format_duration(velocity.limit.window_ns));
      if (velocity.limit.amount) {
        json.field("amount", *velocity.limit.amount).field("used_amount", velocity.used.amount);
      }
      if (velocity.limit.count) json.field("count", *velocity.limit.count);
      json.field("used_count", velocity.used.count).end_object();
    }
    json.end_array();
  }
  if (!view.alerts.empty()) write_alerts(json, view.alerts);
}

void write_line(JsonWriter& json, const store::StatementLine& line,
                const AccountBook& counterparties) {
  begin_line(json, line);
  json.field("balance", line.balance);
  json.field("held_in", line.held.in).field("held_out", line.held.out);
  end_line(json, line, counterparties);
}
void write_line(JsonWriter& json, const store::EffectiveLine& line,
                const AccountBook& counterparties) {
  begin_line(json, line.line);
  json.field("balance", line.balance).field("effective_date", line.day);
  end_line(json, line.line, counterparties);
}

// What an account has, what it keeps to, and what that leaves it. `limits`: nothing: it wasn't open.
void write_standing(JsonWriter& json, const std::optional<AccountLimits>& limits, Amount balance,
                    const Held& held) {
  if (limits) {
    json.field("floor", limits->floor_or_none());
    json.field("ceiling", limits->ceiling_or_none());
  }
  json.field("balance", balance);
  if (limits) json.field("available", limits->available(balance, held.out));
  json.field("held_in", held.in).field("held_out", held.out);
  if (limits) json.field("frozen", name(limits->frozen)).field("closed", limits->closed);
}

void write_sums(JsonWriter& json, const Currency& currency, const store::Sums& sums) {
  json.field("currency", currency.code).field("scale", currency.scale);
  json.field("accounts", sums.accounts).field("debit", sums.debit).field("credit", sums.credit);
}

void write_life(JsonWriter& json, const PaymentFound& found) {
  if (found.left) json.field("left", *found.left);
  if (found.reversed) json.field("reversed", *found.reversed);
  if (found.family.entries.size() > 1) {
    json.key("life").begin_array();
    for (const Entry& entry : found.family.entries) write_life_step(json, entry);
    json.end_array();
    if (found.family.more) json.field("life_more", true);
  }
}

void write_cluster(JsonWriter& json, const ClusterFigures& cluster) {
  json.key("cluster").begin_object().field("name", cluster.name).field("node", cluster.node);
  json.field("state", cluster.state).field("trouble", text_or_null(cluster.trouble));
  json.field("index", cluster.index).field("groups", cluster.groups);
  json.field("heard_ms_ago", cluster.heard_ago.count());
  write_age(json, cluster.age);
  json.field("clock_offset_ms", cluster.clock_offset / std::chrono::milliseconds(1));
  json.field("etcd_bytes", cluster.etcd_bytes).field("etcd_bytes_max", cluster.etcd_bytes_max);
  json.key("nodes").begin_array();
  for (const ClusterFigures::Node& node : cluster.nodes) {
    json.begin_object().field("node", node.name).field("state", node.state);
    json.field("version", node.version).field("index", node.index);
    json.field("digest", node.digest).field("said_ms_ago", node.said_ago.count());
    json.field("differs", node.differs).end_object();
  }
  json.end_array().end_object();
}

}  // namespace

void write_account(JsonWriter& json, const AccountView& view, Seq as_of_seq) {
  const Account& account = view.account;
  json.field("id", view.id).field("currency", view.currency.code);
  json.field("scale", view.currency.scale);
  write_standing(json, view.limits, account.balance, account.held);
  json.field("posted_in", account.posted_in).field("posted_out", account.posted_out());
  json.field("version", account.version);
  json.field("opened_seq", view.opened_seq).field("last_seq", account.last_seq);
  write_watch(json, view);
  if (!view.metadata.empty()) json.raw_field("metadata", view.metadata);
  json.field("as_of_seq", as_of_seq);
}

void write_found(JsonWriter& json, const AccountAt& found) {
  json.field("id", found.id).field("currency", found.currency.code);
  json.field("scale", found.currency.scale);
  write_standing(json, found.limits, found.balance, found.held);
  json.field("posted_in", found.posted_in).field("posted_out", found.posted_out);
  json.field("version", found.version).field("as_of_seq", found.as_of_seq);
}

void write_found(JsonWriter& json, const EffectiveBalance& found) {
  json.field("id", found.id).field("currency", found.currency.code);
  json.field("scale", found.currency.scale).field("balance", found.balance);
  json.field("effective_at", found.effective_at).field("as_of_seq", found.as_of_seq);
}

void write_found(JsonWriter& json, const EffectiveStatementView& found) {
  json.field("id", found.id).field("currency", found.currency.code);
  json.field("scale", found.currency.scale).field("opening_balance", found.page.opening);
  json.field("closing_balance", found.page.closing).key("lines").begin_array();
  for (const store::EffectiveLine& line : found.page.lines) {
    write_line(json, line, found.counterparties);
  }
  json.end_array().field("next", found.page.next.transform(protocol::format_effective_cursor));
  json.field("as_of_seq", found.as_of_seq);
}

void write_found(JsonWriter& json, const AccountsAt& found) {
  json.key("accounts").begin_array();
  for (const AccountAt& account : found.accounts) {
    json.begin_object();
    write_found(json, account);
    json.end_object();
  }
  json.end_array().field("next", found.next);
}

void write_found(JsonWriter& json, const StatementView& found) {
  json.field("id", found.id).field("currency", found.currency.code);
  json.field("scale", found.currency.scale).field("opening_balance", found.begin.balance);
  json.field("in", found.end.posted_in - found.begin.posted_in);
  json.field("out", found.end.posted_out() - found.begin.posted_out());
  json.field("closing_balance", found.end.balance);
  json.field("count", found.end.version - found.begin.version).key("lines").begin_array();
  for (const store::StatementLine& line : found.lines) {
    write_line(json, line, found.counterparties);
  }
  json.end_array().field("next", found.next.transform(protocol::format_cursor));
  json.field("as_of_seq", found.as_of_seq);
}

void write_found(JsonWriter& json, const PaymentFound& found) {
  if (found.entry) {
    write_entry_fields(json, *found.entry, found.accounts, found.status);
    return write_life(json, found);
  }
  json.field("status", "unknown");
  if (found.question.key) {
    json.field("key", *found.question.key);
  } else {
    json.field("seq", found.question.seq);
  }
}

void write_found(JsonWriter& json, const PaymentsFound& found) {
  json.key("payments").begin_array();
  for (const Entry& entry : found.page.payments) write_entry(json, entry, found.accounts);
  json.end_array().field("next", found.page.next);
}

void write_found(JsonWriter& json, const SchedulesFound& found) {
  json.key("schedules").begin_array();
  for (const store::ScheduledNext& open : found.page.schedules) {
    json.begin_object();
    write_entry_fields(json, open.schedule, found.accounts, status_of(open.schedule));
    json.field("next_at", open.next_at).field("occurrence", open.occurrence).end_object();
  }
  json.end_array().field("next", found.page.next);
}

void write_found(JsonWriter& json, const HoldsFound& found) {
  json.key("holds").begin_array();
  for (const store::OpenHoldFound& hold : found.page.holds) {
    json.begin_object();
    write_entry_fields(json, hold.entry, found.accounts, status_of(hold.entry));
    json.field("left", hold.left).end_object();
  }
  json.end_array().field("next", found.page.next);
}

void write_found(JsonWriter& json, const store::TrialBalance& found) {
  const auto is_balanced = [](const auto& line) { return line.sums.debit == line.sums.credit; };
  json.field("as_of_seq", found.as_of_seq);
  if (found.effective_at) json.field("effective_at", *found.effective_at);
  json.field("balanced", std::ranges::all_of(found.lines, is_balanced));
  json.key("currencies").begin_array();
  for (const store::TrialBalanceLine& line : found.lines) {
    json.begin_object();
    write_sums(json, line.currency, line.sums);
    json.field("net", line.sums.credit - line.sums.debit).end_object();
  }
  json.end_array();
}

void write_found(JsonWriter& json, const TotalsFound& found) {
  json.field("as_of_seq", found.totals.as_of_seq).field("prefix", found.prefix);
  json.key("rows").begin_array();
  for (const store::BranchSums& row : found.totals.rows) {
    json.begin_object().field("prefix", row.branch).field("depth", row.depth);
    write_sums(json, row.currency, row.sums);
    json.field("balance", row.sums.credit - row.sums.debit).end_object();
  }
  json.end_array().field("next", found.next.transform(protocol::format_totals_cursor));
}

void write_found(JsonWriter& json, const store::VerifyReport& found) {
  json.field("ok", found.ok()).field("entries", found.entries);
  json.field("accounts", found.accounts).field("head_seq", found.head_seq);
  json.field("head_digest", found.head_digest).key("problems").begin_array();
  for (const store::Problem& problem : found.problems) {
    json.begin_object().field("seq", problem.seq).field("part", store::name(problem.part));
    json.field("what", problem.what).end_object();
  }
  json.end_array();
}

void write_age(JsonWriter& json, const ReadAge& age) {
  json.field("age_ms",
             age.at_most.transform([](std::chrono::milliseconds span) { return span.count(); }));
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
  json.end_array().field("books_closed_until", status.closed_until);
  json.field("read_only", !status.obstacle.empty());
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
  const PageFigures& pages = figures.pages;
  json.key("pages").begin_object().field("checksums", pages.have_sums);
  json.field("damaged", pages.damaged);
  json.field("scrubbed_at", pages.last_pass.ns == 0 ? std::nullopt : std::optional(pages.last_pass))
      .end_object();
  if (figures.cluster) write_cluster(json, *figures.cluster);
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
