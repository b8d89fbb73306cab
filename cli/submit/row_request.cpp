#include "cli/submit/row_request.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/output/json_text.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kPayment = "payments.submit";
constexpr std::string_view kBlanks = " \t\r\n";

// Whether `text` has a member `method`. Errors: what is wrong with it as a JSON object.
std::expected<bool, std::string> find_method(std::string_view text, std::size_t nesting) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = nesting;
  json::monotonic_resource memory;
  const auto value = read_json(text, options, error, &memory);
  if (!value) return std::unexpected("not JSON: " + error.message());
  if (!value->is_object()) return std::unexpected("not a JSON object");
  return value->get_object().contains("method");
}

// --- the members of an object as they are written ---

struct Member {
  std::string_view name;  // In its quotes.
  std::string_view value;
};

// Behind the string that begins at `at`.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at + 1;
}

// The comma or brace behind the value at `at`.
std::size_t end_of_value(std::string_view text, std::size_t at) {
  for (std::size_t depth = 0;;) {
    const char c = text[at];
    if (depth == 0 && (c == ',' || c == '}')) return at;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    at = c == '"' ? end_of_string(text, at) : at + 1;
  }
}

// REQUIRES: `object` is a JSON object.
std::vector<Member> members_of(std::string_view object) {
  std::vector<Member> members;
  std::size_t at = object.find('{');
  do {
    at = object.find_first_not_of(kBlanks, at + 1);
    if (object[at] == '}') break;
    const std::size_t name_end = end_of_string(object, at);
    const std::size_t value = object.find_first_not_of(kBlanks, object.find(':', name_end) + 1);
    const std::size_t value_end = end_of_value(object, value);
    members.push_back({.name = object.substr(at, name_end - at),
                       .value = object.substr(value, value_end - value)});
    at = value_end;
  } while (object[at] == ',');
  return members;
}

// REQUIRES: a JSON string.
std::string text_of(std::string_view string) {
  return std::string(json::parse({string.data(), string.size()}).as_string());
}

// --- a line with a method ---

struct Parts {
  std::string_view method;
  std::string_view params;  // Empty: there is none.
  std::string others = "{";
};

std::expected<Parts, std::string> parts_of(std::string_view line) {
  Parts parts;
  for (const Member& member : members_of(line)) {
    const std::string name = text_of(member.name);
    if (name != "method" && name != "params") {
      if (parts.others.size() > 1) parts.others += ',';
      parts.others.append(member.name).append(":").append(member.value);
      continue;
    }
    std::string_view& place = name == "method" ? parts.method : parts.params;
    if (!place.empty()) return std::unexpected(fmt::format("`{}` is there twice", name));
    place = member.value;
  }
  parts.others += '}';
  return parts;
}

std::expected<RowRequest, std::string> request_with_method(std::string_view line) {
  const auto parts = parts_of(line);
  if (!parts) return std::unexpected(parts.error());
  if (parts->method.front() != '"') {
    return std::unexpected("`method` must be text, such as \"payments.capture\"");
  }
  const bool nested = !parts->params.empty();
  if (nested && parts->params.front() != '{') {
    return std::unexpected("`params` must be a JSON object");
  }
  if (nested && parts->others.size() > 2) {
    return std::unexpected("beside `method` and `params` nothing else may stand");
  }
  RowRequest request{.method = text_of(parts->method),
                     .params = nested ? std::string(parts->params) : parts->others};
  if (request.method == kPayment) {
    request.method.clear();
  } else if (auto problem = problem_of_object(request.params, kPaymentNestingMax - 1)) {
    return std::unexpected(std::move(*problem));
  }
  return request;
}

}  // namespace

void append_for_batch(std::string& out, const RowRequest& request) {
  if (request.method.empty()) {
    out += request.params;
  } else {
    append_for_group(out, request);
  }
}

void append_for_group(std::string& out, const RowRequest& request) {
  out += R"({"method":)";
  append_json_string(out, request.method.empty() ? kPayment : request.method);
  out += R"(,"params":)";
  out += request.params;
  out += '}';
}

std::expected<RowRequest, std::string> request_of_json(std::string_view line) {
  const auto has_method = find_method(line, kPaymentNestingMax);
  if (!has_method) return std::unexpected(has_method.error());
  if (*has_method) return request_with_method(line);
  return RowRequest{.method = {}, .params = std::string(line)};
}

std::optional<std::string> problem_of_object(std::string_view text, std::size_t nesting) {
  const auto object = find_method(text, nesting);
  if (object) return std::nullopt;
  return object.error();
}

void append_json_string(std::string& out, std::string_view text) {
  const bool needs_escapes = std::ranges::any_of(
      text, [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; });
  if (needs_escapes) {
    out += json::serialize(json::string_view(text.data(), text.size()));
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

}  // namespace giro::cli
