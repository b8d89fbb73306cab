// The members of a JSON object, written one by one. The text is hashed into the audit chain, so that it must be
// the same for ever, whatever the next release of a library makes of it: shortest escapes, no space, members in
// the order in which they are put. Thread: one at a time.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/money.hpp"

namespace giro::store {

class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_ += '{'; }

  template <std::integral Integer>
  void put(std::string_view name, Integer number) {
    begin(name);
    out_ += std::to_string(number);
  }
  void put(std::string_view name, std::optional<Amount> number) {
    if (number) return put(name, *number);
    begin(name);
    out_ += "null";
  }
  void put_true(std::string_view name) {
    begin(name);
    out_ += "true";
  }
  void put_text(std::string_view name, std::string_view text) {
    begin(name);
    quote(text);
  }
  // What follows is the member's value, written by the caller.
  void begin(std::string_view name) {
    if (out_.back() != '{') out_ += ',';
    quote(name);
    out_ += ':';
  }
  void end() { out_ += '}'; }

 private:
  void quote(std::string_view text) {
    out_ += '"';
    for (const char c : text) escape(c);
    out_ += '"';
  }
  // As in RFC 8259, section 7.
  void escape(char c) {
    constexpr std::string_view kEscaped = "\"\\\b\f\n\r\t";
    constexpr std::string_view kLetters = "\"\\bfnrt";
    constexpr std::string_view kHex = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if (const auto short_form = kEscaped.find(c); short_form != std::string_view::npos) {
      out_ += '\\';
      out_ += kLetters[short_form];
    } else if (byte < 0x20) {
      out_ += "\\u00";
      out_ += kHex[byte >> 4];
      out_ += kHex[byte & 15];
    } else {
      out_ += c;
    }
  }

  std::string& out_;
};

}  // namespace giro::store
