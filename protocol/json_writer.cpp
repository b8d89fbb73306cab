#include "protocol/json_writer.hpp"

#include "ledger/json_text.hpp"

namespace giro::protocol {
namespace {

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
  for (std::size_t at = find_special_in_json(text, 0); at < text.size();
       at = find_special_in_json(text, plain)) {
    out_.append(text.substr(plain, at - plain));
    append_escape(out_, static_cast<unsigned char>(text[at]));
    plain = at + 1;
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
