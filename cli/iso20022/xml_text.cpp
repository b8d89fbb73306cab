#include "cli/iso20022/xml_text.hpp"

#include <algorithm>

namespace giro::cli {
namespace {

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
}

bool is_capital_or_digit(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string xml_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += byte < 0x20 || byte == 0x7f ? ' ' : c;
    }
  }
  // U+FFFE and U+FFFF are text in UTF-8, and none in XML.
  for (const std::string_view never : {"\xef\xbf\xbe", "\xef\xbf\xbf"}) {
    for (std::size_t at = 0; (at = out.find(never, at)) != std::string::npos;) {
      out.replace(at, never.size(), " ");
    }
  }
  return out;
}

std::string xml_element(std::string_view name, std::string_view text) {
  std::string out = "<";
  out.append(name).append(">").append(xml_text(text)).append("</").append(name).append(">");
  return out;
}

std::vector<std::string> pieces_of(std::string_view text, std::size_t characters) {
  std::vector<std::string> pieces;
  std::size_t count = 0;
  for (const char c : text) {
    if (begins_character(c) && count++ % characters == 0) pieces.emplace_back();
    if (pieces.empty()) pieces.emplace_back();
    pieces.back() += c;
  }
  return pieces;
}

std::size_t characters_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

bool is_iban(std::string_view text) {
  constexpr std::size_t kShortest = 15;
  constexpr std::size_t kLongest = 34;
  if (text.size() < kShortest || text.size() > kLongest) return false;
  if (!std::ranges::all_of(text, is_capital_or_digit)) return false;
  if (text[0] < 'A' || text[1] < 'A' || text[2] > '9' || text[3] > '9') return false;
  // ISO 7064, modulo 97: letters count as 10 to 35, the first four characters come last.
  unsigned rest = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[(i + 4) % text.size()];
    const bool letter = c >= 'A';
    const auto value = static_cast<unsigned>(letter ? c - 'A' + 10 : c - '0');
    rest = (rest * (letter ? 100U : 10U) + value) % 97U;
  }
  return rest == 1;
}

}  // namespace giro::cli
