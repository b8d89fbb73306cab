#include "cli/output/fields.hpp"

#include <algorithm>
#include <limits>

#include "cli/output/visible_text.hpp"
#include "ledger/money.hpp"
#include "protocol/number_text.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

const json::value* find(const json::object& object, std::string_view name) {
  return object.if_contains({name.data(), name.size()});
}

void append_pretty(const json::value& value, std::string& out, std::size_t depth) {
  const std::string indent((depth + 1) * 2, ' ');
  const std::string closing_indent(depth * 2, ' ');
  const char* separator = "\n";
  if (value.is_object() && !value.get_object().empty()) {
    out += '{';
    for (const auto& member : value.get_object()) {
      out += separator + indent + json::serialize(json::string_view(member.key())) + ": ";
      append_pretty(member.value(), out, depth + 1);
      separator = ",\n";
    }
    out += "\n" + closing_indent + "}";
  } else if (value.is_array() && !value.get_array().empty()) {
    out += '[';
    for (const json::value& element : value.get_array()) {
      out += separator + indent;
      append_pretty(element, out, depth + 1);
      separator = ",\n";
    }
    out += "\n" + closing_indent + "]";
  } else {
    out += protocol::take_marks_off(json::serialize(value));
  }
}

}  // namespace

std::string text_field(const json::object& object, std::string_view name) {
  const json::value* value = find(object, name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<std::int64_t> number_field(const json::object& object, std::string_view name) {
  const json::value* value = find(object, name);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

Int128 wide_field(const json::object& object, std::string_view name) {
  if (const auto number = number_field(object, name)) return *number;
  const std::string text = text_field(object, name);
  const bool negative = text.starts_with('-');
  constexpr std::size_t kDigitsMax = 38;  // Of what 128 bits hold.
  if (text.size() > kDigitsMax) return 0;
  Int128 number = 0;
  for (const char digit : std::string_view(text).substr(negative ? 1 : 0)) {
    if (digit < '0' || digit > '9') return 0;
    number = number * 10 + (digit - '0');
  }
  return negative ? -number : number;
}

json::value number_of(Int128 number) {
  if (number >= std::numeric_limits<std::int64_t>::min() && number <= kAmountMax) {
    return static_cast<std::int64_t>(number);
  }
  return json::string(format_integer(number));
}

bool true_field(const json::object& object, std::string_view name) {
  const json::value* value = find(object, name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

const json::array& array_field(const json::object& object, std::string_view name) {
  static const json::array kNone;
  const json::value* value = find(object, name);
  return value != nullptr && value->is_array() ? value->get_array() : kNone;
}

const json::object& object_field(const json::object& object, std::string_view name) {
  static const json::object kNone;
  const json::value* value = find(object, name);
  return value != nullptr && value->is_object() ? value->get_object() : kNone;
}

std::string shown_field(const json::object& object, std::string_view name) {
  const json::value* value = find(object, name);
  if (value == nullptr) return {};
  if (value->is_null()) return "-";
  return value->is_string() ? std::string(value->get_string())
                            : protocol::take_marks_off(json::serialize(*value));
}

std::string amount_field(const json::object& object, std::string_view name, int scale) {
  const json::value* value = find(object, name);
  if (value == nullptr) return {};
  if (value->is_null()) return name == "available" ? "unlimited" : "none";
  if (value->is_int64()) return format_decimal(value->get_int64(), scale);
  if (value->is_string()) return with_point(std::string(value->get_string()), scale);
  return with_point(json::serialize(*value), scale);
}

std::string held_text(const json::object& object, const std::string& side, int scale) {
  std::string text;
  for (const char* direction : {"out", "in"}) {
    const std::string field = side + "held_" + direction;
    if (number_field(object, field).value_or(0) == 0) continue;
    if (!text.empty()) text += ", ";
    text.append(direction).append(" ").append(amount_field(object, field, scale));
  }
  return text;
}

int scale_field(const json::object& object) {
  const auto scale = number_field(object, "scale").value_or(0);
  return static_cast<int>(std::clamp<std::int64_t>(scale, 0, kScaleMax));
}

std::string pretty(const json::value& value) {
  std::string out;
  append_pretty(value, out, 0);
  return visible_json(out) + "\n";
}

std::string json_line(const json::value& value) {
  return visible_json(protocol::take_marks_off(json::serialize(value))) + "\n";
}

std::optional<json::value> parse_metadata(std::string_view text) {
  constexpr std::string_view kName = "metadata";
  std::string kept;
  protocol::keep_numbers(std::string(R"({"metadata":)").append(text).append("}"), kept);
  boost::system::error_code error;
  json::value parsed = json::parse(kept, error);
  const json::value* metadata =
      error ? nullptr : parsed.get_object().if_contains({kName.data(), kName.size()});
  if (metadata == nullptr || !metadata->is_object()) return std::nullopt;
  return *metadata;
}

std::string request_text(json::object params) {
  const auto found = params.find("metadata");
  if (found == params.end()) return json::serialize(params);
  const std::string metadata = protocol::take_marks_off(json::serialize(found->value()));
  params.erase(found);
  std::string text = json::serialize(params);
  text.back() = params.empty() ? ' ' : ',';
  return text.append(R"("metadata":)").append(metadata).append("}");
}

}  // namespace giro::cli
