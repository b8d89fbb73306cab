// Whether the files of a ledger that are open are still the ones at their paths. A ledger whose file was deleted,
// moved or replaced under the daemon would take payments that are gone with it; whoever reads beside it would read
// what is no ledger any more. Thread: one at a time.
#pragma once

#include <array>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "ledger/store/surroundings.hpp"

namespace giro::store {

// Which files lie at the paths.
class PlacedFiles {
 public:
  explicit PlacedFiles(const std::filesystem::path& directory) {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      paths_[i] = (directory / kNames[i]).string();
      seen_[i] = identity_of(paths_[i]);
    }
  }

  // For a reader, whose first look makes the log where nobody has it: what wasn't there is what is there now.
  void take_new() {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      if (!seen_[i].exists) seen_[i] = identity_of(paths_[i]);
    }
  }

  // The path of a file that isn't there any more, or is another one now; nothing: all are in place.
  [[nodiscard]] std::optional<std::string> changed() const {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      if (identity_of(paths_[i]) != seen_[i]) return paths_[i];
    }
    return std::nullopt;
  }

 private:
  static constexpr std::array kNames{"ledger.db", "ledger.db-wal", "ledger.db-shm", "anchor"};

  struct Identity {
    bool exists = false;
    dev_t device = 0;
    ino_t inode = 0;

    friend bool operator==(const Identity&, const Identity&) = default;
  };

  [[nodiscard]] static Identity identity_of(const std::string& path) {
    // Not stat(): on a kernel with fine-grained timestamps (6.13 and later) whoever asks for a file's
    // times makes its next write give it new ones, and the sync behind that write pay for them.
    struct statx status{};
    if (::statx(AT_FDCWD, path.c_str(), 0, STATX_INO, &status) != 0) return {};
    return {.exists = true,
            .device = ::makedev(status.stx_dev_major, status.stx_dev_minor),
            .inode = status.stx_ino};
  }

  std::array<std::string, kNames.size()> paths_;
  std::array<Identity, kNames.size()> seen_;
};

// The writer's watch.
class FileWatch {
 public:
  // REQUIRES: the writer has opened them: SQLite keeps its log and the log's index while it is open.
  FileWatch(const std::filesystem::path& directory, SteadyClock clock)
      : files_(directory), clock_(std::move(clock)) {}

  [[nodiscard]] std::optional<std::string> missing() const { return files_.changed(); }

  // The same, but no more often than a busy writer can afford.
  [[nodiscard]] std::optional<std::string> missing_if_due() {
    const auto now = clock_();
    if (now - looked_ < kLookEvery) return std::nullopt;
    looked_ = now;
    return missing();
  }

 private:
  static constexpr std::chrono::milliseconds kLookEvery{1};  // It takes 3 us.

  PlacedFiles files_;
  SteadyClock clock_;
  std::chrono::steady_clock::time_point looked_;
};

}  // namespace giro::store
