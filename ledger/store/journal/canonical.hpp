// An entry as the bytes that the audit chain hashes, and back: all that the journal says of it, but for the
// links to earlier entries, which follow from those.
//
// Integers little-endian, 64 bits unless said otherwise:
//   seq, at, kind (8 bits), outcome (8), uid (32), key length (8), key, from (32), to (32), amount,
//   from_after, to_after, number of legs (32), each leg's five posting fields, details length (32),
//   details, metadata length (32), metadata.
// What postings say of holds stands in the details. docs/PROOFS.md has them for those outside.
// Pure functions: any thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "ledger/bytes.hpp"
#include "ledger/entry/entry.hpp"
#include "ledger/state/state.hpp"

namespace giro::store {

// `details` and `metadata` are the texts of the journal's columns.
void append_canonical(const Entry& entry, std::string_view details, std::string_view metadata,
                      std::vector<std::uint8_t>& out);

struct CanonicalEntry {
  Entry entry;
  std::string_view details;  // As it was written: into the bytes that were read.
};

// The entry at the front of `bytes`. `state`: as the entries before it left it, which tells its links.
// Throws std::runtime_error and the like on bytes that were never written here.
[[nodiscard]] CanonicalEntry read_canonical(ByteReader& bytes, const State& state);

}  // namespace giro::store
