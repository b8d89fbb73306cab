#include "ledger/store/sqlite/log_pages.hpp"

#include <array>
#include <bit>
#include <span>
#include <vector>

#include "ledger/store/sqlite/file_header.hpp"
#include "ledger/store/sqlite/vfs_file.hpp"

namespace giro::store {
namespace {

using ConstBytes = std::span<const std::uint8_t>;

constexpr std::size_t kHeaderBytesOfLog = 32;
constexpr std::size_t kHeaderBytesOfFrame = 24;
constexpr std::uint32_t kMagic = 0x377f0682;  // The last bit: sums are of big-endian words.

// Of all that came before.
struct RunningSum {
  bool of_big_endian = false;
  std::uint32_t first = 0;
  std::uint32_t second = 0;

  void add(ConstBytes bytes) {
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
      first += word(bytes, at) + second;
      second += word(bytes, at + 4) + first;
    }
  }
  // The one that is kept there.
  [[nodiscard]] bool is_at(ConstBytes bytes, std::size_t at) const {
    return big_endian(bytes, at) == first && big_endian(bytes, at + 4) == second;
  }

 private:
  [[nodiscard]] std::uint32_t word(ConstBytes bytes, std::size_t at) const {
    const std::uint32_t big = big_endian(bytes, at);
    return of_big_endian ? big : std::byteswap(big);
  }
};

}  // namespace

std::unordered_set<std::uint32_t> pages_in_log(const LedgerFile& file) {
  std::unordered_set<std::uint32_t> committed;
  auto log = VfsFile::open(file.path.string() + "-wal", file.vfs, VfsFile::Use::read);
  std::array<std::uint8_t, kHeaderBytesOfLog> header{};
  if (!log || log->read(header, 0) != VfsFile::Got::all) return committed;
  const std::uint32_t magic = big_endian(header, 0);
  RunningSum sum{.of_big_endian = (magic & 1) != 0};
  sum.add(ConstBytes(header).first(24));
  if ((magic & ~1U) != kMagic || !sum.is_at(header, 24)) return committed;
  std::vector<std::uint8_t> frame(kHeaderBytesOfFrame + big_endian(header, 8));
  std::unordered_set<std::uint32_t> open;  // Of a commit whose end hasn't come yet.
  for (std::int64_t at = kHeaderBytesOfLog; log->read(frame, at) == VfsFile::Got::all;
       at += static_cast<std::int64_t>(frame.size())) {
    const bool has_salts = big_endian(frame, 8) == big_endian(header, 16) &&
                           big_endian(frame, 12) == big_endian(header, 20);
    sum.add(ConstBytes(frame).first(8));
    sum.add(ConstBytes(frame).subspan(kHeaderBytesOfFrame));
    if (!has_salts || !sum.is_at(frame, 16)) break;
    open.insert(big_endian(frame, 0));
    if (big_endian(frame, 4) != 0) committed.merge(open);
  }
  return committed;
}

}  // namespace giro::store
