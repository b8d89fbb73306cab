// How long something may take, as --timeout has it.
// Thread: any.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/client.hpp"

namespace giro::cli {

using Patience = std::chrono::milliseconds;
inline constexpr Patience kEndless = Patience::max();
inline constexpr Patience kDefaultPatience = std::chrono::seconds(60);
// "90s", "500ms", "2m", "0.5" (seconds), "none"; nothing for anything else.
[[nodiscard]] std::optional<Patience> parse_patience(std::string_view text);
[[nodiscard]] std::string patience_text(Patience patience);
[[nodiscard]] client::Clock::time_point deadline_after(Patience patience);

}  // namespace giro::cli
