// Lines from a terminal, with editing, history and completion: libedit, which is there on every Debian and, under
// its licence (BSD), may be linked by anything; libreadline's (GPL) would bind giro as a whole.
//
// What always holds: between two lines the terminal is as it was. History is one line an entry, appended as it is
// typed, so that several prompts at once lose nothing; the file is its user's alone.
// Thread: the main one; one at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cli/operator/completion.hpp"

namespace giro::cli {

class LineEditor {
 public:
  using Complete = std::function<WordCompletion(const std::vector<std::string>& words)>;
  struct Line {
    std::string text = {};
    bool aborted = false;  // By Ctrl-C.
  };

  // `history_file`: empty: it isn't kept.
  LineEditor(std::string history_file, Complete complete);
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;
  ~LineEditor();

  // Nothing: the end, by Ctrl-D.
  [[nodiscard]] std::optional<Line> read(const std::string& prompt);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// What all candidates begin with.
[[nodiscard]] std::string common_beginning(const std::vector<Candidate>& candidates);
// Files and folders that begin with `typed`, as shells complete them.
[[nodiscard]] std::vector<Candidate> paths_beginning_with(const std::string& typed,
                                                          bool folders_only);

}  // namespace giro::cli
