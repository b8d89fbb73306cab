// Keeps a folder of a ledger's segments (ledger/store/backup/segment_folder.hpp) up with the ledger: on a second
// disk, or where an object store is mounted.
//
//   while (true) { if (!follower.step()) wait a moment; }
//
// What always holds: each file of the folder is whole and synced before it has its name; a kill at any moment
// leaves a backup up to the last one, and the next start goes on there. It goes on only with the ledger that the
// folder is of: one with that very commit at the folder's end. Nothing that the folder has is ever taken back.
// Thread: one at a time.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
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
  // Where the folder ends, and the ledger, as of the last step.
  [[nodiscard]] const AnchorPoint& reached() const { return reached_; }
  [[nodiscard]] Seq head_seq() const { return head_seq_; }

 private:
  BackupFollower(std::filesystem::path ledger, std::filesystem::path folder, OwnedDescriptor lock)
      : ledger_(std::move(ledger)), folder_(std::move(folder)), lock_(std::move(lock)) {}

  std::expected<void, BackupFailure> open_source();
  std::expected<void, BackupFailure> find_end();
  std::expected<void, BackupFailure> add_file(Seq to);
  std::expected<void, BackupFailure> merge();

  std::filesystem::path ledger_;
  std::filesystem::path folder_;
  OwnedDescriptor lock_;
  std::vector<SegmentFile> files_;
  std::unique_ptr<JournalSource> source_;
  AnchorPoint reached_;
  Seq head_seq_ = 0;
};

}  // namespace giro::store
