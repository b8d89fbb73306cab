// An entry as the bytes that the audit chain hashes, and back: all that the journal says of it, but for the
// links to earlier entries, which follow from those.
//
// Integers little-endian, 64 bits unless said otherwise:
//   seq, at, kind (8 bits), outcome (8), uid (32), key length (8), key, from (32), to (32), amount,
//   from_after, to_after, number of legs (32), each leg's five posting fields, details length (32),
//   details, metadata length (32), metadata.
// Where it was asked at a node, the kind's highest bit is set, and the name's length (8) and the name follow the uid.
// What postings say of holds stands in the details. docs/PROOFS.md has them for those outside.
// Pure functions: any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "ledger/bytes.hpp"
#include "ledger/entry/entry.hpp"
#include "ledger/state/state.hpp"
#include "ledger/store/journal/entry_texts.hpp"

namespace giro::store {

// REQUIRES: `texts` are the entry's.
void append_canonical(const Entry& entry, const EntryTexts& texts, std::vector<std::uint8_t>& out);

struct CanonicalEntry {
  Entry entry;
  EntryTexts texts;  // As they were written: into the bytes that were read.
};

// The entry at the front of `bytes`. `state`: as the entries before it left it, which tells its links, and its node's
// number.
// Throws std::runtime_error and the like on bytes that were never written here.
[[nodiscard]] CanonicalEntry read_canonical(ByteReader& bytes, const State& state);

}  // namespace giro::store
