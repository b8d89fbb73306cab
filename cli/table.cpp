#include "cli/table.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace giro::cli {
namespace {

constexpr std::string_view kGap = "  ";

// Data is never trusted to be harmless to a terminal.
std::string without_controls(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

std::string_view escape_of(Style style) {
  switch (style) {
    case Style::strong:
      return "\x1b[1m";
    case Style::faint:
      return "\x1b[2m";
    case Style::good:
      return "\x1b[32m";
    case Style::bad:
      return "\x1b[31m";
    default:
      return "";
  }
}

void append_cell(std::string& line, const Cell& cell, const Column& column, bool colours) {
  const std::size_t width = display_width(cell.text);
  const std::string padding(column.width - std::min(width, column.width), ' ');
  const std::string text = styled(cell.text, cell.style, colours);
  line += column.align == Align::right ? padding + text : text + padding;
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (Column& column : columns_) {
    column.width = std::max(column.width, display_width(column.header));
  }
}

void Table::add(std::vector<Cell> row) {
  assert(row.size() == columns_.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    row[i].text = without_controls(std::move(row[i].text));
    columns_[i].width = std::max(columns_[i].width, display_width(row[i].text));
  }
  rows_.push_back(std::move(row));
}

std::string Table::render(bool colours) {
  std::string out;
  const auto append_row = [&](const auto& cell_at) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) line += kGap;
      append_cell(line, cell_at(i), columns_[i], colours);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  };
  if (!std::exchange(header_done_, true)) {
    append_row([&](std::size_t i) { return Cell(columns_[i].header, Style::strong); });
  }
  for (const std::vector<Cell>& row : rows_) {
    append_row([&](std::size_t i) -> const Cell& { return row[i]; });
  }
  rows_.clear();
  return out;
}

void Details::add(std::string_view name, Cell value) {
  if (value.text.empty()) return;
  value.text = without_controls(std::move(value.text));
  pairs_.emplace_back(name, std::move(value));
}

std::string Details::render(bool colours) const {
  Column names{.header = {}, .align = Align::left, .width = 0};
  for (const auto& [name, value] : pairs_) names.width = std::max(names.width, name.size());
  std::string out;
  for (const auto& [name, value] : pairs_) {
    append_cell(out, Cell(name, Style::faint), names, colours);
    out += std::string(kGap) + styled(value.text, value.style, colours) + "\n";
  }
  return out;
}

std::string styled(std::string_view text, Style style, bool colours) {
  if (!colours || style == Style::plain || text.empty()) return std::string(text);
  return std::string(escape_of(style)) + std::string(text) + "\x1b[0m";
}

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
  }));
}

}  // namespace giro::cli
