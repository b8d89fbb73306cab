// Aligned text for people: a table with a header, or a list of names with their values.
//
// What always holds: no control character of the data reaches the terminal (cli/output/visible_text.hpp); widths count
// a terminal's cells; trailing spaces are left out. On a terminal a table is no wider than it is: columns that may be
// cut are, the least important first, amounts never; where that isn't enough, rows are shown as lists. Elsewhere
// nothing is cut. Values: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/output/visible_text.hpp"

namespace giro::cli {

enum class Style { plain, strong, faint, good, bad };
enum class Align { left, right };

// How something is shown. A bool is the colours alone.
struct Look {
  Look(bool with_colours = false, std::size_t fits = 0, bool as_lists = false)
      : colours(with_colours), width(fits), expanded(as_lists) {}

  bool colours;
  std::size_t width;  // 0: any.
  bool expanded;      // Each row as a list of names with their values.
};

struct Cell {
  Cell(std::string content, Style look = Style::plain) : text(std::move(content)), style(look) {}
  Cell(const char* content) : text(content) {}

  std::string text;
  Style style = Style::plain;
};

// What may be left out of a column to fit a terminal. Those further down lose before those above, times their hours
// last of all.
enum class Cut : std::uint8_t {
  never,  // Amounts, seqs, codes.
  last,   // Who pays whom, what was decided.
  text,   // Keys, references.
  time,   // A time of RFC 3339: its fraction, then its seconds, then its hour.
  first,  // Notes, which are left out where cutting isn't enough.
};

struct Column {
  std::string header;
  Align align = Align::left;
  std::size_t width = 0;  // At least so wide; for streams, whose next rows aren't known.
  Cut cut = Cut::never;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns);

  // REQUIRES: one cell a column.
  void add(std::vector<Cell> row);
  [[nodiscard]] bool empty() const { return rows_.empty(); }

  // The rows added since the last call; the header only the first time. Columns keep their widths,
  // so that the pages of a long answer stay aligned.
  [[nodiscard]] std::string render(const Look& look);

 private:
  [[nodiscard]] std::string render_lists(const Look& look);
  [[nodiscard]] std::string render_rows(const std::vector<std::size_t>& widths, bool colours);

  std::vector<Column> columns_;
  std::vector<std::size_t> seen_;  // How wide each column's cells were so far.
  std::vector<std::vector<Cell>> rows_;
  std::size_t shown_ = 0;  // Rows that were rendered before.
  bool header_done_ = false;
};

// Names left, values in one column; pairs whose value is empty are left out.
class Details {
 public:
  void add(std::string_view name, Cell value);
  [[nodiscard]] std::string render(const Look& look) const;

 private:
  std::vector<std::pair<std::string, Cell>> pairs_;
};

// "\x1b[32mapplied\x1b[0m", or the text as it is.
[[nodiscard]] std::string styled(std::string_view text, Style style, bool colours);
// Lines of at most `width` cells, broken at blanks where there are some; every line but the first begins with `indent`
// blanks. 0: as it is.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace giro::cli
