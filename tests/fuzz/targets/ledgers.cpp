// A run of everything that a ledger with its files can do, with groups, restarts and crashes in between: it says and keeps
// what the second model says.
#include "tests/fuzz/targets/bytes_as_chance.hpp"
#include "tests/fuzz/targets/options.hpp"
#include "tests/fuzz/targets/promise.hpp"
#include "tests/fuzz/targets/targets.hpp"
#include "tests/whole/beside.hpp"

namespace giro::fuzz {

void fuzz_ledgers(std::string_view bytes) {
  BytesAsChance chance(bytes);
  test::Beside beside({.name = "these bytes",
                       .chance = [&chance](std::uint64_t bound) { return chance.below(bound); },
                       .options = options_of_an_input()});
  beside.run_while([&chance] { return !chance.at_end(); });
  require(beside.wrong().empty(), "a ledger is what the second model says: " + beside.wrong());
}

}  // namespace giro::fuzz
