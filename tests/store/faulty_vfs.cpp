#include "tests/store/faulty_vfs.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <random>

#include "tests/store/scratch.hpp"

namespace giro::test {
namespace {

// What SQLite sees of a file. The file of the VFS below lies behind it in the same memory.
struct FaultyFile {
  sqlite3_file base{};
  FaultyDisk* disk = nullptr;
  const char* path = nullptr;  // Null: not one of the files that fail.

  sqlite3_file* inner() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

FaultyFile& self(sqlite3_file* file) {
  return *reinterpret_cast<FaultyFile*>(file);
}

sqlite3_file* inner(sqlite3_file* file) {
  return self(file).inner();
}

int next_step(sqlite3_file* file, FaultyDisk::Step::Kind kind) {
  FaultyFile& faulty = self(file);
  return faulty.path == nullptr ? SQLITE_OK : faulty.disk->next_step(kind);
}

int read(sqlite3_file* file, void* into, int count, sqlite3_int64 offset) {
  sqlite3_file* from = inner(file);
  const int failed = next_step(file, FaultyDisk::Step::Kind::read);
  if (failed == SQLITE_OK) return from->pMethods->xRead(from, into, count, offset);
  const int found = failed == SQLITE_IOERR_SHORT_READ ? count / 2 : 0;
  if (found > 0) (void)from->pMethods->xRead(from, into, found, offset);
  // What wasn't there to be read is 0 by the rules of SQLite; of a read that failed nothing can be said.
  const int rest = failed == SQLITE_IOERR_SHORT_READ ? 0 : 0xA5;
  std::memset(static_cast<char*>(into) + found, rest, static_cast<std::size_t>(count - found));
  return failed;
}

int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
  sqlite3_file* to = inner(file);
  if (const int failed = next_step(file, FaultyDisk::Step::Kind::write); failed != SQLITE_OK) {
    to->pMethods->xWrite(to, bytes, count / 2, offset);
    return failed;
  }
  return to->pMethods->xWrite(to, bytes, count, offset);
}

int sync(sqlite3_file* file, int /*flags*/) {
  const int failed = next_step(file, FaultyDisk::Step::Kind::sync);
  FaultyFile& faulty = self(file);
  if (failed == SQLITE_OK && faulty.path != nullptr) faulty.disk->synced(faulty.path);
  return failed == FaultyDisk::kLied ? SQLITE_OK : failed;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  const int failed = next_step(file, FaultyDisk::Step::Kind::truncate);
  return failed == SQLITE_OK ? inner(file)->pMethods->xTruncate(inner(file), size) : failed;
}

// Everything else goes straight through.
template <auto kMethod, class... Arguments>
int pass(sqlite3_file* file, Arguments... arguments) {
  return (inner(file)->pMethods->*kMethod)(inner(file), arguments...);
}

void shm_barrier(sqlite3_file* file) {
  inner(file)->pMethods->xShmBarrier(inner(file));
}

const sqlite3_io_methods& methods() {
  using M = sqlite3_io_methods;
  static const sqlite3_io_methods kMethods = [] {
    M m{};
    m.iVersion = 2;  // No memory mapping, so that every write is seen.
    m.xClose = pass<&M::xClose>;
    m.xRead = read;
    m.xWrite = write;
    m.xTruncate = truncate;
    m.xSync = sync;
    m.xFileSize = pass<&M::xFileSize, sqlite3_int64*>;
    m.xLock = pass<&M::xLock, int>;
    m.xUnlock = pass<&M::xUnlock, int>;
    m.xCheckReservedLock = pass<&M::xCheckReservedLock, int*>;
    m.xFileControl = pass<&M::xFileControl, int, void*>;
    m.xSectorSize = pass<&M::xSectorSize>;
    m.xDeviceCharacteristics = pass<&M::xDeviceCharacteristics>;
    m.xShmMap = pass<&M::xShmMap, int, int, int, void volatile**>;
    m.xShmLock = pass<&M::xShmLock, int, int, int>;
    m.xShmBarrier = shm_barrier;
    m.xShmUnmap = pass<&M::xShmUnmap, int>;
    return m;
  }();
  return kMethods;
}

int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  auto& disk = *static_cast<FaultyDisk*>(vfs->pAppData);
  FaultyFile& faulty = *new (file) FaultyFile;
  faulty.disk = &disk;
  const int result = disk.inner()->xOpen(disk.inner(), path, faulty.inner(), flags, out_flags);
  if (faulty.inner()->pMethods != nullptr) faulty.base.pMethods = &methods();
  if (result == SQLITE_OK &&
      (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_SUPER_JOURNAL)) != 0) {
    faulty.path = path;  // SQLite keeps it until the file is closed.
    disk.opened(path);
  }
  return result;
}

