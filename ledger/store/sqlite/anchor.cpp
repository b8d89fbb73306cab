#include "ledger/store/sqlite/anchor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <openssl/sha.h>
#include <sys/file.h>
#include <unistd.h>

namespace giro::store {
namespace {

constexpr std::array<char, 8> kMagic{'G', 'I', 'R', 'O', 'A', 'N', 'C', '1'};
constexpr std::int64_t kSlotStride = 512;  // A sector each: one torn write can't reach both.

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
  std::optional<AnchorPoint> point;
  bool is_empty = true;  // Never written: past the file's end, or a hole of zeros.
};

FoundSlot read_slot(VfsFile& file, int index) {
  std::array<std::uint8_t, sizeof(Slot)> bytes{};
  const bool whole = file.read(bytes, index * kSlotStride);
  FoundSlot found;
  found.is_empty = std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
  Slot slot;
  std::memcpy(&slot, bytes.data(), sizeof slot);
  if (whole && slot.magic == kMagic && slot.checksum == checksum_of(slot)) {
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
  auto slots = VfsFile::open(file.path, file.vfs, VfsFile::Use::write);
  if (!slots) return std::unexpected(cant_open(file, slots.error(), "start again"));
  return Anchor(std::move(lock), std::move(*slots));
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
  auto slots = VfsFile::open(file.path, file.vfs, VfsFile::Use::read);
  if (!slots) return std::unexpected(cant_open(file, slots.error(), "run this again"));
  return Anchor(std::move(lock), std::move(*slots));
}

Anchor::Anchor(Lock lock, VfsFile slots) : lock_(std::move(lock)), slots_(std::move(slots)) {
  read();
}

Anchor::Lock::~Lock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Anchor::read() {
  const FoundSlot first = read_slot(slots_, 0);
  const FoundSlot second = read_slot(slots_, 1);
  const bool second_is_newer =
      second.point && (!first.point || second.point->seq > first.point->seq);
  point_ = second_is_newer ? second.point : first.point;
  older_point_ = second_is_newer ? first.point : second.point;
  next_slot_ = second_is_newer ? 0 : 1;
  const auto is_other = [](const FoundSlot& slot) { return !slot.is_empty && !slot.point; };
  if (point_) {
    found_ = is_other(first) || is_other(second) ? Found::torn : Found::points;
  } else {
    found_ = is_other(first) || is_other(second) ? Found::garbage : Found::nothing;
  }
}

bool Anchor::write(const AnchorPoint& point) {
  Slot slot{.magic = kMagic, .seq = point.seq, .digest = point.digest};
  slot.checksum = checksum_of(slot);
  std::array<std::uint8_t, sizeof(Slot)> bytes{};
  std::memcpy(bytes.data(), &slot, sizeof slot);
  const bool written = slots_.write(bytes, next_slot_ * kSlotStride);
  next_slot_ = 1 - next_slot_;
  point_ = point;
  return written;
}

bool Anchor::sync() {
  return slots_.sync();
}

}  // namespace giro::store
