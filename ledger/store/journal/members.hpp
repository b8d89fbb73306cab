// The members of a JSON object, written one by one. The text is hashed into the audit chain, so that it must be
// the same for ever, whatever the next release of a library makes of it: shortest escapes, no space, members in
// the order in which they are put. Thread: one at a time.
#pragma once

#include <algorithm>
#include <cassert>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/json_text.hpp"
#include "ledger/money.hpp"

namespace giro::store {

class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_ += '{'; }

  template <std::integral Integer>
  void put(std::string_view name, Integer number) {
    char digits[kDigitsMax];
    begin(name);
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
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
    out_ += '"';
    append_escaped(text);
    out_ += '"';
  }
  // What follows is the member's value, written by the caller. Names are the program's own, and need no escape.
  void begin(std::string_view name) {
    assert(name.size() <= kNameMax);
    char piece[kNameMax + 4];
    char* end = piece;
    if (out_.back() != '{') *end++ = ',';
    *end++ = '"';
    end = std::ranges::copy(name, end).out;
    *end++ = '"';
    *end++ = ':';
    out_.append(piece, end);
  }
  void end() { out_ += '}'; }

 private:
  static constexpr std::size_t kNameMax = 32;
  static constexpr std::size_t kDigitsMax = 24;  // Of 64 bits, with a sign.

  void append_escaped(std::string_view text) {
    std::size_t plain = 0;  // Where the run of bytes without escapes began.
    for (std::size_t at = find_special_in_json(text, 0); at < text.size();
         at = find_special_in_json(text, plain)) {
      out_.append(text.substr(plain, at - plain));
      escape(text[at]);
      plain = at + 1;
    }
    out_.append(text.substr(plain));
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
