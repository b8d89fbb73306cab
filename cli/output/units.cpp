#include "cli/output/units.hpp"

#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace giro::cli {

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 6> kUnits{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  constexpr std::uint64_t kStep = 1'024;
  if (bytes < kStep) return fmt::format("{} B", bytes);
  auto number = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (number /= kStep; number >= kStep && unit + 1 < kUnits.size(); number /= kStep) ++unit;
  std::string digits = fmt::format("{:.1f}", number);
  if (digits.ends_with(".0")) digits.resize(digits.size() - 2);
  return fmt::format("{} {}", digits, kUnits[unit]);
}

std::string seconds_text(std::uint64_t seconds) {
  constexpr std::array<std::pair<std::uint64_t, std::string_view>, 4> kUnits{
      {{86'400, "d"}, {3'600, "h"}, {60, "min"}, {1, "s"}}};
  for (std::size_t i = 0; i < kUnits.size(); ++i) {
    const auto& [length, name] = kUnits[i];
    if (seconds < length && length > 1) continue;
    std::string text = fmt::format("{} {}", seconds / length, name);
    const std::uint64_t rest = seconds % length;
    if (i + 1 < kUnits.size() && rest >= kUnits[i + 1].first) {
      text += fmt::format(" {} {}", rest / kUnits[i + 1].first, kUnits[i + 1].second);
    }
    return text;
  }
  return "0 s";
}

}  // namespace giro::cli
