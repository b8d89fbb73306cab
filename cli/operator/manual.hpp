// The parts of giro(1) that say what each command is and takes, made from the tree of commands itself.
// Pure: any thread.
#pragma once

#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace giro::cli {

// In mdoc, the items of a list: the options that every command has.
[[nodiscard]] std::string manual_of_options(const CLI::App& app);
// In mdoc, a subsection a command, in the order of --help. Options that every command has are
// left out.
[[nodiscard]] std::string manual_of_commands(const CLI::App& app);

// A text with its `code`, as mdoc.
[[nodiscard]] std::string mdoc_prose(std::string_view text);

}  // namespace giro::cli
