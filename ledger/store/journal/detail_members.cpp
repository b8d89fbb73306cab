#include "ledger/store/journal/detail_members.hpp"

#include <stdexcept>

#include <boost/json.hpp>

namespace giro::store {

namespace json = boost::json;

std::string_view text_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(view(name));
  if (value == nullptr) return {};
  const json::string& text = value->as_string();
  return {text.data(), text.size()};
}

void put_date(std::string_view name, std::optional<Date> date, Members& out) {
  if (date) out.put_text(name, format_date(*date));
}

std::optional<Date> date_at(const json::object& object, std::string_view name) {
  const std::string_view text = text_at(object, name);
  if (text.empty()) return std::nullopt;
  const auto date = parse_date(text);
  if (!date) throw std::runtime_error("it has a date that doesn't exist");
  return date;
}

void put_options(const PaymentOptions& options, Members& out) {
  if (options.code) out.put("code", *options.code);
  if (!options.reference.empty()) out.put_text("reference", options.reference);
  if (!options.description.empty()) out.put_text("description", options.description);
  put_date("effective_date", options.effective_date, out);
  if (options.deadline) out.put("deadline", options.deadline->ns);
  if (options.if_version) out.put("if_version", *options.if_version);
  if (options.if_available_gte) out.put("if_available_gte", *options.if_available_gte);
  if (options.up_to) out.put_true("up_to");
  if (!options.traceparent.empty()) out.put_text("traceparent", options.traceparent);
}

PaymentOptions get_options(const json::object& in, std::string_view metadata) {
  PaymentOptions options;
  options.metadata = metadata;
  options.code = number_at<std::uint16_t>(in, "code");
  options.reference = text_at(in, "reference");
  options.description = text_at(in, "description");
  options.effective_date = date_at(in, "effective_date");
  if (const auto ns = number_at<std::int64_t>(in, "deadline")) options.deadline = Timestamp{*ns};
  options.if_version = number_at<std::uint64_t>(in, "if_version");
  options.if_available_gte = number_at<Amount>(in, "if_available_gte");
  options.up_to = in.contains("up_to");
  options.traceparent = text_at(in, "traceparent");
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

void put_terms(const ScheduleTerms& terms, Members& out) {
  out.put("at", terms.at.ns);
  if (terms.every) out.put_text("every", format_interval(*terms.every));
  if (terms.until) out.put("until", terms.until->ns);
  if (terms.count) out.put("count", *terms.count);
}

ScheduleTerms get_terms(const json::object& in) {
  ScheduleTerms terms{.at = Timestamp{in.at("at").to_number<std::int64_t>()},
                      .every = {},
                      .until = {},
                      .count = number_at<std::uint32_t>(in, "count")};
  if (const auto ns = number_at<std::int64_t>(in, "until")) terms.until = Timestamp{*ns};
  if (!in.contains("every")) return terms;
  terms.every = parse_interval(text_at(in, "every"));
  if (!terms.every) throw std::runtime_error("its interval isn't one");
  return terms;
}

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

}  // namespace giro::store
