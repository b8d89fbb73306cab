#include "cli/operator/line_words.hpp"

namespace giro::cli {
namespace {

constexpr std::string_view kBetweenWords = " \t";

}  // namespace

LineWords split_line(std::string_view line) {
  LineWords out;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote == 0 && kBetweenWords.find(c) != std::string_view::npos) {
      in_word = false;
      continue;
    }
    if (!in_word) {
      in_word = true;
      out.words.emplace_back();
      out.last_begin = i;
    }
    const bool escapes = c == '\\' && quote != '\'';
    if (escapes && i + 1 == line.size()) {
      out.open = true;
    } else if (escapes && (quote == 0 || line[i + 1] == '"' || line[i + 1] == '\\')) {
      out.words.back() += line[++i];
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (quote != 0 && c == quote) {
      quote = 0;
    } else {
      out.words.back() += c;
    }
  }
  if (!in_word) out.last_begin = line.size();
  out.open = out.open || quote != 0;
  return out;
}

std::string quoted_word(std::string_view word) {
  constexpr std::string_view kMeaning = " \t\\'\"";
  std::string out;
  for (const char c : word) {
    if (kMeaning.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace giro::cli
