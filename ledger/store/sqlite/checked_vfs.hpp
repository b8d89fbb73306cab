// Every page that is read of a ledger is proved by its checksum: an SQLite VFS over any other.
//
// The file: each page ends in its sum (ledger/store/sqlite/page_sum.hpp), where the header says that eight bytes
// are reserved for it. It is put there as the page is written, and looked at as it is read. What SQLite holds in
// memory, and so what it writes into its log, has zeros there: a page that another program wrote into the file,
// from the log or as a copy, has no sum, and isn't taken for one whose sum is wrong (summed_file.hpp).
// The log: SQLite looks at a frame's sum only when it recovers the log. Here each frame is proved again as it is
// read, by the sum of the frame before it: by readers, and by a checkpoint before it moves the page into the file.
//
// What always holds: a page that isn't what was written is never returned: the read fails as damage
// (kDamagedPage), and what read it fails, and the page is noted (damaged_pages.hpp). So does one of nothing but zeros:
// what SQLite reads is in use, or lists what isn't. A page that is free it takes without reading it.
// A ledger of before there were sums has none reserved, and is read unchecked; its log is checked all the same. A
// single flipped bit in the header can't switch the sums off.
// Not proved: pages that a transaction spilled into the log and then wrote there again, until it commits.
// Threads: any; a file belongs to its connection.
#pragma once

#include <cstdint>
#include <string>

#include <sqlite3.h>

namespace giro::store {

enum class PageChecks : std::uint8_t {
  refuse,  // What isn't proved isn't read.
  doubt,  // The same, but nobody is told: for what a power cut may have left half written, and the log has whole.
  leave,  // Of the file, whoever reads looks at the sums by itself: for an audit, which tells all that is wrong.
};

// By name, over the VFS of this name; empty: SQLite's default one. An unknown one is returned as it is.
[[nodiscard]] std::string checked_vfs(const std::string& inner,
                                      PageChecks checks = PageChecks::refuse);

// What a read of a damaged page ends with. Of SQLite's codes one of damage, and not of a disk that fails
// (SQLITE_IOERR_DATA): that would roll back the transaction that a group is decided in, for any question that
// meets the page. And not SQLITE_CORRUPT itself, after which SQLite writes nothing more in that transaction.
inline constexpr int kDamagedPage = SQLITE_CORRUPT | (64 << 8);

}  // namespace giro::store
