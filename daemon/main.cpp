// girod: the command line, the settings, then the daemon.
#include <exception>
#include <iostream>

#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include "daemon/daemon.hpp"
#include "daemon/log.hpp"
#include "daemon/options.hpp"
#include "protocol/standard_descriptors.hpp"

int main(int argc, char** argv) {
  constexpr int kFailure = 1;
  constexpr int kBadConfig = 78;  // EX_CONFIG of sysexits.h.
  giro::open_standard_descriptors();
  ::umask(027);  // The ledger is nobody else's to read; the socket's mode is set on its own.
  try {
    const auto options = giro::parse_options(argc, argv);
    if (!options) return options.error();
    giro::start_log();
    const auto config = giro::effective_config(*options);
    if (!config) {
      giro::log_lines(spdlog::level::critical, config.error());
      return kBadConfig;
    }
    giro::set_log_level(config->log_level);
    if (options->check_config || options->show_config) {
      std::cout << (options->show_config ? giro::explain_config(*config)
                                         : giro::format_config(*config));
      return 0;
    }
    return giro::run_daemon(*options, *config);
  } catch (const std::exception& error) {
    spdlog::critical(
        "girod can't go on: {}. What was committed is safe; see to the cause and start "
        "it again",
        error.what());
    return kFailure;
  }
}
