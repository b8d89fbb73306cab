// What somebody may have meant who misspelt a name. A pure function: any thread.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace giro {

// The one of `known` that takes the fewest letters to be changed, added or left out; nothing: all of
// them are too far from it.
[[nodiscard]] std::optional<std::string_view> nearest_name(std::string_view name,
                                                           std::span<const std::string_view> known);

}  // namespace giro
