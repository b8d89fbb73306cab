#include "ledger/store/journal/details.hpp"

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

template <class Number>
json::value number_or_null(const std::optional<Number>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

void put_options(const PaymentOptions& options, json::object& out) {
  if (options.code) out["code"] = *options.code;
  if (!options.reference.empty()) out["reference"] = options.reference;
  if (!options.description.empty()) out["description"] = options.description;
  if (!options.effective_date.empty()) out["effective_date"] = options.effective_date;
  if (options.deadline) out["deadline"] = options.deadline->ns;
  if (options.if_version) out["if_version"] = *options.if_version;
  if (options.if_available_gte) out["if_available_gte"] = *options.if_available_gte;
  if (options.up_to) out["up_to"] = true;
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

void put_requested(const std::vector<Leg>& legs, json::object& out) {
  json::array& list = out["requested"].emplace_array();
  for (const Leg& leg : legs) {
    list.push_back({{"from", view(leg.from.view())},
                    {"to", view(leg.to.view())},
                    {"amount", leg.amount},
                    {"currency", view(leg.currency.view())}});
  }
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

void put_account(const OpenedAccount& opened, json::object& out) {
  out["account"] = {{"id", view(opened.id.view())},
                    {"currency", view(opened.currency.code.view())},
                    {"scale", opened.currency.scale},
                    {"floor", number_or_null(opened.floor)},
                    {"ceiling", number_or_null(opened.ceiling)}};
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
  json::object object;
  put_options(details.options, object);
  if (details.asked) object["asked"] = *details.asked;
  if (!details.requested.empty()) put_requested(details.requested, object);
  if (details.leg_code != Rejection::none) {
    object["leg"] = details.failed_leg;
    object["leg_code"] = static_cast<int>(details.leg_code);
  }
  if (details.opened) put_account(*details.opened, object);
  out = object.empty() ? std::string() : json::serialize(object);
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
