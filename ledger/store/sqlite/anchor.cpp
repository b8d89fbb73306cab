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
constexpr off_t kSlotStride = 512;  // A sector each: one torn write can't reach both.

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

FoundSlot read_slot(int file, int index) {
  std::array<unsigned char, sizeof(Slot)> bytes{};
  const ssize_t count = ::pread(file, bytes.data(), bytes.size(), index * kSlotStride);
  FoundSlot found;
  found.is_empty = std::ranges::all_of(bytes, [](unsigned char byte) { return byte == 0; });
  Slot slot;
  std::memcpy(&slot, bytes.data(), sizeof slot);
  if (count == sizeof slot && slot.magic == kMagic && slot.checksum == checksum_of(slot)) {
    found.point = AnchorPoint{.seq = slot.seq, .digest = slot.digest};
  }
  return found;
}

}  // namespace

std::expected<Anchor, std::string> Anchor::open(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor < 0) {
    return std::unexpected("can't open " + file.string() + ": " + std::strerror(errno) +
                           ". Nothing was decided or changed; see to the cause and start again");
  }
  Anchor anchor(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return std::unexpected(
        "another girod keeps the ledger in " + file.parent_path().string() +
        " (or giro verifies or repairs it there); a ledger has one writer. Stop the other one, or "
        "name another directory");
  }
  anchor.read();
  return anchor;
}

std::expected<std::optional<Anchor>, std::string> Anchor::open_at_rest(
    const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    if (errno == ENOENT) return std::nullopt;
    return std::unexpected("can't open " + file.string() + ": " + std::strerror(errno) +
                           ". Nothing was changed; see to the cause and run this again");
  }
  Anchor anchor(descriptor);
  if (::flock(descriptor, LOCK_SH | LOCK_NB) != 0) {
    return std::unexpected("a girod runs on the ledger in " + file.parent_path().string() +
                           ": ask that one (giro verify without --data), or stop it first");
  }
  anchor.read();
  return anchor;
}

Anchor::Anchor(Anchor&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      next_slot_(other.next_slot_),
      found_(other.found_),
      point_(other.point_),
      older_point_(other.older_point_) {}

Anchor::~Anchor() {
  if (file_ >= 0) ::close(file_);
}

void Anchor::read() {
  const FoundSlot first = read_slot(file_, 0);
  const FoundSlot second = read_slot(file_, 1);
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
  const ssize_t count = ::pwrite(file_, &slot, sizeof slot, next_slot_ * kSlotStride);
  next_slot_ = 1 - next_slot_;
  point_ = point;
  return count == sizeof slot;
}

bool Anchor::sync() {
  return ::fdatasync(file_) == 0;
}

}  // namespace giro::store
