#include "ledger/store/sqlite/checked_vfs.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "ledger/store/sqlite/damaged_pages.hpp"
#include "ledger/store/sqlite/file_header.hpp"
#include "ledger/store/sqlite/page_sum.hpp"

namespace giro::store {
namespace {

using Offset = sqlite3_int64;
using Bytes = std::span<std::uint8_t>;

// Source: "WAL-mode File Format", sqlite.org/walformat.html.
constexpr Offset kLogHeaderBytes = 32;
constexpr Offset kFrameHeaderBytes = 24;
constexpr Offset kSumInLogHeader = 24;
constexpr Offset kSumInFrameHeader = 16;
constexpr Offset kNowhere = std::numeric_limits<Offset>::max();

constexpr std::uint8_t kReserved = kPageSumBytes;

struct CheckedVfs {
  std::string name;
  sqlite3_vfs vfs{};
  sqlite3_vfs* inner = nullptr;
  PageChecks checks = PageChecks::refuse;
};

CheckedVfs& checked(sqlite3_vfs* vfs) {
  return *static_cast<CheckedVfs*>(vfs->pAppData);
}

PageSum big_endian_sum(std::span<const std::uint8_t> bytes) {
  PageSum sum;
  std::memcpy(&sum, bytes.data(), sizeof sum);
  return {.first = __builtin_bswap32(sum.first), .second = __builtin_bswap32(sum.second)};
}

// What a frame of the log says beside its page.
struct FrameHeader {
  bool is_known = false;
  std::array<std::uint8_t, kPageSumBytes> beginning{};  // Which page it is; summed up with it.
  PageSum sum;                                          // Up to the frame's end.

  void take(std::span<const std::uint8_t> bytes) {
    is_known = true;
    std::copy_n(bytes.begin(), beginning.size(), beginning.begin());
    sum = big_endian_sum(bytes.subspan(kSumInFrameHeader, kPageSumBytes));
  }
};

// What SQLite sees of a ledger's file or its log. The file of the VFS below lies behind it in the same memory.
struct CheckedFile {
  sqlite3_file base{};
  const char* path = nullptr;  // SQLite keeps it until the file is closed.
  PageChecks checks = PageChecks::refuse;
  std::uint32_t page_bytes = 0;
  // Of the ledger's file.
  bool has_sums = false;
  // Of its log: the headers of frames as far as they are known, by number; where the last of them was written;
  // and from where on frames were written again without one: SQLite sums these up when it commits.
  std::vector<FrameHeader> frames;
  Offset header_at = -1;
  Offset rewritten_from = kNowhere;

