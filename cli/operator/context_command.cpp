// giro context: which daemon is talked to, by name.
#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "cli/operator/completion.hpp"
#include "cli/operator/contexts.hpp"
#include "cli/operator/operator.hpp"
#include "cli/output/answers.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "cli/output/table.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr auto kContextColumns = std::to_array<std::string_view>({"context", "socket", "used"});

struct ContextOptions {
  std::string name;
  std::vector<std::string> sockets;
  bool none = false;
};

void declare_name(CLI::App& command, ContextOptions& options) {
  command.add_option("CONTEXT", options.name, "Its name")->required();
}

void declare_add(CLI::App& command, ContextOptions& options) {
  declare_name(command, options);
  command
      .add_option("SOCKET", options.sockets,
                  "The daemon's socket, or those of a cluster's nodes, the nearest first (default: "
                  "--socket)")
      ->type_name("PATH");
}

void declare_use(CLI::App& command, ContextOptions& options) {
  command.add_option("CONTEXT", options.name, "Its name (default, with --none: no context)");
  command.add_flag("--none", options.none, "Uses the default socket again");
}

Result<std::string> contexts_file() {
  std::string file = socket_environment().contexts_file;
  if (!file.empty()) return file;
  return usage_failure("this user has neither a home nor XDG_CONFIG_HOME to keep contexts in",
                       "Name the socket with --socket or GIRO_SOCKET.");
}

std::unexpected<Failure> unknown_context(const std::string& name) {
  return usage_failure(fmt::format("there is no context `{}`", name),
                       "`giro context list` shows them.");
}

Result<ExitCode> change(const std::function<Result<void>(Contexts&)>& how) {
  const auto file = contexts_file();
  if (!file) return std::unexpected(file.error());
  if (auto changed = change_contexts(*file, how); !changed) return std::unexpected(changed.error());
  return ExitCode::ok;
}

Result<ExitCode> run_add(Session& session, const ContextOptions& options) {
  const std::vector<std::string>& by_option = session.globals().sockets;
  const std::vector<std::string>& sockets = options.sockets.empty() ? by_option : options.sockets;
  if (!is_context_name(options.name)) {
    return usage_failure(fmt::format("`{}` is no name for a context", options.name),
                         "It has 1 to 64 letters, digits and -_., the first no mark.");
  }
  if (sockets.empty() || std::ranges::find(sockets, "") != sockets.end()) {
    return usage_failure("which socket the context is for isn't said",
                         "Name it behind the context.");
  }
  if (!options.sockets.empty() && !by_option.empty()) {
    return usage_failure("sockets stand behind the context and in --socket", "Give one of them.");
  }
  return change([&](Contexts& contexts) -> Result<void> {
    // Of a name in use: whoever says it means the daemon that it stood for.
    if (contexts.sockets.contains(options.name)) {
      return usage_failure(fmt::format("there is a context `{}` already, for {}", options.name,
                                       text_of_sockets(contexts.sockets[options.name])),
                           "Take another name, or remove that one first.");
    }
    contexts.sockets[options.name] = absolute_sockets(sockets);
    return {};
  });
}

Result<ExitCode> run_use(Session& /*session*/, const ContextOptions& options) {
  if (options.name.empty() != options.none) {
    return usage_failure("one of CONTEXT and --none is needed",
                         "`giro context list` shows the names.");
  }
  return change([&](Contexts& contexts) -> Result<void> {
    if (!options.none && !contexts.sockets.contains(options.name)) {
      return unknown_context(options.name);
    }
    contexts.used = options.name;
    return {};
  });
}

Result<ExitCode> run_remove(Session& /*session*/, const ContextOptions& options) {
  return change([&](Contexts& contexts) -> Result<void> {
    // The default would take its place unasked.
    if (contexts.used == options.name) {
      return usage_failure(fmt::format("the context `{}` is in use", options.name),
                           "Use another one first, or none: `giro context use --none`.");
    }
    if (contexts.sockets.erase(options.name) == 0) return unknown_context(options.name);
    return {};
  });
}

Result<ExitCode> run_list_contexts(Session& session, const NoOptions& /*options*/) {
  const auto file = contexts_file();
  if (!file) return std::unexpected(file.error());
  const auto contexts = read_contexts(*file);
  if (!contexts) return std::unexpected(contexts.error());
  json::array all;
  Table table({{"CONTEXT"}, {"SOCKET"}, {"USED"}});
  for (const auto& [name, sockets] : contexts->sockets) {
    const bool used = name == contexts->used;
    const std::string socket = text_of_sockets(sockets);
    all.push_back({{"context", name}, {"socket", socket}, {"used", used}});
    table.add({name, socket, used ? "*" : ""});
  }
  if (session.format() == Format::table) {
    print(table.render(session.look()));
  } else if (session.format() == Format::answers) {
    print(json_line(all));
  } else {
    print_rows(session, all, kContextColumns);
  }
  return ExitCode::ok;
}

Result<ExitCode> run_show_context(Session& session) {
  const auto chosen = choose_sockets(session.globals(), socket_environment());
  if (!chosen) return std::unexpected(chosen.error());
  if (session.json()) {
    print(json_line(json::object{
        {"context", chosen->context.empty() ? json::value(nullptr) : json::value(chosen->context)},
        {"socket", text_of_sockets(chosen->paths)},
        {"why", chosen->why}}));
    return ExitCode::ok;
  }
  Details details;
  details.add("context",
              chosen->context.empty() ? Cell("none", Style::faint) : Cell(chosen->context));
  details.add("socket", text_of_sockets(chosen->paths));
  details.add("because of", chosen->why);
  print(details.render(session.colours()));
  return ExitCode::ok;
}

}  // namespace

std::vector<Candidate> context_names(const std::string& prefix) {
  const auto contexts = read_contexts(socket_environment().contexts_file);
  std::vector<Candidate> found;
  if (!contexts) return found;
  for (const auto& [name, sockets] : contexts->sockets) {
    if (name.starts_with(prefix)) found.push_back({name, text_of_sockets(sockets)});
  }
  return found;
}

void add_context_commands(CLI::App& app, Invocation& invocation) {
  CLI::App* context = app.add_subcommand(
      "context",
      "Shows which daemon is talked to, and why; keeps daemons by name.\n\n"
      "In this order it is named by --socket or --context, by GIRO_SOCKET, by GIRO_CONTEXT, "
      "by `giro context use`, or else it is the default one. A context that isn't known is "
      "an error, never another daemon");
  add_global_options(*context, invocation.globals);
  context->footer("Example:\n  giro context\n  giro --context test status");
  context->callback([&invocation, context] {
    if (context->get_subcommands().empty()) invocation.action = run_show_context;
  });
  add_command<ContextOptions>(
      *context, invocation, "add",
      "Gives the daemon at a socket a name, or the nodes of a cluster at theirs",
      "  giro context add test ./var/giro.sock\n"
      "  giro context add live /run/giro/giro.sock /run/giro-two/giro.sock",
      declare_add, run_add);
  add_command<ContextOptions>(
      *context, invocation, "use", "From now on talks to this one where nothing else is said",
      "  giro context use test\n  giro context use --none", declare_use, run_use);
  add_command<NoOptions>(*context, invocation, "list", "Lists the names and their sockets",
                         "  giro context list", declare_nothing, run_list_contexts);
  add_command<ContextOptions>(*context, invocation, "remove", "Forgets a name, not the daemon",
                              "  giro context remove test", declare_name, run_remove);
}

}  // namespace giro::cli
