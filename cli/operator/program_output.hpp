// Another program, run to its end: what it writes, and its exit code. Thread: the main one.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace giro::cli {

struct ProgramOutput {
  int exit = 0;      // 128 and more: a signal ended it.
  std::string text;  // stdout and stderr, as they came; no more than a MiB.
};

// Nothing: it can't be started.
[[nodiscard]] std::optional<ProgramOutput> output_of(const std::vector<std::string>& words);

}  // namespace giro::cli
