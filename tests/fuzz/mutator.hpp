// Damages inputs, as libFuzzer does, from a seed: bits, bytes, numbers, pieces cut, moved, repeated, or taken from
// another input. What takes no libFuzzer tries some of the same with every change.
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>

namespace giro::fuzz {

class Mutator {
 public:
  static constexpr std::size_t kBytesMax = 8'192;

  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  // One of `inputs`, damaged one to eight times. REQUIRES: there is one.
  std::string mutant_of(std::span<const std::string> inputs);

 private:
  std::size_t below(std::size_t count) { return count < 2 ? 0 : random_() % count; }
  char any_byte();
  void damage(std::string& bytes, std::span<const std::string> inputs);
  void change_number(std::string& bytes);
  void repeat(std::string& bytes);

  std::mt19937_64 random_;
};

}  // namespace giro::fuzz
