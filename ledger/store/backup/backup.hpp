// A backup of a ledger in one file or stream: segments from its first commit on, and an end mark.
//
//   back_up_to_file(ledger, "giro.backup", ...)   beside a running daemon; checked before it has its name
//   check_backup("giro.backup", ...)              reads one whole, as a restore would
//
// What always holds: under the file's name there is a whole backup, synced and checked, or what was there before.
// Nothing but a backup is ever replaced by one, and nothing is written into a ledger's own folder.
// The ledger is only read, in short transactions; how much was committed when it began is what is in it.
// Thread: any, one at a time.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>

#include "ledger/store/backup/backup_failure.hpp"
#include "ledger/store/backup/durable_file.hpp"
#include "ledger/store/sqlite/anchor.hpp"

namespace giro::store {

enum class BackupStep : std::uint8_t { copying, syncing, checking, naming };

// Told before each piece of work.
struct BackupProgress {
  BackupStep step = BackupStep::copying;
  Seq seq = 0;        // So far,
  Seq seq_total = 0;  // of so many; 0: that isn't known.
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> bytes_total;
};
using TellProgress = std::function<void(const BackupProgress&)>;

// What a backup amounts to.
struct BackupFigures {
  AnchorPoint end = {};
  Timestamp at = {};  // Of the last entry.
  std::uint64_t accounts = 0;
  std::uint64_t bytes = 0;
};

// `ledger`: its folder.
[[nodiscard]] std::expected<BackupFigures, BackupFailure> back_up_to_file(
    const std::filesystem::path& ledger, const std::filesystem::path& file,
    DurableFile::Existing existing, const TellProgress& tell);

// To a descriptor, such as a pipe: what arrives there nobody has checked. Its figures have no accounts.
[[nodiscard]] std::expected<BackupFigures, BackupFailure> back_up_to_stream(
    const std::filesystem::path& ledger, int descriptor, const TellProgress& tell);

// `source`: as SegmentInput::open() takes it.
[[nodiscard]] std::expected<BackupFigures, BackupFailure> check_backup(
    const std::filesystem::path& source, const TellProgress& tell);

}  // namespace giro::store
