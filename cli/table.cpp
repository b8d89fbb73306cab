#include "cli/table.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <numeric>
#include <optional>

#include <fmt/format.h>

namespace giro::cli {
namespace {

constexpr std::string_view kGap = "  ";
constexpr std::size_t kTextWidthMin = 8;  // Of a column that is cut.

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

// --- what fits ---

// Shorter forms of 2026-11-23T09:00:00.000000001Z: with seconds, minutes, the day alone.
constexpr std::array<std::size_t, 4> kTimeWidths{30, 20, 16, 10};

std::string shorter_time(std::string_view time, std::size_t width) {
  if (time.size() <= width) return std::string(time);
  if (time.size() < kTimeWidths[0]) return fitted(time, width);
  if (width >= kTimeWidths[1]) return std::string(time.substr(0, 19)) + "Z";
  if (width >= kTimeWidths[2]) return std::string(time.substr(0, 16));
  return std::string(time.substr(0, std::min<std::size_t>(width, 10)));
}

std::size_t least_width(const Column& column, std::size_t natural) {
  const std::size_t header = display_width(column.header);
  const std::size_t least = column.cut == Cut::time ? kTimeWidths.back() : kTextWidthMin;
  return std::min(natural, std::max(header, least));
}

std::size_t total_width(const std::vector<std::size_t>& widths) {
  const std::size_t gaps = widths.empty() ? 0 : (widths.size() - 1) * kGap.size();
  return std::accumulate(widths.begin(), widths.end(), gaps);
}

// Takes from one column what there is too much of, and no more than it can lose.
void shrink(std::size_t& width, const Column& column, std::size_t excess) {
  const std::size_t least = least_width(column, width);
  const std::size_t wanted = width > excess + least ? width - excess : least;
  if (column.cut != Cut::time) {
    width = wanted;
    return;
  }
  for (const std::size_t form : kTimeWidths) {
    if (form >= width) continue;
    width = std::max(form, least);
    if (width <= wanted) return;
  }
}

// Nothing: it doesn't fit, however much is cut.
std::optional<std::vector<std::size_t>> widths_within(const std::vector<Column>& columns,
                                                      std::vector<std::size_t> widths,
                                                      std::size_t width) {
  if (width == 0) return widths;
  for (const Cut cut : {Cut::first, Cut::time, Cut::text, Cut::last}) {
    // From the right: what stands left says which row it is.
    for (std::size_t i = columns.size(); i-- > 0;) {
      const std::size_t total = total_width(widths);
      if (total <= width) return widths;
      if (columns[i].cut == cut) shrink(widths[i], columns[i], total - width);
    }
  }
  if (total_width(widths) <= width) return widths;
  return std::nullopt;
}

std::string shown(const Cell& cell, const Column& column, std::size_t width) {
  if (column.cut == Cut::never || display_width(cell.text) <= width) return cell.text;
  return column.cut == Cut::time ? shorter_time(cell.text, width) : fitted(cell.text, width);
}

void append_cell(std::string& line, std::string_view text, Style style, Align align,
                 std::size_t width, bool colours) {
  const std::string padding(width - std::min(display_width(text), width), ' ');
  const std::string cell = styled(text, style, colours);
  line += align == Align::right ? padding + cell : cell + padding;
}

void end_line(std::string& out, std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add(std::vector<Cell> row) {
  assert(row.size() == columns_.size());
  for (Cell& cell : row) cell.text = visible(cell.text);
  rows_.push_back(std::move(row));
}

std::string Table::render(const Look& look) {
  std::vector<std::size_t> natural;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t& width = columns_[i].width;
    width = std::max(width, display_width(columns_[i].header));
    for (const auto& row : rows_) width = std::max(width, display_width(row[i].text));
    natural.push_back(width);
  }
  const auto widths = widths_within(columns_, std::move(natural), look.width);
  return look.expanded || !widths ? render_lists(look) : render_rows(*widths, look.colours);
}

std::string Table::render_rows(const std::vector<std::size_t>& widths, bool colours) {
  std::string out;
  if (!std::exchange(header_done_, true)) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) line += kGap;
      append_cell(line, columns_[i].header, Style::strong, columns_[i].align, widths[i], colours);
    }
    end_line(out, std::move(line));
  }
  for (const std::vector<Cell>& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) line += kGap;
      append_cell(line, shown(row[i], columns_[i], widths[i]), row[i].style, columns_[i].align,
                  widths[i], colours);
    }
    end_line(out, std::move(line));
  }
  shown_ += rows_.size();
  rows_.clear();
  return out;
}

std::string Table::render_lists(const Look& look) {
  std::string out;
  for (const std::vector<Cell>& row : rows_) {
    out += styled(fmt::format("-[ {} ]-", ++shown_), Style::faint, look.colours) + "\n";
    Details details;
    for (std::size_t i = 0; i < columns_.size(); ++i) details.add(columns_[i].header, row[i]);
    out += details.render(look);
  }
  rows_.clear();
  header_done_ = true;
  return out;
}

void Details::add(std::string_view name, Cell value) {
  if (value.text.empty()) return;
  value.text = visible(value.text);
  pairs_.emplace_back(name, std::move(value));
}

std::string Details::render(const Look& look) const {
  std::size_t names = 0;
  for (const auto& [name, value] : pairs_) names = std::max(names, display_width(name));
  const std::size_t indent = names + kGap.size();
  std::string out;
  for (const auto& [name, value] : pairs_) {
    append_cell(out, name, Style::faint, Align::left, names, look.colours);
    const std::size_t room = look.width > indent ? look.width - indent : look.width;
    const std::string text = wrapped(value.text, room, indent);
    out += std::string(kGap) + styled(text, value.style, look.colours) + "\n";
  }
  return out;
}

std::string styled(std::string_view text, Style style, bool colours) {
  if (!colours || style == Style::plain || text.empty()) return std::string(text);
  return std::string(escape_of(style)) + std::string(text) + "\x1b[0m";
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  if (width == 0 || display_width(text) <= width) return std::string(text);
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    const std::size_t blank = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, blank);
    const std::size_t cells = display_width(word);
    if (used > 0 && used + 1 + cells > width) {
      out += "\n" + std::string(indent, ' ');
      used = 0;
    } else if (used > 0) {
      out += ' ';
      ++used;
    }
    out += word;
    used += cells;
    text.remove_prefix(std::min(blank + 1, text.size()));
  }
  return out;
}

}  // namespace giro::cli
