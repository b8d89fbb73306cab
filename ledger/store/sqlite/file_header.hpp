// What the beginning of an SQLite file says about its pages. Pure functions: any thread.
// Source: "Database File Format", sqlite.org/fileformat2.html, section 1.3.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

namespace giro::store {

struct FileHeader {
  std::uint32_t page_bytes = 0;
  std::uint8_t reserved_bytes = 0;  // At the end of each page.
};
inline constexpr std::size_t kHeaderBytes = 100;
inline constexpr std::size_t kReservedAt = 20;
inline constexpr std::uint32_t kPageBytesMin = 512;
inline constexpr std::uint32_t kPageBytesLargest = 65'536;

// The page at this offset is the one that programs lock: it is never written.
inline constexpr std::int64_t kLockByte = std::int64_t{1} << 30;

// As all numbers of the file and of its log lie there.
[[nodiscard]] inline std::uint32_t big_endian(std::span<const std::uint8_t> bytes, std::size_t at) {
  return (std::uint32_t{bytes[at]} << 24) | (std::uint32_t{bytes[at + 1]} << 16) |
         (std::uint32_t{bytes[at + 2]} << 8) | bytes[at + 3];
}

// REQUIRES: at least kHeaderBytes. Nothing: it is none.
[[nodiscard]] inline std::optional<FileHeader> read_header(std::span<const std::uint8_t> bytes) {
  constexpr char kOfSqlite[] = "SQLite format 3";  // With its zero.
  if (std::memcmp(bytes.data(), kOfSqlite, sizeof kOfSqlite) != 0) return std::nullopt;
  std::uint32_t page_bytes = (std::uint32_t{bytes[16]} << 8) | bytes[17];
  if (page_bytes == 1) page_bytes = kPageBytesLargest;
  if (page_bytes < kPageBytesMin || !std::has_single_bit(page_bytes)) return std::nullopt;
  return FileHeader{.page_bytes = page_bytes, .reserved_bytes = bytes[kReservedAt]};
}

}  // namespace giro::store
