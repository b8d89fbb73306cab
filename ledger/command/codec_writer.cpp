// Commands to bytes.
#include "ledger/command/codec.hpp"
#include "ledger/command/codec_forms.hpp"

namespace giro {

using namespace codec;

namespace {

void put(const Leg& leg, ByteWriter& out) {
  out.put_text<std::uint8_t>(leg.from.view());
  out.put_text<std::uint8_t>(leg.to.view());
  out.put(leg.amount);
  out.put_text<std::uint8_t>(leg.currency.view());
}

// Which options a payment has, a bit each, in the order of their bytes.
std::uint16_t options_there(const PaymentOptions& options) {
  const bool there[] = {options.code.has_value(),
                        !options.reference.empty(),
                        !options.description.empty(),
                        !options.metadata.empty(),
                        options.effective_date.has_value(),
                        options.deadline.has_value(),
                        options.if_version.has_value(),
                        options.if_available_gte.has_value(),
                        options.up_to,
                        !options.traceparent.empty()};
  std::uint16_t bits = 0;
  for (unsigned i = 0; i < std::size(there); ++i) {
    bits = static_cast<std::uint16_t>(bits | (unsigned{there[i]} << i));
  }
  return bits;
}

void put(const PaymentOptions& options, ByteWriter& out) {
  out.put(options_there(options));
  if (options.code) out.put(*options.code);
  if (!options.reference.empty()) out.put_text<std::uint8_t>(options.reference);
  if (!options.description.empty()) out.put_text<std::uint16_t>(options.description);
  if (!options.metadata.empty()) out.put_text<std::uint16_t>(options.metadata);
  if (options.effective_date) out.put_text<std::uint8_t>(format_date(*options.effective_date));
  if (options.deadline) out.put(options.deadline->ns);
  if (options.if_version) out.put(*options.if_version);
  if (options.if_available_gte) out.put(*options.if_available_gte);
  if (!options.traceparent.empty()) out.put_text<std::uint8_t>(options.traceparent);
}

void put(Kind kind, ByteWriter& out) {
  out.put(static_cast<std::uint8_t>(kind));
}

void put_payment(const CheckedPayment& payment, ByteWriter& out) {
  out.put(static_cast<std::uint8_t>(payment.dry_run()));
  out.put_text<std::uint8_t>(payment.key().view());
  out.put(static_cast<std::uint16_t>(payment.legs().size()));
  for (const Leg& leg : payment.legs()) put(leg, out);
  put(or_none(payment.options()), out);
}

void put(const CheckedPayment& payment, ByteWriter& out) {
  put(Kind::payment, out);
  put_payment(payment, out);
}

void put(const Reference& reference, ByteWriter& out) {
  out.put_text<std::uint8_t>(reference.key.view());
  if (reference.key.empty()) out.put(reference.seq);
}

void put(const CheckedHold& hold, ByteWriter& out) {
  put(Kind::hold, out);
  put_payment(hold.payment(), out);
  const HoldTerms terms = hold.terms();
  out.put(static_cast<std::uint8_t>((terms.timeout_ns ? kHasTimeout : 0) |
                                    (terms.expires_at ? kHasEnd : 0)));
  if (terms.timeout_ns) out.put(*terms.timeout_ns);
  if (terms.expires_at) out.put(terms.expires_at->ns);
}

void put(const CheckedCapture& capture, ByteWriter& out) {
  put(Kind::capture, out);
  out.put(static_cast<std::uint8_t>((capture.dry_run() ? kDryRun : 0) |
                                    (capture.final() ? kFinal : 0) |
                                    (capture.amount() ? kHasAmount : 0)));
  out.put_text<std::uint8_t>(capture.key().view());
  put(capture.refers_to(), out);
  if (capture.amount()) out.put(*capture.amount());
}

void put(const CheckedReversal& reversal, ByteWriter& out) {
  put(Kind::reversal, out);
  out.put(static_cast<std::uint8_t>((reversal.dry_run() ? kDryRun : 0) |
                                    (reversal.amount() ? kHasAmount : 0)));
  out.put_text<std::uint8_t>(reversal.key().view());
  put(reversal.refers_to(), out);
  if (reversal.amount()) out.put(*reversal.amount());
  put(or_none(reversal.options()), out);
}

unsigned limit_bits(const std::optional<std::optional<Amount>>& limit, unsigned sets,
                    unsigned takes) {
  if (!limit) return 0;
  return *limit ? sets : takes;
}

void put(const CheckedAccountChange& change, ByteWriter& out) {
  static const AccountTerms kNone;
  const AccountTerms& terms = change.terms() == nullptr ? kNone : *change.terms();
  put(Kind::account_change, out);
  out.put(static_cast<std::uint8_t>(change.dry_run()));
  out.put_text<std::uint8_t>(change.key().view());
  out.put_text<std::uint8_t>(change.id().view());
  out.put(static_cast<std::uint8_t>(change.action()));
  out.put(static_cast<std::uint16_t>(
      limit_bits(terms.floor, kSetsFloor, kTakesFloor) |
      limit_bits(terms.ceiling, kSetsCeiling, kTakesCeiling) | (terms.frozen ? kSetsFrozen : 0) |
      (terms.metadata ? kSetsMetadata : 0) | (change.if_version() ? kHasVersion : 0) |
      (terms.limits ? kSetsLimits : 0) | (terms.alerts ? kSetsAlerts : 0)));
  if (terms.floor && *terms.floor) out.put(**terms.floor);
  if (terms.ceiling && *terms.ceiling) out.put(**terms.ceiling);
  if (terms.frozen) out.put(static_cast<std::uint8_t>(*terms.frozen));
  if (terms.metadata) out.put_text<std::uint16_t>(*terms.metadata);
  if (terms.limits) write_limits(*terms.limits, out);
  if (terms.alerts) write_alerts(*terms.alerts, out);
  if (change.if_version()) out.put(*change.if_version());
}

void put(const CheckedSchedule& schedule, ByteWriter& out) {
  put(Kind::schedule, out);
  put_payment(schedule.payment(), out);
  const ScheduleTerms& terms = schedule.terms();
  out.put(terms.at.ns);
  out.put(static_cast<std::uint8_t>((terms.every ? kRepeats : 0) | (terms.until ? kHasUntil : 0) |
                                    (terms.count ? kHasCount : 0)));
  if (terms.every) out.put(static_cast<std::uint8_t>(terms.every->unit));
  if (terms.every) out.put(terms.every->count);
  if (terms.until) out.put(terms.until->ns);
  if (terms.count) out.put(*terms.count);
}

// A key, and what it names.
template <class Naming>
void put_naming(Kind kind, const Naming& command, ByteWriter& out) {
  put(kind, out);
  out.put(static_cast<std::uint8_t>(command.dry_run()));
  out.put_text<std::uint8_t>(command.key().view());
  put(command.refers_to(), out);
}

void put(const CheckedVoid& release, ByteWriter& out) {
  put_naming(Kind::release, release, out);
}

void put(const CheckedCancel& cancel, ByteWriter& out) {
  put_naming(Kind::cancel, cancel, out);
}

void put(const CheckedBooks& books, ByteWriter& out) {
  put(Kind::books, out);
  out.put(static_cast<std::uint8_t>((books.dry_run() ? kDryRun : 0) |
                                    (books.action() == BooksAction::open ? kOpens : 0) |
                                    (books.until() ? kHasDay : 0)));
  out.put_text<std::uint8_t>(books.key().view());
  if (books.until()) out.put(books.until()->days);
}

void put(const CheckedOpenAccount& open, ByteWriter& out) {
  put(Kind::open_account, out);
  out.put_text<std::uint8_t>(open.id().view());
  out.put_text<std::uint8_t>(open.currency().code.view());
  out.put(static_cast<std::uint8_t>(open.currency().scale));
  out.put(static_cast<std::uint8_t>((open.floor() ? kHasFloor : 0) |
                                    (open.ceiling() ? kHasCeiling : 0)));
  if (open.floor()) out.put(*open.floor());
  if (open.ceiling()) out.put(*open.ceiling());
  out.put_text<std::uint16_t>(open.metadata());
}

}  // namespace

void write_command(const Command& command, std::string& out) {
  ByteWriter writer(out);
  std::visit([&writer](const auto& kind) { put(kind, writer); }, command);
}

}  // namespace giro
