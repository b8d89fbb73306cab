// Where the audit chain goes on at a start: its head, once it is proven that file, log and anchor are
// of one history. A restored backup beside the log of the file that was there before looks like a
// ledger to SQLite, which then reads a blend of both; here it shows, because the entries that the log
// holds, and those before it in the file, must be gapless and lead to the chain's digests.
// Thread: that of the connection.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include <SQLiteCpp/Database.h>

#include "ledger/store/journal/chain.hpp"
#include "ledger/store/sqlite/anchor.hpp"

namespace giro::store {

// `head`: the seq of the journal's last entry; 0: there is none. `in_file`: the entries up to here were
// in the file itself at some checkpoint, so that the log can only hold later ones; nothing: unknown.
// Errors: what doesn't fit, for the operator: a clause that goes on with what it means.
[[nodiscard]] std::expected<Chain, std::string> chain_head(const SQLite::Database& db,
                                                           const Anchor& anchor, Seq head,
                                                           std::optional<Seq> in_file);

// Why the journal isn't the one that was acknowledged, or nothing. For an anchor that isn't past its end.
[[nodiscard]] std::optional<std::string> differs_from_anchor(const SQLite::Database& db,
                                                             const Anchor& anchor);

// What the digest of a commit is, in the entry that ends it; nothing if it ends none.
[[nodiscard]] std::optional<Digest> digest_at(const SQLite::Database& db, Seq seq);

}  // namespace giro::store
