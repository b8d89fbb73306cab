// Where the command line writes: data to stdout, words to stderr.
//
// What always holds:
//   - A reader of stdout that went away (`| head`) ends a question quietly; any other failure to
//     write the answer ends it with an error, so that no script takes half an answer for a whole.
//   - The outcome of what changed the ledger is never lost: what stdout doesn't take goes to stderr,
//     and the run goes on.
// Thread: the main one.
#pragma once

#include <cstddef>
#include <string_view>

namespace giro::cli {

// What is kept back at most before it is written, to stdout or to a file.
inline constexpr std::size_t kBytesAWrite = std::size_t{64} << 10;

// To stdout, buffered.
void print(std::string_view data);          // The answer to a question.
void print_outcome(std::string_view data);  // What became of something that changes the ledger.
void flush_prints();
// An outcome had to go to stderr: ExitCode::no_output.
[[nodiscard]] bool outcome_diverted();

// To stderr, after what was printed before. What isn't harmless to a terminal is shown escaped.
void note(std::string_view words);

// What is longer than the terminal goes through $PAGER (default: less, if it is there) from here on, words to
// stderr after it. Only where stdout is a terminal, else nothing happens.
void page_what_is_long();
// Waits until the user has seen enough. Before the end of the process.
void finish_paging();

// A line that is rewritten in place (progress); empty: takes it away. Only where stderr is a
// terminal, else nothing happens.
void show_status_line(std::string_view line);

// Colours: stdout is a terminal, and neither NO_COLOR nor TERM=dumb is set.
[[nodiscard]] bool terminal_has_colours();
// Cells of a line on stdout; 0: it is no terminal, and a line may have any length.
[[nodiscard]] std::size_t terminal_width();

}  // namespace giro::cli
