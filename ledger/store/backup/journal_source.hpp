// A ledger's journal as segments of a backup, read from its files beside a running daemon, or at rest.
//
// What always holds: nothing in the ledger's folder is changed. Each read transaction is a short one: a long one
// would keep the daemon from emptying its log. Rows of the journal never change, so that many of them read what
// one would. What is given was committed and, by a daemon that runs, synced before it was to be seen.
// Thread: one at a time.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/store/backup/backup_failure.hpp"
#include "ledger/store/backup/segment.hpp"
#include "ledger/store/journal/journal_reader.hpp"
#include "ledger/store/sqlite/file_watch.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {

class JournalSource {
 public:
  static std::expected<std::unique_ptr<JournalSource>, BackupFailure> open(
      const std::filesystem::path& directory);
  JournalSource(const JournalSource&) = delete;
  JournalSource& operator=(const JournalSource&) = delete;

  // The end of the last commit.
  [[nodiscard]] std::expected<JournalReader::Head, BackupFailure> head();
  // The same with the ledger's place in its cluster's log there: both of one moment.
  struct End {
    JournalReader::Head head;
    LogPlace place;
  };
  [[nodiscard]] std::expected<End, BackupFailure> end();
  // Whether the ledger has a commit that ends there with this digest.
  [[nodiscard]] std::expected<bool, BackupFailure> has(const AnchorPoint& point);
  // Whether the files that are open are still the ones at their paths.
  [[nodiscard]] bool is_in_place() const;

  // Goes on reading behind `after`, a commit's end.
  void go_on(const AnchorPoint& after);
  // The next commits, about a megabyte of them, none behind the seq `to`, itself a commit's end. Empty: there
  // are none up to there. A ledger that was put back meanwhile isn't called damaged for it.
  [[nodiscard]] std::expected<std::string, BackupFailure> next(Seq to);
  // How far next() came.
  [[nodiscard]] const AnchorPoint& reached() const { return writer_.end(); }

 private:
  JournalSource(const std::filesystem::path& directory, PlacedFiles files, SQLite::Database db);
  std::expected<void, BackupFailure> read_segment(Seq to);
  // Reads a slice. Errors: what is wrong with the journal.
  std::expected<void, std::string> read_slice(Seq to);
  std::expected<void, std::string> take(const Entry& entry, const Statement& row);
  void stand_aside(std::chrono::nanoseconds took) const;

  std::filesystem::path file_;
  SQLite::Database db_;
  PlacedFiles files_;
  JournalReader reader_;
  SegmentWriter writer_{{}};
  Seq last_seq_ = 0;                 // That was read.
  std::vector<std::uint8_t> bytes_;  // Of the commit that isn't read to its end.
};

}  // namespace giro::store
