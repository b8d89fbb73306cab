// giro config show: what the command line goes by, and where each of it comes from; and the daemon's settings that it
// tells.
#include <array>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/output/answers.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "cli/output/pager.hpp"
#include "cli/output/table.hpp"
#include "cli/output/units.hpp"
#include "cli/time/zone.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr auto kSettingColumns = std::to_array<std::string_view>({"name", "value", "from"});

// Rows of a name, a value and where it comes from.
class Settings {
 public:
  explicit Settings(Session& session) : session_(session), writer_(session, kSettingColumns) {}

  void add(std::string_view name, const std::string& value, std::string_view from) {
    if (session_.format() == Format::table) {
      return table_.add({std::string(name), value, std::string(from)});
    }
    print(writer_.row({{"name", json::string(name.data(), name.size())},
                       {"value", value},
                       {"from", json::string(from.data(), from.size())}}));
  }

  void end() {
    print(session_.format() == Format::table ? table_.render(session_.look()) : writer_.end());
  }

 private:
  Session& session_;
  RowWriter writer_;
  Table table_{
      {{"SETTING"}, {"VALUE", Align::left, 0, Cut::last}, {"FROM", Align::left, 0, Cut::first}}};
};

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

const char* given(bool option, const char* name, const char* variable) {
  if (option) return name;
  return variable != nullptr && is_set(variable) ? variable : "default";
}

void add_own(Settings& settings, const Session& session) {
  const Globals& globals = session.globals();
  settings.add("socket", text_of_sockets(session.nodes().sockets()), session.why_this_socket());
  settings.add("output",
               globals.output.empty() ? (globals.json ? "answers" : "table") : globals.output,
               globals.output.empty() ? given(globals.json, "--json", nullptr) : "--output");
  const Patience patience = session.patience();
  settings.add("timeout", patience == kEndless ? "none" : patience_text(patience),
               given(!globals.timeout.empty(), "--timeout", nullptr));
  settings.add("zone", zone_name(), given(!globals.zone.empty(), "--zone", "TZ"));
  settings.add("color", session.colours() ? "yes" : "no",
               globals.no_color          ? "--no-color"
               : globals.color != "auto" ? "--color"
                                         : given(false, nullptr, "NO_COLOR"));
  const std::string pager = globals.no_pager ? "" : pager_command();
  settings.add("pager", pager.empty() ? "none" : pager,
               given(globals.no_pager, "--no-pager", "PAGER"));
}

void add_daemons(Settings& settings, const json::object& info) {
  for (const char* name : {"version", "data", "uid", "pid"}) {
    settings.add(fmt::format("girod.{}", name), shown_field(info, name), "the daemon");
  }
  for (const auto& limit : object_field(info, "limits")) {
    const std::string name(limit.key());
    const auto number = limit.value().is_int64() ? limit.value().get_int64() : 0;
    const bool bytes = name.ends_with("bytes") && number >= 0;
    settings.add(
        "girod.limits." + name,
        bytes ? bytes_text(static_cast<std::uint64_t>(number)) : json::serialize(limit.value()),
        "the daemon");
  }
}

Result<ExitCode> run_show_config(Session& session, const NoOptions& /*options*/) {
  Settings settings(session);
  add_own(settings, session);
  const auto info = session.call("server.info", {});
  if (info) add_daemons(settings, *info);
  settings.end();
  if (!info) note(fmt::format("The daemon isn't asked: {}.\n", info.error().what));
  if (session.format() == Format::table) {
    note("Where the daemon has its settings from: `girod --show-config`, with its flags.\n");
  }
  return ExitCode::ok;
}

}  // namespace

void add_config_commands(CLI::App& app, Invocation& invocation) {
  CLI::App* config = app.add_subcommand("config", "Shows what the command line goes by");
  config->require_subcommand(1);
  config->footer("Example:\n  giro config show");
  add_command<NoOptions>(*config, invocation, "show",
                         "Shows each setting of the command line and where it comes from, and the "
                         "limits of the daemon that runs",
                         "  giro config show --zone UTC", declare_nothing, run_show_config);
}

}  // namespace giro::cli
