// Bytes in the place of chance (tests/whole/random_operations.hpp): as many a number as its bound needs, so that a piece of
// them is about one operation, whatever came before. After the last one numbers of a seed follow, for what was begun.
// Thread: that of its owner.
#pragma once

#include <cstdint>
#include <random>
#include <string_view>

namespace giro::fuzz {

class BytesAsChance {
 public:
  explicit BytesAsChance(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  std::uint64_t below(std::uint64_t bound) {
    if (at_end()) return random_() % bound;
    std::uint64_t number = 0;
    for (std::uint64_t most = bound - 1; most > 0 && !at_end(); most >>= 8) {
      number = number << 8 | static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
    }
    return number % bound;
  }

 private:
  std::string_view rest_;
  std::mt19937_64 random_{1};
};

}  // namespace giro::fuzz
