#include "ledger/store/backup/durable_file.hpp"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/store/sqlite/ledger_files.hpp"

namespace giro::store {
namespace {

// Some file systems don't know how to leave a file that exists, and some don't lock.
bool is_unknown(int error) {
  return error == EINVAL || error == ENOSYS || error == EOPNOTSUPP || error == ENOLCK;
}

// Whoever had it until now may have given it its name, or taken it away.
bool is_still_at(const std::filesystem::path& path, int descriptor) {
  struct stat own{};
  struct stat there{};
  return ::fstat(descriptor, &own) == 0 && ::lstat(path.c_str(), &there) == 0 &&
         own.st_ino == there.st_ino && own.st_dev == there.st_dev;
}

}  // namespace

OwnedDescriptor::~OwnedDescriptor() {
  if (number_ >= 0) ::close(number_);
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

bool sync_folder(const std::filesystem::path& folder) {
  const OwnedDescriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.number() < 0) return false;
  return ::fsync(opened.number()) == 0 || is_unknown(errno);
}

std::expected<void, BackupFailure> may_write_into(const std::filesystem::path& folder) {
  if (!is_ledger_folder(folder)) return {};
  return std::unexpected(
      BackupFailure{.of = BackupFailure::Of::request,
                    .what = std::filesystem::absolute(folder).lexically_normal().string() +
                            " is a ledger's own folder, and nothing else is written there",
                    .money = "Nothing was done.",
                    .advice = "Name a place elsewhere, best of all on another disk."});
}

bool is_taken(const std::filesystem::path& path) {
  std::error_code unknown;
  return std::filesystem::exists(std::filesystem::symlink_status(path, unknown));
}

bool name_anew(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (!is_unknown(errno)) return false;
  if (is_taken(to)) {
    errno = EEXIST;
    return false;
  }
  return ::rename(from.c_str(), to.c_str()) == 0;
}

BackupFailure cant_write(const std::filesystem::path& path) {
  const int error = errno;
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return {.of = BackupFailure::Of::disk,
          .what = fmt::format("can't write {}: {}", path.string(),
                              std::generic_category().message(error)),
          .money = "The ledger isn't touched by it, and backups that were made before stand.",
          .advice = full ? "Make room there, or name another place, and run this again."
                         : "See to the cause, or name another place, and run this again."};
}

std::expected<DurableFile, BackupFailure> DurableFile::make(const std::filesystem::path& part) {
  OwnedDescriptor file(
      ::open(part.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
  if (file.number() < 0) return std::unexpected(cant_write(part));
  const bool is_in_use = ::flock(file.number(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  if (is_in_use || !is_still_at(part, file.number())) {
    return std::unexpected(
        BackupFailure{.of = BackupFailure::Of::request,
                      .what = part.string() + " is being written by another process",
                      .money = "Nothing was done.",
                      .advice = "Wait for it, or name another file."});
  }
  if (::ftruncate(file.number(), 0) != 0) return std::unexpected(cant_write(part));
  return DurableFile(part, std::move(file));
}

DurableFile::~DurableFile() {
  if (file_.number() >= 0 && !part_.empty()) ::unlink(part_.c_str());
}

std::expected<void, BackupFailure> DurableFile::write(std::string_view bytes) {
  if (write_all(file_.number(), bytes)) return {};
  return std::unexpected(cant_write(part_));
}

std::expected<void, BackupFailure> DurableFile::sync() {
  if (::fsync(file_.number()) != 0) return std::unexpected(cant_write(part_));
  ::posix_fadvise(file_.number(), 0, 0, POSIX_FADV_DONTNEED);
  return {};
}

std::expected<void, BackupFailure> DurableFile::keep(const std::filesystem::path& path,
                                                     Existing existing) {
  const bool is_named = existing == Existing::stays ? name_anew(part_, path)
                                                    : ::rename(part_.c_str(), path.c_str()) == 0;
  if (!is_named) return std::unexpected(cant_write(path));
  part_.clear();
  if (!sync_folder(folder_of(path))) return std::unexpected(cant_write(path));
  return {};
}

}  // namespace giro::store
