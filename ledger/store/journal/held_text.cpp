#include "ledger/store/journal/held_text.hpp"

#include <array>
#include <charconv>
#include <stdexcept>

namespace giro::store {
namespace {

constexpr std::size_t kNumbers = 5;
constexpr std::size_t kDigitsMax = 20;  // A sign and 19 digits.

}  // namespace

void write_held(const Posting& posting, std::string& out) {
  const std::array<Amount, kNumbers> numbers{posting.held, posting.from_held.in,
                                             posting.from_held.out, posting.to_held.in,
                                             posting.to_held.out};
  std::array<char, kNumbers*(kDigitsMax + 1) + 1> text{};
  char* end = text.data();
  for (std::size_t i = 0; i < kNumbers; ++i) {
    *end++ = i == 0 ? '[' : ',';
    end = std::to_chars(end, end + kDigitsMax, numbers[i]).ptr;
  }
  *end++ = ']';
  out.append(text.data(), end);
}

void read_held(std::string_view text, Posting& posting) {
  std::array<Amount, kNumbers> numbers{};
  const char* at = text.data();
  const char* const end = at + text.size();
  bool fits = true;
  for (std::size_t i = 0; fits && i < kNumbers; ++i) {
    fits = at < end && *at++ == (i == 0 ? '[' : ',');
    if (!fits) break;
    const auto [next, error] = std::from_chars(at, end, numbers[i]);
    fits = error == std::errc();
    at = next;
  }
  if (!fits || end - at != 1 || *at != ']') {
    throw std::runtime_error("what it says of holds isn't five numbers");
  }
  posting.held = numbers[0];
  posting.from_held = {.in = numbers[1], .out = numbers[2]};
  posting.to_held = {.in = numbers[3], .out = numbers[4]};
}

}  // namespace giro::store
