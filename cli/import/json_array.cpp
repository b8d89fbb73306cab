#include "cli/import/json_array.hpp"

#include <fmt/format.h>

#include "cli/output/json_text.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kBetween = " \t\r\n";

// The length of the object that `text` begins with; nothing: it goes on behind it.
std::optional<std::size_t> object_end(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return at + 1;
    }
  }
  return std::nullopt;
}

std::unexpected<Failure> not_an_array() {
  return usage_failure("the input isn't a JSON array of objects, or ends before it does");
}

}  // namespace

Result<std::optional<json::value>> JsonArray::next(bool may_wait) {
  while (!ended_) {
    const std::string_view view = bytes_.view();
    const std::size_t begin = std::min(view.find_first_not_of(kBetween), view.size());
    const char first = begin < view.size() ? view[begin] : '\0';
    if (first != '\0' && !begun_) {
      if (first != '[') return not_an_array();
      begun_ = true;
      bytes_.consume(begin + 1);
      continue;
    }
    if (first == ',' || first == ']') {
      ended_ = first == ']';
      bytes_.consume(begin + 1);
      continue;
    }
    if (first != '\0' && first != '{') return not_an_array();
    const auto length = first == '{' ? object_end(view.substr(begin)) : std::nullopt;
    if (length) {
      boost::system::error_code error;
      json::parse_options options;
      options.max_depth = kNestingLookedInto;
      auto value = read_json(view.substr(begin, *length), options, error);
      if (!value) return not_an_array();
      bytes_.consume(begin + *length);
      return value;
    }
    if (view.size() > kElementBytesMax) {
      return usage_failure(fmt::format("a record of more than {} bytes", kElementBytesMax));
    }
    if (bytes_.at_end()) return not_an_array();
    if (!may_wait && bytes_.would_wait()) return std::nullopt;
    if (auto filled = bytes_.fill(); !filled) return std::unexpected(std::move(filled).error());
  }
  return std::nullopt;
}

}  // namespace giro::cli
