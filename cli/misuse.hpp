// A command line that can't be understood, told in words of its own: which option or argument, what is wrong with it,
// what may have been meant, and how the command is used. The library that reads command lines says less, and in terms
// of its types.
// Thread: the main one.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "cli/failure.hpp"

namespace giro::cli {

// The command that the words got to: `app` itself, or the innermost one below it.
[[nodiscard]] const CLI::App& command_reached(const CLI::App& app);
// "giro account open".
[[nodiscard]] std::string words_of(const CLI::App& command);

[[nodiscard]] Failure explain_misuse(const CLI::App& app, const CLI::ParseError& error);
// There is no command of this name below `command`.
[[nodiscard]] Failure unknown_command(const CLI::App& command, const std::string& name);

}  // namespace giro::cli
