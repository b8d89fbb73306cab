// The files of a folder that `giro backup --follow` keeps: each has segments, and the name of the first and the
// last seq in them, such as 00000000000000000001-00000000000000000420.giro. In order of name they are one backup,
// without an end mark, because it goes on.
//
// What always holds: a file is whole, and never changed. Small ones are put together into a larger one, which is
// there before they go: in between both are, and what is told twice is read once.
// Thread: any.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <span>
#include <vector>

#include "ledger/entry/entry.hpp"
#include "ledger/store/backup/backup_failure.hpp"

namespace giro::store {

struct SegmentFile {
  std::filesystem::path path;
  Seq first = 0;
  Seq last = 0;
  std::uint64_t bytes = 0;
};

[[nodiscard]] std::filesystem::path segment_file_path(const std::filesystem::path& folder,
                                                      Seq first, Seq last);

struct SegmentFolder {
  std::vector<SegmentFile> files;    // In order, without gaps from seq 1 on.
  std::vector<SegmentFile> doubled;  // Whose entries are in a larger one.
};
// Errors: it can't be read, or lacks a file.
[[nodiscard]] std::expected<SegmentFolder, BackupFailure> list_segment_files(
    const std::filesystem::path& folder);

// The newest files that are small and many enough to be put together; empty: there are none.
[[nodiscard]] std::span<const SegmentFile> due_for_merge(std::span<const SegmentFile> files);

}  // namespace giro::store
