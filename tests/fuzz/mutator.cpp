#include "tests/fuzz/mutator.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace giro::fuzz {

std::string Mutator::mutant_of(std::span<const std::string> inputs) {
  std::string bytes = inputs[below(inputs.size())];
  for (std::size_t times = 1 + below(8); times > 0; --times) damage(bytes, inputs);
  bytes.resize(std::min(bytes.size(), kBytesMax));
  return bytes;
}

// Those that formats give a meaning to, as often as all others.
char Mutator::any_byte() {
  using namespace std::string_view_literals;
  constexpr std::string_view kMarks = "\0\n\r\t \"\\'{}[]<>&;:,.=-+#/0129azAZ\x7f\x80\xc3\xff"sv;
  return below(2) == 0 ? kMarks[below(kMarks.size())] : static_cast<char>(below(256));
}

void Mutator::damage(std::string& bytes, std::span<const std::string> inputs) {
  const std::size_t at = below(bytes.size());
  const std::size_t length = below(std::min<std::size_t>(bytes.size() - at, 64)) + 1;
  switch (below(8)) {
    case 0:
      if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
      return;
    case 1:
      if (!bytes.empty()) bytes[at] = any_byte();
      return;
    case 2:
      bytes.insert(at, 1, any_byte());
      return;
    case 3:
      bytes.erase(at, length);
      return;
    case 4:
      return repeat(bytes);
    case 5:
      bytes.insert(below(bytes.size()), std::string(bytes.substr(at, length)));
      return;
    case 6: {
      const std::string& other = inputs[below(inputs.size())];
      bytes.replace(at, length, other.substr(below(other.size()), below(256)));
      return;
    }
    default:
      return change_number(bytes);
  }
}

void Mutator::repeat(std::string& bytes) {
  const std::size_t at = below(bytes.size());
  const std::string piece = bytes.substr(at, below(32) + 1);
  for (std::size_t times = below(64); times > 0 && bytes.size() < kBytesMax; --times) {
    bytes.insert(at, piece);
  }
}

// The digits at or behind a place become a number at which arithmetic ends.
void Mutator::change_number(std::string& bytes) {
  constexpr std::array<std::string_view, 12> kEnds{"0",
                                                   "-1",
                                                   "1",
                                                   "255",
                                                   "65536",
                                                   "2147483648",
                                                   "4294967296",
                                                   "9223372036854775807",
                                                   "9223372036854775808",
                                                   "-9223372036854775808",
                                                   "18446744073709551616",
                                                   "1e400"};
  constexpr std::string_view kDigits = "0123456789";
  const std::size_t begin = bytes.find_first_of(kDigits, below(bytes.size()));
  if (begin == std::string::npos) return;
  const std::size_t end = std::min(bytes.find_first_not_of(kDigits, begin), bytes.size());
  bytes.replace(begin, end - begin, kEnds[below(kEnds.size())]);
}

}  // namespace giro::fuzz
