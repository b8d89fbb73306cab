#include "cli/output.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "cli/failure.hpp"

namespace giro::cli {
namespace {

// What is printed and not written. One a process, as stdout is.
struct Prints {
  std::string unwritten;
  bool outcomes = false;  // Among it, or before: the run changes the ledger.
  bool diverted = false;  // To stderr, from now on.
};

Prints prints;
bool status_line_shown = false;

void write_words(std::string_view words) {
  // Nobody is left to be told when stderr fails.
  (void)std::fwrite(words.data(), 1, words.size(), stderr);
}

// 0, or the error's number.
int write_to_stdout(std::string_view data) {
  while (!data.empty()) {
    const ssize_t count = write(STDOUT_FILENO, data.data(), data.size());
    if (count < 0 && errno != EINTR) return errno;
    if (count > 0) data.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

[[noreturn]] void leave_without_answer(int error_number) {
  if (error_number == EPIPE) std::_Exit(static_cast<int>(ExitCode::ok));
  write_words("giro: can't write the answer: " + std::generic_category().message(error_number) +
              "\n      It was only a question: no money moved.\n");
  std::_Exit(static_cast<int>(ExitCode::no_output));
}

void buffer(std::string_view data) {
  if (status_line_shown) show_status_line({});
  prints.unwritten += data;
  if (prints.diverted || prints.unwritten.size() >= kBytesAWrite) flush_prints();
}

}  // namespace

void print(std::string_view data) {
  buffer(data);
}

void print_outcome(std::string_view data) {
  prints.outcomes = true;
  buffer(data);
}

void flush_prints() {
  const std::string data = std::exchange(prints.unwritten, {});
  if (prints.diverted) return write_words(data);
  const int error_number = write_to_stdout(data);
  if (error_number == 0) return;
  if (!prints.outcomes) leave_without_answer(error_number);
  prints.diverted = true;
  write_words("giro: can't write the outcome to stdout: " +
              std::generic_category().message(error_number) + ". This is what was decided:\n");
  write_words(data);
}

bool outcome_diverted() {
  return prints.diverted;
}

void note(std::string_view words) {
  flush_prints();
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
