// What whoever commits tells the operator: a line for each change of state, never one for each group.
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "ledger/store/store.hpp"

namespace giro {

enum class Severity : std::uint8_t { info, warning, critical };
// To the operator's log.
using Tell = std::function<void(Severity, const std::string&)>;

class CommitNotices {
 public:
  explicit CommitNotices(Tell tell) : tell_(std::move(tell)) {}

  // Nothing is decided from now on. The same obstacle again says nothing.
  void obstacle(const store::Obstacle& obstacle, const std::filesystem::path& directory);
  void goes_on();
  void clock(const std::string& news);
  // After each group: whether the log can be emptied, and how long it has grown.
  void checkpoints(const store::Store& store);
  // After each group: what became of key runs.
  void keys(store::Store& store);

 private:
  Tell tell_;
  std::optional<store::ObstacleKind> obstacle_;
  std::string trouble_;          // With checkpoints, as it was logged.
  std::uint64_t log_shown_ = 0;  // Bytes of the log that were logged.
};

}  // namespace giro
