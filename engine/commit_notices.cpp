#include "engine/commit_notices.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace giro {
namespace {

using store::ObstacleKind;

// An open reader is nobody's fault until the log is this long; then it is told at each doubling.
constexpr std::uint64_t kLongLogBytes = std::uint64_t{64} << 20;

std::string_view advice(ObstacleKind kind) {
  switch (kind) {
    case ObstacleKind::disk_full:
      return "Free some space; girod goes on by itself";
    case ObstacleKind::not_writable:
      return "Give girod's user the files and their folder (chown, or the mount's options); it "
             "goes on by itself";
    case ObstacleKind::locked:
      return "Another program has a write transaction open on the file: end it; girod goes on by "
             "itself";
    case ObstacleKind::file_gone:
      return "Put that very file back, and girod goes on by itself. Or stop girod, see which files "
             "are the ledger, and start it again";
    case ObstacleKind::not_durable:
      return "The newest entries may not be safely on disk; until they are, nothing of them is "
             "told. Make room on the disk, end programs that read the file; girod tries again each "
             "second";
    case ObstacleKind::keys_unsealed:
      return "See to the cause, mostly a limit of girod's (LimitNOFILE, TasksMax, memory); girod "
             "goes on by itself";
    case ObstacleKind::io_error:
      break;
  }
  return "See to the disk; girod tries again each second";
}

}  // namespace

void CommitNotices::obstacle(const store::Obstacle& obstacle,
                             const std::filesystem::path& directory) {
  if (obstacle_ == obstacle.kind) return;
  obstacle_ = obstacle.kind;
  const std::string_view past = obstacle.past_is_safe()
                                    ? "what was decided before is safe and still answered"
                                    : "questions aren't answered either";
  tell_(Severity::critical,
        fmt::format(
            "nothing is decided for now on the ledger in {}: {}. Payments are refused, {}. {}",
            directory.string(), obstacle.what, past, advice(obstacle.kind)));
}

void CommitNotices::goes_on() {
  if (!obstacle_) return;
  obstacle_.reset();
  tell_(Severity::warning, "the ledger can be written again: payments go on");
}

void CommitNotices::clock(const std::string& news) {
  tell_(Severity::warning, news);
}

void CommitNotices::checkpoints(const store::Store& store) {
  const std::string& trouble = store.checkpoint_trouble();
  const std::uint64_t bytes = store.log_bytes();
  if (trouble.empty()) {
    if (!trouble_.empty()) tell_(Severity::info, "the write-ahead log is emptied again");
    trouble_.clear();
    log_shown_ = 0;
    return;
  }
  const bool is_new = trouble != trouble_ && !store.checkpoint_waits();
  const bool is_long = bytes >= std::max(kLongLogBytes, 2 * log_shown_);
  if (!is_new && !is_long) return;
  trouble_ = trouble;
  log_shown_ = bytes;
  tell_(Severity::warning, fmt::format("the write-ahead log can't be emptied and has {} MiB: {}. "
                                       "No payment is in danger; the log "
                                       "grows until this is mended, and takes room on the disk",
                                       bytes >> 20, trouble));
}

void CommitNotices::keys(store::Store& store) {
  for (const std::string& notice : store.take_key_notices()) tell_(Severity::warning, notice);
}

}  // namespace giro
