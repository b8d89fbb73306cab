// The transaction that a group or a piece of upkeep is written in, and what became of it when it
// failed: refused (nothing of it is in the file) or unknown (COMMIT was run).
// Thread: the store's.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <SQLiteCpp/Database.h>
#include <sqlite3.h>

#include "ledger/store/sqlite/file_watch.hpp"
#include "ledger/store/sqlite/obstacle.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {

class WriteTransaction {
 public:
  // REQUIRES: `db` has its log open.
  WriteTransaction(SQLite::Database& db, const std::filesystem::path& directory, SteadyClock clock);

  // Begins: the files are in place, they can be written, and nobody else writes. An obstacle: nothing
  // changed. `look`: at the files even if that was done a moment ago.
  enum class Look : std::uint8_t { if_due, now };
  [[nodiscard]] std::optional<Obstacle> begin(Look look = Look::if_due);
  // False also where an I/O error of a read made SQLite roll it back: nothing may be written as if it were open.
  [[nodiscard]] bool is_open() const { return open_ && sqlite3_get_autocommit(db_) == 0; }
  void roll_back();

  // After an exception before COMMIT: rolled back, nothing of it is in the file.
  [[nodiscard]] Obstacle abandon(const std::exception& error);

  enum class Committed : std::uint8_t {
    yes,
    no,  // failure() says why. A full disk: the log's end was not written, so it isn't part of it.
    unknown,  // failure() says why. It may be on disk, or not, or be there until the power goes.
  };
  [[nodiscard]] Committed commit();
  [[nodiscard]] const Obstacle& failure() const { return failure_; }
  // Of the last COMMIT: how long writing the log's pages and their sync took. Told, and decides nothing.
  [[nodiscard]] std::chrono::nanoseconds took() const { return took_; }

 private:
  sqlite3* db_;
  FileWatch watch_;
  Statement begin_;
  Statement commit_;
  bool open_ = false;
  Obstacle failure_;
  std::chrono::nanoseconds took_{};
};

}  // namespace giro::store
