// Keeps a daemon from starting on a ledger while it is read at rest; several readers may do so at once.
// Changes nothing, and needs no more than the right to read. Thread: any.
#pragma once

#include <cerrno>
#include <cstring>
#include <expected>
#include <filesystem>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace giro::store {

class AnchorLock {
 public:
  // Without an anchor there is nothing that a daemon would have locked. Errors: a sentence.
  static std::expected<AnchorLock, std::string> shared(const std::filesystem::path& anchor) {
    AnchorLock lock(::open(anchor.c_str(), O_RDONLY | O_CLOEXEC));
    if (lock.file_ < 0 && errno != ENOENT) {
      return std::unexpected("can't open " + anchor.string() + ": " + std::strerror(errno) +
                             "; run this as the user whose ledger it is");
    }
    if (lock.file_ >= 0 && ::flock(lock.file_, LOCK_SH | LOCK_NB) != 0) {
      return std::unexpected("a girod runs on the ledger in " + anchor.parent_path().string() +
                             ": ask that one (giro verify without --data), or stop it first");
    }
    return lock;
  }
  AnchorLock(AnchorLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  AnchorLock& operator=(AnchorLock&&) = delete;
  ~AnchorLock() {
    if (file_ >= 0) ::close(file_);
  }

 private:
  explicit AnchorLock(int file) : file_(file) {}

  int file_;
};

}  // namespace giro::store
