#include "ledger/store/sqlite/obstacle.hpp"

#include <cerrno>

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {
namespace {

// SQLite tells ENOSPC alone as a full disk.
bool is_no_room(int code, int system_error) {
  return code == SQLITE_FULL ||
         (code == SQLITE_IOERR &&
          (system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG));
}

}  // namespace

Obstacle obstacle_of(const std::exception& error, int system_error) {
  Obstacle obstacle{.kind = ObstacleKind::io_error, .what = error.what()};
  const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&error);
  if (sqlite == nullptr) return obstacle;
  const int code = sqlite->getErrorCode() & 0xFF;
  if (is_no_room(code, system_error)) {
    obstacle.kind = ObstacleKind::disk_full;
  } else if (code == SQLITE_READONLY || code == SQLITE_PERM) {
    obstacle.kind = ObstacleKind::not_writable;
  } else if (code == SQLITE_BUSY || code == SQLITE_LOCKED) {
    obstacle.kind = ObstacleKind::locked;
  } else if (is_damage(*sqlite)) {
    obstacle = {.kind = ObstacleKind::damaged, .what = describe(error)};
  }
  return obstacle;
}

}  // namespace giro::store
