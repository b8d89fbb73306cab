// giro context: which daemon is talked to, by name.
#include <array>
#include <filesystem>

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
  bool none = false;
};

void declare_name(CLI::App& command, ContextOptions& options) {
  command.add_option("CONTEXT", options.name, "Its name")->required();
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
  const std::string& socket = session.globals().socket_path;
  if (!is_context_name(options.name)) {
    return usage_failure(fmt::format("`{}` is no name for a context", options.name),
                         "It has 1 to 64 letters, digits and -_., the first no mark.");
  }
  if (socket.empty()) {
    return usage_failure("which socket the context is for isn't said", "Name it with --socket.");
  }
  return change([&](Contexts& contexts) -> Result<void> {
    // Of a name in use: whoever says it means the daemon that it stood for.
    if (contexts.sockets.contains(options.name)) {
      return usage_failure(fmt::format("there is a context `{}` already, for {}", options.name,
                                       contexts.sockets[options.name]),
                           "Take another name, or remove that one first.");
    }
    contexts.sockets[options.name] = std::filesystem::absolute(socket).lexically_normal();
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
  for (const auto& [name, socket] : contexts->sockets) {
    const bool used = name == contexts->used;
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
  const auto chosen = choose_socket(session.globals(), socket_environment());
  if (!chosen) return std::unexpected(chosen.error());
  if (session.json()) {
    print(json_line(json::object{
        {"context", chosen->context.empty() ? json::value(nullptr) : json::value(chosen->context)},
        {"socket", chosen->path},
        {"why", chosen->why}}));
    return ExitCode::ok;
  }
  Details details;
  details.add("context",
              chosen->context.empty() ? Cell("none", Style::faint) : Cell(chosen->context));
  details.add("socket", chosen->path);
  details.add("because of", chosen->why);
  print(details.render(session.colours()));
  return ExitCode::ok;
}

}  // namespace

std::vector<Candidate> context_names(const std::string& prefix) {
  const auto contexts = read_contexts(socket_environment().contexts_file);
  std::vector<Candidate> found;
  if (!contexts) return found;
  for (const auto& [name, socket] : contexts->sockets) {
    if (name.starts_with(prefix)) found.push_back({name, socket});
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
  add_command<ContextOptions>(*context, invocation, "add", "Gives the daemon at --socket a name",
                              "  giro context add test --socket ./var/giro.sock", declare_name,
                              run_add);
  add_command<ContextOptions>(
      *context, invocation, "use", "From now on talks to this one where nothing else is said",
      "  giro context use test\n  giro context use --none", declare_use, run_use);
  add_command<NoOptions>(*context, invocation, "list", "Lists the names and their sockets",
                         "  giro context list", declare_nothing, run_list_contexts);
  add_command<ContextOptions>(*context, invocation, "remove", "Forgets a name, not the daemon",
                              "  giro context remove test", declare_name, run_remove);
}

}  // namespace giro::cli
