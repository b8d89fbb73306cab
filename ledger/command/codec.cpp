#include "ledger/command/codec.hpp"

#include <utility>

namespace giro {
namespace {

enum class Kind : std::uint8_t {
  payment = 1,
  open_account = 2,
  hold = 3,
  capture = 4,
  release = 5,
  reversal = 6,
  account_change = 7,
  schedule = 8,
  cancel = 9,
  books = 10,
};

constexpr std::uint8_t kHasFloor = 1;
constexpr std::uint8_t kHasCeiling = 2;

constexpr std::uint8_t kHasTimeout = 1;
constexpr std::uint8_t kHasEnd = 2;

constexpr std::uint8_t kDryRun = 1;
constexpr std::uint8_t kFinal = 2;
constexpr std::uint8_t kHasAmount = 4;

// Of closing and opening the books.
constexpr std::uint8_t kOpens = 2;
constexpr std::uint8_t kHasDay = 4;

// Of an account's change.
constexpr unsigned kSetsFloor = 1;
constexpr unsigned kTakesFloor = 2;
constexpr unsigned kSetsCeiling = 4;
constexpr unsigned kTakesCeiling = 8;
constexpr unsigned kSetsFrozen = 16;
constexpr unsigned kSetsMetadata = 32;
constexpr unsigned kHasVersion = 64;
constexpr unsigned kSetsLimits = 128;
constexpr unsigned kSetsAlerts = 256;
constexpr unsigned kAllOfChange = 511;

// Of a schedule.
constexpr unsigned kRepeats = 1;
constexpr unsigned kHasUntil = 2;
constexpr unsigned kHasCount = 4;

// --- writing ---

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
                        options.up_to};
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
}

void put(Kind kind, ByteWriter& out) {
  out.put(static_cast<std::uint8_t>(kind));
}

const PaymentOptions& options_of(const PaymentOptions* options) {
  static const PaymentOptions kNone;
  return options == nullptr ? kNone : *options;
}

