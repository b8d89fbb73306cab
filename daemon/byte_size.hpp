// Sizes as an operator writes them: "64 MiB". A pure function: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace giro {

// A number with a unit, a blank between them or not: B, KiB, MiB, GiB, TiB (powers of 1024), kB, MB, GB, TB (of 1000);
// halves and such where they are whole bytes ("1.5 GiB"). Nothing for anything else, or more than 64 bits hold: "64M"
// would be one of two sizes.
[[nodiscard]] std::optional<std::int64_t> parse_byte_size(std::string_view text);

}  // namespace giro
