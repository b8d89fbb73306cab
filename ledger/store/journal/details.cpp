#include "ledger/store/journal/details.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>

#include <boost/json.hpp>

#include "ledger/store/journal/held_text.hpp"
#include "ledger/store/journal/members.hpp"

namespace giro::store {
namespace {

namespace json = boost::json;

json::string_view view(std::string_view text) {
  return {text.data(), text.size()};
}

std::string_view text_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(view(name));
  if (value == nullptr) return {};
  const json::string& text = value->as_string();
  return {text.data(), text.size()};
}

template <class Number>
std::optional<Number> number_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(view(name));
  if (value == nullptr || value->is_null()) return std::nullopt;
  return value->to_number<Number>();
}

void put_options(const PaymentOptions& options, Members& out) {
  if (options.code) out.put("code", *options.code);
  if (!options.reference.empty()) out.put_text("reference", options.reference);
  if (!options.description.empty()) out.put_text("description", options.description);
  if (!options.effective_date.empty()) out.put_text("effective_date", options.effective_date);
  if (options.deadline) out.put("deadline", options.deadline->ns);
  if (options.if_version) out.put("if_version", *options.if_version);
  if (options.if_available_gte) out.put("if_available_gte", *options.if_available_gte);
  if (options.up_to) out.put_true("up_to");
}

PaymentOptions get_options(const json::object& in, std::string_view metadata) {
  PaymentOptions options;
  options.metadata = metadata;
  options.code = number_at<std::uint16_t>(in, "code");
  options.reference = text_at(in, "reference");
  options.description = text_at(in, "description");
  options.effective_date = text_at(in, "effective_date");
  if (const auto ns = number_at<std::int64_t>(in, "deadline")) options.deadline = Timestamp{*ns};
  options.if_version = number_at<std::uint64_t>(in, "if_version");
  options.if_available_gte = number_at<Amount>(in, "if_available_gte");
  options.up_to = in.contains("up_to");
  return options;
}

void put_requested(std::span<const Leg> legs, Members& out, std::string& text) {
  out.begin("requested");
  for (const Leg& leg : legs) {
    text += &leg == &legs.front() ? '[' : ',';
    Members members(text);
    members.put_text("from", leg.from.view());
    members.put_text("to", leg.to.view());
    members.put("amount", leg.amount);
    members.put_text("currency", leg.currency.view());
    members.end();
  }
  text += ']';
}

std::vector<Leg> get_requested(const json::object& in) {
  std::vector<Leg> legs;
  const json::value* list = in.if_contains("requested");
  if (list == nullptr) return legs;
  for (const json::value& item : list->as_array()) {
    const json::object& leg = item.as_object();
    legs.push_back({.from = AccountId(text_at(leg, "from")),
                    .to = AccountId(text_at(leg, "to")),
                    .amount = leg.at("amount").to_number<Amount>(),
                    .currency = CurrencyCode(text_at(leg, "currency"))});
  }
  return legs;
}

void put_account(const OpenedAccount& opened, Members& out, std::string& text) {
  out.begin("account");
  Members members(text);
  members.put_text("id", opened.id.view());
  members.put_text("currency", opened.currency.code.view());
  members.put("scale", opened.currency.scale);
  members.put("floor", opened.floor);
  members.put("ceiling", opened.ceiling);
  members.end();
}

OpenedAccount get_account(const json::object& in, std::string_view metadata) {
  return {.id = AccountId(text_at(in, "id")),
          .currency = {.code = CurrencyCode(text_at(in, "currency")),
                       .scale = in.at("scale").to_number<int>()},
          .floor = number_at<Amount>(in, "floor"),
          .ceiling = number_at<Amount>(in, "ceiling"),
          .metadata = std::string(metadata)};
}

constexpr std::string_view kHeld = "held";

// What the postings say of holds: an array for the one, an array of such for several. Most say nothing.
void put_held(const Entry& entry, Members& members, std::string& text) {
  const Legs* legs = entry.legs();
  if (legs == nullptr || legs->postings.size() < 2) {
    const Posting posting = entry.row_posting();
    if (!posting.is_about_holds()) return;
    members.begin(kHeld);
    return write_held(posting, text);
  }
  if (std::ranges::none_of(legs->postings, &Posting::is_about_holds)) return;
  members.begin(kHeld);
  for (const Posting& posting : legs->postings) {
    text += &posting == &legs->postings.front() ? '[' : ',';
    write_held(posting, text);
  }
  text += ']';
}

