// giro status: the daemon's figures.
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/output/answers.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "cli/output/progress.hpp"
#include "cli/output/table.hpp"
#include "cli/output/units.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

// --- status ---

// "64 MiB", "1 d 2 h", "1,048,576": what programs take is in --json.
std::string figure_text(std::string_view name, const json::value& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return std::string(value.get_string());
  if (!value.is_int64() || value.get_int64() < 0) return json::serialize(value);
  const auto number = static_cast<std::uint64_t>(value.get_int64());
  if (name.find("bytes") != std::string_view::npos) return bytes_text(number);
  if (name.ends_with("_s")) return seconds_text(number);
  return grouped(number);
}

// "queue.items", as the columns of --output csv.
void add_group(Details& details, const std::string& name, const json::object& group) {
  for (const auto& [key, value] : group) {
    if (value.is_array()) continue;  // The nodes of a cluster: `giro cluster status` has them.
    const std::string figure(key);
    details.add(fmt::format("{}.{}", name, figure), figure_text(figure, value));
  }
}

std::string currencies_text(const json::object& status) {
  std::string currencies;
  for (const json::value& element : array_field(status, "currencies")) {
    if (!element.is_object()) continue;
    if (!currencies.empty()) currencies += ", ";
    currencies += text_field(element.get_object(), "currency");
  }
  return currencies;
}

std::string status_details(const json::object& status, const Look& look) {
  Details details;
  for (const auto& [key, value] : status) {
    const std::string name(key);
    if (name == "currencies") {
      details.add(name, currencies_text(status));
    } else if (value.is_object()) {
      add_group(details, name, value.get_object());
    } else if (name == "read_only") {
      details.add(name, value == true ? Cell("true", Style::bad) : Cell("false"));
    } else if (value.is_int64() && name != "seq") {
      details.add(name, figure_text(name, value));
    } else {
      details.add(name, shown_field(status, name));
    }
  }
  return details.render(look);
}

Result<ExitCode> run_status(Session& session, const NoOptions& /*options*/) {
  const auto status = session.call("ledger.status", {});
  if (!status) return std::unexpected(status.error());
  const auto text = [&]() -> Result<std::string> {
    return status_details(*status, session.look());
  };
  if (auto shown = print_answer(session, *status, text); !shown) {
    return std::unexpected(std::move(shown).error());
  }
  return ExitCode::ok;
}

}  // namespace

void add_status_command(CLI::App& app, Invocation& invocation) {
  add_command<NoOptions>(app, invocation, "status", "Shows the daemon's figures",
                         "  giro status --json | jq .queue", declare_nothing, run_status);
}

}  // namespace giro::cli
