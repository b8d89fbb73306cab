// A ledger's folder in the making. Where the folder isn't there yet, its files are made in DIR.part, which then gets
// its name; where it is and is empty, in a part of it, from which they move up: so it may be a mount, or a link to one.
//
// What always holds: before keep() there is no ledger in the folder, and a whole one after it, on disk. What wasn't
// kept goes away with the object; a kill leaves the part, or files without the one that makes them a ledger.
// Thread: one at a time.
#pragma once

#include <expected>
#include <filesystem>
#include <string_view>
#include <utility>

#include "ledger/store/backup/backup_failure.hpp"

namespace giro::store {

// What a restore that fails means for the money.
inline constexpr std::string_view kNothingRestored =
    "Nothing was restored; the backup, and every other ledger, are as they were.";

class NewFolder {
 public:
  // Errors: before there is any work.
  static std::expected<NewFolder, BackupFailure> make(const std::filesystem::path& named);
  NewFolder(NewFolder&& other) noexcept
      : directory_(std::move(other.directory_)),
        part_(std::exchange(other.part_, std::filesystem::path())),
        was_there_(other.was_there_) {}
  NewFolder& operator=(NewFolder&&) = delete;
  ~NewFolder();

  // Where the files are made.
  [[nodiscard]] const std::filesystem::path& part() const { return part_; }
  // A folder that was there keeps its mode, and its owner has the files: root can restore for girod's user.
  std::expected<void, BackupFailure> keep();

 private:
  NewFolder(std::filesystem::path directory, std::filesystem::path part, bool was_there)
      : directory_(std::move(directory)), part_(std::move(part)), was_there_(was_there) {}

  std::expected<void, BackupFailure> give_to_owner() const;
  std::expected<void, BackupFailure> move_up() const;

  std::filesystem::path directory_;
  std::filesystem::path part_;  // Empty: it was kept.
  bool was_there_;
};

}  // namespace giro::store
