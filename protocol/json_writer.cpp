#include "protocol/json_writer.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace giro::protocol {
namespace {

// The bytes that can't stand in JSON text as they are. Bytes from 0x80 on are UTF-8, checked when
// they came in.
constexpr std::array<bool, 256> kEscaped = [] {
  std::array<bool, 256> escaped{};
  for (std::size_t byte = 0; byte < 0x20; ++byte) escaped[byte] = true;
  escaped['"'] = escaped['\\'] = escaped[0x7F] = true;
  return escaped;
}();

// Whether none of eight bytes needs an escape, all at once: a byte's top bit is set where it is below
// 0x20, or is one of three ("Determine if a word has a byte less than n", S. E. Anderson, Bit
// Twiddling Hacks). It may say no for bytes from 0x80 on, never yes for one that needs an escape.
bool are_plain(const char* eight) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kTops = 0x8080808080808080;
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, eight, sizeof bytes);
  const auto has_zero = [](std::uint64_t x) { return (x - kOnes) & ~x; };
  const std::uint64_t control = (bytes - kOnes * 0x20) | bytes;
  return ((control | has_zero(bytes ^ (kOnes * '"')) | has_zero(bytes ^ (kOnes * '\\')) |
           has_zero(bytes ^ (kOnes * 0x7F))) &
          kTops) == 0;
}

void append_escape(std::string& out, unsigned char byte) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (byte) {
    case '"':
      out.append("\\\"");
      return;
    case '\\':
      out.append("\\\\");
      return;
    case '\n':
      out.append("\\n");
      return;
    case '\t':
      out.append("\\t");
      return;
    case '\r':
      out.append("\\r");
      return;
    default:
      out.append("\\u00");
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 0xF]);
  }
}

}  // namespace

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  out_.push_back('"');
  std::size_t plain = 0;  // Where the run of bytes without escapes began.
  for (std::size_t i = 0; i < text.size(); ++i) {
    while (i + 8 < text.size() && are_plain(text.data() + i)) i += 8;
    const auto byte = static_cast<unsigned char>(text[i]);
    if (!kEscaped[byte]) continue;
    out_.append(text.substr(plain, i - plain));
    append_escape(out_, byte);
    plain = i + 1;
  }
  out_.append(text.substr(plain));
  out_.push_back('"');
  return *this;
}

JsonWriter& JsonWriter::value(Int128 sum) {
  if (sum > kAmountMax || sum < -Int128{kAmountMax}) return value(format_integer(sum));
  return value(static_cast<Amount>(sum));
}

JsonWriter& JsonWriter::value(Timestamp time) {
  separate();
  char text[kRfc3339Bytes + 2];
  text[0] = '"';
  char* end = write_rfc3339(time, text + 1);
  *end++ = '"';
  out_.append(text, end);
  return *this;
}

JsonWriter& JsonWriter::value(double number) {
  separate();
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, number);
  out_.append(digits, end.ptr);
  return *this;
}

}  // namespace giro::protocol
