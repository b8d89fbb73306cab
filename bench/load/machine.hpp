// The machine that figures come from: without it they mean nothing.
// Thread: any.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "bench/load/failure.hpp"

namespace giro::load {

struct Machine {
  std::string processor;
  unsigned cores = 0;
  std::uint64_t memory_bytes = 0;
  std::string kernel;
  std::string filesystem;  // Of the scratch folder.
  // Median time to write 4 KiB at a file's end and sync it: no commit can be faster.
  double sync_floor_ms = 0;
};

// Writes and removes a small file in `scratch`. A Failure: it is in memory, where a sync means
// nothing.
[[nodiscard]] Result<Machine> inspect_machine(const std::filesystem::path& scratch);

}  // namespace giro::load
