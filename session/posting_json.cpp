#include "session/posting_json.hpp"

namespace giro {

using protocol::JsonWriter;

namespace {

void write_lines(JsonWriter& json, std::string_view name, unsigned bits) {
  if (bits == 0) return;
  json.key(name).begin_array();
  if ((bits & kFromBelow) != 0) json.value("below");
  if ((bits & kFromAbove) != 0) json.value("above");
  json.end_array();
}

}  // namespace

bool has_balances(const Posting& posting) {
  return posting.from != 0 && posting.to != 0;
}

void write_balances(JsonWriter& json, const Posting& posting) {
  json.field("from_balance", posting.from_after).field("to_balance", posting.to_after);
}

void write_balances(JsonWriter& json, const Posting& posting, const CurrencyCode& asked,
                    const AccountBook& accounts) {
  write_balances(json, posting);
  const CurrencyCode& from = accounts[posting.from].currency.code;
  const CurrencyCode& to = accounts[posting.to].currency.code;
  if (from == asked && to == asked) return;
  json.field("from_currency", from).field("to_currency", to);
}

void write_held(JsonWriter& json, std::string_view in, std::string_view out, const Held& held) {
  if (held == Held{}) return;
  json.field(in, held.in).field(out, held.out);
}
void write_held(JsonWriter& json, const Posting& posting) {
  write_held(json, "from_held_in", "from_held_out", posting.from_held);
  write_held(json, "to_held_in", "to_held_out", posting.to_held);
}

void write_crossed(JsonWriter& json, const Posting& posting) {
  if (posting.crossed == 0) return;
  constexpr unsigned kOfOne = (1U << kCrossedBitsOfOne) - 1;
  const unsigned from = posting.crossed & kOfOne;
  const unsigned to = posting.crossed >> kCrossedBitsOfOne;
  write_lines(json, "crossed", from | to);
  write_lines(json, "from_crossed", from);
  write_lines(json, "to_crossed", to);
}

}  // namespace giro
