// The checksum at the end of each page of a ledger's file: eight bytes, as SQLite's own checksum VFS keeps them
// (sqlite.org/cksumvfs.html), so that other tools can check a ledger, too. SQLite's write-ahead log has the same
// sum over its frames. Two running sums of 32 bits: a single flipped bit always shows, anything else but for one
// case in 2^64.
//
// A sum of zero proves nothing: a page of zeros has it, and that is what a disk returns of a block that was trimmed,
// or never written. No page that anything is on is all zeros, so one that is read for an answer is damaged. Only a
// free page may be: SQLite may zero what it takes out of use, and doesn't read it when it takes it into use again.
// Pure functions: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace giro::store {

struct PageSum {
  std::uint32_t first = 0;
  std::uint32_t second = 0;

  friend bool operator==(const PageSum&, const PageSum&) = default;
};
inline constexpr std::size_t kPageSumBytes = sizeof(PageSum);

// Goes on from `sum`. REQUIRES: a multiple of eight bytes.
[[nodiscard]] PageSum add_to_sum(PageSum sum, std::span<const std::uint8_t> bytes);

// Of a page: all but its last eight bytes.
[[nodiscard]] inline PageSum sum_of_page(std::span<const std::uint8_t> page) {
  return add_to_sum({}, page.first(page.size() - kPageSumBytes));
}

// What its last eight bytes say.
[[nodiscard]] inline PageSum kept_sum(std::span<const std::uint8_t> page) {
  PageSum sum;
  std::memcpy(&sum, page.last(kPageSumBytes).data(), sizeof sum);
  return sum;
}

inline void keep_sum(std::span<std::uint8_t> page, PageSum sum) {
  std::memcpy(page.last(kPageSumBytes).data(), &sum, sizeof sum);
}

enum class PageState : std::uint8_t {
  proved,    // It is what was written.
  unsummed,  // Zeros in the sum's place: another program wrote it.
  blank,     // Nothing but zeros.
  damaged,
};
[[nodiscard]] PageState state_of(std::span<const std::uint8_t> page);

[[nodiscard]] inline bool sum_holds(std::span<const std::uint8_t> page) {
  return state_of(page) == PageState::proved;
}

}  // namespace giro::store
