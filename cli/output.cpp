#include "cli/output.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <system_error>

#include <unistd.h>

#include "cli/failure.hpp"

namespace giro::cli {
namespace {

bool status_line_shown = false;

void write_words(std::string_view words) {
  // Nobody is left to be told when stderr fails.
  (void)std::fwrite(words.data(), 1, words.size(), stderr);
}

[[noreturn]] void leave_after_failed_write(int error_number) {
  if (error_number == EPIPE) std::_Exit(static_cast<int>(ExitCode::ok));
  note("giro: can't write the answer: " + std::generic_category().message(error_number) + "\n");
  std::_Exit(static_cast<int>(ExitCode::internal));
}

}  // namespace

void print(std::string_view data) {
  if (status_line_shown) show_status_line({});
  if (std::fwrite(data.data(), 1, data.size(), stdout) != data.size()) {
    leave_after_failed_write(errno);
  }
}

void flush_prints() {
  if (std::fflush(stdout) != 0) leave_after_failed_write(errno);
}

void note(std::string_view words) {
  // Best effort here: leave_after_failed_write() itself comes this way.
  (void)std::fflush(stdout);
  if (status_line_shown) show_status_line({});
  write_words(words);
}

void show_status_line(std::string_view line) {
  static const bool on_terminal = isatty(STDERR_FILENO) == 1;
  if (!on_terminal) return;
  write_words("\r\x1b[K");
  write_words(line);
  status_line_shown = !line.empty();
}

bool terminal_has_colours() {
  const char* no_colour = std::getenv("NO_COLOR");
  if (no_colour != nullptr && *no_colour != '\0') return false;
  const char* terminal = std::getenv("TERM");
  if (terminal != nullptr && std::string_view(terminal) == "dumb") return false;
  return isatty(STDOUT_FILENO) == 1;
}

}  // namespace giro::cli
