// `giro`: see cli/app.hpp.
#include <csignal>
#include <cstdio>
#include <exception>

#include "cli/app.hpp"
#include "protocol/standard_descriptors.hpp"

int main(int argc, char** argv) {
  giro::open_standard_descriptors();
  // A reader of stdout that goes away is noticed where stdout is written (cli/output/output.hpp).
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return giro::cli::run(argc, argv);
  } catch (const std::exception& defect) {
    std::fprintf(stderr, "giro: internal error: %s\n", defect.what());
    return static_cast<int>(giro::cli::ExitCode::internal);
  }
}
