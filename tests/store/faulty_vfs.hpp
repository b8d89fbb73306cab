// A disk that fails when it is told to: an SQLite VFS over the default one. It counts the writes,
// syncs and truncations of ledger.db, its write-ahead log and the anchor, or their reads, can fail any,
// and remembers what was synced, so that it can lose power.
//
//   FaultyDisk disk;
//   StoreOptions options{..., .surroundings = {.vfs = disk.vfs()}};
//   disk.fail_at(7, FaultyDisk::Failure::full);   the 7th step from now on, and all after it
//
// It syncs nothing for real: a power cut is played, and tests are fast. Thread: any; connections
// through it must be closed before it goes.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <sqlite3.h>

namespace giro::test {

class FaultyDisk {
 public:
  enum class Failure {
    broken_once,  // One step fails: SQLITE_IOERR_WRITE, _FSYNC or _TRUNCATE.
    broken,       // That step and every one after it.
    full_once,    // One write fails: SQLITE_FULL. Syncs and truncations work on a full disk.
    full,         // That write and every one after it.
    lies_once,    // The first sync from that step on says that it synced, and didn't.
    // Of these the steps are reads, and those alone.
    unreadable_once,  // One read fails: SQLITE_IOERR_READ, and noise where the bytes should be.
    unreadable,       // That read and every one after it.
    short_once,       // One read finds half of its bytes, as if the file ended there.
  };

  FaultyDisk();
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  [[nodiscard]] const std::string& vfs() const { return name_; }

  // Counts steps from 1 again, and fails the one of that number. A write that fails is torn: half
  // of its bytes are there.
  void fail_at(std::uint64_t step, Failure failure);
  void heal() { fail_at(std::numeric_limits<std::uint64_t>::max(), Failure::broken_once); }
  // Whether the step that was to fail was reached.
  [[nodiscard]] bool failed() const;

  // What a power cut leaves of what was written since a file's last sync.
  enum class Left {
    nothing,
    everything,
    beginning,    // Up to some byte.
    sectors,      // Some sectors of 512 bytes.
    pages,        // Some pages of 4,096.
    garbage,      // Some sectors; noise in the others, where something was written.
    any_of_them,  // Each file has its own.
  };
  // REQUIRES: no connection is open.
  void cut_power(std::uint64_t seed, Left left = Left::any_of_them);

  // For the file operations.
  struct Step {
    enum class Kind { write, sync, truncate, read };
  };
  static constexpr int kLied = -1;
  [[nodiscard]] int next_step(Step::Kind kind);
  void opened(const std::string& path);
  void synced(const std::string& path);
  [[nodiscard]] sqlite3_vfs* inner() const { return inner_; }

 private:
  std::string name_;
  sqlite3_vfs* inner_;
  std::unique_ptr<sqlite3_vfs> outer_;

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::uint64_t steps_ = 0;
  std::uint64_t fail_at_ = std::numeric_limits<std::uint64_t>::max();
  Failure failure_ = Failure::broken_once;
  bool failed_ = false;
  std::map<std::string, std::string> synced_;  // The bytes of each file at its last sync.
};

}  // namespace giro::test
