#include "cli/app.hpp"

#include <fmt/format.h>

#include "cli/help.hpp"
#include "cli/misuse.hpp"
#include "cli/operator/operator.hpp"
#include "cli/operator/prompt.hpp"
#include "cli/output/output.hpp"
#include "cli/time/zone.hpp"

namespace giro::cli {
namespace {

constexpr const char* kFooter =
    "Data goes to stdout, words to stderr. `giro help exit-codes` lists exit codes.\n\n"
    "Example:\n"
    "  giro account open world --currency EUR --floor none\n"
    "  giro account open customers:ada --currency EUR\n"
    "  giro pay world customers:ada 100.00 EUR\n"
    "  giro account show customers:ada";

// Before the command line is understood: an error is JSON for who asks for that anywhere in it.
bool asks_for_json(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const std::string_view next = i + 1 < argc ? argv[i + 1] : "";
    if (word == "--json" || word == "--output=json" || word == "--output=ndjson") return true;
    if (word == "--output" && (next == "json" || next == "ndjson")) return true;
  }
  return false;
}

// Help and version are asked for and go to stdout; everything else is wrong usage.
int leave_parsing(const CLI::App& app, const CLI::ParseError& error, bool as_json) {
  if (error.get_exit_code() != static_cast<int>(CLI::ExitCodes::Success)) {
    const Failure misuse = explain_misuse(app, error);
    if (const auto exit = wrong_use_of_check(app, misuse.what)) return *exit;
    note(render(misuse, as_json));
    return static_cast<int>(ExitCode::usage);
  }
  const bool version = dynamic_cast<const CLI::CallForVersion*>(&error) != nullptr;
  if (!version) page_what_is_long();
  print(version ? std::string(error.what()) + "\n" : help_text(command_reached(app), help_width()));
  flush_prints();
  finish_paging();
  return static_cast<int>(ExitCode::ok);
}

// An option of every command, but for those that have one of this name which means something else: there it stands
// before the command.
void add_value(CLI::App& app, const std::string& name, std::string& target, const char* type,
               const std::string& words, const CLI::Validator& check = {}) {
  if (app.get_option_no_throw(name) != nullptr) return;
  app.add_option(name, target, words)->type_name(type)->check(check)->group(kGlobalGroup);
}

void add_sockets(CLI::App& app, Globals& globals) {
  if (app.get_option_no_throw("--socket") != nullptr) return;
  app.add_option(
         "--socket", globals.sockets,
         "The daemon's socket (default: $GIRO_SOCKET, else /run/giro/giro.sock for root or where "
         "it exists, else $XDG_RUNTIME_DIR/giro/giro.sock, or without that "
         "~/.local/state/giro/giro.sock). More than one, the nearest first: those of a cluster's "
         "nodes; see `giro help nodes`")
      ->allow_extra_args(false)
      ->type_name("PATH")
      ->group(kGlobalGroup);
}

void add_switch(CLI::App& app, const std::string& name, bool& target, const std::string& words) {
  if (app.get_option_no_throw(name) != nullptr) return;
  app.add_flag(name, target, words)->group(kGlobalGroup);
}

// `wrong`: what is wrong with a value; empty: nothing.
CLI::Validator checked_by(std::string (*wrong)(const std::string& value)) {
  return {[wrong](std::string& value) { return wrong(value); }, ""};
}

std::string wrong_patience(const std::string& text) {
  if (parse_patience(text)) return {};
  return fmt::format("`{}` isn't a duration such as 5, 500ms, 2m or none", text);
}

std::string wrong_zone(const std::string& name) {
  return is_zone(name) ? std::string() : fmt::format("there is no zone `{}`", name);
}

CLI::Validator one_of(std::vector<std::string> words) {
  return CLI::IsMember(std::move(words));
}

}  // namespace

