#include "ledger/store/sqlite/anchor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <functional>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <openssl/sha.h>
#include <sys/file.h>
#include <unistd.h>

namespace giro::store {
namespace {

constexpr std::array<char, 8> kMagic{'G', 'I', 'R', 'O', 'A', 'N', 'C', '1'};
constexpr std::int64_t kSlotStride = 512;  // A sector each: one torn write can't reach two.
// The first two are written after commits, the others before syncs.
constexpr int kKept = 2;
constexpr std::size_t kSlots = 4;

struct Slot {
  std::array<char, 8> magic{};
  Seq seq = 0;
  Digest digest{};
  std::array<std::uint8_t, 16> checksum{};  // Of what comes before it.
};
static_assert(sizeof(Slot) == 64);

std::array<std::uint8_t, 16> checksum_of(const Slot& slot) {
  Digest digest{};
  SHA256(reinterpret_cast<const unsigned char*>(&slot), offsetof(Slot, checksum), digest.data());
  std::array<std::uint8_t, 16> half{};
  std::memcpy(half.data(), digest.data(), half.size());
  return half;
}

struct FoundSlot {
  bool is_readable = true;
  std::optional<AnchorPoint> point;
  bool is_empty = true;  // Never written: past the file's end, or a hole of zeros.
};

FoundSlot read_slot(VfsFile& file, int index) {
  std::array<std::uint8_t, sizeof(Slot)> bytes{};
  const VfsFile::Got got = file.read(bytes, index * kSlotStride);
  FoundSlot found;
  found.is_readable = got != VfsFile::Got::nothing;
  found.is_empty = std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
  Slot slot;
  std::memcpy(&slot, bytes.data(), sizeof slot);
  if (got == VfsFile::Got::all && slot.magic == kMagic && slot.checksum == checksum_of(slot)) {
    found.point = AnchorPoint{.seq = slot.seq, .digest = slot.digest};
  }
  return found;
}

std::string cant_open(const LedgerFile& file, const std::string& why, std::string_view next) {
  return "can't open " + file.path.string() + ": " + why +
         ". Nothing was decided or changed; see to the cause and " + std::string(next);
}

}  // namespace

std::expected<Anchor, std::string> Anchor::open(const LedgerFile& file) {
  const int descriptor = ::open(file.path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor < 0) return std::unexpected(cant_open(file, std::strerror(errno), "start again"));
  Lock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return std::unexpected(
        "another girod keeps the ledger in " + file.path.parent_path().string() +
        " (or giro verifies or repairs it there); a ledger has one writer. Stop the other one, or "
        "name another directory");
  }
  return opened(file, std::move(lock), VfsFile::Use::write, "start again");
}

std::expected<std::optional<Anchor>, std::string> Anchor::open_at_rest(const LedgerFile& file) {
  const int descriptor = ::open(file.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    if (errno == ENOENT) return std::nullopt;
    return std::unexpected(cant_open(file, std::strerror(errno), "run this again"));
  }
  Lock lock(descriptor);
  if (::flock(descriptor, LOCK_SH | LOCK_NB) != 0) {
    return std::unexpected("a girod runs on the ledger in " + file.path.parent_path().string() +
                           ": ask that one (giro verify without --data), or stop it first");
  }
  return opened(file, std::move(lock), VfsFile::Use::read, "run this again");
}

bool Anchor::is_held(const LedgerFile& file) {
  const Lock lock(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC));
  return ::flock(lock.descriptor(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

std::expected<Anchor, std::string> Anchor::opened(const LedgerFile& file, Lock lock,
                                                  VfsFile::Use use, std::string_view next) {
  auto slots = VfsFile::open(file.path, file.vfs, use);
  if (!slots) return std::unexpected(cant_open(file, slots.error(), next));
  Anchor anchor(std::move(lock), std::move(*slots));
  if (!anchor.read()) {
    return std::unexpected(
        cant_open(file, "it can't be read, and so what was acknowledged isn't known", next));
  }
  return anchor;
}

Anchor::Lock::~Lock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool Anchor::read() {
  std::array<FoundSlot, kSlots> slots;
  for (std::size_t i = 0; i < kSlots; ++i) slots.at(i) = read_slot(slots_, static_cast<int>(i));
  if (!std::ranges::all_of(slots, &FoundSlot::is_readable)) return false;
  const auto seq_in = [&slots](int slot) {
    const FoundSlot& found = slots.at(static_cast<std::size_t>(slot));
    return found.point ? found.point->seq : 0;
  };
  next_slot_ = seq_in(1) > seq_in(0) ? 0 : 1;
  next_kept_ = seq_in(kKept + 1) > seq_in(kKept) ? kKept : kKept + 1;

  keeps_one_ = seq_in(kKept) > 0 || seq_in(kKept + 1) > 0;

  bool is_other = false;
  std::vector<AnchorPoint> points;
  for (const FoundSlot& slot : slots) {
    is_other = is_other || (!slot.is_empty && !slot.point);
    if (slot.point && std::ranges::find(points, *slot.point) == points.end()) {
      points.push_back(*slot.point);
    }
  }
  std::ranges::sort(points, std::greater(), &AnchorPoint::seq);
  if (!points.empty()) point_ = points.front();
  if (points.size() > 1) older_point_ = points[1];
  if (points.empty()) {
    found_ = is_other ? Found::garbage : Found::nothing;
  } else {
    found_ = is_other ? Found::torn : Found::points;
  }
  return true;
}

bool Anchor::write(const AnchorPoint& point) {
  point_ = point;
  const bool written = put(next_slot_);
  next_slot_ = 1 - next_slot_;
  return keeps_one_ ? written : sync() && written;
}

bool Anchor::put(int slot) {
  Slot made{.magic = kMagic, .seq = point_->seq, .digest = point_->digest};
  made.checksum = checksum_of(made);
  std::array<std::uint8_t, sizeof(Slot)> bytes{};
  std::memcpy(bytes.data(), &made, sizeof made);
  return slots_.write(bytes, slot * kSlotStride);
}

bool Anchor::sync() {
  bool kept = true;
  if (point_) {
    kept = put(next_kept_);
    next_kept_ = next_kept_ == kKept ? kKept + 1 : kKept;
    keeps_one_ = true;
  }
  return slots_.sync() && kept;
}

}  // namespace giro::store
