// What the store takes from outside of itself, and a test may hand in: the disk, the time, chance, and who
// works beside it. With all of them handed in a store is driven in one thread, and twice the same.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "ledger/store/keys/worker.hpp"

namespace giro::store {

// A clock that never jumps.
using SteadyClock = std::function<std::chrono::steady_clock::time_point()>;

using Random = std::function<void(std::span<std::uint8_t>)>;

// The system's, that nobody can guess.
void random_bytes(std::span<std::uint8_t> bytes);

struct Surroundings {
  // SQLite's VFS by name, for the writer, readers, merges and the anchor; empty: its default.
  std::string vfs = {};
  SteadyClock clock = std::chrono::steady_clock::now;
  Random random = random_bytes;  // Of the secret of a new ledger.
  std::shared_ptr<Worker> worker = threads();
};

}  // namespace giro::store