  sqlite3_file* inner() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

CheckedFile& checked(sqlite3_file* file) {
  return *reinterpret_cast<CheckedFile*>(file);
}

int read_inner(sqlite3_file* file, Bytes bytes, Offset offset) {
  sqlite3_file* from = checked(file).inner();
  return from->pMethods->xRead(from, bytes.data(), static_cast<int>(bytes.size()), offset);
}

int write_inner(sqlite3_file* file, std::span<const std::uint8_t> bytes, Offset offset) {
  sqlite3_file* to = checked(file).inner();
  return to->pMethods->xWrite(to, bytes.data(), static_cast<int>(bytes.size()), offset);
}

int damaged(const CheckedFile& file, std::string_view what, Offset number) {
  if (file.checks != PageChecks::doubt) {
    note_damaged_page(fmt::format("{} {} of {}", what, number, file.path));
  }
  return kDamagedPage;
}

bool is_page_size(std::size_t count) {
  return count >= kPageBytesMin && std::has_single_bit(count);
}

// --- the ledger's file ---

// The page holds once its reserved bytes are what they must be: the header's byte was flipped.
bool holds_if_reserved(Bytes page) {
  const std::uint8_t found = std::exchange(page[kReservedAt], kReserved);
  const bool holds = sum_holds(page);
  page[kReservedAt] = found;
  return holds;
}

// The beginning of the file was read.
void learn(sqlite3_file* file, std::span<const std::uint8_t> beginning) {
  CheckedFile& own = checked(file);
  const auto header = read_header(beginning);
  if (!header) return;  // SQLite refuses it.
  own.page_bytes = header->page_bytes;
  own.has_sums = header->reserved_bytes != 0;
  if (own.has_sums) return;
  std::vector<std::uint8_t> page(own.page_bytes);
  own.has_sums = read_inner(file, page, 0) == SQLITE_OK && holds_if_reserved(page);
}

int read_page(sqlite3_file* file, void* into, int count, Offset offset) {
  const Bytes bytes(static_cast<std::uint8_t*>(into), static_cast<std::size_t>(count));
  const int result = read_inner(file, bytes, offset);
  CheckedFile& own = checked(file);
  // SQLite takes a page that the file ends in for whole, the rest of it 0; and one past its end for one of zeros.
  const bool is_there = result == SQLITE_OK || result == SQLITE_IOERR_SHORT_READ;
  if (!is_there || own.checks == PageChecks::leave) return result;
  if (offset == 0 && bytes.size() >= kHeaderBytes) learn(file, bytes);
  if (!own.has_sums || bytes.size() != own.page_bytes) return result;
  if (!sum_holds(bytes)) return damaged(own, "page", (offset / count) + 1);
  keep_sum(bytes, {});
  return SQLITE_OK;
}

int write_page(sqlite3_file* file, const void* from, int count, Offset offset) {
  // Its memory is SQLite's own, which had no such thing as a sum in mind when it called it constant.
  const Bytes bytes(static_cast<std::uint8_t*>(const_cast<void*>(from)),
                    static_cast<std::size_t>(count));
  CheckedFile& own = checked(file);
  if (offset == 0 && bytes.size() >= kHeaderBytes) {
    if (const auto header = read_header(bytes)) {
      own.page_bytes = header->page_bytes;
      own.has_sums = header->reserved_bytes == kReserved;
    }
  }
  if (!own.has_sums || bytes.size() != own.page_bytes) return write_inner(file, bytes, offset);
  const PageSum before = kept_sum(bytes);
  keep_sum(bytes, sum_of_page(bytes));
  const int result = write_inner(file, bytes, offset);
  keep_sum(bytes, before);
  return result;
}

// --- its log ---

// Of a frame, or with the number 0 of the log's own header: which page it is, and the sum up to its end.
FrameHeader read_frame_header(sqlite3_file* file, Offset number, Offset frame_bytes, int& failed) {
  CheckedFile& own = checked(file);
  const auto at = static_cast<std::size_t>(number);
  if (at < own.frames.size() && own.frames[at].is_known) return own.frames[at];
  FrameHeader header;
  std::array<std::uint8_t, kFrameHeaderBytes> bytes{};
  const Offset offset = number == 0 ? kSumInLogHeader - kSumInFrameHeader
                                    : kLogHeaderBytes + ((number - 1) * frame_bytes);
  if (failed == SQLITE_OK) failed = read_inner(file, bytes, offset);
  header.take(bytes);
  return header;
}

int read_frame(sqlite3_file* file, void* into, int count, Offset offset) {
  const Bytes page(static_cast<std::uint8_t*>(into), static_cast<std::size_t>(count));
  const int result = read_inner(file, page, offset);
  if (result != SQLITE_OK) return result;
  const Offset frame_bytes = kFrameHeaderBytes + count;
  const Offset first = kLogHeaderBytes + kFrameHeaderBytes;
  const bool is_frame = is_page_size(page.size()) && (offset - first) % frame_bytes == 0;
  if (!is_frame || offset >= checked(file).rewritten_from) return SQLITE_OK;
  const Offset number = ((offset - first) / frame_bytes) + 1;
  int failed = SQLITE_OK;
  const FrameHeader header = read_frame_header(file, number, frame_bytes, failed);
  const FrameHeader before = read_frame_header(file, number - 1, frame_bytes, failed);
  if (failed != SQLITE_OK) return failed;
  const PageSum sum = add_to_sum(add_to_sum(before.sum, header.beginning), page);
  return sum == header.sum ? SQLITE_OK : damaged(checked(file), "frame", number);
}

// Headers that this connection wrote are remembered: the checkpoint, which reads each frame, is its own.
void note_header(CheckedFile& own, std::span<const std::uint8_t> bytes, Offset offset) {
  if (own.page_bytes == 0) return;
  const auto number = static_cast<std::size_t>(
      ((offset - kLogHeaderBytes) / (kFrameHeaderBytes + Offset{own.page_bytes})) + 1);
  if (own.frames.size() <= number) own.frames.resize(number + 1);
  own.frames[number].take(bytes);
}

int write_frame(sqlite3_file* file, const void* from, int count, Offset offset) {
  CheckedFile& own = checked(file);
  const std::span bytes(static_cast<const std::uint8_t*>(from), static_cast<std::size_t>(count));
  if (offset == 0) {  // The log begins anew.
    own.rewritten_from = kNowhere;
    own.frames.clear();
  } else if (count == kFrameHeaderBytes) {
    own.header_at = offset;
    // It is summed up now, or was rolled back.
    if (offset < own.rewritten_from) own.rewritten_from = kNowhere;
    note_header(own, bytes, offset);
  } else {
    if (is_page_size(bytes.size())) own.page_bytes = static_cast<std::uint32_t>(count);
    if (offset != own.header_at + kFrameHeaderBytes) {
      own.rewritten_from = std::min(own.rewritten_from, offset);
    }
  }
  return write_inner(file, bytes, offset);
}

// --- what goes straight through ---

template <auto kMethod, class... Arguments>
auto pass(sqlite3_file* file, Arguments... arguments) {
  sqlite3_file* to = checked(file).inner();
  return (to->pMethods->*kMethod)(to, arguments...);
}

template <auto kMethod, class... Arguments>
auto pass_on(sqlite3_vfs* vfs, Arguments... arguments) {
  sqlite3_vfs* to = checked(vfs).inner;
  return (to->*kMethod)(to, arguments...);
}

int close_checked(sqlite3_file* file) {
  const int result = pass<&sqlite3_io_methods::xClose>(file);
  checked(file).~CheckedFile();
  return result;
}

// A part of a page couldn't be proved, so that only whole ones are read.
int device_characteristics(sqlite3_file* file) {
  const int all = pass<&sqlite3_io_methods::xDeviceCharacteristics>(file);
#ifdef SQLITE_IOCAP_SUBPAGE_READ
  return all & ~SQLITE_IOCAP_SUBPAGE_READ;
#else
  return all;
#endif
}

using Read = int(sqlite3_file*, void*, int, Offset);
using Write = int(sqlite3_file*, const void*, int, Offset);

// Without memory mapping, so that every read is seen.
sqlite3_io_methods methods(Read* read, Write* write, bool has_shared_memory) {
  using M = sqlite3_io_methods;
  M m{};
  m.iVersion = has_shared_memory ? 2 : 1;
  m.xClose = close_checked;
  m.xRead = read;
  m.xWrite = write;
  m.xTruncate = pass<&M::xTruncate, Offset>;
  m.xSync = pass<&M::xSync, int>;
  m.xFileSize = pass<&M::xFileSize, Offset*>;
  m.xLock = pass<&M::xLock, int>;
  m.xUnlock = pass<&M::xUnlock, int>;
  m.xCheckReservedLock = pass<&M::xCheckReservedLock, int*>;
  m.xFileControl = pass<&M::xFileControl, int, void*>;
  m.xSectorSize = pass<&M::xSectorSize>;
  m.xDeviceCharacteristics = device_characteristics;
  if (!has_shared_memory) return m;
  m.xShmMap = pass<&M::xShmMap, int, int, int, void volatile**>;
  m.xShmLock = pass<&M::xShmLock, int, int, int>;
  m.xShmBarrier = pass<&M::xShmBarrier>;
  m.xShmUnmap = pass<&M::xShmUnmap, int>;
  return m;
}

const sqlite3_io_methods* methods_of(bool is_log, const sqlite3_io_methods& inner) {
  static const std::array kAll{
      methods(read_page, write_page, false), methods(read_page, write_page, true),
      methods(read_frame, write_frame, false), methods(read_frame, write_frame, true)};
  const bool has_shared_memory = inner.iVersion >= 2 && inner.xShmMap != nullptr;
  return &kAll[(is_log ? 2U : 0U) + (has_shared_memory ? 1U : 0U)];
}

int open_checked(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags,
                 int* out_flags) {
  const CheckedVfs& own = checked(vfs);
  if ((flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) == 0) {
    return own.inner->xOpen(own.inner, path, file, flags, out_flags);
  }
  CheckedFile& made = *new (file) CheckedFile;
  made.path = path;
  made.checks = own.checks;
  sqlite3_file* inner = made.inner();
  const int result = own.inner->xOpen(own.inner, path, inner, flags, out_flags);
  if (inner->pMethods == nullptr) {
    made.~CheckedFile();
  } else {
    made.base.pMethods = methods_of((flags & SQLITE_OPEN_WAL) != 0, *inner->pMethods);
  }
  return result;
}

std::string_view name_of(PageChecks checks) {
  switch (checks) {
    case PageChecks::refuse:
      return "checked";
    case PageChecks::doubt:
      return "doubted";
    case PageChecks::leave:
      break;
  }
  return "audited";
}

std::unique_ptr<CheckedVfs> made_over(sqlite3_vfs* inner, PageChecks checks) {
  using V = sqlite3_vfs;
  auto made = std::make_unique<CheckedVfs>();
  made->name = fmt::format("giro-{}-{}", name_of(checks), inner->zName);
  made->inner = inner;
  made->checks = checks;
  V& vfs = made->vfs;
  vfs.iVersion = std::min(inner->iVersion, 2);
  vfs.szOsFile = static_cast<int>(sizeof(CheckedFile)) + inner->szOsFile;
  vfs.mxPathname = inner->mxPathname;
  vfs.zName = made->name.c_str();
  vfs.pAppData = made.get();
  vfs.xOpen = open_checked;
  vfs.xDelete = pass_on<&V::xDelete, const char*, int>;
  vfs.xAccess = pass_on<&V::xAccess, const char*, int, int*>;
  vfs.xFullPathname = pass_on<&V::xFullPathname, const char*, int, char*>;
  vfs.xDlOpen = pass_on<&V::xDlOpen, const char*>;
  vfs.xDlError = pass_on<&V::xDlError, int, char*>;
  vfs.xDlSym = [](V* self_vfs, void* library, const char* symbol) {
    V* to = checked(self_vfs).inner;
    return to->xDlSym(to, library, symbol);
  };
  vfs.xDlClose = pass_on<&V::xDlClose, void*>;
  vfs.xRandomness = pass_on<&V::xRandomness, int, char*>;
  vfs.xSleep = pass_on<&V::xSleep, int>;
  vfs.xCurrentTime = pass_on<&V::xCurrentTime, double*>;
  vfs.xGetLastError = pass_on<&V::xGetLastError, int, char*>;
  if (vfs.iVersion >= 2) vfs.xCurrentTimeInt64 = pass_on<&V::xCurrentTimeInt64, Offset*>;
  return made;
}

}  // namespace

std::string checked_vfs(const std::string& inner, PageChecks checks) {
  // One over each, for as long as the program runs.
  static std::mutex mutex;
  static std::map<std::pair<std::string, PageChecks>, std::unique_ptr<CheckedVfs>> all;
  const std::scoped_lock lock(mutex);
  auto& made = all[{inner, checks}];
  sqlite3_vfs* found = sqlite3_vfs_find(inner.empty() ? nullptr : inner.c_str());
  if (found == nullptr) return inner;
  if (made == nullptr || made->inner != found) {
    if (made != nullptr) sqlite3_vfs_unregister(&made->vfs);  // The one below it is gone.
    made = made_over(found, checks);
    sqlite3_vfs_register(&made->vfs, 0);
  }
  return made->name;
}

}  // namespace giro::store
