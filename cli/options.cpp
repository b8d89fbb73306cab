#include "cli/options.hpp"

#include <string_view>
#include <utility>

#include "cli/fields.hpp"
#include "protocol/whole_number.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

Result<void> add_metadata(json::object& params, const std::string& text) {
  if (text.empty()) return {};
  auto metadata = parse_metadata(text);
  if (!metadata) {
    return usage_failure("--metadata must be a JSON object, such as '{\"order\":17}'");
  }
  params["metadata"] = std::move(*metadata);
  return {};
}

}  // namespace

void declare_key(CLI::App& command, KeyOptions& options) {
  command
      .add_option("--key", options.key,
                  "The request's identity for ever: sent again with the same key it takes effect "
                  "once; 1 to 128 bytes, nothing in it that can't be seen (default: a new UUIDv7)")
      // `--key "$KEY"` of a script that lost its KEY must not become a new request.
      ->check([](const std::string& key) {
        return std::string(key.empty() ? "must not be empty" : "");
      });
  command.add_flag("--dry-run", options.dry_run, "Decides, but keeps nothing and uses up no key");
}

void declare_description(CLI::App& command, DescriptionOptions& options) {
  command.add_option("--reference", options.reference,
                     "At most 64 bytes; payments are found by it");
  command.add_option("--description", options.description, "At most 1024 bytes");
  command.add_option("--metadata", options.metadata, "A JSON object");
  command.add_option("--code", options.code, "0 to 65535, your own classification");
  command.add_option("--effective-date", options.effective_date,
                     "YYYY-MM-DD: the day on which it counts (default: today)");
  command.add_option("--deadline", options.deadline,
                     "RFC 3339: rejected if it isn't decided by then");
}

Result<void> add_description(json::object& params, const DescriptionOptions& options) {
  for (const auto& [name, text] :
       {std::pair{"reference", &options.reference}, std::pair{"description", &options.description},
        std::pair{"effective_date", &options.effective_date},
        std::pair{"deadline", &options.deadline}}) {
    if (!text->empty()) params[name] = *text;
  }
  if (options.code) params["code"] = *options.code;
  return add_metadata(params, options.metadata);
}

Result<void> add_terms(json::object& params, const TermsOptions& options,
                       const std::function<Result<Amount>(const std::string&)>& parse) {
  for (const auto& [name, text] :
       {std::pair{"floor", &options.floor}, std::pair{"ceiling", &options.ceiling}}) {
    if (text->empty()) continue;
    if (*text == "none") {
      params[name] = nullptr;
      continue;
    }
    const auto limit = parse(*text);
    if (!limit) return std::unexpected(limit.error());
    params[name] = *limit;
  }
  return add_metadata(params, options.metadata);
}

json::value key_or_seq(const std::string& text) {
  if (text.starts_with('#')) {
    const auto seq = protocol::whole_number<std::int64_t>(std::string_view(text).substr(1));
    if (seq && *seq > 0) return *seq;
  }
  return json::string(text);
}

}  // namespace giro::cli
