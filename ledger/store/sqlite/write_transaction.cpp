#include "ledger/store/sqlite/write_transaction.hpp"

#include <sqlite3.h>

namespace giro::store {

WriteTransaction::WriteTransaction(SQLite::Database& db, const std::filesystem::path& directory)
    : db_(db.getHandle()),
      watch_(directory),
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
    return obstacle_of(error, sqlite3_system_errno(db_));
  }
}

void WriteTransaction::roll_back() {
  open_ = false;
  sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
}

Obstacle WriteTransaction::abandon(const std::exception& error) {
  Obstacle obstacle = obstacle_of(error, sqlite3_system_errno(db_));
  roll_back();
  return obstacle;
}

WriteTransaction::Committed WriteTransaction::commit() {
  open_ = false;
  try {
    commit_.run();
    return Committed::yes;
  } catch (const std::exception& error) {
    failure_ = abandon(error);
  }
  return failure_.kind == ObstacleKind::disk_full ? Committed::no : Committed::unknown;
}

}  // namespace giro::store
