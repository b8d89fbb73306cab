// What the commit thread tells the operator: a line for each change of state, never one for each group.
// Thread: the commit thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "ledger/store/store.hpp"

namespace giro {

class CommitLog {
 public:
  // Nothing is decided from now on. The same obstacle again says nothing.
  void obstacle(const store::Obstacle& obstacle, const std::filesystem::path& directory);
  void goes_on();
  static void clock(const std::string& news);
  // After each group: whether the log can be emptied, and how long it has grown.
  void checkpoints(const store::Store& store);
  // After each group: what became of key runs.
  static void keys(store::Store& store);

 private:
  std::optional<store::ObstacleKind> obstacle_;
  std::string trouble_;          // With checkpoints, as it was logged.
  std::uint64_t log_shown_ = 0;  // Bytes of the log that were logged.
};

}  // namespace giro
