#include "daemon/byte_size.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace giro {

std::optional<std::int64_t> parse_byte_size(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 9> kUnits{
      {{"B", 1.0},
       {"KiB", 1024.0},
       {"MiB", 1024.0 * 1024},
       {"GiB", 1024.0 * 1024 * 1024},
       {"TiB", 1024.0 * 1024 * 1024 * 1024},
       {"kB", 1e3},
       {"MB", 1e6},
       {"GB", 1e9},
       {"TB", 1e12}}};
  constexpr double kExact =
      9'007'199'254'740'992.0;  // 2^53: up to here a double tells whole numbers apart.
  double number = 0;
  const auto end =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (end.ec != std::errc() || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end.ptr - text.data()));
  if (text.starts_with(' ')) text.remove_prefix(1);
  const auto* unit = std::ranges::find(kUnits, text, &std::pair<std::string_view, double>::first);
  if (unit == kUnits.end()) return std::nullopt;
  const double bytes = number * unit->second;
  if (bytes > kExact || bytes != std::floor(bytes)) return std::nullopt;
  return static_cast<std::int64_t>(bytes);
}

}  // namespace giro
