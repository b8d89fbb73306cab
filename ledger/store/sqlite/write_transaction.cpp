#include "ledger/store/sqlite/write_transaction.hpp"

#include <utility>

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

namespace giro::store {
namespace {

// Of a transaction that failed. SQLite tells the errno of the connection's last call, which with releases
// of some years ago is one that came after the write; the log itself knows its own.
// Source: sqlite3PagerJrnlFile() in SQLite's pager.c: of a log in use, the pointer is the log's.
int system_error(sqlite3* db, const std::exception& error) {
  const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&error);
  const bool is_write = sqlite != nullptr && sqlite->getExtendedErrorCode() == SQLITE_IOERR_WRITE;
  sqlite3_file* log = nullptr;
  int of_log = 0;
  if (is_write &&
      sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&log)) ==
          SQLITE_OK &&
      log != nullptr && log->pMethods != nullptr) {
    log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &of_log);
  }
  return of_log != 0 ? of_log : sqlite3_system_errno(db);
}

}  // namespace

WriteTransaction::WriteTransaction(SQLite::Database& db, const std::filesystem::path& directory,
                                   SteadyClock clock)
    : db_(db.getHandle()),
      watch_(directory, std::move(clock)),
      begin_(db, "BEGIN IMMEDIATE"),
      commit_(db, "COMMIT") {}

std::optional<Obstacle> WriteTransaction::begin(Look look) {
  if (auto file = look == Look::now ? watch_.missing() : watch_.missing_if_due()) {
    return Obstacle{.kind = ObstacleKind::file_gone,
                    .what = *file + " was deleted, moved or replaced while girod had it open"};
  }
  // SQLite opens a file read-only where it may not write it, and begins a read transaction then.
  if (sqlite3_db_readonly(db_, "main") == 1) {
    return Obstacle{.kind = ObstacleKind::not_writable, .what = "the file may only be read"};
  }
  try {
    begin_.run();
    open_ = true;
    return std::nullopt;
  } catch (const std::exception& error) {
    return obstacle_of(error, system_error(db_, error));
  }
}

void WriteTransaction::roll_back() {
  open_ = false;
  sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
}

Obstacle WriteTransaction::abandon(const std::exception& error) {
  Obstacle obstacle = obstacle_of(error, system_error(db_, error));
  roll_back();
  return obstacle;
}

WriteTransaction::Committed WriteTransaction::commit() {
  open_ = false;
  const auto begun = std::chrono::steady_clock::now();
  try {
    commit_.run();
    took_ = std::chrono::steady_clock::now() - begun;
    return Committed::yes;
  } catch (const std::exception& error) {
    failure_ = abandon(error);
  }
  return failure_.kind == ObstacleKind::disk_full ? Committed::no : Committed::unknown;
}

}  // namespace giro::store
