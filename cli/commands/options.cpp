#include "cli/commands/options.hpp"

#include <string_view>
#include <utility>

#include "cli/output/fields.hpp"
#include "cli/time/time_options.hpp"
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
                     "The day on which it counts: YYYY-MM-DD, yesterday (default: today)");
  command.add_option("--deadline", options.deadline,
                     "Rejected if it isn't decided by this moment, or by the end of this day");
}

Result<void> add_description(json::object& params, const DescriptionOptions& options) {
  if (!options.reference.empty()) params["reference"] = options.reference;
  if (!options.description.empty()) params["description"] = options.description;
  if (!options.effective_date.empty()) {
    const auto day = one_day_of(options.effective_date, "effective_date");
    if (!day) return std::unexpected(day.error());
    params["effective_date"] = *day;
  }
  if (!options.deadline.empty()) {
    const auto time = time_of(options.deadline, TimeMeans::last, "deadline");
    if (!time) return std::unexpected(time.error());
    params["deadline"] = *time;
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
