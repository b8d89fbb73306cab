// How the ledgers of the fuzzing are kept, so that the same bytes always do the same: in one thread, with a secret that is
// known, and with key runs so small that few operations make some. Values: any thread.
#pragma once

#include <algorithm>
#include <memory>

#include "ledger/store/store.hpp"
#include "tests/store/workers.hpp"

namespace giro::fuzz {

inline store::StoreOptions options_of_an_input() {
  store::StoreOptions options;
  options.keys_in_run = 16;
  options.surroundings.random = [](auto bytes) { std::ranges::fill(bytes, std::uint8_t{7}); };
  options.surroundings.worker = std::make_shared<test::AtOnceWorker>();
  return options;
}

}  // namespace giro::fuzz
