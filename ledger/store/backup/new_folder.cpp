#include "ledger/store/backup/new_folder.hpp"

#include <algorithm>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/store/backup/durable_file.hpp"

namespace giro::store {
namespace {

using std::filesystem::path;

constexpr std::string_view kRestorePart = "restore.part";
constexpr std::string_view kLedgerFile = "ledger.db";  // What makes a folder a ledger.
constexpr std::string_view kOfTheDisk = "lost+found";  // A new file system may have one.

// By errno.
BackupFailure cant_make(const path& at) {
  BackupFailure failure = cant_write(at);
  failure.money = kNothingRestored;
  return failure;
}

BackupFailure may_be_gone(const path& directory) {
  BackupFailure failure = cant_write(directory);
  failure.money =
      "The ledger is there and is whole, but a power cut may take it away. The backup is as it "
      "was.";
  failure.advice = "See to that disk before girod runs on it; then restore again, elsewhere.";
  return failure;
}

BackupFailure not_begun(std::string what, std::string advice) {
  return {.of = BackupFailure::Of::request,
          .what = std::move(what),
          .money = "Nothing was restored, and no ledger was touched.",
          .advice = std::move(advice)};
}

std::vector<path> files_in(const path& folder, std::error_code& error) {
  std::vector<path> files;
  for (auto file = std::filesystem::directory_iterator(folder, error);
       !error && file != std::filesystem::directory_iterator(); file.increment(error)) {
    if (file->path().filename() != kOfTheDisk) files.push_back(file->path());
  }
  return files;
}

// `is_there`: what is behind a link.
std::expected<void, BackupFailure> is_free(const path& directory, bool is_there) {
  constexpr const char* kAdvice =
      "Name a folder that isn't there yet; keep the one that is: it may have payments that the "
      "backup lacks.";
  if (!is_there && !is_taken(directory)) return {};
  if (!is_there) {
    return std::unexpected(not_begun(directory.string() + " is a link to what isn't there",
                                     "Is its disk mounted? Else take the link away."));
  }
  std::error_code error;
  const bool is_empty =
      std::filesystem::is_directory(directory, error) && files_in(directory, error).empty();
  if (error) {
    return std::unexpected(
        not_begun(directory.string() + " can't be looked at: " + error.message(), kAdvice));
  }
  if (is_empty) return {};
  return std::unexpected(
      not_begun(directory.string() + " is there, and isn't an empty folder", kAdvice));
}

}  // namespace

std::expected<NewFolder, BackupFailure> NewFolder::make(const path& named) {
  // A shell completes a folder's name with a slash behind it.
  const path directory = named.has_filename() ? named : named.parent_path();
  std::error_code unknown;
  const bool is_there = std::filesystem::exists(directory, unknown);
  const path part = is_there ? directory / kRestorePart : path(directory.string() + ".part");
  if (is_taken(part)) {
    return std::unexpected(
        not_begun(part.string() + " is there: a restore was broken off, or goes on",
                  "Unless another restore is at work, remove it, and run this again."));
  }
  if (auto fit = is_free(directory, is_there); !fit) return std::unexpected(std::move(fit).error());
  if (::mkdir(part.c_str(), S_IRWXU) != 0) return std::unexpected(cant_make(part));
  return NewFolder(directory, part, is_there);
}

NewFolder::~NewFolder() {
  std::error_code ignored;
  if (!part_.empty()) std::filesystem::remove_all(part_, ignored);
}

std::expected<void, BackupFailure> NewFolder::keep() {
  if (was_there_) {
    if (auto given = give_to_owner(); !given) return given;
  }
  if (!sync_folder(part_)) return std::unexpected(cant_make(part_));
  if (was_there_) {
    if (auto moved = move_up(); !moved) return moved;
  } else if (::rename(part_.c_str(), directory_.c_str()) != 0) {
    return std::unexpected(cant_make(directory_));
  }
  part_.clear();
  const path named_in =
      was_there_ ? directory_ : std::filesystem::absolute(directory_).parent_path();
  if (!sync_folder(named_in)) return std::unexpected(may_be_gone(named_in));
  return {};
}

std::expected<void, BackupFailure> NewFolder::give_to_owner() const {
  struct stat status{};
  if (::stat(directory_.c_str(), &status) != 0) return std::unexpected(cant_make(directory_));
  std::error_code error;
  for (const path& file : files_in(part_, error)) {
    if (::lchown(file.c_str(), status.st_uid, status.st_gid) != 0) {
      return std::unexpected(cant_make(file));
    }
  }
  return {};
}

// The file that makes it a ledger comes last, when the others are there to stay.
std::expected<void, BackupFailure> NewFolder::move_up() const {
  std::error_code error;
  auto files = files_in(part_, error);
  std::ranges::partition(files, [](const path& file) { return file.filename() != kLedgerFile; });
  for (const path& file : files) {
    if (file.filename() == kLedgerFile && !sync_folder(directory_)) {
      return std::unexpected(cant_make(directory_));
    }
    if (!name_anew(file, directory_ / file.filename())) return std::unexpected(cant_make(file));
  }
  std::filesystem::remove(part_, error);
  return {};
}

}  // namespace giro::store
