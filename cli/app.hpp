// The command line as a whole: reads it, runs the command, prints what failed.
// Thread: the main one.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/command.hpp"

namespace giro::cli {

// Every command on `app`; parsing fills `invocation`, which must outlive `app`'s parsing.
void declare_commands(CLI::App& app, Invocation& invocation);

// The exit code.
[[nodiscard]] int run(int argc, const char* const* argv);

}  // namespace giro::cli
