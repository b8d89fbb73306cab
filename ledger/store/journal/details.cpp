#include "ledger/store/journal/details.hpp"

#include <concepts>
#include <span>
#include <stdexcept>
#include <utility>

#include <boost/json.hpp>

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

// The members of a JSON object. The text is hashed into the audit chain, so that it must be the same for
// ever, whatever the next release of a library makes of it: shortest escapes, no space, members in the
// order in which they are put.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_ += '{'; }

  template <std::integral Integer>
  void put(std::string_view name, Integer number) {
    begin(name);
    out_ += std::to_string(number);
  }
  void put(std::string_view name, std::optional<Amount> number) {
    if (number) return put(name, *number);
    begin(name);
    out_ += "null";
  }
  void put_true(std::string_view name) {
    begin(name);
    out_ += "true";
  }
  void put_text(std::string_view name, std::string_view text) {
    begin(name);
    quote(text);
  }
  // What follows is the member's value, written by the caller.
  void begin(std::string_view name) {
    if (out_.back() != '{') out_ += ',';
    quote(name);
    out_ += ':';
  }
  void end() { out_ += '}'; }

 private:
  void quote(std::string_view text) {
    out_ += '"';
    for (const char c : text) escape(c);
    out_ += '"';
  }
  // As in RFC 8259, section 7.
  void escape(char c) {
    constexpr std::string_view kEscaped = "\"\\\b\f\n\r\t";
    constexpr std::string_view kLetters = "\"\\bfnrt";
    constexpr std::string_view kHex = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if (const auto short_form = kEscaped.find(c); short_form != std::string_view::npos) {
      out_ += '\\';
      out_ += kLetters[short_form];
    } else if (byte < 0x20) {
      out_ += "\\u00";
      out_ += kHex[byte >> 4];
      out_ += kHex[byte & 15];
    } else {
      out_ += c;
    }
  }

  std::string& out_;
};

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

void put_body(const PaymentBody& payment, Members& members, std::string& text) {
  if (payment.details == nullptr) return;
  const PaymentDetails& details = *payment.details;
  put_options(details.options, members);
  if (details.asked) members.put("asked", *details.asked);
  if (details.requested) put_requested(std::span(&*details.requested, 1), members, text);
}

EntryBody get_payment(const json::object& in, const Posting& posting, std::string_view metadata) {
  auto details = std::make_unique<PaymentDetails>();
  details->options = get_options(in, metadata);
  details->asked = number_at<Amount>(in, "asked");
  std::vector<Leg> requested = get_requested(in);
  if (requested.size() > 1) throw std::runtime_error("a payment of one leg has more of them");
  if (!requested.empty()) details->requested = requested.front();
  return PaymentBody{.posting = posting, .details = std::move(details)};
}

void put_body(const std::unique_ptr<MultiLegBody>& payment, Members& members, std::string& text) {
  put_options(payment->options, members);
  if (!payment->requested.empty()) put_requested(payment->requested, members, text);
  if (payment->leg_code == Rejection::none) return;
  members.put("leg", payment->failed_leg);
  members.put("leg_code", static_cast<int>(payment->leg_code));
}

EntryBody get_legs(const json::object& in, const Posting& posting, std::string_view metadata) {
  auto payment = std::make_unique<MultiLegBody>();
  payment->options = get_options(in, metadata);
  payment->requested = get_requested(in);
  payment->seen = posting;
  if (const auto code = number_at<int>(in, "leg_code")) {
    payment->failed_leg = in.at("leg").to_number<std::uint16_t>();
    payment->leg_code = static_cast<Rejection>(*code);
  }
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

}  // namespace

void write_details(const Entry& entry, std::string& out) {
  out.clear();
  Members members(out);
  std::visit([&](const auto& body) { put_body(body, members, out); }, entry.body);
  if (out == "{") return out.clear();
  members.end();
}

std::string_view metadata_of(const Entry& entry) {
  if (const OpenedAccount* opened = entry.opened()) return opened->metadata;
  const PaymentOptions* options = entry.options();
  return options == nullptr ? std::string_view() : std::string_view(options->metadata);
}

EntryBody read_body(EntryKind kind, const Posting& posting, std::string_view text,
                    std::string_view metadata) {
  if (kind == EntryKind::payment && text.empty() && metadata.empty()) {
    return PaymentBody{.posting = posting, .details = nullptr};
  }
  const json::value parsed = text.empty() ? json::value(json::object()) : json::parse(view(text));
  const json::object& object = parsed.as_object();
  switch (kind) {
    case EntryKind::payment:
      return get_payment(object, posting, metadata);
    case EntryKind::multi_leg:
      return get_legs(object, posting, metadata);
    case EntryKind::account:
      return get_opening(object, posting, metadata);
  }
  throw std::runtime_error("a kind that doesn't exist");
}

}  // namespace giro::store
