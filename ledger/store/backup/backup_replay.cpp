#include "ledger/store/backup/backup_replay.hpp"

#include <fmt/format.h>

namespace giro::store {

BackupFailure breaks_the_rules(const std::filesystem::path& source, std::string_view what) {
  return {.of = BackupFailure::Of::backup,
          .what = fmt::format("the backup {} has entries that can't be: {}", source.string(), what),
          .money =
              "Its checksums hold, so that it is what was backed up, or somebody changed it: the "
              "ledger that it was made of may be damaged, too.",
          .advice = "See what `giro verify` says of that ledger, and use another backup."};
}

std::expected<CanonicalEntry, std::string> BackupReplay::next(ByteReader& bytes) {
  const auto wrong = [this](const std::string& what) {
    return std::unexpected("the entry behind seq " + std::to_string(state_.seq()) + ": " + what);
  };
  const Seq before = state_.seq();
  try {
    CanonicalEntry read = read_canonical(bytes, state_);
    if (auto replayed = state_.replay(read.entry, schedule_of(read.entry), read.texts.node);
        !replayed) {
      return std::unexpected("the entry of seq " + std::to_string(before + 1) + ": " +
                             replayed.error());
    }
    keep_schedules(read.entry);
    return read;
  } catch (const std::exception& error) {
    return wrong(error.what());
  }
}

std::expected<void, std::string> BackupReplay::end(const SegmentCommit& commit) {
  const auto wrong = [&commit](std::string_view what) {
    return std::unexpected("the commit that ends at seq " + std::to_string(commit.last_seq) + " " +
                           std::string(what));
  };
  if (state_.seq() != commit.last_seq || state_.at() != commit.last_at) {
    return wrong("ends with another entry");
  }
  // Commits of before schema version 4 don't say which group they were.
  if (commit.group_index <= group_ && group_ != 0) {
    return wrong("has an index that doesn't follow the one before it");
  }
  group_ = commit.group_index;
  return {};
}

const Entry* BackupReplay::schedule_of(const Entry& entry) const {
  if (entry.kind() != EntryKind::scheduled) return nullptr;
  const auto found = schedules_.find(entry.follows());
  return found == schedules_.end() ? nullptr : &found->second;
}

void BackupReplay::keep_schedules(const Entry& entry) {
  if (entry.kind() == EntryKind::schedule && entry.applied()) {
    schedules_.emplace(entry.seq, copy_of(entry));
  }
  const bool may_end = entry.kind() == EntryKind::scheduled || entry.kind() == EntryKind::cancel;
  if (may_end && state_.schedules().find(entry.follows()) == nullptr) {
    schedules_.erase(entry.follows());
  }
}

}  // namespace giro::store
