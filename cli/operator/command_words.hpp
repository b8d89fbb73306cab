// How far a command line got: which command its words name, and what the next word would be. Also what the
// tree of commands says of an option, for completion and for the manual.
//
// What always holds: all of it comes from the tree that parses command lines, so that a new command or
// option needs no word here. Pure: any thread.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace giro::cli {

struct Place {
  const CLI::App* command = nullptr;   // The one that the words name.
  const CLI::Option* value = nullptr;  // The option or positional whose value comes next.
  bool options = true;                 // An option may come next: there was no `--`.
  bool commands = true;                // A subcommand may come next: no positional came before.
  std::vector<std::string> used;       // Options that were given.
  std::map<std::string, std::vector<std::string>, std::less<>>
      globals;  // --socket and its like, as given.
};

// Behind `words`, which are whole.
[[nodiscard]] Place place_behind(const CLI::App& app, std::span<const std::string> words);

[[nodiscard]] bool takes_value(const CLI::Option& option);
// Hidden ones aren't there.
[[nodiscard]] std::vector<const CLI::App*> subcommands_of(const CLI::App& command);
[[nodiscard]] std::vector<const CLI::Option*> options_of(const CLI::App& command);
[[nodiscard]] std::vector<const CLI::Option*> positionals_of(const CLI::App& command);
// "-q", "--quiet": in this order.
[[nodiscard]] std::vector<std::string> names_of(const CLI::Option& option);
// What its value is called: a set such as "at|effective-date" where only these are allowed.
[[nodiscard]] std::string value_name(const CLI::Option& option);
// Of such a set; empty: any value.
[[nodiscard]] std::vector<std::string> choices_of(const CLI::Option& option);
// "account open", from the top of the tree; empty: giro itself.
[[nodiscard]] std::string path_of(const CLI::App& command);
// Up to the end of its first sentence or the colon before its details.
[[nodiscard]] std::string first_sentence(std::string_view description);

}  // namespace giro::cli
