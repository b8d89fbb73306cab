#include "cli/patience.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace giro::cli {
namespace {

struct PatienceUnit {
  std::string_view name;
  double milliseconds;
};
constexpr std::array<PatienceUnit, 6> kUnits{
    {{"", 1'000}, {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

}  // namespace

std::optional<Patience> parse_patience(std::string_view text) {
  if (text == "none") return kEndless;
  double number = 0;
  const auto end =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (end.ec != std::errc() || !(number >= 0)) return std::nullopt;  // Nor "nan".
  const std::string_view unit = text.substr(static_cast<std::size_t>(end.ptr - text.data()));
  const auto* known = std::ranges::find(kUnits, unit, &PatienceUnit::name);
  constexpr double kLongest = 366.0 * 86'400'000;
  if (known == kUnits.end() || number * known->milliseconds > kLongest) return std::nullopt;
  return Patience(static_cast<Patience::rep>(number * known->milliseconds));
}

std::string patience_text(Patience patience) {
  const std::chrono::duration<double> seconds = patience;
  return fmt::format("{:g} s", seconds.count());
}

client::Clock::time_point deadline_after(Patience patience) {
  return patience == kEndless ? client::kNoDeadline : client::Clock::now() + patience;
}

}  // namespace giro::cli
