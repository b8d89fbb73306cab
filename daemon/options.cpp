#include "daemon/options.hpp"

#include <algorithm>
#include <iostream>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "daemon/log.hpp"
#include "protocol/paths.hpp"

namespace giro {
namespace {

constexpr int kUsage = 64;  // sysexits.h

constexpr const char* kFooter =
    "\nWithout flags girod reads its default configuration if there is one, and keeps its ledger\n"
    "under /var/lib/giro for root and under the XDG directories for other users.\n\n"
    "Example: girod --init --data ./var/data --socket ./var/giro.sock";

// log_level is --log-level.
std::string option_of(std::string name) {
  std::ranges::replace(name, '_', '-');
  return name;
}

}  // namespace

std::expected<Options, int> parse_options(int argc, char** argv) {
  Options options;
  CLI::App app("girod: the Giro payments ledger", "girod");
  app.footer(kFooter);
  app.set_version_flag("-V,--version", "girod " GIRO_VERSION);
  app.add_option("--config", options.config, "Read this configuration (TOML)");
  app.add_option("--data", options.data, "Keep the ledger in this directory");
  app.add_option("--socket", options.socket, "Listen on this Unix socket");
  app.add_option("--log-level", options.log_level, "trace, debug, info, warning, error, critical")
      ->check([](const std::string& level) {
        return is_log_level(level) ? std::string() : level + " isn't a log level";
      });
  app.add_flag("--check-config", options.check_config,
               "Check the configuration, print the effective settings and exit");
  app.add_flag(
      "--show-config", options.show_config,
      "As --check-config, and says where each setting comes from: its default, the line of "
      "a file, or this command line");
  app.add_flag(
      "--accept-clock", options.accept_clock,
      "The system's clock is right: start although it is behind the ledger's last entry, or "
      "far ahead of it and not synchronised");
  app.add_flag(
      "--init", options.init,
      "Make a new ledger if there is none yet, then run. Without it a missing ledger is an "
      "error, since its disk may not be mounted; only a folder named by --data that doesn't "
      "exist yet is made");
  app.add_option("--init-once", options.init_once,
                 "For services: as --init, unless this file is there; it is made with the ledger");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return std::unexpected(app.exit(error) == 0 ? 0 : kUsage);
  }
  return options;
}

std::expected<Config, std::string> effective_config(const Options& options) {
  Config config;
  config.data = default_data_dir().value_or("");
  config.socket = own_socket_path().value_or("");
  const std::filesystem::path file = options.config.value_or(default_config_path().value_or(""));
  std::error_code ignored;
  if (options.config || std::filesystem::exists(file, ignored)) {
    if (auto read = read_config(file, config); !read) return std::unexpected(read.error());
  }
  if (options.data) config.data = std::filesystem::absolute(*options.data);
  if (options.socket) config.socket = std::filesystem::absolute(*options.socket);
  if (options.log_level) config.log_level = *options.log_level;
  for (const auto& [name, is_given] : {std::pair{"data", options.data.has_value()},
                                       std::pair{"socket", options.socket.has_value()},
                                       std::pair{"log_level", options.log_level.has_value()}}) {
    if (is_given) config.origins[name] = fmt::format("command line, --{}", option_of(name));
  }
  if (config.data.empty() || config.socket.empty()) {
    return std::unexpected(
        "this user has neither a home nor the XDG directories, so there is no default for the "
        "ledger and the socket; name them with --data and --socket");
  }
  return config;
}

}  // namespace giro
