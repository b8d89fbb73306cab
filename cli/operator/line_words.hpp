// A typed line as words, by the shells' rules of quotes: 'as it is', "with \" and \\", and a backslash before any
// other character. There are no variables, patterns or comments. Pure: any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace giro::cli {

struct LineWords {
  std::vector<std::string> words;
  // Of the last word, as far as it got: where it begins in the line. The end of the line: the next word is
  // to begin there, and isn't in `words`.
  std::size_t last_begin = 0;
  bool open = false;  // A quote isn't closed, or a backslash has nothing behind it.
};

[[nodiscard]] LineWords split_line(std::string_view line);
// So that split_line() makes this one word of it.
[[nodiscard]] std::string quoted_word(std::string_view word);

}  // namespace giro::cli
