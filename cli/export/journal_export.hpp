// The ledger as a plain-text journal: ledger, hledger, beancount.
//
// What always holds: every payment is one transaction that balances in each of its currencies by itself, at no price or cost.
// Holds move nothing and are left out, and so is what was rejected. At the end stands what every account has, as
// assertions that these programs check.
// Thread: the main one.
#pragma once

#include "cli/export/snapshot.hpp"

namespace giro::cli {

enum class JournalDialect { ledger, hledger, beancount };

[[nodiscard]] Result<void> export_journal(Session& session, const Snapshot& snapshot,
                                          JournalDialect dialect);

// What one unit of the first currency was worth in the second, where two movements changed one into the other: "1.1".
// Empty: nothing that ten decimals show. REQUIRES: amounts above 0.
[[nodiscard]] std::string price_of(Amount given, int given_scale, Amount got, int got_scale);

}  // namespace giro::cli
