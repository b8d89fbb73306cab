// Why the ledger can't be written just now. Nothing of what was to be written is in the file, so a
// refusal for one of these is definite; a COMMIT that failed is none of them (CommitResult::unknown).
// Values: any thread.
#pragma once

#include <cstdint>
#include <exception>
#include <string>

namespace giro::store {

enum class ObstacleKind : std::uint8_t {
  disk_full,      // Or a quota, or the largest size of a file. Goes by itself once there is room.
  not_writable,   // The rights of a file or its folder, or a read-only file system.
  locked,         // Another program holds SQLite's write lock.
  file_gone,      // Deleted, moved or replaced: what is written would be gone with it.
  not_durable,    // After a start: the log's end isn't known to be on disk.
  keys_unsealed,  // Too many keys of recent payments wait for a run that can't be made.
  damaged,        // A page of the file isn't what was written. Doesn't go by itself.
  io_error,       // Anything else that failed before COMMIT was run.
};

struct Obstacle {
  ObstacleKind kind = ObstacleKind::io_error;
  std::string what;  // For the operator.

  // What is in memory is also on disk: decisions of the past may be told, if no new ones made.
  [[nodiscard]] bool past_is_safe() const {
    return kind != ObstacleKind::file_gone && kind != ObstacleKind::not_durable;
  }
};

// What an exception of SQLite's (or any other) before COMMIT means. `system_error`: the errno of what
// failed, as far as SQLite knows it.
[[nodiscard]] Obstacle obstacle_of(const std::exception& error, int system_error);

}  // namespace giro::store
