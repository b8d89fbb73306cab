// Which bytes of a text can't stand within a JSON string as they are: nearly all texts have none, so they are
// looked for eight at a time, and whoever writes or reads a text copies what lies between in one piece.
// Pure functions: any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace giro {

// Those below 0x20, quotes and backslashes (RFC 8259, section 7); and DEL, which some writers escape. Bytes from
// 0x80 on are UTF-8, and as plain as letters.
inline constexpr std::array<bool, 256> kSpecialInJson = [] {
  std::array<bool, 256> special{};
  for (std::size_t byte = 0; byte < 0x20; ++byte) special[byte] = true;
  special['"'] = special['\\'] = special[0x7F] = true;
  return special;
}();

// Whether none of eight bytes is special, all at once: a byte's top bit is set where it is below 0x20, or is
// one of three ("Determine if a word has a byte less than n", S. E. Anderson, Bit Twiddling Hacks). It may say
// no for bytes from 0x80 on, never yes for a special one.
[[nodiscard]] inline bool are_plain_in_json(const char* eight) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kTops = 0x8080808080808080;
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, eight, sizeof bytes);
  const auto has_zero = [](std::uint64_t x) { return (x - kOnes) & ~x; };
  const std::uint64_t control = (bytes - kOnes * 0x20) | bytes;
  return ((control | has_zero(bytes ^ (kOnes * '"')) | has_zero(bytes ^ (kOnes * '\\')) |
           has_zero(bytes ^ (kOnes * 0x7F))) &
          kTops) == 0;
}

// Where the first special byte is, from `at` on; the text's size: there is none.
[[nodiscard]] inline std::size_t find_special_in_json(std::string_view text, std::size_t at) {
  constexpr std::size_t kAtOnce = 8;
  const auto find_before = [&](std::size_t end) {
    while (at < end && !kSpecialInJson[static_cast<unsigned char>(text[at])]) ++at;
    return at < end;
  };
  while (at + kAtOnce <= text.size()) {
    if (are_plain_in_json(text.data() + at)) {
      at += kAtOnce;
    } else if (find_before(at + kAtOnce)) {
      return at;
    }
  }
  find_before(text.size());
  return at;
}

}  // namespace giro