void put_details(const PaymentDetails& details, Members& members, std::string& text) {
  put_options(details.options, members);
  if (details.asked) members.put("asked", *details.asked);
  if (details.requested) put_requested(std::span(&*details.requested, 1), members, text);
}

PaymentDetails get_details(const json::object& in, std::string_view metadata) {
  PaymentDetails details{.options = get_options(in, metadata),
                         .asked = number_at<Amount>(in, "asked"),
                         .requested = {}};
  std::vector<Leg> requested = get_requested(in);
  if (requested.size() > 1) throw std::runtime_error("a payment of one leg has more of them");
  if (!requested.empty()) details.requested = requested.front();
  return details;
}

void put_body(const PaymentBody& payment, Members& members, std::string& text) {
  if (payment.details != nullptr) put_details(*payment.details, members, text);
}

EntryBody get_payment(const json::object& in, const Posting& posting, std::string_view metadata) {
  const bool plain = metadata.empty() && in.size() == std::size_t{in.contains(view(kHeld))};
  if (plain) return PaymentBody{.posting = posting, .details = nullptr};
  return PaymentBody{.posting = posting,
                     .details = std::make_unique<PaymentDetails>(get_details(in, metadata))};
}

// The leg that failed, of an entry of several.
void put_failure(const Legs& legs, Members& members) {
  if (legs.leg_code == Rejection::none) return;
  members.put("leg", legs.failed_leg);
  members.put("leg_code", static_cast<int>(legs.leg_code));
}

Legs get_failure(const json::object& in, const Posting& posting) {
  Legs legs;
  legs.seen = posting;
  if (const auto code = number_at<int>(in, "leg_code")) {
    legs.failed_leg = in.at("leg").to_number<std::uint16_t>();
    legs.leg_code = static_cast<Rejection>(*code);
  }
  return legs;
}

void put_body(const std::unique_ptr<MultiLegBody>& payment, Members& members, std::string& text) {
  put_options(payment->options, members);
  if (!payment->requested.empty()) put_requested(payment->requested, members, text);
  put_failure(payment->legs, members);
}

EntryBody get_legs(const json::object& in, const Posting& posting, std::string_view metadata) {
  auto payment = std::make_unique<MultiLegBody>();
  payment->options = get_options(in, metadata);
  payment->requested = get_requested(in);
  payment->legs = get_failure(in, posting);
  return payment;
}

void put_body(const std::unique_ptr<OpeningBody>& opening, Members& members, std::string& text) {
  put_account(opening->opened, members, text);
}

EntryBody get_opening(const json::object& in, const Posting& posting, std::string_view metadata) {
  const json::value* account = in.if_contains("account");
  if (account == nullptr) throw std::runtime_error("it opens an account and doesn't say which");
  if (posting.from_prev != 0 || posting.to_prev != 0) {
    throw std::runtime_error("its row has a link, and moves no money itself");
  }
  if (posting != Posting{.from = posting.from}) {
    throw std::runtime_error("it opens an account, and its row moves money");
  }
  return std::make_unique<OpeningBody>(
      OpeningBody{.opened = get_account(account->as_object(), metadata), .number = posting.from});
}

// Whom the request named, and which entry that was: `number` is its member, `name` is what was said.
void put_reference(std::string_view name, std::string_view number, const Reference& named, Seq seq,
                   Members& members) {
  if (named.key.empty()) {
    members.put(name, named.seq);
  } else {
    members.put_text(name, named.key.view());
  }
  if (seq != 0) members.put(number, seq);
}

Reference get_reference(const json::object& in, std::string_view name) {
  const json::value& named = in.at(view(name));
  if (named.is_string()) return {.key = PaymentKey(text_at(in, name)), .seq = 0};
  return {.key = {}, .seq = named.to_number<Seq>()};
}

