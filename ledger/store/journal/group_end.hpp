// Where a group ended, of the entries of one transaction. Thread: any; plain values.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ledger/store/journal/sha256.hpp"

namespace giro::store {

struct GroupEnd {
  std::size_t entries = 0;        // Of the transaction, up to here; it may have left none itself.
  std::uint64_t group_index = 0;  // 0: it doesn't say, as a commit of before schema version 4.
  Digest digest{};                // Of the audit chain behind it, once it is written.
};

}  // namespace giro::store
