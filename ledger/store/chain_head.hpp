// Where the audit chain goes on at a start: its head, once it is sure that the ledger has all that its
// anchor says. Thread: that of the connection.
#pragma once

#include <expected>
#include <string>

#include <SQLiteCpp/Database.h>

#include "ledger/store/anchor.hpp"
#include "ledger/store/chain.hpp"

namespace giro::store {

// `head`: the seq of the journal's last entry; 0: there is none.
// Errors: a sentence for the operator: what doesn't fit, what it means, what to do.
[[nodiscard]] std::expected<Chain, std::string> chain_head(const SQLite::Database& db,
                                                           const Anchor& anchor, Seq head);

}  // namespace giro::store
