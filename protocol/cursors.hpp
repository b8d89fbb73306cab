// Where a page goes on, as the text that its answer's `next` gives and the next request brings back. What isn't
// such a text is nothing. Pure functions: any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/questions.hpp"

namespace giro::protocol {

[[nodiscard]] std::string format_cursor(const Cursor& cursor);
[[nodiscard]] std::optional<Cursor> parse_cursor(std::string_view text);
[[nodiscard]] std::string format_effective_cursor(const EffectiveCursor& cursor);
[[nodiscard]] std::optional<EffectiveCursor> parse_effective_cursor(std::string_view text);
[[nodiscard]] std::string format_totals_cursor(const TotalsCursor& cursor);
[[nodiscard]] std::optional<TotalsCursor> parse_totals_cursor(std::string_view text);

}  // namespace giro::protocol
