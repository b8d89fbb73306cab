// The segments of a backup, one after the other: of a file, of standard input, or of the files of a folder that
// `giro backup --follow` keeps.
//
// What always holds of what is given: each segment is whole, and goes on where the one before it ended, by seq and
// by digest. A backup in one file is over only where its end mark says so. Memory: one segment.
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>

#include "ledger/store/backup/backup_failure.hpp"
#include "ledger/store/backup/durable_file.hpp"
#include "ledger/store/backup/segment.hpp"

namespace giro::store {

class SegmentInput {
 public:
  // `source`: "-" is standard input.
  static std::expected<SegmentInput, BackupFailure> open(const std::filesystem::path& source);
  // Some of a folder's files, from their first segment on, whatever it goes on from: to add to them.
  static std::expected<SegmentInput, BackupFailure> open(const std::filesystem::path& folder,
                                                         std::span<const struct SegmentFile> files);

  // The next one, which is valid until the next call; null: the backup is over.
  [[nodiscard]] std::expected<const Segment*, BackupFailure> next();
  // Of what next() gave.
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] const AnchorPoint& reached() const { return reached_; }

  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }
  // Nothing: it can't be told beforehand.
  [[nodiscard]] std::optional<std::uint64_t> bytes_total() const { return bytes_total_; }

 private:
  explicit SegmentInput(std::filesystem::path source) : source_(std::move(source)) {}

  enum class Read : std::uint8_t { segment, skipped, nothing };

  // Reads until `bytes_` has so many; fewer: the input ended.
  std::expected<void, BackupFailure> fill(std::size_t size);
  std::expected<void, BackupFailure> open_next_file();
  std::expected<void, BackupFailure> list_again();
  std::expected<Read, BackupFailure> read_next();
  std::expected<Read, BackupFailure> check();
  std::expected<Read, BackupFailure> over();
  [[nodiscard]] std::unexpected<BackupFailure> damaged(std::string_view what) const;

  std::filesystem::path source_;
  bool is_folder_ = false;
  bool is_followed_ = false;  // Read to go on with it, not to restore it.
  bool may_begin_anywhere_ = false;
  std::deque<std::filesystem::path> files_;  // Still to be read.
  OwnedDescriptor file_;
  std::string bytes_;
  Segment segment_;
  AnchorPoint reached_;
  bool ended_ = false;  // An end mark was there.
  std::uint64_t bytes_read_ = 0;
  std::optional<std::uint64_t> bytes_total_ = 0;
};

}  // namespace giro::store
