#include "ledger/store/backup/segment_input.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "ledger/store/backup/segment_folder.hpp"
#include "ledger/store/sqlite/ledger_files.hpp"

namespace giro::store {
namespace {

constexpr std::string_view kStandardInput = "-";
constexpr std::string_view kCutInSegment = "it ends in the middle of a segment";
constexpr std::string_view kSqliteMagic = "SQLite format 3";
constexpr std::size_t kReadBytes = std::size_t{1} << 20;

BackupFailure unreadable(const std::filesystem::path& path, int error) {
  return {.of = BackupFailure::Of::backup,
          .what = fmt::format("{} can't be read: {}", path.string(),
                              std::generic_category().message(error)),
          .money = "Nothing was made of it, and no ledger was touched.",
          .advice = "Is its disk mounted, is the name right, may this user read it?"};
}

BackupFailure holds_none(const std::filesystem::path& folder) {
  return {.of = BackupFailure::Of::backup,
          .what = folder.string() + " holds no backup",
          .money = "Nothing was made of it, and no ledger was touched.",
          .advice = "Is its disk mounted, is the name right?"};
}

std::string named(const std::filesystem::path& source) {
  return source == kStandardInput ? "standard input" : source.string();
}

BackupFailure is_a_ledger(const std::filesystem::path& source) {
  return {
      .of = BackupFailure::Of::backup,
      .what = named(source) + " is a ledger itself, or another database, and no backup",
      .money = "Nothing was made of it, and it wasn't touched.",
      .advice = "`giro backup FILE --data DIR` makes a backup of the ledger in the folder DIR."};
}

}  // namespace

std::expected<SegmentInput, BackupFailure> SegmentInput::open(const std::filesystem::path& source) {
  std::error_code unknown;
  if (source != kStandardInput && std::filesystem::is_directory(source, unknown)) {
    const auto listed = list_segment_files(source);
    if (!listed) return std::unexpected(listed.error());
    if (listed->files.empty()) {
      return std::unexpected(is_ledger_folder(source) ? is_a_ledger(source) : holds_none(source));
    }
    auto input = open(source, listed->files);
    if (input) input->may_begin_anywhere_ = input->is_followed_ = false;
    return input;
  }
  SegmentInput input(source);
  if (source == kStandardInput) {
    input.file_ = OwnedDescriptor(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
    input.bytes_total_.reset();
    return input;
  }
  input.files_.push_back(source);
  if (auto opened = input.open_next_file(); !opened) return std::unexpected(opened.error());
  input.bytes_total_ = std::filesystem::file_size(source, unknown);
  if (unknown) input.bytes_total_.reset();
  return input;
}

std::expected<SegmentInput, BackupFailure> SegmentInput::open(const std::filesystem::path& folder,
                                                              std::span<const SegmentFile> files) {
  SegmentInput input(folder);
  input.is_folder_ = true;
  input.may_begin_anywhere_ = input.is_followed_ = true;
  for (const SegmentFile& file : files) {
    input.files_.push_back(file.path);
    *input.bytes_total_ += file.bytes;
  }
  return input;
}

std::expected<const Segment*, BackupFailure> SegmentInput::next() {
  for (;;) {
    const auto read = read_next();
    if (!read) return std::unexpected(read.error());
    if (*read == Read::segment) return &segment_;
    if (*read == Read::nothing) return nullptr;
  }
}

std::expected<SegmentInput::Read, BackupFailure> SegmentInput::read_next() {
  bytes_.clear();
  if (auto filled = fill(kSegmentHeaderBytes); !filled) return std::unexpected(filled.error());
  if (bytes_.empty()) return over();
  if (ended_) return damaged("something follows its end");
  if (bytes_.size() < kSegmentHeaderBytes && reached_.seq > 0) return damaged(kCutInSegment);
  const auto header = read_segment_header(bytes_);
  if (!header && bytes_.starts_with(kSqliteMagic)) return std::unexpected(is_a_ledger(source_));
  if (!header) return damaged(header.error());
  const std::uint64_t size = header->segment_bytes();
  if (auto filled = fill(size); !filled) return std::unexpected(filled.error());
  if (bytes_.size() < size) return damaged(kCutInSegment);
  return check();
}

std::expected<SegmentInput::Read, BackupFailure> SegmentInput::check() {
  auto segment = read_segment(bytes_);
  if (!segment) return damaged(segment.error());
  segment_ = std::move(*segment);
  const bool was_read = is_folder_ && !may_begin_anywhere_ && segment_.end.seq <= reached_.seq;
  if (was_read) return Read::skipped;
  if (segment_.after != reached_ && !may_begin_anywhere_) {
    return damaged("what follows is of another ledger, or doesn't go on there");
  }
  may_begin_anywhere_ = false;
  reached_ = segment_.end;
  if (segment_.is_end_mark()) {
    ended_ = true;
    return Read::skipped;
  }
  return Read::segment;
}

std::expected<SegmentInput::Read, BackupFailure> SegmentInput::over() {
  if (ended_ || is_folder_) return Read::nothing;
  if (bytes_read_ == 0) return damaged("it is empty");
  return damaged("it was cut short: the mark of its end is missing");
}

std::expected<void, BackupFailure> SegmentInput::fill(std::size_t size) {
  while (bytes_.size() < size) {
    if (file_.number() < 0) {
      if (files_.empty()) return {};
      if (auto opened = open_next_file(); !opened) return opened;
      continue;
    }
    const std::size_t before = bytes_.size();
    const std::size_t wanted = std::min(size - before, kReadBytes);
    bytes_.resize(before + wanted);
    const ssize_t count = ::read(file_.number(), bytes_.data() + before, wanted);
    const int error = errno;
    bytes_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count < 0 && error != EINTR) return std::unexpected(unreadable(source_, error));
    if (count > 0) bytes_read_ += static_cast<std::uint64_t>(count);
    if (count != 0) continue;
    if (files_.empty()) return {};
    // A segment lies in one file.
    if (before > 0) return {};
    file_ = OwnedDescriptor();
  }
  return {};
}

std::expected<void, BackupFailure> SegmentInput::open_next_file() {
  const std::filesystem::path file = std::move(files_.front());
  files_.pop_front();
  file_ = OwnedDescriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (file_.number() >= 0) return {};
  if (errno == ENOENT && is_folder_) return list_again();
  return std::unexpected(unreadable(file, errno));
}

// A follower put files together since they were listed.
std::expected<void, BackupFailure> SegmentInput::list_again() {
  const auto listed = list_segment_files(source_);
  if (!listed) return std::unexpected(listed.error());
  files_.clear();
  for (const SegmentFile& file : listed->files) {
    if (file.last > reached_.seq) files_.push_back(file.path);
  }
  return {};
}

std::unexpected<BackupFailure> SegmentInput::damaged(std::string_view what) const {
  return std::unexpected(BackupFailure{
      .of = BackupFailure::Of::backup,
      .what =
          fmt::format("the backup {} {} behind seq {}: {}", source_ == kStandardInput ? "on" : "in",
                      named(source_), reached_.seq, what),
      .money = "What lies behind that can't be restored from it. No ledger was touched.",
      .advice = std::string(is_followed_ ? "Keep that folder, and begin a new backup of the ledger "
                                           "in another one."
                                         : "Use another backup.") +
                (reached_.seq == 0 ? std::string()
                                   : fmt::format(" Up to there this one can be restored: "
                                                 "--to-seq {}.",
                                                 reached_.seq))});
}

}  // namespace giro::store
