// What the details of several kinds of entries have in common, as members of their JSON text and back.
// Reading throws what says that no writer wrote it. Pure functions: any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "ledger/entry/entry.hpp"
#include "ledger/store/journal/members.hpp"

namespace giro::store {

[[nodiscard]] inline boost::json::string_view view(std::string_view text) {
  return {text.data(), text.size()};
}
// Empty: it isn't there.
[[nodiscard]] std::string_view text_at(const boost::json::object& object, std::string_view name);
// Nothing: it isn't there, or null.
template <class Number>
[[nodiscard]] std::optional<Number> number_at(const boost::json::object& object,
                                              std::string_view name) {
  const boost::json::value* value = object.if_contains(view(name));
  if (value == nullptr || value->is_null()) return std::nullopt;
  return value->to_number<Number>();
}

// A day; nothing: it isn't there. Throws where it doesn't exist.
void put_date(std::string_view name, std::optional<Date> date, Members& out);
[[nodiscard]] std::optional<Date> date_at(const boost::json::object& object, std::string_view name);

void put_options(const PaymentOptions& options, Members& out);
[[nodiscard]] PaymentOptions get_options(const boost::json::object& in, std::string_view metadata);

// The legs of a request. `text`: what the members are written to. REQUIRES: there are some.
void put_requested(std::span<const Leg> legs, Members& out, std::string& text);
[[nodiscard]] std::vector<Leg> get_requested(const boost::json::object& in);

// When a payment is due.
void put_terms(const ScheduleTerms& terms, Members& out);
[[nodiscard]] ScheduleTerms get_terms(const boost::json::object& in);

// Whom a request named, and which entry that was: `number` is its member, `name` is what was said.
void put_reference(std::string_view name, std::string_view number, const Reference& named, Seq seq,
                   Members& members);
[[nodiscard]] Reference get_reference(const boost::json::object& in, std::string_view name);

}  // namespace giro::store
