// What operators use beside the ledger's own commands: how cli/app.cpp takes them in.
// Thread: the main one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/command.hpp"

namespace giro::cli {

// `giro __complete` and `giro __manual`: for shells and for the build, not for people, so that they
// stand in no help and take their words as they are. The exit code; nothing: it is another command.
[[nodiscard]] std::optional<int> run_hidden_command(const std::vector<std::string>& words);

// giro check | doctor | top | context.
void add_operator_commands(CLI::App& app, Invocation& invocation);
void add_check_command(CLI::App& app, Invocation& invocation);
void add_doctor_command(CLI::App& app, Invocation& invocation);
void add_top_command(CLI::App& app, Invocation& invocation);
void add_context_commands(CLI::App& app, Invocation& invocation);

// Monitoring understands a state on stdout, not an error on stderr. The exit code; nothing: the command line is
// none of `giro check`.
[[nodiscard]] std::optional<int> wrong_use_of_check(const CLI::App& app, const std::string& what);
// The command line has nothing wrong but that no command is in it.
[[nodiscard]] bool names_no_command(const CLI::App& app, const CLI::ParseError& error);

}  // namespace giro::cli
