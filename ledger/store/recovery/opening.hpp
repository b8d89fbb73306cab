// A start, up to the point where the file is known to be one whole ledger: looks at what lies in the
// folder, makes a ledger only where one was asked for, takes the lock, and proves that file, log and
// anchor belong together, before anything is written to any of them. Thread: that of the caller.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include <SQLiteCpp/Database.h>

#include "ledger/store/journal/chain.hpp"
#include "ledger/store/sqlite/anchor.hpp"
#include "ledger/store/store.hpp"

namespace giro::store {

struct OpenedLedger {
  Anchor anchor;
  SQLite::Database db;
  Chain chain;                       // At the journal's head.
  std::vector<std::string> notices;  // What the operator should know of it.
};

// Errors: sentences for the operator: what is wrong, what it means for the money, what to do.
[[nodiscard]] std::expected<OpenedLedger, std::string> open_ledger(const StoreOptions& options);

// What a ledger that is damaged means, and what to do: the end of such a sentence.
[[nodiscard]] std::string damage_advice(const std::filesystem::path& directory);

}  // namespace giro::store
