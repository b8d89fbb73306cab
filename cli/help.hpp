// `giro help`, and what -h and --help show: how commands are used, and pages about what all commands have.
// Thread: the main one.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "cli/command.hpp"

namespace giro::cli {

// Options with this group stand last, under a heading of their own.
inline constexpr const char* kGlobalGroup = "Options of every command";

// "giro pay FROM TO AMOUNT CURRENCY [OPTION...]".
[[nodiscard]] std::string usage_line(const CLI::App& command);
// `width`: of the lines.
[[nodiscard]] std::string help_text(const CLI::App& command, std::size_t width);
// As wide as the terminal, within reason.
[[nodiscard]] std::size_t help_width();

// `app` must outlive its parsing.
void add_help_command(CLI::App& app, Invocation& invocation);

}  // namespace giro::cli
