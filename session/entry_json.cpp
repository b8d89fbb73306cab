#include "session/entry_json.hpp"

#include <array>
#include <memory>
#include <span>

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

void write_held(JsonWriter& json, std::string_view in, std::string_view out, const Held& held) {
  if (held == Held{}) return;
  json.field(in, held.in).field(out, held.out);
}
// What is held on both accounts; most have nothing.
void write_held(JsonWriter& json, const Posting& posting) {
  write_held(json, "from_held_in", "from_held_out", posting.from_held);
  write_held(json, "to_held_in", "to_held_out", posting.to_held);
}

bool is_up_to(const PaymentBody& payment) {
  return payment.details && payment.details->asked.has_value();
}

// A hold, or an original, as it was named and as it was found.
void write_reference(JsonWriter& json, std::string_view name, std::string_view seq_name,
                     const Reference& named, Seq seq) {
  if (named.key.empty()) {
    json.field(name, named.seq);
  } else {
    json.field(name, named.key);
  }
  if (seq != 0) json.field(seq_name, seq);
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
    write_payment(payment.posting, payment.posting.amount, payment.details.get());
  }

  void operator()(const std::unique_ptr<HoldBody>& hold) const {
    const Posting& posting = hold->posting;
    write_payment(posting, entry.applied() ? posting.held : posting.amount, &hold->details);
    if (hold->terms.timeout_ns) {
      json.field("timeout", format_duration(*hold->terms.timeout_ns));
    }
    if (hold->expires_at) json.field("expires_at", *hold->expires_at);
  }

  void operator()(const std::unique_ptr<CaptureBody>& capture) const {
    write_reference(json, "hold", "hold_seq", capture->named, capture->hold);
    write_movement(capture->posting);
    if (capture->asked) json.field("asked", *capture->asked);
    if (capture->final) json.field("final", true);
    if (capture->hold != 0) json.field("left", capture->left);
  }

  void operator()(const std::unique_ptr<ReleaseBody>& release) const {
    write_reference(json, "hold", "hold_seq", release->named, release->hold);
    write_movement(release->posting);
  }

  void operator()(const std::unique_ptr<ExpiryBody>& expiry) const {
    json.field("hold", entry.key).field("hold_seq", expiry->hold);
    write_movement(expiry->posting);
  }

  void operator()(const std::unique_ptr<ReversalBody>& reversal) const {
    write_reference(json, "original", "original_seq", reversal->named, reversal->original);
    if (reversal->asked) json.field("asked", *reversal->asked);
    if (reversal->original != 0) json.field("reversed", reversal->reversed);
    const auto& postings = reversal->legs.postings;
    if (postings.size() > 1) {
      write_legs(postings);
    } else {
      write_movement(entry.row_posting());
    }
  }

  void operator()(const std::unique_ptr<AccountChangeBody>& change) const {
    const AccountTerms& terms = change->terms;
    json.field("id", change->id);
    if (terms.floor) json.field("floor", *terms.floor);
    if (terms.ceiling) json.field("ceiling", *terms.ceiling);
    if (terms.frozen) json.field("frozen", name(*terms.frozen));
    if (terms.metadata)
      json.raw_field("metadata", terms.metadata->empty() ? "{}" : *terms.metadata);
    if (change->if_version) json.field("if_version", *change->if_version);
    if (change->posting.from == 0) return;
    json.field("balance", change->posting.from_after);
    write_held(json, "held_in", "held_out", change->posting.from_held);
  }

  void operator()(const std::unique_ptr<MultiLegBody>& payment) const {
    if (entry.applied()) return write_legs(payment->legs.postings);
    json.key("legs").begin_array();
    for (const Leg& leg : payment->requested) {
      json.begin_object();
      write_leg(json, leg.from.view(), leg.to.view(), leg.amount, leg.currency.view());
      json.end_object();
    }
    json.end_array();
    const Legs& legs = payment->legs;
    if (!has_balances(legs.seen)) return;
    write_balances(json, legs.seen, payment->requested.at(legs.failed_leg).currency, accounts);
    write_held(json, legs.seen);
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

 private:
  // A payment of one leg, or one to come. `amount`: what was moved, held or asked for.
  void write_payment(const Posting& posting, Amount amount, const PaymentDetails* details) const {
    const Leg* leg = details != nullptr && details->requested ? &*details->requested : nullptr;
    const CurrencyCode asked =
        leg != nullptr ? leg->currency : accounts[posting.from].currency.code;
    if (leg != nullptr) {
      write_leg(json, leg->from.view(), leg->to.view(), leg->amount, asked.view());
    } else {
      write_leg(json, accounts[posting.from].id.view(), accounts[posting.to].id.view(), amount,
                asked.view());
    }
    if (details != nullptr && details->asked) {
      json.field("up_to", true).field("asked", *details->asked);
    }
    if (!has_balances(posting)) return;
    write_balances(json, posting, asked, accounts);
    write_held(json, posting);
  }

  // What goes on with something before it names accounts by that: none where it is unknown.
  void write_movement(const Posting& posting) const {
    if (!has_balances(posting)) return;
    write_leg(json, accounts[posting.from].id.view(), accounts[posting.to].id.view(),
              posting.amount, accounts[posting.from].currency.code.view());
    write_balances(json, posting);
    write_held(json, posting);
  }

  void write_legs(std::span<const Posting> postings) const {
    json.key("legs").begin_array();
    for (const Posting& posting : postings) {
      json.begin_object();
      write_movement(posting);
      json.end_object();
    }
    json.end_array();
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

// What the answer to a request says of money, which needs no names: its client knows them.
struct MoneyWriter {
  JsonWriter& json;
  bool applied;

  void operator()(const PaymentBody& payment) const {
    if (applied && is_up_to(payment)) json.field("amount", payment.posting.amount);
    write_seen(payment.posting);
  }
  void operator()(const std::unique_ptr<MultiLegBody>& payment) const { write_legs(payment->legs); }
  void operator()(const std::unique_ptr<OpeningBody>& /*opening*/) const {}
  void operator()(const std::unique_ptr<HoldBody>& hold) const {
    if (applied) json.field("amount", hold->posting.held);
    if (applied && hold->expires_at) json.field("expires_at", *hold->expires_at);
    write_seen(hold->posting);
  }
  void operator()(const std::unique_ptr<CaptureBody>& capture) const {
    if (applied) json.field("amount", capture->posting.amount);
    if (capture->hold != 0) json.field("hold_seq", capture->hold).field("left", capture->left);
    write_seen(capture->posting);
  }
  void operator()(const std::unique_ptr<ReleaseBody>& release) const {
    if (release->hold != 0) json.field("hold_seq", release->hold);
    if (applied) json.field("released", -release->posting.held);
    write_seen(release->posting);
  }
  void operator()(const std::unique_ptr<ExpiryBody>& expiry) const { write_seen(expiry->posting); }
  void operator()(const std::unique_ptr<ReversalBody>& reversal) const {
    if (reversal->original != 0) {
      json.field("original_seq", reversal->original).field("reversed", reversal->reversed);
    }
    const auto& postings = reversal->legs.postings;
    if (postings.size() > 1) return write_legs(reversal->legs);
    if (applied) return write_amount(postings.front());
    write_seen(reversal->legs.seen);
  }
  void operator()(const std::unique_ptr<AccountChangeBody>& change) const {
    json.field("id", change->id);
  }

 private:
  void write_seen(const Posting& posting) const {
    if (!has_balances(posting)) return;
    write_balances(json, posting);
    write_held(json, posting);
  }
  void write_amount(const Posting& posting) const {
    json.field("amount", posting.amount);
    write_seen(posting);
  }
  void write_legs(const Legs& legs) const {
    if (!applied) return write_seen(legs.seen);
    json.key("legs").begin_array();
    for (const Posting& posting : legs.postings) {
      json.begin_object();
      write_seen(posting);
      json.end_object();
    }
    json.end_array();
  }
};

std::string_view status_of(EntryKind kind) {
  switch (kind) {
    case EntryKind::hold:
      return "held";
    case EntryKind::capture:
      return "captured";
    case EntryKind::release:
      return "voided";
    case EntryKind::expiry:
      return "expired";
    case EntryKind::reversal:
      return "reversed";
    default:
      return "applied";
  }
}

// Whether the rejection is about an account that the request named itself.
bool names_accounts(EntryKind kind) {
  return kind == EntryKind::payment || kind == EntryKind::multi_leg || kind == EntryKind::hold;
}

}  // namespace

std::string_view type_of(const Entry& entry) {
  if (const auto* change = std::get_if<std::unique_ptr<AccountChangeBody>>(&entry.body)) {
    constexpr std::array<std::string_view, 3> kTypes{"account_update", "account_close",
                                                     "account_reopen"};
    return kTypes[static_cast<std::size_t>((*change)->action)];
  }
  return type_of(entry.kind());
}

std::string_view type_of(EntryKind kind) {
  switch (kind) {
    case EntryKind::account:
      return "account";
    case EntryKind::hold:
      return "hold";
    case EntryKind::capture:
      return "capture";
    case EntryKind::release:
      return "void";
    case EntryKind::expiry:
      return "expiry";
    case EntryKind::reversal:
      return "reversal";
    case EntryKind::account_change:
      return "account_update";
    case EntryKind::payment:
    case EntryKind::multi_leg:
      break;
  }
  return "payment";
}

void write_verdict(JsonWriter& json, const Entry& entry) {
  if (entry.applied()) {
    json.field("status", status_of(entry.kind()));
    return;
  }
  json.field("status", "rejected").field("code", name(entry.outcome));
  Rejection why = entry.outcome;
  if (why == Rejection::leg_failed) {
    const Legs& legs = *entry.legs();
    why = legs.leg_code;
    json.field("leg", legs.failed_leg).field("leg_code", name(why));
  }
  if (why == Rejection::account_unknown) {
    if (!names_accounts(entry.kind())) {
      json.field("field", "id");
      return;
    }
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
  std::visit(MoneyWriter{.json = json, .applied = entry.applied()}, entry.body);
  json.end_object();
}

void write_entry(JsonWriter& json, const Entry& entry, const AccountBook& accounts) {
  json.begin_object();
  json.field("type", type_of(entry));
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
