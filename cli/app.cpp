#include "cli/app.hpp"

#include <sstream>

#include <fmt/format.h>

#include "cli/output.hpp"
#include "ledger/timestamp.hpp"
#include "protocol/whole_number.hpp"

namespace giro::cli {
namespace {

constexpr const char* kFooter =
    "Data goes to stdout, words to stderr. Exit codes: 0 done, 1 rejected (or verify, submit or "
    "ready found\nsomething), 64 wrong usage, 69 no daemon, 70 a defect, 74 done, but stdout "
    "couldn't be written (the outcome is\non stderr), 75 try again, 77 no permission.\n\nExample:\n"
    "  giro account open world --currency EUR --floor none\n"
    "  giro account open customers:ada --currency EUR\n"
    "  giro pay world customers:ada 100.00 EUR\n"
    "  giro account show customers:ada";

// Help and version are asked for and go to stdout; everything else is wrong usage.
int leave_parsing(const CLI::App& app, const CLI::ParseError& error, bool as_json) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    std::ostringstream text;
    app.exit(error, text, text);
    print(text.str());
    flush_prints();
    return static_cast<int>(ExitCode::ok);
  }
  // CLI11 would only say that a command is missing.
  const std::vector<std::string> unknown = app.remaining();
  const std::string what =
      unknown.empty() ? error.what() : fmt::format("unknown command `{}`", unknown.front());
  const auto failure =
      usage_failure(what, "`giro --help` and `giro COMMAND --help` show how it is used.");
  note(render(failure.error(), as_json));
  return static_cast<int>(ExitCode::usage);
}

}  // namespace

void add_global_options(CLI::App& app, Globals& globals) {
  app.add_option("--socket", globals.socket_path,
                 "The daemon's socket (default: /run/giro/giro.sock for root or if it exists, else "
                 "$XDG_RUNTIME_DIR/giro/giro.sock, or without that ~/.local/state/giro/giro.sock); "
                 "GIRO_SOCKET in the environment names it too")
      ->type_name("PATH");
  app.add_flag("--json", globals.json, "For programs: the daemon's answers, one JSON value a line");
  app.add_flag("--no-color", globals.no_color,
               "No colours; NO_COLOR in the environment does so too");
}

boost::json::value time_or_seq(const std::string& text, DateMeans date) {
  if (parse_date(text)) {
    return boost::json::string(text +
                               (date == DateMeans::begin ? "T00:00:00Z" : "T23:59:59.999999999Z"));
  }
  if (const auto seq = protocol::whole_number<std::int64_t>(text)) return *seq;
  return boost::json::string(text);
}

void declare_commands(CLI::App& app, Invocation& invocation) {
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("giro ") + GIRO_VERSION);
  add_global_options(app, invocation.globals);
  add_account_commands(app, invocation);
  add_pay_commands(app, invocation);
  add_settle_commands(app, invocation);
  add_schedule_commands(app, invocation);
  add_submit_command(app, invocation);
  add_group_command(app, invocation);
  add_explain_command(app, invocation);
  add_list_commands(app, invocation);
  add_statement_command(app, invocation, "statement");
  add_tail_command(app, invocation);
  add_ledger_commands(app, invocation);
  add_books_commands(app, invocation);
  add_daemon_commands(app, invocation);
  add_call_command(app, invocation);
  add_bench_command(app, invocation);
  // Last: commands would inherit it.
  app.footer(kFooter);
}

int run(int argc, const char* const* argv) {
  CLI::App app("The command line of Giro, a payments ledger.", "giro");
  Invocation invocation;
  declare_commands(app, invocation);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return leave_parsing(app, error, invocation.globals.json);
  }
  Session session(invocation.globals);
  const Result<ExitCode> done = invocation.action(session);
  flush_prints();
  if (!done) note(render(done.error(), session.json()));
  const ExitCode exit = done ? *done : done.error().exit;
  return static_cast<int>(outcome_diverted() ? ExitCode::no_output : exit);
}

}  // namespace giro::cli
