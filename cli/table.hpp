// Aligned text for people: a table with a header, or a list of names with their values.
//
// What always holds: no control character of the data reaches the terminal; widths count
// characters, not bytes; trailing spaces are left out. Values: any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace giro::cli {

enum class Style { plain, strong, faint, good, bad };
enum class Align { left, right };

struct Cell {
  Cell(std::string content, Style look = Style::plain) : text(std::move(content)), style(look) {}
  Cell(const char* content) : text(content) {}

  std::string text;
  Style style = Style::plain;
};

struct Column {
  std::string header;
  Align align = Align::left;
  std::size_t width = 0;  // At least so wide; for streams, whose next rows aren't known.
};

class Table {
 public:
  explicit Table(std::vector<Column> columns);

  // REQUIRES: one cell a column.
  void add(std::vector<Cell> row);
  [[nodiscard]] bool empty() const { return rows_.empty(); }

  // The rows added since the last call; the header only the first time. Columns keep their widths,
  // so that the pages of a long answer stay aligned.
  [[nodiscard]] std::string render(bool colours);

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
  bool header_done_ = false;
};

// Names left, values in one column; pairs whose value is empty are left out.
class Details {
 public:
  void add(std::string_view name, Cell value);
  [[nodiscard]] std::string render(bool colours) const;

 private:
  std::vector<std::pair<std::string, Cell>> pairs_;
};

// "\x1b[32mapplied\x1b[0m", or the text as it is.
[[nodiscard]] std::string styled(std::string_view text, Style style, bool colours);
// Characters, where a byte that begins no UTF-8 character counts nothing.
[[nodiscard]] std::size_t display_width(std::string_view text);

}  // namespace giro::cli
