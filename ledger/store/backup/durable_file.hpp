// A file that is there as a whole or not at all: written under another name, synced, and only then named.
//
// What always holds: nothing is seen under the file's name before keep(), and all of it, on disk, after it. What
// wasn't kept goes away with the object; a kill leaves the other name, which the next one writes over.
// Thread: one at a time.
#pragma once

#include <expected>
#include <filesystem>
#include <string_view>
#include <utility>

#include "ledger/store/backup/backup_failure.hpp"

namespace giro::store {

// A descriptor that is closed with the object; -1: none.
class OwnedDescriptor {
 public:
  explicit OwnedDescriptor(int number = -1) : number_(number) {}
  OwnedDescriptor(OwnedDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  OwnedDescriptor& operator=(OwnedDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~OwnedDescriptor();

  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

// All of it. False: errno says why not.
[[nodiscard]] bool write_all(int descriptor, std::string_view bytes);
// Where it lies: a path without a folder lies in the current one.
[[nodiscard]] std::filesystem::path folder_of(const std::filesystem::path& path);
// The names in a folder. False: as above. A folder that can't be synced by its kind needs no sync.
[[nodiscard]] bool sync_folder(const std::filesystem::path& folder);

// Whether something has that name, if only a link to nothing.
[[nodiscard]] bool is_taken(const std::filesystem::path& path);
// Gives a file another name, which nothing has yet. False: as above.
[[nodiscard]] bool name_anew(const std::filesystem::path& from, const std::filesystem::path& to);

// Errors: it is a ledger's own folder, which nothing of a backup is written into.
[[nodiscard]] std::expected<void, BackupFailure> may_write_into(
    const std::filesystem::path& folder);

// That `path` can't be written, by errno.
[[nodiscard]] BackupFailure cant_write(const std::filesystem::path& path);

class DurableFile {
 public:
  enum class Existing : std::uint8_t { stays, is_replaced };

  // In the making as `part`, which only this user may read. Errors also where another process makes it just now.
  static std::expected<DurableFile, BackupFailure> make(const std::filesystem::path& part);
  DurableFile(DurableFile&&) noexcept = default;
  DurableFile& operator=(DurableFile&&) = delete;
  ~DurableFile();

  [[nodiscard]] const std::filesystem::path& part() const { return part_; }
  std::expected<void, BackupFailure> write(std::string_view bytes);
  // What was written is on disk, and the next one to read it reads the disk.
  std::expected<void, BackupFailure> sync();
  // Gives it its name. REQUIRES: it was synced.
  std::expected<void, BackupFailure> keep(const std::filesystem::path& path, Existing existing);

 private:
  DurableFile(std::filesystem::path part, OwnedDescriptor file)
      : part_(std::move(part)), file_(std::move(file)) {}

  std::filesystem::path part_;  // Empty: it was kept.
  OwnedDescriptor file_;
};

}  // namespace giro::store
