// Figures in the units that people read. Pure functions: any thread.
#pragma once

#include <cstdint>
#include <string>

namespace giro::cli {

// "512 B", "64 MiB", "1.5 GiB".
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);
// "5 s", "2 min 5 s", "3 h 20 min", "12 d 4 h": the two largest units.
[[nodiscard]] std::string seconds_text(std::uint64_t seconds);

}  // namespace giro::cli
