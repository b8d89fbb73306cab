// What whoever commits tells the operator: a line for each change of state, never one for each group, unless each decision is
// to be told.
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "engine/notice.hpp"
#include "ledger/state/state.hpp"
#include "ledger/store/store.hpp"

namespace giro {

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
  // One line each. They are durable, and their accounts known to `state`.
  void decisions(std::span<const Entry> entries, const State& state);

 private:
  Tell tell_;
  std::optional<store::ObstacleKind> obstacle_;
  std::string trouble_;          // With checkpoints, as it was logged.
  std::uint64_t log_shown_ = 0;  // Bytes of the log that were logged.
};

}  // namespace giro
