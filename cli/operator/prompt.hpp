// `giro` alone on a terminal: a prompt that takes every command of giro without the word giro.
//
// What always holds: each line runs as a process of its own, just as from a shell. So nothing that a command
// does, or that Ctrl-C does to it, ends the prompt. Thread: the main one.
#pragma once

#include <string>
#include <vector>

#include "cli/session.hpp"

namespace giro::cli {

// Stdin and stdout are a terminal.
[[nodiscard]] bool on_terminal();
// Until its end; the exit code.
[[nodiscard]] int run_prompt(const Globals& globals);

}  // namespace giro::cli
