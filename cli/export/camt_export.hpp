// Statements of accounts as ISO 20022 camt.053 (version 02, which every program that reads camt knows).
//
// What always holds: what moved nothing is left out, as are holds; an entry's AcctSvcrRef is its seq, and behind a point
// the leg. An account's whole id is its Nm; where it is also short enough, or an IBAN, it is its Id.
// Thread: the main one.
#pragma once

#include <string>
#include <vector>

#include "cli/export/snapshot.hpp"

namespace giro::cli {

struct CamtScope {
  std::vector<std::string> accounts;  // Empty: all of them.
  std::string from;                   // A time or a date; empty: the beginning.
};

[[nodiscard]] Result<void> export_camt(Session& session, const Snapshot& snapshot,
                                       const CamtScope& scope);

}  // namespace giro::cli
