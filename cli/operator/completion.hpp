// What may stand next on a command line, for shells (`giro __complete`) and for giro's own prompt.
//
// What always holds: commands, options and their choices come from the tree that parses them. What is
// in the ledger is asked for through LedgerNames, which may know nothing: nothing here fails.
// Pure but for what LedgerNames does: any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/operator/command_words.hpp"
#include "cli/session.hpp"

namespace giro::cli {

// What a value is a name of.
enum class NameKind : std::uint8_t {
  none,
  account,
  key,       // Of a payment that was decided lately.
  hold,      // The key of an open one.
  schedule,  // Likewise.
  currency,
  method,
  context,
  file,
  folder,
};

struct Candidate {
  std::string text;
  std::string description = {};
  bool whole = true;  // False: only the beginning of longer ones, so that no space follows.
};

// Those that begin with `prefix`: all of them, or whole ones and beginnings that cover all.
using LedgerNames = std::function<std::vector<Candidate>(const Place& place, NameKind kind,
                                                         const std::string& prefix)>;

struct WordCompletion {
  enum class Paths : std::uint8_t { none, files, folders };
  std::vector<Candidate> candidates;
  Paths paths = Paths::none;  // The shell knows these better.
};

// `words` without "giro"; the last one is what was typed of the next word, perhaps nothing.
[[nodiscard]] WordCompletion complete(const CLI::App& app, const std::vector<std::string>& words,
                                      const LedgerNames& names);

// With the names that the daemon knows, which is the one of the words' own --socket or else of `globals`.
[[nodiscard]] WordCompletion complete_command_line(const std::vector<std::string>& words,
                                                   const Globals& globals);

// Of `giro context`.
[[nodiscard]] std::vector<Candidate> context_names(const std::string& prefix);

// For a shell: a line a candidate, its description behind a tab. A line that begins with a tab says
// how to go on: "\tfiles", "\tfolders"; "\tpart" before a candidate that isn't whole.
[[nodiscard]] std::string completion_lines(const WordCompletion& completion);

}  // namespace giro::cli
