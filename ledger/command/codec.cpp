#include "ledger/command/codec.hpp"

#include <utility>

#include "ledger/state/state.hpp"

namespace giro {
namespace {

enum class Kind : std::uint8_t { payment = 1, open_account = 2 };

constexpr std::uint8_t kHasFloor = 1;
constexpr std::uint8_t kHasCeiling = 2;

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
                        !options.effective_date.empty(),
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
  if (!options.effective_date.empty()) out.put_text<std::uint8_t>(options.effective_date);
  if (options.deadline) out.put(options.deadline->ns);
  if (options.if_version) out.put(*options.if_version);
  if (options.if_available_gte) out.put(*options.if_available_gte);
}

void put(const CheckedPayment& payment, ByteWriter& out) {
  static const PaymentOptions kNone;
  out.put(static_cast<std::uint8_t>(Kind::payment));
  out.put(static_cast<std::uint8_t>(payment.dry_run()));
  out.put_text<std::uint8_t>(payment.key().view());
  out.put(static_cast<std::uint16_t>(payment.legs().size()));
  for (const Leg& leg : payment.legs()) put(leg, out);
  put(payment.options() == nullptr ? kNone : *payment.options(), out);
}

void put(const CheckedOpenAccount& open, ByteWriter& out) {
  out.put(static_cast<std::uint8_t>(Kind::open_account));
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
    const auto dry_run = in_.get<std::uint8_t>();
    require(dry_run <= 1);
    made.dry_run_ = dry_run == 1;
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
    if (has()) options.effective_date = text<std::uint8_t>(kDateBytes);
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

  static constexpr std::size_t kDateBytes = 10;
  ByteReader& in_;
};

std::optional<Command> read_command(ByteReader& in) {
  return CommandReader(in).read();
}

}  // namespace giro
