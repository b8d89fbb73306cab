// The ledger's movements as rows: CSV, a row a movement; NDJSON, a line an entry.
// Thread: the main one.
#pragma once

#include "cli/export/snapshot.hpp"

namespace giro::cli {

[[nodiscard]] Result<void> export_csv(Session& session, const Snapshot& snapshot);
[[nodiscard]] Result<void> export_ndjson(Session& session, const Snapshot& snapshot);

}  // namespace giro::cli
