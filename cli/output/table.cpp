#include "cli/output/table.hpp"

#include <algorithm>
#include <array>
#include <cassert>
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

// A column that isn't shown takes no gap.
std::size_t total_width(const std::vector<std::size_t>& widths) {
  std::size_t total = 0;
  for (const std::size_t width : widths) total += width == 0 ? 0 : width + kGap.size();
  return total == 0 ? 0 : total - kGap.size();
}

// Makes the columns of a table fit, step by step, until they do.
class Fitting {
 public:
  Fitting(const std::vector<Column>& columns, std::vector<std::size_t> widths, std::size_t width)
      : columns_(columns), widths_(std::move(widths)), width_(width) {}

  // Nothing: they don't, however much is cut.
  std::optional<std::vector<std::size_t>> result() {
    cut(Cut::first, kTextWidthMin);
    shorten_times(kTimeWidths[2]);
    cut(Cut::text, kTextWidthMin);
    cut(Cut::last, kTextWidthMin);
    shorten_times(kTimeWidths[3]);
    leave_out(Cut::first);
    if (excess() > 0) return std::nullopt;
    return widths_;
  }

 private:
  [[nodiscard]] std::size_t excess() const {
    const std::size_t total = total_width(widths_);
    return total > width_ ? total - width_ : 0;
  }

  // Evenly: the widest loses first.
  void cut(Cut kind, std::size_t least) {
    for (; excess() > 0;) {
      std::size_t* widest = nullptr;
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        const std::size_t kept = std::max(least, display_width(columns_[i].header));
        if (columns_[i].cut != kind || widths_[i] <= kept) continue;
        if (widest == nullptr || widths_[i] > *widest) widest = &widths_[i];
      }
      if (widest == nullptr) return;
      --*widest;
    }
  }

  // No further than to `least`, which is one of their forms.
  void shorten_times(std::size_t least) {
    for (const std::size_t form : kTimeWidths) {
      for (std::size_t i = 0; i < columns_.size() && form >= least; ++i) {
        if (columns_[i].cut == Cut::time && widths_[i] > form && excess() > 0) widths_[i] = form;
      }
    }
  }

  void leave_out(Cut kind) {
    for (std::size_t i = columns_.size(); i-- > 0 && excess() > 0;) {
      if (columns_[i].cut == kind) widths_[i] = 0;
    }
  }

  const std::vector<Column>& columns_;
  std::vector<std::size_t> widths_;
  std::size_t width_;
};

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

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (const Column& column : columns_) seen_.push_back(display_width(column.header));
}

void Table::add(std::vector<Cell> row) {
  assert(row.size() == columns_.size());
  for (Cell& cell : row) cell.text = visible(cell.text);
  rows_.push_back(std::move(row));
}

std::string Table::render(const Look& look) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    for (const auto& row : rows_) seen_[i] = std::max(seen_[i], display_width(row[i].text));
    widths.push_back(std::max(columns_[i].width, seen_[i]));
  }
  if (look.expanded) return render_lists(look);
  if (look.width == 0 || total_width(widths) <= look.width) {
    return render_rows(widths, look.colours);
  }
  // What is kept free for rows to come goes first.
  const auto fitting = Fitting(columns_, seen_, look.width).result();
  return fitting ? render_rows(*fitting, look.colours) : render_lists(look);
}

std::string Table::render_rows(const std::vector<std::size_t>& widths, bool colours) {
  std::string out;
  const auto append_row = [&](const auto& cell_at) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (widths[i] == 0) continue;
      if (!line.empty()) line += kGap;
      const Cell& cell = cell_at(i);
      append_cell(line, shown(cell, columns_[i], widths[i]), cell.style, columns_[i].align,
                  widths[i], colours);
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
