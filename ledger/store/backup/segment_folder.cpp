#include "ledger/store/backup/segment_folder.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <tuple>

#include <fmt/format.h>

namespace giro::store {
namespace {

constexpr std::string_view kSuffix = ".giro";
constexpr std::size_t kSeqDigits = 20;
constexpr std::size_t kNameBytes = 2 * kSeqDigits + 1 + kSuffix.size();

constexpr std::size_t kFilesInMerge = 16;
constexpr std::uint64_t kSmallBytes = std::uint64_t{256} << 10;
constexpr std::uint64_t kMediumBytes = std::uint64_t{4} << 20;

std::optional<Seq> seq_in(std::string_view digits) {
  Seq seq = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), seq);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return std::nullopt;
  return seq;
}

std::optional<SegmentFile> as_segment_file(const std::filesystem::directory_entry& found) {
  const std::string name = found.path().filename().string();
  if (name.size() != kNameBytes || !name.ends_with(kSuffix) || name[kSeqDigits] != '-') {
    return std::nullopt;
  }
  const auto first = seq_in(std::string_view(name).substr(0, kSeqDigits));
  const auto last = seq_in(std::string_view(name).substr(kSeqDigits + 1, kSeqDigits));
  if (!first || !last || *last < *first) return std::nullopt;
  return SegmentFile{
      .path = found.path(), .first = *first, .last = *last, .bytes = found.file_size()};
}

BackupFailure lacks(const std::filesystem::path& folder, Seq seq) {
  return {.of = BackupFailure::Of::backup,
          .what = fmt::format("the backup in {} lacks the file that begins with seq {}",
                              folder.string(), seq),
          .money =
              "What lies behind the gap can't be restored from there. The ledger itself isn't "
              "touched by it.",
          .advice = "Put the file back, or begin a new backup in another folder."};
}

}  // namespace

std::filesystem::path segment_file_path(const std::filesystem::path& folder, Seq first, Seq last) {
  return folder / fmt::format("{:020}-{:020}{}", first, last, kSuffix);
}

std::expected<SegmentFolder, BackupFailure> list_segment_files(
    const std::filesystem::path& folder) {
  std::vector<SegmentFile> found;
  try {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (auto file = as_segment_file(entry)) found.push_back(std::move(*file));
    }
  } catch (const std::filesystem::filesystem_error& error) {
    return std::unexpected(BackupFailure{
        .of = BackupFailure::Of::backup,
        .what =
            fmt::format("the folder {} can't be read: {}", folder.string(), error.code().message()),
        .money = "Nothing was done.",
        .advice = "Is its disk mounted, is the name right, may this user read it?"});
  }
  // Of those that begin with the same seq the longest comes first.
  std::ranges::sort(found, [](const SegmentFile& a, const SegmentFile& b) {
    return std::tuple(a.first, b.last) < std::tuple(b.first, a.last);
  });
  SegmentFolder listed;
  Seq next = 1;
  for (SegmentFile& file : found) {
    if (file.last < next) {
      listed.doubled.push_back(std::move(file));
    } else if (file.first != next) {
      return std::unexpected(lacks(folder, next));
    } else {
      next = file.last + 1;
      listed.files.push_back(std::move(file));
    }
  }
  return listed;
}

std::span<const SegmentFile> due_for_merge(std::span<const SegmentFile> files) {
  for (const std::uint64_t bytes_max : {kSmallBytes, kMediumBytes}) {
    const auto first_of_run =
        std::ranges::find_if(files.rbegin(), files.rend(), [bytes_max](const SegmentFile& file) {
          return file.bytes >= bytes_max;
        }).base();
    const std::span<const SegmentFile> run(first_of_run, files.end());
    if (run.size() >= kFilesInMerge) return run.first(kFilesInMerge);
  }
  return {};
}

}  // namespace giro::store
