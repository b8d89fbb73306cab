// The pages of a ledger's file, looked at one after the other as they lie on disk, without SQLite: each by its
// checksum (ledger/store/sqlite/page_sum.hpp).
//
// A page without a sum, that is with zeros in its place, was put into the file by another program: every page of a
// copy made by VACUUM INTO, or those that an `sqlite3` moved from the log when it was the last to close a ledger
// whose girod had been killed. Such a program also takes the log's file away, so that a start knows when to look.
// A page of nothing but zeros is damaged, as it is for who reads it by SQLite, unless it is free: nobody reads it then.
// Thread: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "ledger/store/sqlite/ledger_file.hpp"
#include "ledger/store/sqlite/vfs_file.hpp"

namespace giro::store {

class SummedFile {
 public:
  // Nothing: its pages have no sums, as those of ledgers made by older versions; or it is no SQLite file, which
  // SQLite says best. Errors: why it can't be opened or read.
  static std::expected<std::optional<SummedFile>, std::string> open(const LedgerFile& file,
                                                                    VfsFile::Use use);

  struct Found {
    std::vector<std::uint32_t>
        damaged;  // By number, from 1: what they hold isn't what was written, or can't be read.
    std::vector<std::uint32_t> without;  // They have no sum.
  };
  // Looks at so many pages from this one on. Of a file that is written meanwhile what it finds may be half of a
  // write: look again.
  [[nodiscard]] Found look(std::uint32_t first, std::uint32_t count);
  // What is found both now and a moment later: no write takes so long. Without those that the log has: the next checkpoint
  // puts them right, and until then they are read there.
  [[nodiscard]] Found look_twice(std::uint32_t first, std::uint32_t count);
  // As the file is now: it grows.
  [[nodiscard]] std::uint32_t page_count() const;
  [[nodiscard]] std::uint32_t page_bytes() const { return page_bytes_; }
  // For messages, and the same as who reads it by SQLite calls it.
  [[nodiscard]] std::string name_of(std::uint32_t page) const;

  // Gives a page its sum. False: it can't be written.
  [[nodiscard]] bool add_sum(std::uint32_t page);
  [[nodiscard]] bool sync() { return file_.sync(); }

 private:
  SummedFile(LedgerFile file, VfsFile opened, std::uint32_t page_bytes)
      : where_(std::move(file)), file_(std::move(opened)), page_bytes_(page_bytes) {}
  [[nodiscard]] bool read(std::uint32_t page);

  struct FreePages {
    std::unordered_set<std::uint32_t> leaves;  // Nothing is on them.
    // The page at which their list goes no further, though it must: damaged, or a checkpoint is at work.
    std::optional<std::uint32_t> broken_at;
    // Of a page of zeros. What is beyond a break of the list isn't known: then of that page alone.
    [[nodiscard]] bool prove_in_use(std::uint32_t page) const {
      return broken_at ? page == *broken_at : !leaves.contains(page);
    }
  };
  // As the file says it without its log: what the log makes of a page of zeros is in the log.
  [[nodiscard]] FreePages free_pages();

  LedgerFile where_;
  VfsFile file_;
  std::uint32_t page_bytes_;
  std::vector<std::uint8_t> buffer_;  // The last page that was read.
};

struct AddedSums {
  std::uint32_t added = 0;
  std::vector<std::uint32_t> damaged;  // They have one that doesn't hold, and keep it.
};
// For a file that was in other hands: gives every page without a sum the one of what it holds now. Reads the whole
// file. REQUIRES: nobody else uses it. Errors: why not.
[[nodiscard]] std::expected<AddedSums, std::string> add_missing_sums(const LedgerFile& file);

}  // namespace giro::store
