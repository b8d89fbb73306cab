// The part of verify() that is about pages as they lie in the file: each is what was written, also those that
// nothing else of verify() reads. Looks at some at a time, without a read transaction. Thread: verify()'s.
#pragma once

#include <functional>

#include "ledger/store/sqlite/ledger_file.hpp"
#include "ledger/store/verify/verify.hpp"

namespace giro::store {

// Problems go into `report`. A page without a checksum is a problem if `all_have_sums`; else the next start gives
// it one. False: broken off.
[[nodiscard]] bool check_pages(const LedgerFile& file, bool all_have_sums, VerifyReport& report,
                               const std::function<bool()>& cancelled);

}  // namespace giro::store
