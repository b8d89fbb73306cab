#include "ledger/store/sqlite/ledger_files.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace giro::store {
namespace {

using std::filesystem::path;

constexpr std::string_view kSharedMemory = "ledger.db-shm";
constexpr std::array<std::string_view, 4> kFiles{"ledger.db", "ledger.db-wal", kSharedMemory,
                                                 "anchor"};

std::string user_named(uid_t uid) {
  const passwd* user = ::getpwuid(uid);
  return fmt::format("user {} ({})", user == nullptr ? "unknown" : user->pw_name, uid);
}

std::string describe(const path& file, std::string_view shown) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) {
    return fmt::format("{}: {}; ", shown, errno == ENOENT ? "not there" : std::strerror(errno));
  }
  return fmt::format("{}: {}, mode {:04o}; ", shown, user_named(status.st_uid),
                     status.st_mode & 07777U);
}

bool is_link(const path& file) {
  struct stat status{};
  return ::lstat(file.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

Bar refused(const path& file, std::string_view how) {
  const int cause = errno;
  return {.what = fmt::format("{} {} ({})", file.string(), how, std::strerror(cause)),
          .is_of_rights = cause == EACCES || cause == EPERM || cause == EROFS};
}

// `rights`: of access(2). Nothing: the file is as it should be, or isn't there.
std::optional<Bar> what_bars(const path& file, mode_t type, int rights) {
  const auto misplaced = [&file](std::string_view what) {
    return Bar{.what = file.string() + std::string(what)};
  };
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) {
    if (errno != ENOENT) return refused(file, "can't be reached");
    if (is_link(file)) return misplaced(" is a link to something that isn't there");
    return std::nullopt;
  }
  const mode_t found = status.st_mode & S_IFMT;
  if (found != type) {
    if (type == S_IFDIR) return misplaced(" isn't a folder");
    return misplaced(found == S_IFDIR ? " is a folder, not a file" : " isn't a plain file");
  }
  if (::faccessat(AT_FDCWD, file.c_str(), rights, AT_EACCESS) == 0) return std::nullopt;
  return refused(file, (rights & W_OK) != 0 ? "may not be written" : "may not be read");
}

}  // namespace

std::optional<Bar> what_bars(const path& directory, FileUse use) {
  const bool writes = use == FileUse::write;
  auto bar = what_bars(directory, S_IFDIR, writes ? W_OK | X_OK : X_OK);
  for (const std::string_view name : kFiles) {
    if (!writes && name == kSharedMemory) continue;  // Nobody reads it alone.
    if (!bar) bar = what_bars(directory / name, S_IFREG, writes ? R_OK | W_OK : R_OK);
  }
  return bar;
}

bool is_ledger_folder(const path& directory) {
  std::error_code unknown;
  return std::filesystem::exists(directory / "ledger.db", unknown) ||
         std::filesystem::exists(directory / "anchor", unknown);
}

std::string describe_files(const path& directory) {
  std::string all = describe(directory, directory.string());
  for (const std::string_view name : kFiles) all += describe(directory / name, name);
  return all + "this process runs as " + user_named(::geteuid());
}

}  // namespace giro::store
