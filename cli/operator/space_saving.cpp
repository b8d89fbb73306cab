#include "cli/operator/space_saving.hpp"

namespace giro::cli {

void SpaceSaving::add(std::string_view name) {
  auto found = tallies_.find(name);
  if (found == tallies_.end()) {
    Tally inherited;
    if (tallies_.size() == counters_) {
      const auto smallest = by_count_.begin();
      inherited = {.count = smallest->first, .error = smallest->first};
      const auto loser = tallies_.find(smallest->second);
      by_count_.erase(smallest);
      tallies_.erase(loser);
    }
    found = tallies_.emplace(name, inherited).first;
  } else {
    by_count_.erase({found->second.count, found->first});
  }
  ++found->second.count;
  by_count_.emplace(found->second.count, found->first);
}

std::vector<SpaceSaving::Count> SpaceSaving::counts() const {
  std::vector<Count> all;
  all.reserve(tallies_.size());
  for (const auto& [name, tally] : tallies_) all.push_back({name, tally.count, tally.error});
  return all;
}

}  // namespace giro::cli
