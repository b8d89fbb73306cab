#include "protocol/nearest_name.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace giro {
namespace {

// Levenshtein's distance, one row of its table at a time.
std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (const char letter : left) {
    std::size_t diagonal = row[0]++;
    for (std::size_t i = 0; i < right.size(); ++i) {
      const std::size_t changed = diagonal + (letter == right[i] ? 0 : 1);
      diagonal = row[i + 1];
      row[i + 1] = std::min({changed, row[i] + 1, row[i + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string_view> nearest_name(std::string_view name,
                                             std::span<const std::string_view> known) {
  // Two letters that changed places count twice; beyond a third of the name it is a guess.
  const std::size_t distance_max = std::max<std::size_t>(2, name.size() / 3);
  std::optional<std::string_view> nearest;
  std::size_t least = distance_max + 1;
  for (const std::string_view candidate : known) {
    const std::size_t far = distance(name, candidate);
    if (far < least) nearest = candidate, least = far;
  }
  return nearest;
}

}  // namespace giro
