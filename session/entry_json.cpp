#include "session/entry_json.hpp"

#include <memory>
#include <span>

#include "ledger/entry/amounts.hpp"
#include "ledger/entry/names.hpp"
#include "session/posting_json.hpp"

namespace giro {
namespace {

using protocol::JsonWriter;

// How much of a hold is free again; most let go of nothing.
void write_released(JsonWriter& json, const Entry& entry) {
  if (const Amount released = released_by(entry); released != 0) json.field("released", released);
}

// What is left of a hold, where it was one.
void write_left(JsonWriter& json, const CaptureBody& capture, Rejection outcome) {
  if (capture.hold != 0 && outcome != Rejection::not_a_hold) json.field("left", capture.left);
}

// What was reversed so far, where somebody looked: not where it was rejected before that, or with its whole group.
void write_reversed(JsonWriter& json, const ReversalBody& reversal, const Entry& entry) {
  const Rejection outcome = entry.outcome;
  const bool of_failed_group = entry.group.count > 0 && !entry.applied();
  if (reversal.original == 0 || of_failed_group || outcome == Rejection::deadline_passed ||
      outcome == Rejection::not_reversible || outcome == Rejection::reversal_not_divisible) {
    return;
  }
  json.field("reversed", reversal.reversed);
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
    write_payment(posting, entry.applied() ? posting.held : posting.amount, hold->details.get());
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
    write_left(json, *capture, entry.outcome);
    write_released(json, entry);
  }

  void operator()(const std::unique_ptr<ReleaseBody>& release) const {
    write_reference(json, "hold", "hold_seq", release->named, release->hold);
    write_released(json, entry);
    write_movement(release->posting);
  }

  void operator()(const std::unique_ptr<ExpiryBody>& expiry) const {
    json.field("hold", entry.key).field("hold_seq", expiry->hold);
    write_released(json, entry);
    write_movement(expiry->posting);
  }

  void operator()(const std::unique_ptr<ReversalBody>& reversal) const {
    write_reference(json, "original", "original_seq", reversal->named, reversal->original);
    if (reversal->asked) json.field("asked", *reversal->asked);
    write_reversed(json, *reversal, entry);
    const auto& postings = reversal->legs.postings;
    if (postings.size() > 1) {
      write_legs(postings);
    } else {
      write_movement(entry.row_posting());
    }
  }

  void operator()(const std::unique_ptr<ScheduleBody>& schedule) const {
    write_requested(schedule->requested);
    if (schedule->options.up_to) json.field("up_to", true);
    const ScheduleTerms& terms = schedule->terms;
    json.field("scheduled_for", terms.at);
    if (terms.every) json.field("every", format_interval(*terms.every));
    if (terms.until) json.field("until", *terms.until);
    if (terms.count) json.field("count", *terms.count);
  }

  void operator()(const std::unique_ptr<CancelBody>& cancel) const {
    write_reference(json, "schedule", "schedule_seq", cancel->named, cancel->schedule);
  }

  void operator()(const std::unique_ptr<ScheduledBody>& scheduled) const {
    json.field("schedule", entry.key).field("schedule_seq", scheduled->schedule);
    json.field("occurrence", scheduled->occurrence).field("due_at", scheduled->due_at);
    const auto& postings = scheduled->legs.postings;
    if (postings.size() > 1) return write_legs(postings);
    if (scheduled->requested.size() > 1) {
      return write_failed_legs(scheduled->requested, scheduled->legs);
    }
    const Posting posting = entry.row_posting();
    const bool is_told = scheduled->requested.empty();
    write_payment(posting, posting.amount, is_told ? nullptr : &scheduled->requested.front(),
                  scheduled->asked);
  }

  void operator()(const std::unique_ptr<AccountChangeBody>& change) const {
    const AccountTerms& terms = change->terms;
    json.field("id", change->id);
    if (terms.floor) json.field("floor", *terms.floor);
    if (terms.ceiling) json.field("ceiling", *terms.ceiling);
    if (terms.frozen) json.field("frozen", name(*terms.frozen));
    if (terms.metadata)
      json.raw_field("metadata", terms.metadata->empty() ? "{}" : *terms.metadata);
    if (terms.limits) write_limits(*terms.limits);
    if (terms.alerts) write_alerts(json, *terms.alerts);
    if (change->if_version) json.field("if_version", *change->if_version);
    if (change->posting.from == 0) return;
    json.field("balance", change->posting.from_after);
    write_held(json, "held_in", "held_out", change->posting.from_held);
  }

