#include "cli/output/output.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/failure.hpp"
#include "cli/output/pager.hpp"
#include "cli/output/visible_text.hpp"

namespace giro::cli {
namespace {

// What is printed and not written. One a process, as stdout is.
struct Prints {
  std::string unwritten;
  bool outcomes = false;  // Among it, or before: the run changes the ledger.
  bool diverted = false;  // To stderr, from now on.
  bool may_page = false;
  std::optional<Pager> pager;
  std::string later;  // Words for stderr, which would disturb the pager's screen.
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
  finish_paging();
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

winsize terminal_size() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) size = {};
  return size;
}

bool is_longer_than_terminal(std::string_view data) {
  const auto rows = static_cast<std::ptrdiff_t>(terminal_size().ws_row);
  return rows > 0 && std::count(data.begin(), data.end(), '\n') >= rows;
}

void start_pager_for(std::string_view data) {
  if (!prints.may_page || prints.pager || !is_longer_than_terminal(data)) return;
  prints.may_page = false;  // Tried once.
  if (const std::string command = pager_command(); !command.empty()) {
    auto started = Pager::start(command);
    if (started) prints.pager.emplace(std::move(*started));
  }
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
  start_pager_for(data);
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
  const std::string harmless = visible(words, LineEnds::kept);
  flush_prints();
  if (prints.pager) {
    prints.later += harmless;
    return;
  }
  if (status_line_shown) show_status_line({});
  write_words(harmless);
}

void page_what_is_long() {
  prints.may_page = isatty(STDOUT_FILENO) == 1;
}

void finish_paging() {
  if (!prints.pager) return;
  const bool ran = prints.pager->finish();
  prints.pager.reset();
  if (!ran) write_words("giro: the pager can't be run: set PAGER, or use --no-pager\n");
  write_words(std::exchange(prints.later, {}));
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

std::size_t terminal_width() {
  return terminal_size().ws_col;
}

}  // namespace giro::cli
