// Keeps a folder of a ledger's segments (ledger/store/backup/segment_folder.hpp) up with the ledger: on a second
// disk, or where an object store is mounted.
//
//   while (true) { if (!follower.step()) wait a moment; }
//
// What always holds: each file of the folder is whole and synced before it has its name; a kill at any moment
// leaves a backup up to the last one, and the next start goes on there. It goes on only with the ledger that the
// folder is of: one with that very commit at the folder's end, which is asked for at each look. Nothing that the
// folder has is ever taken back. A ledger that is replaced is let go, so that it isn't read half copied, and no
// file of it is held or made meanwhile.
// Thread: one at a time.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "ledger/store/backup/backup_failure.hpp"
#include "ledger/store/backup/durable_file.hpp"
#include "ledger/store/backup/journal_source.hpp"
#include "ledger/store/backup/segment_folder.hpp"

namespace giro::store {

class BackupFollower {
 public:
  // `folder` is made where it isn't there, and its parent is.
  static std::expected<BackupFollower, BackupFailure> open(const std::filesystem::path& ledger,
                                                           const std::filesystem::path& folder);

  // Adds what was committed since, at most one file of it, and puts small files together. True: there is more.
  [[nodiscard]] std::expected<bool, BackupFailure> step();
  // Why the ledger can't be followed until a daemon runs on it; empty: it is followed. A clause.
  [[nodiscard]] const std::string& waits_because() const { return waits_because_; }
  // Where the folder ends, and the ledger, as of the last step.
  [[nodiscard]] const AnchorPoint& reached() const { return reached_; }
  [[nodiscard]] Seq head_seq() const { return head_seq_; }

 private:
  BackupFollower(std::filesystem::path ledger, std::filesystem::path folder, OwnedDescriptor lock)
      : ledger_(std::move(ledger)), folder_(std::move(folder)), lock_(std::move(lock)) {}

  std::expected<void, BackupFailure> open_source();
  // Errors also where it hasn't the commit that the folder ends with.
  std::expected<void, BackupFailure> is_the_one(JournalSource& source) const;
  std::expected<void, BackupFailure> find_end();
  // True: a file was added.
  std::expected<bool, BackupFailure> add_what_came();
  std::expected<bool, BackupFailure> follow();
  std::expected<void, BackupFailure> add_file(Seq to);
  void let_go(std::string because);
  std::expected<void, BackupFailure> merge();

  std::filesystem::path ledger_;
  std::filesystem::path folder_;
  OwnedDescriptor lock_;
  std::vector<SegmentFile> files_;
  std::unique_ptr<JournalSource> source_;  // None: it was let go.
  std::string waits_because_;
  AnchorPoint reached_;
  Seq head_seq_ = 0;
};

}  // namespace giro::store
