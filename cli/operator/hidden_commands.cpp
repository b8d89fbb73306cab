// giro __complete | __manual.
#include <fmt/format.h>

#include "cli/app.hpp"
#include "cli/operator/completion.hpp"
#include "cli/operator/ledger_names.hpp"
#include "cli/operator/manual.hpp"
#include "cli/operator/operator.hpp"
#include "cli/output/output.hpp"

namespace giro::cli {

namespace {

// What the words say of the daemon, before what was said earlier.
Globals globals_at(const Place& place, const Globals& earlier) {
  const auto given = [&place](const char* name) {
    const auto found = place.globals.find(name);
    return found == place.globals.end() ? std::vector<std::string>() : found->second;
  };
  const std::vector<std::string> contexts = given("context");
  const Globals here{.sockets = given("socket"),
                     .context = contexts.empty() ? std::string() : contexts.back()};
  return here.sockets.empty() && here.context.empty() ? earlier : here;
}

int run_complete(const std::vector<std::string>& words) {
  print(completion_lines(complete_command_line(words, {})));
  flush_prints();
  return static_cast<int>(ExitCode::ok);
}

// `part`: options or commands.
int run_manual(const std::string& part) {
  CLI::App app("", "giro");
  Invocation invocation;
  declare_commands(app, invocation);
  print(part == "options" ? manual_of_options(app) : manual_of_commands(app));
  flush_prints();
  return static_cast<int>(ExitCode::ok);
}

}  // namespace

WordCompletion complete_command_line(const std::vector<std::string>& words,
                                     const Globals& globals) {
  CLI::App app("", "giro");
  Invocation invocation;
  declare_commands(app, invocation);
  const auto deadline = client::Clock::now() + kCompletionPatience;
  const auto names = [&](const Place& place, NameKind kind, const std::string& prefix) {
    if (kind == NameKind::context) return context_names(prefix);
    Session session(globals_at(place, globals));
    if (!session.find_daemon(kCompletionPatience)) return std::vector<Candidate>();
    return names_in_ledger(session.socket_path(), kind, prefix, deadline);
  };
  return complete(app, words, names);
}

void add_operator_commands(CLI::App& app, Invocation& invocation) {
  add_check_command(app, invocation);
  add_doctor_command(app, invocation);
  add_top_command(app, invocation);
  add_context_commands(app, invocation);
}

bool names_no_command(const CLI::App& app, const CLI::ParseError& error) {
  return dynamic_cast<const CLI::RequiredError*>(&error) != nullptr &&
         app.get_subcommands().empty() && app.remaining_size() == 0;
}

std::optional<int> run_hidden_command(const std::vector<std::string>& words) {
  if (words.empty()) return std::nullopt;
  if (words.front() == "__complete") return run_complete({words.begin() + 1, words.end()});
  if (words.front() == "__manual") return run_manual(words.back());
  return std::nullopt;
}

}  // namespace giro::cli
