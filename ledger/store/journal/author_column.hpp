// Who asked, as the columns `uid` keep it in one integer: node * 2^32 + uid, which is the uid where there is no node.
// Pure functions: any thread.
#pragma once

#include <cstdint>
#include <stdexcept>

#include "ledger/author.hpp"

namespace giro::store {

[[nodiscard]] constexpr std::int64_t column_of(const Author& author) {
  return static_cast<std::int64_t>(std::uint64_t{author.node} << 32 | author.uid);
}

// Throws on what isn't such a number.
[[nodiscard]] inline Author author_in(std::int64_t column) {
  if (column < 0) throw std::runtime_error("a number is out of its range");
  return {.uid = static_cast<std::uint32_t>(column), .node = static_cast<NodeNumber>(column >> 32)};
}

}  // namespace giro::store
