#include "cli/output/visible_text.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <unigbrk.h>
#include <unistr.h>
#include <uniwidth.h>

namespace giro::cli {
namespace {

constexpr std::string_view kEllipsis = "…";

const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

// C0 and C1, line and paragraph separators, and what turns the direction of writing or shows as nothing at all.
bool is_control(ucs4_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200b || c == 0x200e || c == 0x200f ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
         (c >= 0xe0000 && c <= 0xe007f);
}

std::string escaped(ucs4_t c) {
  switch (c) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return c < 0x80 ? fmt::format("\\x{:02x}", c) : fmt::format("\\u{{{:x}}}", c);
  }
}

// Calls `take` with each character and its bytes, and with each byte that is part of none (`valid` false).
template <class Take>
void each_character(std::string_view text, Take take) {
  while (!text.empty()) {
    ucs4_t c = 0;
    const int length = u8_mbtoucr(&c, bytes_of(text), text.size());
    const bool valid = length > 0;
    const std::size_t size = valid ? static_cast<std::size_t>(length) : 1;
    take(valid ? c : static_cast<std::uint8_t>(text.front()), text.substr(0, size), valid);
    text.remove_prefix(size);
  }
}

// Nearly all text is: no character of it needs a look.
bool is_plain_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

}  // namespace

std::string visible(std::string_view text, LineEnds line_ends) {
  if (is_plain_ascii(text)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  each_character(text, [&](ucs4_t c, std::string_view bytes, bool valid) {
    if (!valid) {
      out += fmt::format("\\x{:02x}", c);
    } else if (is_control(c) && (c != '\n' || line_ends != LineEnds::kept)) {
      out += escaped(c);
    } else {
      out += bytes;
    }
  });
  return out;
}

std::string visible_json(std::string_view json) {
  if (is_plain_ascii(json)) return std::string(json);
  std::string out;
  out.reserve(json.size());
  each_character(json, [&](ucs4_t c, std::string_view bytes, bool valid) {
    if (!valid || c < 0x20 || !is_control(c)) {
      out += bytes;
    } else if (c < 0x10000) {
      out += fmt::format("\\u{:04x}", c);
    } else {
      const ucs4_t rest = c - 0x10000;
      out += fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (rest >> 10U), 0xdc00 + (rest & 0x3ffU));
    }
  });
  return out;
}

std::size_t display_width(std::string_view text) {
  if (is_plain_ascii(text)) return text.size();
  const int width = u8_width(bytes_of(text), text.size(), "UTF-8");
  return width < 0 ? 0 : static_cast<std::size_t>(width);
}

std::string fitted(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  const std::uint8_t* const begin = bytes_of(text);
  const std::uint8_t* const end = begin + text.size();
  const std::uint8_t* kept = begin;
  for (;;) {
    const std::uint8_t* next = u8_grapheme_next(kept, end);
    if (next == nullptr) break;
    const auto size = static_cast<std::size_t>(next - begin);
    if (display_width(text.substr(0, size)) + 1 > width) break;
    kept = next;
  }
  std::string out(text.substr(0, static_cast<std::size_t>(kept - begin)));
  if (width > 0) out += kEllipsis;
  return out;
}

}  // namespace giro::cli
