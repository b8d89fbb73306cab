// The versions of the rules by which the groups of a cluster are applied. A change of what the same groups become is a new
// one: each group says its own, and a new one is used once every node knows it (queue/cluster/announcement.hpp).
//
//   1  the first
//   2  entries say at which node they were asked
#pragma once

#include <cstdint>

namespace giro {

inline constexpr std::uint16_t kRulesKnown = 2;  // The newest by which this release decides.

[[nodiscard]] constexpr bool entries_say_node(std::uint16_t rules) {
  return rules >= 2;
}

}  // namespace giro
