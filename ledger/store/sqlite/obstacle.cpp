#include "ledger/store/sqlite/obstacle.hpp"

#include <array>
#include <cerrno>

#include <SQLiteCpp/Exception.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

namespace giro::store {
namespace {

// SQLite tells ENOSPC alone as a full disk.
bool is_no_room(int code, int system_error) {
  return code == SQLITE_FULL ||
         (code == SQLITE_IOERR &&
          (system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG));
}

std::string user_named(uid_t uid) {
  const passwd* user = ::getpwuid(uid);
  return fmt::format("user {} ({})", user == nullptr ? "unknown" : user->pw_name, uid);
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
  }
  return obstacle;
}

std::string describe_files(const std::filesystem::path& directory) {
  constexpr std::array kFiles{".", "ledger.db", "ledger.db-wal", "ledger.db-shm", "anchor"};
  std::string all;
  for (const char* name : kFiles) {
    struct stat status{};
    const std::string shown = name[0] == '.' ? directory.string() : name;
    if (::stat((directory / name).c_str(), &status) != 0) {
      all += fmt::format("{}: not there; ", shown);
      continue;
    }
    all += fmt::format("{}: {}, mode {:04o}; ", shown, user_named(status.st_uid),
                       status.st_mode & 07777U);
  }
  return all + "this process runs as " + user_named(::geteuid());
}

}  // namespace giro::store
