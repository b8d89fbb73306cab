// A copy of the ledger as an SQLite file of its own, for analysis: every entry, what it moved, and the accounts, with
// an index for each question. The ledger's own file stays as it is.
//
// What always holds: the file is there afterwards only as a whole; no file that was there is overwritten. All of it is of
// one moment. Memory doesn't grow with it.
// Thread: the main one.
#pragma once

#include <cstdint>
#include <string>

#include "cli/export/snapshot.hpp"

namespace giro::cli {

struct CopyFigures {
  std::uint64_t accounts = 0;
  std::uint64_t entries = 0;
  std::uint64_t movements = 0;
};

[[nodiscard]] Result<CopyFigures> copy_to_sqlite(Session& session, const Snapshot& snapshot,
                                                 const std::string& path);

}  // namespace giro::cli
