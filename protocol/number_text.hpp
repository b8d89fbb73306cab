// Numbers to the letter. JSON libraries keep a number as 64 bits: 12.50 comes back as 12.5, a rate loses
// its last digits, and an integer of 256 bits is no JSON to some. In metadata numbers are the client's
// text and must come back as they were sent, and so must a request's id. So they travel through a library
// as strings with a mark, U+FFFF, which stands in no text that means anything; a string that begins with it
// gets a second one.
//
//   keep_numbers(line, out)   the line with its metadata's numbers marked, and its id where that is a number
//                             but no plain integer; numbers elsewhere that no library could read are
//                             replaced by ones that the field's own rule refuses
//   is_marked(string)         it is a number's text
//   take_marks_off(text)      JSON text with its numbers as they were
//
// Pure functions: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace giro::protocol {

inline constexpr std::string_view kNumberMark = "\xEF\xBF\xBF";

// Not std::string_view::contains, which takes four times as long: every line is searched.
[[nodiscard]] bool has_text(std::string_view line, std::string_view text);

// Whether a line can have metadata. Escapes of letters may hide the name.
[[nodiscard]] bool may_have_metadata(std::string_view line);

// Which strings that begin with the mark get a second one: those where a number may be marked; or all, where
// every string of the text is written again and take_marks_off() goes over all of it.
enum class Doubled : std::uint8_t { where_marked, everywhere };

// Replaces `out`. What isn't JSON stays as wrong as it was.
void keep_numbers(std::string_view line, std::string& out, Doubled doubled = Doubled::where_marked);

// Of a string that was read from what keep_numbers() made.
[[nodiscard]] inline bool is_marked(std::string_view text) {
  return text.starts_with(kNumberMark) && !text.substr(kNumberMark.size()).starts_with(kNumberMark);
}
// The number's text, or the string without its second mark.
[[nodiscard]] inline std::string_view without_mark(std::string_view text) {
  if (text.starts_with(kNumberMark)) text.remove_prefix(kNumberMark.size());
  return text;
}

// JSON text that was written from what keep_numbers() made, with all of its marks off.
[[nodiscard]] std::string take_marks_off(std::string_view json);

}  // namespace giro::protocol