constexpr std::string_view kHold = "hold";
constexpr std::string_view kHoldSeq = "hold_seq";
constexpr std::string_view kOriginal = "original";
constexpr std::string_view kOriginalSeq = "original_seq";

void put_body(const std::unique_ptr<HoldBody>& hold, Members& members, std::string& text) {
  put_details(hold->details, members, text);
  if (hold->terms.timeout_ns) members.put("timeout", *hold->terms.timeout_ns);
  if (hold->expires_at) members.put("expires_at", hold->expires_at->ns);
}

EntryBody get_hold(const json::object& in, const Posting& posting, std::string_view metadata) {
  auto hold = std::make_unique<HoldBody>();
  hold->posting = posting;
  hold->details = get_details(in, metadata);
  hold->terms.timeout_ns = number_at<std::int64_t>(in, "timeout");
  if (const auto ns = number_at<std::int64_t>(in, "expires_at")) {
    hold->expires_at = Timestamp{*ns};
    if (!hold->terms.timeout_ns) hold->terms.expires_at = hold->expires_at;
  }
  return hold;
}

void put_body(const std::unique_ptr<CaptureBody>& capture, Members& members,
              std::string& /*text*/) {
  put_reference(kHold, kHoldSeq, capture->named, capture->hold, members);
  if (capture->asked) members.put("asked", *capture->asked);
  if (capture->final) members.put_true("final");
  members.put("left", capture->left);
}

EntryBody get_capture(const json::object& in, const Posting& posting) {
  auto capture = std::make_unique<CaptureBody>();
  capture->named = get_reference(in, kHold);
  capture->hold = number_at<Seq>(in, kHoldSeq).value_or(0);
  capture->asked = number_at<Amount>(in, "asked");
  capture->final = in.contains("final");
  capture->left = number_at<Amount>(in, "left").value_or(0);
  capture->posting = posting;
  return capture;
}

void put_body(const std::unique_ptr<ReleaseBody>& release, Members& members,
              std::string& /*text*/) {
  put_reference(kHold, kHoldSeq, release->named, release->hold, members);
}

EntryBody get_release(const json::object& in, const Posting& posting) {
  return std::make_unique<ReleaseBody>(ReleaseBody{.named = get_reference(in, kHold),
                                                   .hold = number_at<Seq>(in, kHoldSeq).value_or(0),
                                                   .posting = posting});
}

void put_body(const std::unique_ptr<ExpiryBody>& expiry, Members& members, std::string& /*text*/) {
  members.put(kHoldSeq, expiry->hold);
}

EntryBody get_expiry(const json::object& in, const Posting& posting) {
  return std::make_unique<ExpiryBody>(
      ExpiryBody{.hold = number_at<Seq>(in, kHoldSeq).value_or(0), .posting = posting});
}

void put_body(const std::unique_ptr<ReversalBody>& reversal, Members& members,
              std::string& /*text*/) {
  put_options(reversal->options, members);
  put_reference(kOriginal, kOriginalSeq, reversal->named, reversal->original, members);
  if (reversal->asked) members.put("asked", *reversal->asked);
  members.put("reversed", reversal->reversed);
  put_failure(reversal->legs, members);
}

EntryBody get_reversal(const json::object& in, const Posting& posting, std::string_view metadata) {
  auto reversal = std::make_unique<ReversalBody>();
  reversal->options = get_options(in, metadata);
  reversal->named = get_reference(in, kOriginal);
  reversal->original = number_at<Seq>(in, kOriginalSeq).value_or(0);
  reversal->asked = number_at<Amount>(in, "asked");
  reversal->reversed = number_at<Amount>(in, "reversed").value_or(0);
  reversal->legs = get_failure(in, posting);
  return reversal;
}

// A limit that is set; null: it is taken away.
void put_limit(std::string_view name, const std::optional<std::optional<Amount>>& limit,
               Members& members) {
  if (limit) members.put(name, *limit);
}

std::optional<std::optional<Amount>> get_limit(const json::object& in, std::string_view name) {
  if (!in.contains(view(name))) return std::nullopt;
  return number_at<Amount>(in, name);
}

