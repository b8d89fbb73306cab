// How a command is declared: its options on a CLI11 app, and the action that runs after the whole
// command line was read.
//
// What always holds: every command takes the global options behind its name, and its --help ends
// with an example.
// Thread: the main one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "cli/failure.hpp"
#include "cli/session.hpp"

namespace giro::cli {

using Action = std::function<Result<ExitCode>(Session&)>;

// What the command line asked for.
struct Invocation {
  Globals globals;
  Action action;
};

void add_global_options(CLI::App& app, Globals& globals);
// Those of them that a command has which talks to no daemon of the user's.
void add_colour_options(CLI::App& app, Globals& globals);

// `run` gets the options that `declare` bound: `Options` lives as long as the command.
template <class Options>
void add_command(CLI::App& parent, Invocation& invocation, const std::string& name,
                 const std::string& description, const std::string& example,
                 void (*declare)(CLI::App&, Options&),
                 Result<ExitCode> (*run)(Session&, const Options&)) {
  CLI::App* command = parent.add_subcommand(name, description);
  const auto options = std::make_shared<Options>();
  declare(*command, *options);
  add_global_options(*command, invocation.globals);
  command->footer("Example:\n" + example);
  command->callback([&invocation, options, run] {
    invocation.action = [options, run](Session& session) { return run(session, *options); };
  });
}

struct NoOptions {};
inline void declare_nothing(CLI::App& /*command*/, NoOptions& /*options*/) {}

void add_account_commands(CLI::App& app, Invocation& invocation);
void add_account_open_command(CLI::App& account, Invocation& invocation);
void add_account_change_commands(CLI::App& account, Invocation& invocation);
void add_pay_commands(CLI::App& app, Invocation& invocation);
void add_explain_command(CLI::App& app, Invocation& invocation);
void add_schedule_commands(CLI::App& app, Invocation& invocation);
void add_settle_commands(CLI::App& app, Invocation& invocation);
void add_books_commands(CLI::App& app, Invocation& invocation);
void add_submit_command(CLI::App& app, Invocation& invocation);
void add_group_command(CLI::App& app, Invocation& invocation);
void add_import_command(CLI::App& app, Invocation& invocation);
void add_export_command(CLI::App& app, Invocation& invocation);
void add_backup_command(CLI::App& app, Invocation& invocation);
void add_restore_command(CLI::App& app, Invocation& invocation);
void add_reconcile_command(CLI::App& app, Invocation& invocation);
void add_list_commands(CLI::App& app, Invocation& invocation);
// The same where they are listed and shown. `words`: how the command is called.
void add_account_list_command(CLI::App& parent, Invocation& invocation, const std::string& name,
                              const std::string& words);
void add_account_show_command(CLI::App& parent, Invocation& invocation, const std::string& name,
                              const std::string& words);
void add_payments_command(CLI::App& parent, Invocation& invocation, const std::string& words);
void add_holds_command(CLI::App& parent, Invocation& invocation, const std::string& words);
void add_schedules_command(CLI::App& parent, Invocation& invocation, const std::string& words);
void add_statement_command(CLI::App& parent, Invocation& invocation, const std::string& words);
void add_tail_command(CLI::App& app, Invocation& invocation);
void add_status_command(CLI::App& app, Invocation& invocation);
void add_verify_commands(CLI::App& app, Invocation& invocation);
void add_checkpoint_command(CLI::App& app, Invocation& invocation);
void add_proof_command(CLI::App& app, Invocation& invocation);
void add_trial_balance_command(CLI::App& app, Invocation& invocation);
void add_totals_command(CLI::App& app, Invocation& invocation);
void add_noun_commands(CLI::App& app, Invocation& invocation);
void add_relay_commands(CLI::App& app, Invocation& invocation);
void add_daemon_commands(CLI::App& app, Invocation& invocation);
void add_cluster_commands(CLI::App& app, Invocation& invocation);
void add_config_commands(CLI::App& app, Invocation& invocation);
void add_call_command(CLI::App& app, Invocation& invocation);
void add_bench_command(CLI::App& app, Invocation& invocation);

}  // namespace giro::cli
