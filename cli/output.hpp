// Where the command line writes: data to stdout, words to stderr.
//
// What always holds: a reader of stdout that went away (`| head`) ends the process quietly; any
// other failure to write stdout ends it with an error, so that no script takes half an answer for a
// whole. Thread: the main one.
#pragma once

#include <string_view>

namespace giro::cli {

void print(std::string_view data);  // To stdout, buffered.
void flush_prints();
void note(std::string_view words);  // To stderr, after what was printed before.

// A line that is rewritten in place (progress); empty: takes it away. Only where stderr is a
// terminal, else nothing happens.
void show_status_line(std::string_view line);

// Colours: stdout is a terminal, and neither NO_COLOR nor TERM=dumb is set.
[[nodiscard]] bool terminal_has_colours();

}  // namespace giro::cli