void add_global_options(CLI::App& app, Globals& globals) {
  add_sockets(app, globals);
  add_value(app, "--context", globals.context, "NAME",
            "The daemon that `giro context` keeps by this name (default: $GIRO_CONTEXT, else the "
            "one in use)");
  add_value(app, "--output", globals.output, "FORMAT",
            "table (the default), csv, json or ndjson; see `giro help output`",
            one_of({"table", "csv", "json", "ndjson"}));
  add_switch(app, "--json", globals.json,
             "For programs: the daemon's answers, one JSON value a line");
  add_value(app, "--timeout", globals.timeout, "DURATION",
            "How long the daemon may take to answer a request, such as 5, 500ms, 2m, none (default "
            "60s; audits and sums: none)",
            checked_by(wrong_patience));
  add_switch(app, "--wait", globals.wait,
             "Waits for a daemon that isn't there yet, as long as --timeout says");
  add_value(app, "--zone", globals.zone, "NAME",
            "Where days begin and end: UTC, or a name such as Europe/Vienna (default: the local "
            "zone); see `giro help times`",
            checked_by(wrong_zone));
  add_switch(app, "--no-pager", globals.no_pager, "Long tables don't go through $PAGER");
  add_switch(app, app.get_option_no_throw("-x") == nullptr ? "-x,--expanded" : "--expanded",
             globals.expanded, "Each row of a table as a list of names and values");
  add_colour_options(app, globals);
}

void add_colour_options(CLI::App& app, Globals& globals) {
  add_value(app, "--color", globals.color, "WHEN",
            "auto (on a terminal, the default; NO_COLOR in the environment: not), always or never",
            one_of({"auto", "always", "never"}));
  add_switch(app, "--no-color", globals.no_color, "As --color never");
}

void declare_commands(CLI::App& app, Invocation& invocation) {
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "Shows this page");
  app.set_version_flag("-V,--version", std::string("giro ") + GIRO_VERSION);
  add_global_options(app, invocation.globals);
  add_account_commands(app, invocation);
  add_pay_commands(app, invocation);
  add_settle_commands(app, invocation);
  add_schedule_commands(app, invocation);
  add_submit_command(app, invocation);
  add_group_command(app, invocation);
  add_import_command(app, invocation);
  add_export_command(app, invocation);
  add_reconcile_command(app, invocation);
  add_explain_command(app, invocation);
  add_list_commands(app, invocation);
  add_noun_commands(app, invocation);
  add_statement_command(app, invocation, "statement");
  add_tail_command(app, invocation);
  add_trial_balance_command(app, invocation);
  add_totals_command(app, invocation);
  add_verify_commands(app, invocation);
  add_checkpoint_command(app, invocation);
  add_proof_command(app, invocation);
  add_status_command(app, invocation);
  add_backup_command(app, invocation);
  add_restore_command(app, invocation);
  add_books_commands(app, invocation);
  add_relay_commands(app, invocation);
  add_daemon_commands(app, invocation);
  add_cluster_commands(app, invocation);
  add_config_commands(app, invocation);
  add_call_command(app, invocation);
  add_bench_command(app, invocation);
  add_help_command(app, invocation);
  add_operator_commands(app, invocation);
  // Last: commands would inherit it.
  app.footer(kFooter);
}

int run(int argc, const char* const* argv) {
  if (const auto done = run_hidden_command({argv + 1, argv + argc})) return *done;
  CLI::App app("The command line of Giro, a payments ledger.", "giro");
  Invocation invocation;
  declare_commands(app, invocation);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (names_no_command(app, error) && on_terminal()) return run_prompt(invocation.globals);
    return leave_parsing(app, error, asks_for_json(argc, argv));
  }
  take_zone(invocation.globals.zone);
  Session session(invocation.globals);
  const Result<ExitCode> done = invocation.action(session);
  flush_prints();
  if (!done) note(render(done.error(), session.json()));
  finish_paging();
  const ExitCode exit = done ? *done : done.error().exit;
  return static_cast<int>(outcome_diverted() ? ExitCode::no_output : exit);
}

}  // namespace giro::cli
