#include "cli/output/json_text.hpp"

#include <string>
#include <utility>

#include "protocol/number_text.hpp"

namespace giro::cli {

namespace json = boost::json;

std::optional<json::value> read_json(std::string_view text, const json::parse_options& options,
                                     boost::system::error_code& error, json::storage_ptr memory) {
  json::value value = json::parse({text.data(), text.size()}, error, memory, options);
  if (error) {
    std::string readable;
    protocol::keep_numbers(text, readable);
    error.clear();
    value = json::parse(readable, error, std::move(memory), options);
  }
  if (error) return std::nullopt;
  return value;
}

}  // namespace giro::cli
