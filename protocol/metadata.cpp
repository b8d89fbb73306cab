#include "protocol/metadata.hpp"

#include <algorithm>
#include <vector>

#include "protocol/number_text.hpp"

namespace giro::protocol {
namespace {

using simdjson::dom::element_type;

// Depth is bounded by the parser.
bool append_object(std::string& out, const simdjson::dom::object& object) {
  std::vector<simdjson::dom::key_value_pair> members(object.begin(), object.end());
  std::ranges::sort(members, {}, &simdjson::dom::key_value_pair::key);
  const auto same_key = [](const auto& a, const auto& b) { return a.key == b.key; };
  if (std::ranges::adjacent_find(members, same_key) != members.end()) return false;
  JsonWriter(out).begin_object();
  for (const auto& member : members) {
    JsonWriter(out).value(member.key);
    out.push_back(':');
    if (!append_canonical(out, member.value)) return false;
  }
  JsonWriter(out).end_object();
  return true;
}

bool append_array(std::string& out, const simdjson::dom::array& array) {
  JsonWriter(out).begin_array();
  for (const Value element : array) {
    if (!append_canonical(out, element)) return false;
  }
  JsonWriter(out).end_array();
  return true;
}

}  // namespace

bool append_canonical(std::string& out, const Value& value) {
  JsonWriter json(out);
  switch (value.type()) {
    case element_type::OBJECT:
      return append_object(out, value);
    case element_type::ARRAY:
      return append_array(out, value);
    case element_type::STRING: {
      const std::string_view text(value);
      is_marked(text) ? json.raw(without_mark(text)) : json.value(without_mark(text));
      return true;
    }
    case element_type::BOOL:
      json.value(bool(value));
      return true;
    case element_type::NULL_VALUE:
      json.value(nullptr);
      return true;
    default:
      return false;  // A number: the parser marks all of them (protocol/number_text.hpp).
  }
}

}  // namespace giro::protocol
