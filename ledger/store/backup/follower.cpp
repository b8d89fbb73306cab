#include "ledger/store/backup/follower.hpp"

#include <cerrno>
#include <span>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "ledger/store/backup/segment_input.hpp"

namespace giro::store {
namespace {

using std::filesystem::path;

constexpr std::uint64_t kFileBytesMax = std::uint64_t{64} << 20;
constexpr std::string_view kPart = "next.part";

std::expected<OwnedDescriptor, BackupFailure> lock_folder(const path& folder) {
  if (auto may = may_write_into(folder); !may) return std::unexpected(std::move(may).error());
  const bool is_made = ::mkdir(folder.c_str(), S_IRWXU) == 0;
  if (!is_made && errno != EEXIST) return std::unexpected(cant_write(folder));
  if (is_made && !sync_folder(folder / "..")) return std::unexpected(cant_write(folder));
  const path file = folder / "lock";
  OwnedDescriptor lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (lock.number() < 0) return std::unexpected(cant_write(file));
  // A mount of an object store may know no locks.
  if (::flock(lock.number(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return lock;
  return std::unexpected(
      BackupFailure{.of = BackupFailure::Of::request,
                    .what = "another process keeps the backup in " + folder.string(),
                    .money = "Nothing was done, and that one goes on.",
                    .advice = "Stop it, or name another folder."});
}

BackupFailure of_another_ledger(const path& ledger, const path& folder, const AnchorPoint& end) {
  return {.of = BackupFailure::Of::backup,
          .what = fmt::format(
              "the ledger in {} isn't the one that the backup in {} is of: that one goes on to seq "
              "{} with the digest {}, and this one has no such commit",
              ledger.string(), folder.string(), end.seq, to_hex(end.digest)),
          .money =
              "Either it is another ledger, or it was put back to an earlier time: then the "
              "backup has payments that the ledger lacks. The backup is left as it is.",
          .advice = "Keep that folder, and begin a new backup of this ledger in another one."};
}

// Their entries are in a larger file. One that stays is in nobody's way, and goes at the next start.
void remove_all(std::span<const SegmentFile> files) {
  std::error_code ignored;
  for (const SegmentFile& file : files) std::filesystem::remove(file.path, ignored);
}

}  // namespace

std::expected<BackupFollower, BackupFailure> BackupFollower::open(const path& ledger,
                                                                  const path& folder) {
  auto lock = lock_folder(folder);
  if (!lock) return std::unexpected(std::move(lock).error());
  BackupFollower follower(ledger, folder, std::move(*lock));
  if (auto found = follower.find_end(); !found) return std::unexpected(std::move(found).error());
  if (auto opened = follower.open_source(); !opened) {
    return std::unexpected(std::move(opened).error());
  }
  return follower;
}

std::expected<void, BackupFailure> BackupFollower::find_end() {
  auto listed = list_segment_files(folder_);
  if (!listed) return std::unexpected(std::move(listed).error());
  // A kill between two steps of a merge left them.
  remove_all(listed->doubled);
  files_ = std::move(listed->files);
  if (files_.empty()) return {};
  auto input = SegmentInput::open(folder_, std::span(files_).last(1));
  if (!input) return std::unexpected(std::move(input).error());
  for (;;) {
    const auto segment = input->next();
    if (!segment) return std::unexpected(segment.error());
    if (*segment == nullptr) break;
  }
  reached_ = input->reached();
  return {};
}

std::expected<void, BackupFailure> BackupFollower::open_source() {
  auto source = JournalSource::open(ledger_);
  if (!source) return std::unexpected(std::move(source).error());
  if (auto is = is_the_one(**source); !is) return is;
  source_ = std::move(*source);
  source_->go_on(reached_);
  return {};
}

std::expected<void, BackupFailure> BackupFollower::is_the_one(JournalSource& source) const {
  const auto has = source.has(reached_);
  if (!has) return std::unexpected(has.error());
  if (!*has) return std::unexpected(of_another_ledger(ledger_, folder_, reached_));
  return {};
}

std::expected<bool, BackupFailure> BackupFollower::step() {
  const auto added = add_what_came();
  if (!added || !*added) return added;
  if (auto merged = merge(); !merged) return std::unexpected(std::move(merged).error());
  return reached_.seq < head_seq_;
}

std::expected<bool, BackupFailure> BackupFollower::add_what_came() {
  if (source_ && !source_->is_in_place()) let_go("its files were moved or replaced");
  if (source_) {
    auto added = follow();
    if (added || added.error().of == BackupFailure::Of::disk) return added;
    // Damaged, or put back in the same files: opened anew, it says which.
    let_go(std::move(added.error().what));
  }
  // Nothing is decided meanwhile, and what lies there may be half copied.
  if (!Anchor::is_held(ledger_ / "anchor")) return false;
  if (auto opened = open_source(); !opened) return std::unexpected(std::move(opened).error());
  waits_because_.clear();
  return follow();
}

std::expected<bool, BackupFailure> BackupFollower::follow() {
  if (auto is = is_the_one(*source_); !is) return std::unexpected(std::move(is).error());
  const auto head = source_->head();
  if (!head) return std::unexpected(head.error());
  head_seq_ = head->seq;
  if (head_seq_ <= reached_.seq) return false;
  if (auto added = add_file(head_seq_); !added) return std::unexpected(std::move(added).error());
  return true;
}

void BackupFollower::let_go(std::string because) {
  source_.reset();
  waits_because_ = std::move(because);
}

std::expected<void, BackupFailure> BackupFollower::add_file(Seq to) {
  auto part = DurableFile::make(folder_ / kPart);
  if (!part) return std::unexpected(std::move(part).error());
  SegmentFile file{.path = {}, .first = reached_.seq + 1, .last = 0, .bytes = 0};
  while (file.bytes < kFileBytesMax) {
    auto segment = source_->next(to);
    if (!segment) return std::unexpected(std::move(segment).error());
    if (segment->empty()) break;
    if (auto written = part->write(*segment); !written) return written;
    file.bytes += segment->size();
  }
  file.last = source_->reached().seq;
  file.path = segment_file_path(folder_, file.first, file.last);
  if (auto synced = part->sync(); !synced) return synced;
  auto kept = part->keep(file.path, DurableFile::Existing::is_replaced);
  if (!kept) return kept;
  reached_ = source_->reached();
  files_.push_back(std::move(file));
  return {};
}

std::expected<void, BackupFailure> BackupFollower::merge() {
  const std::span<const SegmentFile> parts = due_for_merge(files_);
  if (parts.empty()) return {};
  auto input = SegmentInput::open(folder_, parts);
  if (!input) return std::unexpected(std::move(input).error());
  auto whole = DurableFile::make(folder_ / kPart);
  if (!whole) return std::unexpected(std::move(whole).error());
  for (;;) {
    const auto segment = input->next();
    if (!segment) return std::unexpected(segment.error());
    if (*segment == nullptr) break;
    if (auto written = whole->write(input->bytes()); !written) return written;
  }
  SegmentFile file{.path = segment_file_path(folder_, parts.front().first, parts.back().last),
                   .first = parts.front().first,
                   .last = parts.back().last,
                   .bytes = input->bytes_read()};
  if (auto synced = whole->sync(); !synced) return synced;
  auto kept = whole->keep(file.path, DurableFile::Existing::is_replaced);
  if (!kept) return kept;
  const auto at = files_.begin() + (parts.data() - files_.data());
  const auto count = static_cast<std::ptrdiff_t>(parts.size());
  remove_all(parts);
  *at = std::move(file);
  files_.erase(at + 1, at + count);
  return {};
}

}  // namespace giro::store
