// A run of everything that a ledger can do, with restarts and crashes in between: it says and keeps what the second model
// says. The bytes are what is left to chance in tests/whole, so that a piece of them is about an operation.
#include <cstddef>
#include <random>

#include "tests/fuzz/targets/options.hpp"
#include "tests/fuzz/targets/promise.hpp"
#include "tests/fuzz/targets/targets.hpp"
#include "tests/whole/beside.hpp"

namespace giro::fuzz {
namespace {

// As many bytes a number as its bound needs; numbers of a seed after the last one.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_(bytes) {}

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

}  // namespace

void fuzz_operations(std::string_view bytes) {
  Bytes rest(bytes);
  test::Beside beside({.name = "these bytes",
                       .chance = [&rest](std::uint64_t bound) { return rest.below(bound); },
                       .options = options_of_an_input()});
  beside.run_while([&rest] { return !rest.at_end(); });
  require(beside.wrong().empty(), "a ledger is what the second model says: " + beside.wrong());
}

}  // namespace giro::fuzz