using Left = FaultyDisk::Left;

// The bytes of a file that had `durable` at its last sync and was going to have `written`.
std::string left_of(const std::string& durable, const std::string& written, Left left,
                    std::mt19937_64& random) {
  if (left == Left::nothing) return durable;
  if (left == Left::everything) return written;
  std::string found = durable;
  const auto take = [&](std::size_t at, std::size_t count, bool as_written) {
    if (found.size() < at + count) found.resize(at + count);
    for (std::size_t i = at; i < at + count; ++i) {
      const bool was_written = i >= durable.size() || durable[i] != written[i];
      if (was_written) found[i] = as_written ? written[i] : static_cast<char>(random());
    }
  };
  if (left == Left::beginning) {
    take(0, written.empty() ? 0 : random() % (written.size() + 1), true);
    return found;
  }
  const std::size_t unit = left == Left::pages ? 4'096 : 512;
  const std::uint64_t taken_of_four = random() % 5;  // From none to all of them.
  for (std::size_t at = 0; at < written.size(); at += unit) {
    const std::size_t count = std::min(unit, written.size() - at);
    const bool is_as_it_was =
        at + count <= durable.size() && durable.compare(at, count, written, at, count) == 0;
    if (is_as_it_was) continue;
    if (random() % 4 < taken_of_four) {
      take(at, count, true);
    } else if (left == Left::garbage) {
      take(at, count, false);
    }
  }
  return found;
}

}  // namespace

FaultyDisk::FaultyDisk() : inner_(sqlite3_vfs_find(nullptr)) {
  static std::atomic<int> made = 0;
  name_ = "faulty-" + std::to_string(++made);
  outer_ = std::make_unique<sqlite3_vfs>(*inner_);
  outer_->zName = name_.c_str();
  outer_->pAppData = this;
  outer_->szOsFile = static_cast<int>(sizeof(FaultyFile)) + inner_->szOsFile;
  outer_->xOpen = open;
  sqlite3_vfs_register(outer_.get(), 0);
}

FaultyDisk::~FaultyDisk() {
  sqlite3_vfs_unregister(outer_.get());
}

void FaultyDisk::fail_at(std::uint64_t step, Failure failure) {
  const std::scoped_lock lock(mutex_);
  steps_ = 0;
  fail_at_ = step;
  failure_ = failure;
  failed_ = false;
}

bool FaultyDisk::failed() const {
  const std::scoped_lock lock(mutex_);
  return failed_;
}

int FaultyDisk::next_step(Step::Kind kind) {
  const std::scoped_lock lock(mutex_);
  const bool of_reads = failure_ == Failure::unreadable_once || failure_ == Failure::unreadable ||
                        failure_ == Failure::short_once;
  if (of_reads != (kind == Step::Kind::read)) return SQLITE_OK;
  if (failure_ == Failure::lies_once) {
    if (++steps_ < fail_at_ || failed_ || kind != Step::Kind::sync) return SQLITE_OK;
    failed_ = true;
    return kLied;
  }
  const bool full = failure_ == Failure::full || failure_ == Failure::full_once;
  if (full && kind != Step::Kind::write) return SQLITE_OK;
  const bool lasting =
      failure_ == Failure::full || failure_ == Failure::broken || failure_ == Failure::unreadable;
  ++steps_;
  if (steps_ < fail_at_ || (steps_ > fail_at_ && !lasting)) return SQLITE_OK;
  failed_ = true;
  if (full) return SQLITE_FULL;
  switch (kind) {
    case Step::Kind::write:
      return SQLITE_IOERR_WRITE;
    case Step::Kind::sync:
      return SQLITE_IOERR_FSYNC;
    case Step::Kind::truncate:
      return SQLITE_IOERR_TRUNCATE;
    case Step::Kind::read:
      return failure_ == Failure::short_once ? SQLITE_IOERR_SHORT_READ : SQLITE_IOERR_READ;
  }
  return SQLITE_IOERR;
}

void FaultyDisk::opened(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  synced_.try_emplace(path, read_file(path));  // What is there when it is first seen is durable.
}

void FaultyDisk::synced(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  synced_[path] = read_file(path);
}

void FaultyDisk::cut_power(std::uint64_t seed, Left left) {
  std::mt19937_64 random(seed);
  const std::scoped_lock lock(mutex_);
  for (auto& [path, durable] : synced_) {
    Left of_this = left;
    if (left == Left::any_of_them) {
      of_this = static_cast<Left>(random() % static_cast<std::uint64_t>(Left::any_of_them));
    }
    durable = left_of(durable, read_file(path), of_this, random);
    write_file(path, durable);
    std::filesystem::remove(path + "-shm");
  }
}

}  // namespace giro::test
