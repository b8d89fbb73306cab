// Text of somebody else's making on a terminal: nothing in it may move the cursor, change a colour or turn the
// direction of writing, and columns line up by what is seen, not by bytes or code points.
//
// What always holds: what visible() gives has neither control characters nor bytes that aren't UTF-8; they are
// shown escaped, so that nothing is hidden from who reads it.
// Pure functions: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace giro::cli {

enum class LineEnds : std::uint8_t { escaped, kept };

// Controls as "\n", "\x1b", "\u{202e}", a byte that isn't UTF-8 as "\xff".
[[nodiscard]] std::string visible(std::string_view text, LineEnds line_ends = LineEnds::escaped);

// JSON text with the controls that JSON doesn't escape by itself (0x7f and U+0080 to U+009F, U+2028 and
// the marks of direction) as \uXXXX: the same value.
[[nodiscard]] std::string visible_json(std::string_view json);

// Cells of a terminal: 2 for 漢, 0 for a combining mark. REQUIRES: visible text.
[[nodiscard]] std::size_t display_width(std::string_view text);

// The beginning of it and an ellipsis, at most `width` cells wide, or the whole of it where it fits. Characters that
// are seen as one (a letter with its marks, a flag) are kept or left out together. REQUIRES: visible text.
[[nodiscard]] std::string fitted(std::string_view text, std::size_t width);

}  // namespace giro::cli
