// Which pages the write-ahead log has. Whoever reads the ledger reads these there; what lies in the file itself instead is
// what a checkpoint is about to put right, and may be half written where one was broken off: by a power cut, a full disk.
// Source: "The WAL File Format", sqlite.org/fileformat2.html, section 4. Thread: any.
#pragma once

#include <cstdint>
#include <unordered_set>

#include "ledger/store/sqlite/ledger_file.hpp"

namespace giro::store {

// By number. Up to the last commit whose frames, and all before them, are as they were written. Of a log that is written
// meanwhile some may be left out. None: there is no log, or it can't be read.
[[nodiscard]] std::unordered_set<std::uint32_t> pages_in_log(const LedgerFile& file);

}  // namespace giro::store
