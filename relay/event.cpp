#include "relay/event.hpp"

#include <algorithm>
#include <string_view>

#include "protocol/number_text.hpp"

namespace giro::relay {
namespace {

namespace json = boost::json;

std::string_view text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  const json::string& text = value->get_string();
  return {text.data(), text.size()};
}

std::optional<std::int64_t> number_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

void add_account(Event& event, std::string_view account) {
  if (account.empty() || std::ranges::find(event.accounts, account) != event.accounts.end()) return;
  event.accounts.emplace_back(account);
}

void add_crossed(Event& event, const json::object& part) {
  const json::value* crossed = part.if_contains("crossed");
  if (crossed == nullptr || !crossed->is_array()) return;
  for (const json::value& line : crossed->get_array()) {
    if (line == "below") event.crossed_below = true;
    if (line == "above") event.crossed_above = true;
  }
}

// What goes out once: a capture pays what its hold took, and a reversal takes back.
bool pays_out(const Event& event) {
  return event.status != "rejected" &&
         (event.kind == "payment" || event.kind == "scheduled_payment" || event.kind == "hold");
}

// The entry itself, or a leg of it.
void add_movement(Event& event, const json::object& part) {
  const std::string_view from = text_of(part, "from");
  add_account(event, from);
  add_account(event, text_of(part, "to"));
  add_crossed(event, part);
  const auto amount = number_of(part, "amount");
  if (from.empty() || !amount || *amount <= 0 || !pays_out(event)) return;
  event.outflows.push_back({.account = std::string(from),
                            .amount = *amount,
                            .currency = std::string(text_of(part, "currency"))});
}

void add_opening(Event& event, const json::object& account) {
  add_account(event, text_of(account, "id"));
  const std::string_view code = text_of(account, "currency");
  const auto scale = number_of(account, "scale");
  if (!is_currency_code(code) || !scale || *scale < 0 || *scale > kScaleMax) return;
  event.declared = Currency{.code = CurrencyCode(code), .scale = static_cast<int>(*scale)};
}

}  // namespace

std::optional<Event> read_event(const json::value& entry) {
  const json::object* fields = entry.if_object();
  const auto seq = fields == nullptr ? std::nullopt : number_of(*fields, "seq");
  if (!seq || *seq < 1) return std::nullopt;
  Event event{.seq = *seq,
              .at = std::string(text_of(*fields, "at")),
              .kind = std::string(text_of(*fields, "type")),
              .status = std::string(text_of(*fields, "status")),
              .key = std::string(protocol::without_mark(text_of(*fields, "key"))),
              .text = protocol::take_marks_off(json::serialize(entry))};
  add_movement(event, *fields);
  add_account(event, text_of(*fields, "id"));
  if (const json::value* account = fields->if_contains("account");
      account && account->is_object()) {
    add_opening(event, account->get_object());
  }
  if (const json::value* legs = fields->if_contains("legs"); legs && legs->is_array()) {
    for (const json::value& leg : legs->get_array()) {
      if (leg.is_object()) add_movement(event, leg.get_object());
    }
  }
  return event;
}

}  // namespace giro::relay
