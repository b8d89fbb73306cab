// Who asked for what was decided. Values: any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace giro {

// Of a node of a cluster, in a ledger: from 1, in the order in which nodes first stand in the journal. 0: none.
using NodeNumber = std::uint32_t;
inline constexpr std::size_t kNodeNameMax = 255;  // Bytes.

// A user, by the number that the kernel of the machine told at which he asked. Numbers are a machine's own, so that in
// a cluster the node belongs to it. 0: one machine has the ledger, or a group's rules didn't tell it (version 1).
struct Author {
  std::uint32_t uid = 0;
  NodeNumber node = 0;

  friend bool operator==(const Author&, const Author&) = default;
};

}  // namespace giro