  void operator()(const std::unique_ptr<BooksBody>& books) const {
    json.field("until", books->until).field("closed_before", books->before);
  }

  void operator()(const std::unique_ptr<MultiLegBody>& payment) const {
    if (entry.applied()) return write_legs(payment->legs.postings);
    write_failed_legs(payment->requested, payment->legs);
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
  void write_limits(const std::vector<VelocityLimit>& limits) const {
    json.key("limits").begin_array();
    for (const VelocityLimit& limit : limits) {
      json.begin_object().field("window", format_duration(limit.window_ns));
      if (limit.amount) json.field("amount", *limit.amount);
      if (limit.count) json.field("count", *limit.count);
      json.end_object();
    }
    json.end_array();
  }

  // A payment of one leg, or one that is held. `amount`: what was moved, held or asked for.
  void write_payment(const Posting& posting, Amount amount, const PaymentDetails* details) const {
    const Leg* leg = details != nullptr && details->requested ? &*details->requested : nullptr;
    write_payment(posting, amount, leg, details == nullptr ? std::nullopt : details->asked);
  }
  // `leg`: the request's, where it was kept. `up_to`: the most, of one that took what was available.
  void write_payment(const Posting& posting, Amount amount, const Leg* leg,
                     std::optional<Amount> up_to) const {
    const CurrencyCode asked =
        leg != nullptr ? leg->currency : accounts[posting.from].currency.code;
    if (leg != nullptr) {
      write_leg(json, leg->from.view(), leg->to.view(), leg->amount, asked.view());
    } else {
      write_leg(json, accounts[posting.from].id.view(), accounts[posting.to].id.view(), amount,
                asked.view());
    }
    if (up_to) json.field("up_to", true).field("asked", *up_to);
    if (!has_balances(posting)) return;
    write_balances(json, posting, asked, accounts);
    write_held(json, posting);
    write_crossed(json, posting);
  }

  // What goes on with something before it names accounts by that: none where it is unknown.
  void write_movement(const Posting& posting) const {
    if (!has_balances(posting)) return;
    write_leg(json, accounts[posting.from].id.view(), accounts[posting.to].id.view(),
              posting.amount, accounts[posting.from].currency.code.view());
    write_balances(json, posting);
    write_held(json, posting);
    write_crossed(json, posting);
  }

  void write_requested(std::span<const Leg> legs) const {
    const auto write = [this](const Leg& leg) {
      write_leg(json, leg.from.view(), leg.to.view(), leg.amount, leg.currency.view());
    };
    if (legs.size() == 1) return write(legs.front());
    json.key("legs").begin_array();
    for (const Leg& leg : legs) {
      json.begin_object();
      write(leg);
      json.end_object();
    }
    json.end_array();
  }

  // Several legs of which one failed.
  void write_failed_legs(const std::vector<Leg>& requested, const Legs& legs) const {
    write_requested(requested);
    if (!has_balances(legs.seen)) return;
    write_balances(json, legs.seen, requested.at(legs.failed_leg).currency, accounts);
    write_held(json, legs.seen);
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
  if (options.effective_date) json.field("effective_date", *options.effective_date);
  if (options.deadline) json.field("deadline", *options.deadline);
  if (options.if_version) json.field("if_version", *options.if_version);
  if (options.if_available_gte) json.field("if_available_gte", *options.if_available_gte);
  if (!options.traceparent.empty()) json.field("traceparent", options.traceparent);
}

// What the answer to a request says of money, which needs no names: its client knows them.
struct MoneyWriter {
  JsonWriter& json;
  const Entry& entry;
  const bool applied = entry.applied();

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
    if (capture->hold != 0) json.field("hold_seq", capture->hold);
    write_left(json, *capture, entry.outcome);
    write_released(json, entry);
    write_seen(capture->posting);
  }
  void operator()(const std::unique_ptr<ReleaseBody>& release) const {
    if (release->hold != 0) json.field("hold_seq", release->hold);
    write_released(json, entry);
    write_seen(release->posting);
  }
  void operator()(const std::unique_ptr<ExpiryBody>& expiry) const { write_seen(expiry->posting); }
  void operator()(const std::unique_ptr<ReversalBody>& reversal) const {
    if (reversal->original != 0) json.field("original_seq", reversal->original);
    write_reversed(json, *reversal, entry);
    const auto& postings = reversal->legs.postings;
    if (postings.size() > 1) return write_legs(reversal->legs);
    if (applied) return write_amount(postings.front());
    write_seen(reversal->legs.seen);
  }
  void operator()(const std::unique_ptr<AccountChangeBody>& change) const {
    json.field("id", change->id);
  }
  void operator()(const std::unique_ptr<ScheduleBody>& schedule) const {
    json.field("scheduled_for", schedule->terms.at);
  }
  void operator()(const std::unique_ptr<CancelBody>& cancel) const {
    if (cancel->schedule != 0) json.field("schedule_seq", cancel->schedule);
  }
  void operator()(const std::unique_ptr<ScheduledBody>& /*scheduled*/) const {}  // Answers nobody.
  void operator()(const std::unique_ptr<BooksBody>& books) const {
    json.field("closed_until", books->after(entry.applied()));
  }

 private:
  void write_seen(const Posting& posting) const {
    if (!has_balances(posting)) return;
    write_balances(json, posting);
    write_held(json, posting);
    write_crossed(json, posting);
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

// Of what was rejected: code, and what belongs to it.
void write_reason(JsonWriter& json, const Entry& entry) {
  if (entry.applied()) return;
  json.field("code", name(entry.outcome));
  if (entry.outcome == Rejection::group_failed) json.field("failed", entry.group.failed);
  Rejection why = entry.outcome;
  if (why == Rejection::leg_failed) {
    const Legs& legs = *entry.legs();
    why = legs.leg_code;
    json.field("leg", legs.failed_leg).field("leg_code", name(why));
  }
  if (why != Rejection::account_unknown) return;
  if (!facts_of(entry.kind()).names_accounts) {
    json.field("field", "id");
    return;
  }
  json.field("field", entry.row_posting().from == 0 ? "from" : "to");
}

}  // namespace

void write_alerts(JsonWriter& json, const AlertLines& alerts) {
  json.key("alerts").begin_object();
  if (alerts.below) json.field("below", *alerts.below);
  if (alerts.above) json.field("above", *alerts.above);
  json.end_object();
}

void write_verdict(JsonWriter& json, const Entry& entry) {
  json.field("status", status_of(entry));
  write_reason(json, entry);
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
  std::visit(MoneyWriter{.json = json, .entry = entry}, entry.body);
  json.end_object();
}

void write_entry(JsonWriter& json, const Entry& entry, const AccountBook& accounts) {
  json.begin_object();
  write_entry_fields(json, entry, accounts, status_of(entry));
  json.end_object();
}

void write_entry_fields(JsonWriter& json, const Entry& entry, const AccountBook& accounts,
                        std::string_view status) {
  json.field("type", type_of(entry)).field("status", status);
  write_reason(json, entry);
  json.field("seq", entry.seq)
      .field("at", entry.at)
      .field("key", entry.key)
      .field("uid", entry.author.uid);
  if (entry.author.node != 0) json.field("node", accounts.node(entry.author.node));
  std::visit(BodyWriter{.json = json, .entry = entry, .accounts = accounts}, entry.body);
  if (const PaymentOptions* options = entry.options()) write_options(json, *options);
  if (entry.group.count > 0) {
    json.key("group").begin_object().field("first_seq", entry.seq - entry.group.place);
    json.field("count", entry.group.count).field("index", entry.group.index).end_object();
  }
}

void write_life_step(JsonWriter& json, const Entry& entry) {
  json.begin_object();
  json.field("seq", entry.seq).field("at", entry.at).field("type", type_of(entry));
  json.field("status", status_of(entry)).field("key", entry.key);
  if (const auto amount = amount_of(entry)) json.field("amount", *amount);
  write_released(json, entry);
  json.end_object();
}

}  // namespace giro
