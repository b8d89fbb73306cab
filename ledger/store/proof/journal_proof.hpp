// What shows somebody without the ledger that an entry is in it, or that one checkpoint's ledger goes on from
// another's: canonical bytes (ledger/store/journal/chain.hpp) and hashes of the Merkle tree, read from the journal.
//
// An entry knows accounts by their numbers. Which account a number is, in which currency, is told by the entry that
// opened it: each is proven with it.
// Thread: that of the connection; in slices, each a short read transaction.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>
#include <vector>

#include <SQLiteCpp/Database.h>

#include "ledger/entry/entry.hpp"
#include "ledger/store/proof/merkle_tree.hpp"

namespace giro::store {

struct ProvenEntry {
  Seq seq = 0;
  std::vector<std::uint8_t> bytes;  // Canonical; their hash is leaf seq - 1.
  std::vector<Digest> path;         // To the root.
};

struct InclusionProof {
  // The one that was asked for, then the openings of the accounts that it knows, in order of seq.
  std::vector<ProvenEntry> entries;
  Digest root{};  // Of the tree of so many entries.
};

struct ExtensionProof {
  std::vector<Digest> path;
  Digest old_root{};
  Digest root{};
};

// The entry that this key decided; 0: none. Reads the journal.
[[nodiscard]] Seq seq_of_key(const SQLite::Database& db, std::string_view key);
// The last one of the journal; 0: it is empty.
[[nodiscard]] Seq journal_end(const SQLite::Database& db);

// In the tree of the entries up to `size`. REQUIRES: 0 < seq <= size <= the journal's end. Throws what SQLite does,
// and where an entry is missing or can't be read.
[[nodiscard]] InclusionProof prove_entry(const SQLite::Database& db, Seq seq, Seq size);
// That the tree up to `size` begins with the one up to `old_size`. Likewise.
[[nodiscard]] ExtensionProof prove_extension(const SQLite::Database& db, Seq old_size, Seq size);

}  // namespace giro::store
