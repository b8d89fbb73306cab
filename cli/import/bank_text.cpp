#include "cli/import/bank_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/format.h>
#include <simdjson.h>

#include "ledger/timestamp.hpp"

namespace giro::cli {
namespace {

// What Windows-1252 has from 0x80 to 0x9f; 0: nothing.
constexpr std::array<std::uint16_t, 32> kWindows1252{
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

void append_utf8(std::string& out, std::uint16_t character) {
  if (character < 0x80) {
    out += static_cast<char>(character);
  } else if (character < 0x800) {
    out += static_cast<char>(0xc0 | (character >> 6));
    out += static_cast<char>(0x80 | (character & 0x3f));
  } else {
    out += static_cast<char>(0xe0 | (character >> 12));
    out += static_cast<char>(0x80 | ((character >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (character & 0x3f));
  }
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
}

// "1.234.567" without its marks. Nothing: they don't stand between groups of three.
std::optional<std::string> ungrouped(std::string_view whole, char thousands) {
  constexpr std::size_t kGroup = 3;
  std::string digits;
  for (std::size_t part = 0;; ++part) {
    const std::size_t end = std::min(whole.find(thousands), whole.size());
    const bool right_size = part == 0 ? end > 0 && end <= kGroup : end == kGroup;
    const bool alone = part == 0 && end == whole.size();
    if (!right_size && !alone) return std::nullopt;
    digits += whole.substr(0, end);
    if (end == whole.size()) return digits;
    whole.remove_prefix(end + 1);
  }
}

std::string mark_name(char mark) {
  return mark == '\0' ? "none" : fmt::format("`{}`", mark);
}

}  // namespace

std::expected<std::string, std::string> decoded(std::string_view bytes, Encoding encoding) {
  if (encoding == Encoding::utf8) {
    if (simdjson::validate_utf8(bytes.data(), bytes.size())) return std::string(bytes);
    return std::unexpected(
        "the text isn't UTF-8; if the bank writes Latin 1, say encoding = \"latin1\" or "
        "\"windows-1252\" in the rules");
  }
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const bool differs = encoding == Encoding::windows1252 && byte >= 0x80 && byte < 0xa0;
    const std::uint16_t character = differs ? kWindows1252[byte - 0x80U] : byte;
    if (differs && character == 0) {
      return std::unexpected(fmt::format("the byte {:02x} is nothing in windows-1252", byte));
    }
    append_utf8(text, character);
  }
  return text;
}

std::expected<std::string, std::string> plain_decimal(std::string_view text, char decimal,
                                                      char thousands) {
  std::string number = on_one_line(text);
  replace_all(number, "\xc2\xa0", " ");      // No-break spaces,
  replace_all(number, "\xe2\x80\xaf", " ");  // narrow ones,
  replace_all(number, "\xe2\x88\x92", "-");  // and the minus of typographers.
  replace_all(number, "\xe2\x80\x99", "'");
  bool negative = false;
  if (number.starts_with('-') || number.starts_with('+')) {
    negative = number.front() == '-';
    number.erase(0, 1);
  } else if (number.ends_with('-') || number.ends_with('+')) {
    negative = number.back() == '-';
    number.pop_back();
  }
  const auto wrong = [&] {
    return std::unexpected(fmt::format(
        "amount `{}` isn't a number with decimal mark {} and thousands mark {}, as the rules have "
        "it; say decimal and thousands as the bank writes them, or mend the row",
        text, mark_name(decimal), mark_name(thousands)));
  };
  const std::size_t point = std::min(number.find(decimal), number.size());
  std::string fraction = point < number.size() ? number.substr(point + 1) : std::string();
  std::string whole = number.substr(0, point);
  if (thousands != '\0') {
    auto digits = ungrouped(whole, thousands);
    if (!digits) return wrong();
    whole = std::move(*digits);
  }
  const bool digits =
      std::ranges::all_of(whole, is_digit) && std::ranges::all_of(fraction, is_digit);
  if (whole.empty() || !digits || (point < number.size() && fraction.empty())) return wrong();
  return (negative ? "-" : "") + whole + (fraction.empty() ? "" : "." + fraction);
}

std::optional<std::string> iso_date(std::string_view text, std::string_view format) {
  std::array<int, 256> parts{};
  parts['d'] = parts['m'] = 1;
  parts['Y'] = -1;
  const auto read_number = [&](char part) {
    const std::size_t most = part == 'Y' ? 4 : 2;
    std::size_t digits = 0;
    int number = 0;
    while (digits < most && digits < text.size() && is_digit(text[digits])) {
      number = number * 10 + (text[digits++] - '0');
    }
    text.remove_prefix(digits);
    parts[static_cast<unsigned char>(part)] = number;
    return digits > 0 && (digits == most || (part != 'Y' && part != 'y'));
  };
  for (std::size_t at = 0; at < format.size(); ++at) {
    if (format[at] == '%' && at + 1 < format.size()) {
      if (std::string_view("dmYyHMS").find(format[++at]) == std::string_view::npos) return {};
      if (!read_number(format[at])) return {};
      if (format[at] == 'y') parts['Y'] = 2000 + parts['y'];
    } else {
      if (!text.starts_with(format[at])) return {};
      text.remove_prefix(1);
    }
  }
  std::string date = fmt::format("{:04}-{:02}-{:02}", parts['Y'], parts['m'], parts['d']);
  if (!text.empty() || !parse_date(date)) return {};
  return date;
}

std::string on_one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool blank = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (!blank) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  if (line.ends_with(' ')) line.pop_back();
  return line;
}

}  // namespace giro::cli
