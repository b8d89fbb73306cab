#include "engine/commit_notices.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "ledger/entry/names.hpp"

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
    case ObstacleKind::damaged:
      return "This doesn't mend itself, and girod doesn't try again. Stop it, keep a copy of the "
             "whole "
             "folder, see with giro verify --data what is damaged, and put the newest backup in "
             "place";
    case ObstacleKind::io_error:
      break;
  }
  return "See to the disk; girod tries again each second";
}

// Each once, in the order of the postings.
std::vector<std::string> accounts_of(const Entry& entry, const State& state) {
  std::vector<std::string> names;
  const auto add = [&](AccountNumber number) {
    if (number == 0) return;
    std::string name(state.name(number));
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  };
  for (const Posting& posting : entry.postings()) {
    add(posting.from);
    add(posting.to);
  }
  if (!entry.applied()) {
    const Posting seen = entry.row_posting();
    add(seen.from);
    add(seen.to);
  }
  return names;
}

Notice notice_of(const Entry& entry, const State& state) {
  const std::string why = entry.applied() ? "" : fmt::format(": {}", name(entry.outcome));
  return {.severity = Severity::debug,
          .event = Event::decided,
          .text = fmt::format("seq {}: {} {} {}{}", entry.seq, type_of(entry), entry.key.view(),
                              status_of(entry), why),
          .seq = entry.seq,
          .uid = entry.author.uid,
          .node = std::string(state.node(entry.author.node)),
          .key = std::string(entry.key.view()),
          .accounts = accounts_of(entry, state)};
}

}  // namespace

void CommitNotices::obstacle(const store::Obstacle& obstacle,
                             const std::filesystem::path& directory) {
  if (obstacle_ == obstacle.kind) return;
  obstacle_ = obstacle.kind;
  const std::string_view past = obstacle.past_is_safe()
                                    ? "what was decided before is safe and still answered"
                                    : "questions aren't answered either";
  tell_({.severity = Severity::critical,
         .event = Event::blocked,
         .text = fmt::format(
             "nothing is decided for now on the ledger in {}: {}. Payments are refused, {}. {}",
             directory.string(), obstacle.what, past, advice(obstacle.kind))});
}

void CommitNotices::goes_on() {
  if (!obstacle_) return;
  obstacle_.reset();
  tell_({.severity = Severity::warning,
         .event = Event::unblocked,
         .text = "the ledger can be written again: payments go on"});
}

void CommitNotices::clock(const std::string& news) {
  tell_({.severity = Severity::warning, .event = Event::clock, .text = news});
}

void CommitNotices::checkpoints(const store::Store& store) {
  const std::string& trouble = store.checkpoint_trouble();
  const std::uint64_t bytes = store.log_bytes();
  if (trouble.empty()) {
    if (!trouble_.empty()) {
      tell_({.severity = Severity::info,
             .event = Event::log_emptied,
             .text = "the write-ahead log is emptied again"});
    }
    trouble_.clear();
    log_shown_ = 0;
    return;
  }
  const bool is_new = trouble != trouble_ && !store.checkpoint_waits();
  const bool is_long = bytes >= std::max(kLongLogBytes, 2 * log_shown_);
  if (!is_new && !is_long) return;
  trouble_ = trouble;
  log_shown_ = bytes;
  tell_({.severity = Severity::warning,
         .event = Event::log_grows,
         .text = fmt::format("the write-ahead log can't be emptied and has {} MiB: {}. No payment "
                             "is in danger; the log grows until this is mended, and takes room on "
                             "the disk",
                             bytes >> 20, trouble)});
}

void CommitNotices::keys(store::Store& store) {
  for (std::string& notice : store.take_key_notices()) {
    tell_({.severity = Severity::warning, .event = Event::keys, .text = std::move(notice)});
  }
}

void CommitNotices::decisions(std::span<const Entry> entries, const State& state) {
  for (const Entry& entry : entries) tell_(notice_of(entry, state));
}

}  // namespace giro
