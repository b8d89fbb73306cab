// Asked by the copies of sources that make_mutants.py makes. Thread: one.
#pragma once

#include <string_view>

namespace giro {

// The defect that is switched on; empty: none.
inline std::string_view the_mutant;

[[nodiscard]] inline bool is_mutant(std::string_view name) {
  return the_mutant == name;
}

}  // namespace giro
