#include "ledger/store/journal/details.hpp"

#include <concepts>

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

PaymentOptions get_options(const json::object& in) {
  PaymentOptions options;
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

void put_requested(const std::vector<Leg>& legs, Members& out, std::string& text) {
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

}  // namespace

void write_details(const EntryDetails& details, std::string& out) {
  out.clear();
  Members members(out);
  put_options(details.options, members);
  if (details.asked) members.put("asked", *details.asked);
  if (!details.requested.empty()) put_requested(details.requested, members, out);
  if (details.leg_code != Rejection::none) {
    members.put("leg", details.failed_leg);
    members.put("leg_code", static_cast<int>(details.leg_code));
  }
  if (details.opened) put_account(*details.opened, members, out);
  if (out == "{") return out.clear();
  members.end();
}

std::string_view metadata_of(const EntryDetails& details) {
  return details.opened ? details.opened->metadata : details.options.metadata;
}

std::unique_ptr<EntryDetails> read_details(std::string_view text, std::string_view metadata) {
  auto details = std::make_unique<EntryDetails>();
  const json::value parsed = text.empty() ? json::value(json::object()) : json::parse(view(text));
  const json::object& object = parsed.as_object();
  details->options = get_options(object);
  details->asked = number_at<Amount>(object, "asked");
  details->requested = get_requested(object);
  if (const auto code = number_at<int>(object, "leg_code")) {
    details->failed_leg = object.at("leg").to_number<std::uint16_t>();
    details->leg_code = static_cast<Rejection>(*code);
  }
  if (const json::value* account = object.if_contains("account")) {
    details->opened = get_account(account->as_object(), metadata);
  } else {
    details->options.metadata = metadata;
  }
  return details;
}

}  // namespace giro::store
