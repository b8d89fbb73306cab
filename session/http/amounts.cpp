#include "session/http/amounts.hpp"

#include <algorithm>
#include <array>

#include "protocol/whole_number.hpp"

namespace giro::http {
namespace {

constexpr std::array<std::string_view, 30> kAmountFields{"above",
                                                         "amount",
                                                         "asked",
                                                         "available",
                                                         "balance",
                                                         "below",
                                                         "ceiling",
                                                         "closing_balance",
                                                         "credit",
                                                         "debit",
                                                         "floor",
                                                         "from_balance",
                                                         "from_held_in",
                                                         "from_held_out",
                                                         "held_in",
                                                         "held_out",
                                                         "if_available_gte",
                                                         "in",
                                                         "left",
                                                         "net",
                                                         "opening_balance",
                                                         "out",
                                                         "posted_in",
                                                         "posted_out",
                                                         "released",
                                                         "reversed",
                                                         "to_balance",
                                                         "to_held_in",
                                                         "to_held_out",
                                                         "used_amount"};
static_assert(std::ranges::is_sorted(kAmountFields));

constexpr std::string_view kBlanks = " \t\r\n";

std::size_t after_blanks(std::string_view json, std::size_t at) {
  return std::min(json.find_first_not_of(kBlanks, at), json.size());
}

// `at`: of the opening quote. Behind the closing one.
std::size_t end_of_string(std::string_view json, std::size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at) at += std::size_t{json[at] == '\\'};
  return std::min(at + 1, json.size());
}

// Behind a string, a number or a word; of anything with brackets, behind the last of them.
std::size_t end_of_value(std::string_view json, std::size_t at) {
  std::size_t depth = 0;
  while (at < json.size()) {
    const char c = json[at];
    const bool closes = c == '}' || c == ']';
    if (depth == 0 && (closes || c == ',' || kBlanks.contains(c))) break;
    if (closes) --depth;
    if (c == '{' || c == '[') ++depth;
    at = c == '"' ? end_of_string(json, at) : at + 1;
    if (depth == 0 && (closes || c == '"')) break;
  }
  return at;
}

// `write(out, value)` writes each amount's value.
template <class Write>
std::string with_amounts(std::string_view json, Write write) {
  std::string out;
  out.reserve(json.size() + json.size() / 8);
  std::size_t copied = 0;
  std::size_t at = 0;
  while ((at = json.find('"', at)) < json.size()) {
    const std::size_t end = end_of_string(json, at);
    const std::string_view name = json.substr(at + 1, end - at - 2);
    at = after_blanks(json, end);
    if (at == json.size() || json[at] != ':') continue;
    at = after_blanks(json, at + 1);
    const bool is_metadata = name == "metadata";
    if (!is_metadata && !holds_amount(name)) continue;
    const std::size_t value = at;
    at = end_of_value(json, value);
    if (is_metadata) continue;
    out.append(json, copied, value - copied);
    write(out, json.substr(value, at - value));
    copied = at;
  }
  return out.append(json, copied);
}

}  // namespace

bool holds_amount(std::string_view field) {
  return std::ranges::binary_search(kAmountFields, field);
}

std::string with_quoted_amounts(std::string_view json) {
  return with_amounts(json, [](std::string& out, std::string_view value) {
    const bool quote = protocol::is_whole_number(value);
    if (quote) out.push_back('"');
    out.append(value);
    if (quote) out.push_back('"');
  });
}

std::string with_bare_amounts(std::string_view json) {
  return with_amounts(json, [](std::string& out, std::string_view value) {
    const bool quoted = value.size() > 2 && value.starts_with('"') && value.ends_with('"');
    const std::string_view inner = quoted ? value.substr(1, value.size() - 2) : value;
    out.append(protocol::is_whole_number(inner) ? inner : value);
  });
}

}  // namespace giro::http
