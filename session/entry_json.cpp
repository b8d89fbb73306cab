#include "session/entry_json.hpp"

#include <memory>

namespace giro {
namespace {

using protocol::JsonWriter;

// A rejected payment saw balances only where it knew both accounts.
bool has_balances(const Posting& posting) {
  return posting.from != 0 && posting.to != 0;
}

void write_balances(JsonWriter& json, const Posting& posting) {
  json.field("from_balance", posting.from_after).field("to_balance", posting.to_after);
}

// Balances are in their accounts' own currencies, which may not be the one that was asked for: that is
// what the payment was rejected for.
void write_balances(JsonWriter& json, const Posting& posting, const CurrencyCode& asked,
                    const AccountBook& accounts) {
  write_balances(json, posting);
  const CurrencyCode& from = accounts[posting.from].currency.code;
  const CurrencyCode& to = accounts[posting.to].currency.code;
  if (from == asked && to == asked) return;
  json.field("from_currency", from).field("to_currency", to);
}

bool is_up_to(const PaymentBody& payment) {
  return payment.details && payment.details->asked.has_value();
}

void write_leg(JsonWriter& json, std::string_view from, std::string_view to, Amount amount,
               std::string_view currency) {
  json.field("from", from).field("to", to).field("amount", amount).field("currency", currency);
}

// What an entry shows by the kind of its body.
struct BodyWriter {
  JsonWriter& json;
  const Entry& entry;
  const AccountBook& accounts;

  // The names come from the request where the journal kept them, else from the numbers.
  void operator()(const PaymentBody& payment) const {
    const Posting& posting = payment.posting;
    const Leg* leg =
        payment.details && payment.details->requested ? &*payment.details->requested : nullptr;
    const CurrencyCode asked =
        leg != nullptr ? leg->currency : accounts[posting.from].currency.code;
    if (leg != nullptr) {
      write_leg(json, leg->from.view(), leg->to.view(), leg->amount, asked.view());
    } else {
      write_leg(json, accounts[posting.from].id.view(), accounts[posting.to].id.view(),
                posting.amount, asked.view());
    }
    if (is_up_to(payment)) json.field("up_to", true).field("asked", *payment.details->asked);
    if (has_balances(posting)) write_balances(json, posting, asked, accounts);
  }

  void operator()(const std::unique_ptr<MultiLegBody>& payment) const {
    json.key("legs").begin_array();
    for (const Posting& posting : payment->postings) {
      json.begin_object();
      write_leg(json, accounts[posting.from].id.view(), accounts[posting.to].id.view(),
                posting.amount, accounts[posting.from].currency.code.view());
      write_balances(json, posting);
      json.end_object();
    }
    for (const Leg& leg : payment->requested) {
      json.begin_object();
      write_leg(json, leg.from.view(), leg.to.view(), leg.amount, leg.currency.view());
      json.end_object();
    }
    json.end_array();
    if (entry.applied() || !has_balances(payment->seen)) return;
    write_balances(json, payment->seen, payment->requested.at(payment->failed_leg).currency,
                   accounts);
  }

  void operator()(const std::unique_ptr<OpeningBody>& opening) const {
    const OpenedAccount& opened = opening->opened;
    json.key("account").begin_object();
    json.field("id", opened.id).field("currency", opened.currency.code);
    json.field("scale", opened.currency.scale);
    json.field("floor", opened.floor).field("ceiling", opened.ceiling);
    if (!opened.metadata.empty()) json.raw_field("metadata", opened.metadata);
    json.end_object();
  }
};

void write_options(JsonWriter& json, const PaymentOptions& options) {
  // `code` is the rejection's.
  if (options.code) json.field("payment_code", *options.code);
  if (!options.reference.empty()) json.field("reference", options.reference);
  if (!options.description.empty()) json.field("description", options.description);
  if (!options.metadata.empty()) json.raw_field("metadata", options.metadata);
  if (!options.effective_date.empty()) json.field("effective_date", options.effective_date);
  if (options.deadline) json.field("deadline", *options.deadline);
  if (options.if_version) json.field("if_version", *options.if_version);
  if (options.if_available_gte) json.field("if_available_gte", *options.if_available_gte);
}

void write_money_moved(JsonWriter& json, const PaymentBody& payment, bool applied) {
  if (applied && is_up_to(payment)) json.field("amount", payment.posting.amount);
  if (has_balances(payment.posting)) write_balances(json, payment.posting);
}

void write_money_moved(JsonWriter& json, const std::unique_ptr<MultiLegBody>& payment,
                       bool applied) {
  if (!applied) {
    if (has_balances(payment->seen)) write_balances(json, payment->seen);
    return;
  }
  json.key("legs").begin_array();
  for (const Posting& posting : payment->postings) {
    json.begin_object();
    write_balances(json, posting);
    json.end_object();
  }
  json.end_array();
}

void write_money_moved(JsonWriter& /*json*/, const std::unique_ptr<OpeningBody>& /*opening*/,
                       bool /*applied*/) {}

}  // namespace

void write_verdict(JsonWriter& json, const Entry& entry) {
  if (entry.applied()) {
    json.field("status", "applied");
    return;
  }
  json.field("status", "rejected").field("code", name(entry.outcome));
  Rejection why = entry.outcome;
  if (why == Rejection::leg_failed) {
    const auto& payment = *std::get<std::unique_ptr<MultiLegBody>>(entry.body);
    why = payment.leg_code;
    json.field("leg", payment.failed_leg).field("leg_code", name(why));
  }
  if (why == Rejection::account_unknown) {
    json.field("field", entry.row_posting().from == 0 ? "from" : "to");
  }
}

void write_outcome(JsonWriter& json, const Outcome& outcome, std::span<const Entry> entries) {
  const Entry& entry = entry_of(outcome, entries);
  const bool dry_run = std::holds_alternative<Rehearsed>(outcome);
  const bool replayed = std::holds_alternative<Replayed>(outcome);
  json.begin_object();
  write_verdict(json, entry);
  if (!dry_run) json.field("seq", entry.seq).field("at", entry.at);
  if (entry.opened() != nullptr) {
    json.field("replayed", replayed).field("id", entry.key).end_object();
    return;
  }
  json.field("key", entry.key);
  if (dry_run) {
    json.field("dry_run", true);
  } else {
    json.field("replayed", replayed);
  }
  std::visit([&](const auto& body) { write_money_moved(json, body, entry.applied()); }, entry.body);
  json.end_object();
}

void write_entry(JsonWriter& json, const Entry& entry, const AccountBook& accounts) {
  json.begin_object();
  json.field("type", entry.opened() != nullptr ? "account" : "payment");
  write_verdict(json, entry);
  json.field("seq", entry.seq)
      .field("at", entry.at)
      .field("key", entry.key)
      .field("uid", entry.uid);
  std::visit(BodyWriter{.json = json, .entry = entry, .accounts = accounts}, entry.body);
  if (const PaymentOptions* options = entry.options()) write_options(json, *options);
  json.end_object();
}

}  // namespace giro