void put_body(const std::unique_ptr<AccountChangeBody>& change, Members& members,
              std::string& /*text*/) {
  members.put_text("id", change->id.view());
  if (change->action != AccountAction::update) {
    members.put("action", static_cast<int>(change->action));
  }
  put_limit("floor", change->terms.floor, members);
  put_limit("ceiling", change->terms.ceiling, members);
  if (change->terms.frozen) members.put("frozen", static_cast<int>(*change->terms.frozen));
  if (change->terms.metadata) members.put_true("metadata");
  if (change->if_version) members.put("if_version", *change->if_version);
}

EntryBody get_account_change(const json::object& in, const Posting& posting,
                             std::string_view metadata) {
  auto change = std::make_unique<AccountChangeBody>();
  change->id = AccountId(text_at(in, "id"));
  change->action = static_cast<AccountAction>(number_at<std::uint8_t>(in, "action").value_or(0));
  change->terms.floor = get_limit(in, "floor");
  change->terms.ceiling = get_limit(in, "ceiling");
  if (const auto frozen = number_at<std::uint8_t>(in, "frozen")) {
    change->terms.frozen = static_cast<Frozen>(*frozen);
  }
  if (in.contains("metadata")) change->terms.metadata = std::string(metadata);
  change->if_version = number_at<std::uint64_t>(in, "if_version");
  change->posting = posting;
  if (change->action > AccountAction::reopen ||
      change->terms.frozen.value_or(Frozen::none) > Frozen::all) {
    throw std::runtime_error("it changes an account in a way that doesn't exist");
  }
  return change;
}

}  // namespace

void write_details(const Entry& entry, std::string& out) {
  out.clear();
  Members members(out);
  std::visit([&](const auto& body) { put_body(body, members, out); }, entry.body);
  put_held(entry, members, out);
  if (out == "{") return out.clear();
  members.end();
}

std::string_view metadata_of(const Entry& entry) {
  if (const OpenedAccount* opened = entry.opened()) return opened->metadata;
  if (const auto* change = std::get_if<std::unique_ptr<AccountChangeBody>>(&entry.body)) {
    const auto& metadata = (*change)->terms.metadata;
    return metadata ? std::string_view(*metadata) : std::string_view();
  }
  const PaymentOptions* options = entry.options();
  return options == nullptr ? std::string_view() : std::string_view(options->metadata);
}

void read_held_of_legs(std::string_view details, std::span<Posting> legs) {
  // A text may say so too; then it isn't found below.
  if (!details.contains("\"held\"")) return;
  const json::value parsed = json::parse(view(details));
  const json::value* held = parsed.as_object().if_contains(view(kHeld));
  if (held == nullptr) return;
  const json::array& each = held->as_array();
  if (each.size() != legs.size()) {
    throw std::runtime_error("it says of holds more than of its legs");
  }
  for (std::size_t i = 0; i < legs.size(); ++i) read_held(each[i], legs[i]);
}

EntryBody read_body(EntryKind kind, const Posting& row_posting, std::string_view text,
                    std::string_view metadata) {
  if (kind == EntryKind::payment && text.empty() && metadata.empty()) {
    return PaymentBody{.posting = row_posting, .details = nullptr};
  }
  const json::value parsed = text.empty() ? json::value(json::object()) : json::parse(view(text));
  const json::object& object = parsed.as_object();
  Posting posting = row_posting;
  const json::value* held = object.if_contains(view(kHeld));
  if (held != nullptr && (posting.sides() > 0 || kind == EntryKind::account)) {
    read_held(*held, posting);
  }
  switch (kind) {
    case EntryKind::payment:
      return get_payment(object, posting, metadata);
    case EntryKind::multi_leg:
      return get_legs(object, posting, metadata);
    case EntryKind::account:
      return get_opening(object, posting, metadata);
    case EntryKind::hold:
      return get_hold(object, posting, metadata);
    case EntryKind::capture:
      return get_capture(object, posting);
    case EntryKind::release:
      return get_release(object, posting);
    case EntryKind::expiry:
      return get_expiry(object, posting);
    case EntryKind::reversal:
      return get_reversal(object, posting, metadata);
    case EntryKind::account_change:
      return get_account_change(object, posting, metadata);
  }
  throw std::runtime_error("a kind that doesn't exist");
}

}  // namespace giro::store
