// Commands from bytes.
#include <utility>

#include "ledger/command/codec.hpp"
#include "ledger/command/codec_forms.hpp"
#include "ledger/command/trace_context.hpp"

namespace giro {

using namespace codec;

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
    if (has()) options.traceparent = text<std::uint8_t>(kTraceparentBytes);
    require(options.traceparent.empty() || is_traceparent(options.traceparent));
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
