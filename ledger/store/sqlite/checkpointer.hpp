// Moves the write-ahead log into the ledger's file. A checkpoint never waits for readers: it moves what
// no reader needs any more, and once all of it is moved the next commit starts the log anew (SQLite
// then also cuts the log's file to kLogBytesKept, however long an open reader had let it grow).
//
// What always holds: SQLite syncs the log before it touches the file, and the file before the log is
// used anew; a checkpoint that failed moved nothing for good, the log keeps all. Thread: the store's.
#pragma once

#include <cstdint>
#include <string>

#include <SQLiteCpp/Database.h>

namespace giro::store {

class Checkpointer {
 public:
  enum class Result : std::uint8_t {
    complete,  // The file has all that was committed, and is synced.
    held,      // A reader still needs the log as it was before some of its entries.
    failed,    // The disk. trouble() says what.
  };

  // `pages_max`: the log is checkpointed at this length.
  Checkpointer(SQLite::Database& db, std::uint32_t pages_max);
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // After a commit: the log is long enough, and it isn't too soon after a try that didn't get through.
  [[nodiscard]] bool is_due() const { return pages_ >= next_try_at_; }
  Result run();
  // For a clean stop: also empties the log's file, if no reader is there.
  Result run_and_empty();

  // Of the last checkpoint; empty: it was complete, or there was none.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  // The last one waited for a reader.
  [[nodiscard]] bool is_held() const { return last_ == Result::held; }
  [[nodiscard]] std::uint64_t log_bytes() const { return std::uint64_t{pages_} * kPageBytes; }
  // Of the last failure: SQLITE_FULL is told apart by its number.
  [[nodiscard]] int failure() const { return failure_; }

  static constexpr std::int64_t kLogBytesKept = std::int64_t{16} << 20;

 private:
  static constexpr std::uint64_t kPageBytes = 4'096;

  static int on_commit(void* self, sqlite3* db, const char* name, int pages);
  Result run(int mode);

  sqlite3* db_;
  std::uint32_t pages_max_;
  std::uint32_t pages_ = 0;  // In the log, told by SQLite after each commit.
  std::uint32_t next_try_at_;
  Result last_ = Result::complete;
  int failure_ = 0;
  std::string trouble_;
};

}  // namespace giro::store
