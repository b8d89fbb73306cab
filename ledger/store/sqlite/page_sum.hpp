// The checksum at the end of each page of a ledger's file: eight bytes, as SQLite's own checksum VFS keeps them
// (sqlite.org/cksumvfs.html), so that other tools can check a ledger, too. SQLite's write-ahead log has the same
// sum over its frames. Two running sums of 32 bits: a single flipped bit always shows, anything else but for one
// case in 2^64. An all-zero page has a sum of zero: one that was never written, such as a hole.
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

[[nodiscard]] inline bool sum_holds(std::span<const std::uint8_t> page) {
  return kept_sum(page) == sum_of_page(page);
}

}  // namespace giro::store
