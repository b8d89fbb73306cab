// Writing XML: texts within it, elements of text.
// Pure functions: any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace giro::cli {

// A text as XML has it; a character that no XML may have is a blank.
[[nodiscard]] std::string xml_text(std::string_view text);
// "<Name>text</Name>".
[[nodiscard]] std::string xml_element(std::string_view name, std::string_view text);

// In pieces of at most `characters`, between characters of UTF-8.
[[nodiscard]] std::vector<std::string> pieces_of(std::string_view text, std::size_t characters);
[[nodiscard]] std::size_t characters_of(std::string_view text);

// An IBAN with its right check digits, as it is written without blanks.
[[nodiscard]] bool is_iban(std::string_view text);

}  // namespace giro::cli