void put_payment(const CheckedPayment& payment, ByteWriter& out) {
  out.put(static_cast<std::uint8_t>(payment.dry_run()));
  out.put_text<std::uint8_t>(payment.key().view());
  out.put(static_cast<std::uint16_t>(payment.legs().size()));
  for (const Leg& leg : payment.legs()) put(leg, out);
  put(options_of(payment.options()), out);
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
  put(options_of(reversal.options()), out);
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

// Makes commands from bytes; check() makes them from what clients say.
class CommandReader {
 public:
  explicit CommandReader(ByteReader& in) : in_(in) {}

  std::optional<Command> read() {
    std::optional<Command> command;
    switch (static_cast<Kind>(in_.get<std::uint8_t>())) {
      case Kind::payment:
        command = payment();
        break;
      case Kind::open_account:
        command = open_account();
        break;
      case Kind::hold:
        command = hold();
        break;
      case Kind::capture:
        command = capture();
        break;
      case Kind::release:
        command = release();
        break;
      case Kind::reversal:
        command = reversal();
        break;
      case Kind::account_change:
        command = account_change();
        break;
      case Kind::schedule:
        command = schedule();
        break;
      case Kind::cancel:
        command = cancel();
        break;
      case Kind::books:
        command = books();
        break;
      default:
        in_.fail();
    }
    if (!in_.ok()) return std::nullopt;
    return command;
  }

 private:
  void require(bool holds) {
    if (!holds) in_.fail();
  }
  template <std::unsigned_integral Length>
  std::string_view text(std::size_t bytes_max) {
    const std::string_view read = in_.get_text<Length>(bytes_max);
    require(!read.empty());
    return read;
  }

  CheckedPayment payment() {
    CheckedPayment made;
    made.dry_run_ = (flags(kDryRun) & kDryRun) != 0;
    made.key_ = PaymentKey(text<std::uint8_t>(PaymentKey::kBytesMax));
    const auto legs = in_.get<std::uint16_t>();
    require(legs >= 1 && legs <= kLegsMax);
    std::vector<Leg> all;
    for (unsigned i = 0; i < legs && in_.ok(); ++i) all.push_back(leg());
    auto options = std::make_unique<CheckedPayment::More>();
    const bool has_options = read_options(options->options, legs > 1);
    if (!in_.ok()) return made;
    made.leg_ = all.front();
    if (legs > 1) options->legs = std::move(all);
    if (legs > 1 || has_options) made.more_ = std::move(options);
    return made;
  }

  Leg leg() {
    Leg made;
    made.from = AccountId(text<std::uint8_t>(AccountId::kBytesMax));
    made.to = AccountId(text<std::uint8_t>(AccountId::kBytesMax));
    made.amount = in_.get<Amount>();
    made.currency = CurrencyCode(text<std::uint8_t>(CurrencyCode::kBytesMax));
    require(is_account_id(made.from.view()) && is_account_id(made.to.view()));
    require(is_currency_code(made.currency.view()));
    require(made.from != made.to && made.amount > 0);
    return made;
  }

  // False: none is there. Those about the account that pays need one leg.
  bool read_options(PaymentOptions& options, bool several_legs) {
    const auto there = in_.get<std::uint16_t>();
    unsigned next = 0;
    const auto has = [&] { return ((there >> next++) & 1U) != 0; };
    if (has()) options.code = in_.get<std::uint16_t>();
    if (has()) options.reference = text<std::uint8_t>(kReferenceBytesMax);
    if (has()) options.description = text<std::uint16_t>(kDescriptionBytesMax);
    if (has()) options.metadata = text<std::uint16_t>(kMetadataBytesMax);
    if (has()) options.effective_date = date();
    if (has()) options.deadline = Timestamp{in_.get<std::int64_t>()};
    if (has()) options.if_version = in_.get<std::uint64_t>();
    if (has()) options.if_available_gte = in_.get<Amount>();
    options.up_to = has();
    require((there >> next) == 0);
    require(!several_legs || !(options.if_version || options.if_available_gte || options.up_to));
    return there != 0;
  }

  CheckedOpenAccount open_account() {
    CheckedOpenAccount made;
    made.id_ = AccountId(text<std::uint8_t>(AccountId::kBytesMax));
    made.currency_.code = CurrencyCode(text<std::uint8_t>(CurrencyCode::kBytesMax));
    made.currency_.scale = in_.get<std::uint8_t>();
    const auto limits = in_.get<std::uint8_t>();
    if ((limits & kHasFloor) != 0) made.floor_ = in_.get<Amount>();
    if ((limits & kHasCeiling) != 0) made.ceiling_ = in_.get<Amount>();
    made.metadata_ = in_.get_text<std::uint16_t>(kMetadataBytesMax);
    require(is_account_id(made.id_.view()) && is_currency_code(made.currency_.code.view()));
    require(made.currency_.scale <= kScaleMax && limits <= (kHasFloor | kHasCeiling));
    require(made.floor_ != kNoFloor && made.floor_ != kNoCeiling && made.ceiling_ != kNoCeiling);
    require(!made.ceiling_ || (*made.ceiling_ >= 0 && *made.ceiling_ >= made.floor_.value_or(0)));
    return made;
  }

  // Of which no other than `known` may be set.
  unsigned flags(unsigned known) {
    const unsigned read = in_.get<std::uint8_t>();
    require((read & ~known) == 0);
    return read;
  }
  Amount positive_amount() {
    const auto amount = in_.get<Amount>();
    require(amount > 0);
    return amount;
  }

  std::optional<Date> date() {
    const auto read = parse_date(text<std::uint8_t>(kDateBytes));
    require(read.has_value());
    return read;
  }

  Reference reference() {
    Reference made;
    made.key = PaymentKey(in_.get_text<std::uint8_t>(PaymentKey::kBytesMax));
    if (!made.key.empty()) return made;
    made.seq = in_.get<Seq>();
    require(made.seq > 0);
    return made;
  }

  CheckedHold hold() {
    CheckedHold made(payment());
    require(made.payment_.legs().size() == 1);
    const unsigned terms = flags(kHasTimeout | kHasEnd);
    require(terms != (kHasTimeout | kHasEnd));
    if (terms == 0) return made;
    if (made.payment_.more_ == nullptr) {
      made.payment_.more_ = std::make_unique<CheckedPayment::More>();
    }
    HoldTerms& its_terms = made.payment_.more_->hold;
    if (terms == kHasTimeout) {
      its_terms.timeout_ns = in_.get<std::int64_t>();
      require(*its_terms.timeout_ns > 0 && *its_terms.timeout_ns % 1'000'000'000 == 0);
    } else {
      its_terms.expires_at = Timestamp{in_.get<std::int64_t>()};
    }
    return made;
  }

  CheckedCapture capture() {
    CheckedCapture made;
    const unsigned set = flags(kDryRun | kFinal | kHasAmount);
    made.dry_run_ = (set & kDryRun) != 0;
    made.final_ = (set & kFinal) != 0;
    made.key_ = PaymentKey(text<std::uint8_t>(PaymentKey::kBytesMax));
    made.hold_ = reference();
    if ((set & kHasAmount) != 0) made.amount_ = positive_amount();
    return made;
  }

  CheckedVoid release() {
    CheckedVoid made;
    made.dry_run_ = flags(kDryRun) != 0;
    made.key_ = PaymentKey(text<std::uint8_t>(PaymentKey::kBytesMax));
    made.hold_ = reference();
    return made;
  }

  CheckedReversal reversal() {
    CheckedReversal made;
    const unsigned set = flags(kDryRun | kHasAmount);
    made.dry_run_ = (set & kDryRun) != 0;
    made.key_ = PaymentKey(text<std::uint8_t>(PaymentKey::kBytesMax));
    made.original_ = reference();
    if ((set & kHasAmount) != 0) made.amount_ = positive_amount();
    auto options = std::make_unique<PaymentOptions>();
    // None of those about the account that pays, as if there were several legs.
    if (read_options(*options, true)) made.options_ = std::move(options);
    return made;
  }

  // One of both bits, or none.
  std::optional<std::optional<Amount>> limit(unsigned set, unsigned sets, unsigned takes) {
    require((set & (sets | takes)) != (sets | takes));
    if ((set & takes) != 0) return std::optional<Amount>();
    if ((set & sets) == 0) return std::nullopt;
    const auto amount = in_.get<Amount>();
    require(amount != kNoFloor && amount != kNoCeiling);
    return amount;
  }

  CheckedAccountChange account_change() {
    CheckedAccountChange made;
    made.dry_run_ = flags(kDryRun) != 0;
    made.key_ = PaymentKey(text<std::uint8_t>(PaymentKey::kBytesMax));
    made.id_ = AccountId(text<std::uint8_t>(AccountId::kBytesMax));
    require(is_account_id(made.id_.view()));
    made.action_ = static_cast<AccountAction>(in_.get<std::uint8_t>());
    require(made.action_ <= AccountAction::reopen);
    const unsigned set = in_.get<std::uint16_t>();
    require((set & ~kAllOfChange) == 0);
    AccountTerms terms;
    terms.floor = limit(set, kSetsFloor, kTakesFloor);
    terms.ceiling = limit(set, kSetsCeiling, kTakesCeiling);
    require(terms.ceiling.value_or(0).value_or(0) >= 0);
    if ((set & kSetsFrozen) != 0) {
      terms.frozen = static_cast<Frozen>(in_.get<std::uint8_t>());
      require(*terms.frozen <= Frozen::all);
    }
    if ((set & kSetsMetadata) != 0) {
      terms.metadata = in_.get_text<std::uint16_t>(kMetadataBytesMax);
    }
    if ((set & kSetsLimits) != 0) terms.limits = read_limits(in_);
    if ((set & kSetsAlerts) != 0) terms.alerts = read_alerts(in_);
    require(terms.empty() == (made.action_ != AccountAction::update));
    const std::optional<Amount> floor = terms.floor.value_or(std::nullopt);
    const std::optional<Amount> ceiling = terms.ceiling.value_or(std::nullopt);
    require(!floor || !ceiling || *ceiling >= *floor);
    if ((set & kHasVersion) != 0) made.if_version_ = in_.get<std::uint64_t>();
    if (!terms.empty()) made.terms_ = std::make_unique<AccountTerms>(std::move(terms));
    return made;
  }

  CheckedSchedule schedule() {
    CheckedPayment payment = this->payment();
    ScheduleTerms terms{
        .at = Timestamp{in_.get<std::int64_t>()}, .every = {}, .until = {}, .count = {}};
    const unsigned set = flags(kRepeats | kHasUntil | kHasCount);
    require(set <= kRepeats || set == (kRepeats | kHasUntil) || set == (kRepeats | kHasCount));
    if ((set & kRepeats) != 0) {
      terms.every = {.unit = static_cast<CalendarUnit>(in_.get<std::uint8_t>()),
                     .count = in_.get<std::uint16_t>()};
      require(terms.every->unit <= CalendarUnit::year);
      require(terms.every->count >= 1 && terms.every->count <= kIntervalMax);
    }
    if ((set & kHasUntil) != 0) terms.until = Timestamp{in_.get<std::int64_t>()};
    if ((set & kHasCount) != 0) terms.count = in_.get<std::uint32_t>();
    require(terms.at.ns >= 0 && terms.until.value_or(terms.at) >= terms.at);
    require(terms.count.value_or(1) >= 1 && terms.count.value_or(1) <= kOccurrencesMax);
    return {std::move(payment), terms};
  }

  CheckedCancel cancel() {
    CheckedCancel made;
    made.dry_run_ = flags(kDryRun) != 0;
    made.key_ = PaymentKey(text<std::uint8_t>(PaymentKey::kBytesMax));
    made.schedule_ = reference();
    return made;
  }

  CheckedBooks books() {
    CheckedBooks made;
    const unsigned set = flags(kDryRun | kOpens | kHasDay);
    made.dry_run_ = (set & kDryRun) != 0;
    made.action_ = (set & kOpens) != 0 ? BooksAction::open : BooksAction::close;
    made.key_ = PaymentKey(text<std::uint8_t>(PaymentKey::kBytesMax));
    if ((set & kHasDay) != 0) {
      made.until_ = Date{in_.get<std::int32_t>()};
      require(*made.until_ >= kFirstDate && *made.until_ <= kLastDate);
    }
    require(made.until_ || made.action_ == BooksAction::open);
    return made;
  }

  ByteReader& in_;
};

std::optional<Command> read_command(ByteReader& in) {
  return CommandReader(in).read();
}

}  // namespace giro
