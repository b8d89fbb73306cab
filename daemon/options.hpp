// girod's command line. Thread: any, before the daemon starts.
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>

#include "daemon/config.hpp"

namespace giro {

struct Options {
  std::optional<std::filesystem::path> config;  // Nothing: the default one, if it is there.
  std::optional<std::filesystem::path> data;
  std::optional<std::filesystem::path> socket;
  std::optional<std::string> log_level;
  bool check_config = false;
  bool show_config = false;   // The same, and where each setting comes from.
  bool accept_clock = false;  // The system's clock is right, however far it is from the last entry.
  bool init = false;          // Make a ledger if there is none.
  std::optional<std::filesystem::path> init_once;  // The same, unless this file is there.
};

// The number: how to exit at once (--help, --version, a wrong flag); the words were printed.
[[nodiscard]] std::expected<Options, int> parse_options(int argc, char** argv);
// Defaults, the file, the flags. Also what a reload calls. Errors: a sentence for the operator.
[[nodiscard]] std::expected<Config, std::string> effective_config(const Options& options);

}  // namespace giro
