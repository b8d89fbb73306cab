#include "cli/submit/keys_seen.hpp"

#include <random>
#include <utility>

#include <boost/json.hpp>

#include "cli/output/fields.hpp"
#include "cli/output/json_text.hpp"

namespace giro::cli {

KeysSeen::KeysSeen(std::size_t rows_remembered) : rows_remembered_(rows_remembered) {
  std::random_device kernel;
  for (std::uint8_t& byte : secret_) byte = static_cast<std::uint8_t>(kernel());
}

std::optional<std::uint64_t> KeysSeen::earlier(std::string_view key, std::uint64_t line) {
  const std::uint64_t fingerprint = hash(secret_, key);
  for (const LineOfKey* lines : {&recent_, &older_}) {
    const auto found = lines->find(fingerprint);
    if (found != lines->end()) return found->second;
  }
  if (recent_.size() == rows_remembered_) older_ = std::exchange(recent_, {});
  recent_.emplace(fingerprint, line);
  return std::nullopt;
}

std::string key_of_params(std::string_view params) {
  // Where most rows have it; reading all of them once more would cost a third of the time.
  constexpr std::string_view kFront = R"({"key":")";
  if (params.starts_with(kFront)) {
    const std::string_view rest = params.substr(kFront.size());
    const std::size_t end = rest.find_first_of("\"\\");
    if (end != std::string_view::npos && rest[end] == '"') return std::string(rest.substr(0, end));
  }
  boost::system::error_code error;
  boost::json::parse_options options;
  options.max_depth = 64;
  boost::json::monotonic_resource memory;
  const auto value = read_json(params, options, error, &memory);
  return value && value->is_object() ? text_field(value->get_object(), "key") : std::string();
}

}  // namespace giro::cli
