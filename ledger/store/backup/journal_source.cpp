#include "ledger/store/backup/journal_source.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include "ledger/store/journal/canonical.hpp"
#include "ledger/store/journal/chain_head.hpp"
#include "ledger/store/schema/meta.hpp"
#include "ledger/store/schema/schema.hpp"
#include "ledger/store/sqlite/checkpointer.hpp"
#include "ledger/store/sqlite/ledger_files.hpp"

namespace giro::store {
namespace {

constexpr Seq kSliceEntries = 4'096;  // In one read transaction: some milliseconds.
constexpr std::size_t kSegmentBytes = std::size_t{1} << 20;

BackupFailure unreadable(const std::filesystem::path& directory, std::string_view why) {
  return {.of = BackupFailure::Of::request,
          .what = fmt::format("the ledger in {} can't be read: {}", directory.string(), why),
          .money = "Nothing of it was changed, and payments go on.",
          .advice = "Name the ledger's folder with --data, and run this as its user or as root: " +
                    describe_files(directory) + "."};
}

BackupFailure damaged(const std::filesystem::path& file, std::string_view what) {
  return {.of = BackupFailure::Of::ledger,
          .what = fmt::format("the journal of {} is damaged: {}", file.string(), what),
          .money =
              "What lies behind that can't be backed up, and nobody should rely on it. "
              "Earlier backups stand.",
          .advice = "Keep a copy of the folder, and see what `giro verify` says of it."};
}

BackupFailure put_back(const std::filesystem::path& directory) {
  return {
      .of = BackupFailure::Of::request,
      .what = fmt::format("the ledger in {} was put back or replaced while it was read",
                          directory.string()),
      .money =
          "What was read isn't the past of the ledger that is there now, and makes no backup of "
          "it. Earlier backups stand.",
      .advice = "Run this again once girod runs on it."};
}

BackupFailure failed(const std::filesystem::path& directory, const std::exception& error) {
  const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&error);
  // Of a file that is no database at all it isn't known whether it ever was a ledger.
  const bool is_damaged = sqlite != nullptr && (sqlite->getErrorCode() & 0xFF) == SQLITE_CORRUPT;
  return is_damaged ? damaged(directory / "ledger.db", describe(error))
                    : unreadable(directory, describe(error));
}

// What was acknowledged, of a ledger at rest; a daemon has looked by itself as it started. Nothing: it isn't known.
std::optional<AnchorPoint> acknowledged(const std::filesystem::path& directory) {
  const std::filesystem::path file = directory / "anchor";
  if (Anchor::is_held(file)) return std::nullopt;
  const auto anchor = Anchor::open_at_rest(file);
  return anchor && *anchor ? (*anchor)->point() : std::nullopt;
}

BackupFailure lost_its_end(const std::filesystem::path& directory, Seq end, Seq acknowledged) {
  return {.of = BackupFailure::Of::ledger,
          .what = fmt::format("the ledger in {} ends at seq {}, but seq {} was acknowledged before",
                              directory.string(), end, acknowledged),
          .money =
              "Payments that clients know as applied are missing there, and would be in no backup "
              "of it. Earlier backups stand, and may have them.",
          .advice = "Keep a copy of the folder, and see what `giro verify --data` says of it."};
}

}  // namespace

std::expected<std::unique_ptr<JournalSource>, BackupFailure> JournalSource::open(
    const std::filesystem::path& directory) {
  if (const auto bar = what_bars(directory, FileUse::read)) {
    return std::unexpected(unreadable(directory, bar->what));
  }
  const std::filesystem::path file = directory / "ledger.db";
  if (size_of(file) == 0) return std::unexpected(unreadable(directory, "there is none"));
  try {
    const auto known = acknowledged(directory);  // Before the journal's end is read: it may grow.
    // As they are before they are opened: one that is replaced just then is noticed later.
    const PlacedFiles files(directory);
    auto source = std::unique_ptr<JournalSource>(
        new JournalSource(directory, files, open_ledger_reader({file})));
    const Seq end = source->reader_.head().seq;
    source->files_.take_new();
    if (known && known->seq > end) {
      return std::unexpected(lost_its_end(directory, end, known->seq));
    }
    return source;
  } catch (const std::exception& error) {
    return std::unexpected(failed(directory, error));
  }
}

JournalSource::JournalSource(const std::filesystem::path& directory, PlacedFiles files,
                             SQLite::Database db)
    : file_(directory / "ledger.db"), db_(std::move(db)), files_(std::move(files)), reader_(db_) {}

std::expected<JournalReader::Head, BackupFailure> JournalSource::head() {
  try {
    return reader_.head();
  } catch (const std::exception& error) {
    return std::unexpected(failed(file_.parent_path(), error));
  }
}

std::expected<JournalSource::End, BackupFailure> JournalSource::end() {
  try {
    const SQLite::Transaction one_moment(db_);
    return End{.head = reader_.head(),
               .place = {.group_index = read_meta(db_, "source_index").value_or(0),
                         .source = read_meta_text(db_, "source")}};
  } catch (const std::exception& error) {
    return std::unexpected(failed(file_.parent_path(), error));
  }
}

std::expected<bool, BackupFailure> JournalSource::has(const AnchorPoint& point) {
  try {
    return point.seq == 0 || digest_at(db_, point.seq) == point.digest;
  } catch (const std::exception& error) {
    return std::unexpected(failed(file_.parent_path(), error));
  }
}

bool JournalSource::is_in_place() const {
  return !files_.changed();
}

void JournalSource::go_on(const AnchorPoint& after) {
  writer_ = SegmentWriter(after);
  last_seq_ = after.seq;
  bytes_.clear();
}

std::expected<std::string, BackupFailure> JournalSource::next(Seq to) {
  auto read = read_segment(to);
  if (read) return writer_.size() == 0 ? std::string() : writer_.take();
  const auto still_has = has(reached());
  if (!is_in_place() || (still_has && !*still_has)) {
    return std::unexpected(put_back(file_.parent_path()));
  }
  return std::unexpected(std::move(read).error());
}

std::expected<void, BackupFailure> JournalSource::read_segment(Seq to) {
  while (last_seq_ < to && writer_.size() < kSegmentBytes) {
    const auto begun = std::chrono::steady_clock::now();
    try {
      if (auto read = read_slice(std::min(to, last_seq_ + kSliceEntries)); !read) {
        return std::unexpected(damaged(file_, read.error()));
      }
    } catch (const SQLite::Exception& error) {
      return std::unexpected(failed(file_.parent_path(), error));
    } catch (const std::exception& error) {
      return std::unexpected(
          damaged(file_, fmt::format("the entry after seq {}: {}", last_seq_, error.what())));
    }
    stand_aside(std::chrono::steady_clock::now() - begun);
  }
  if (last_seq_ >= to && !bytes_.empty()) {
    return std::unexpected(damaged(file_, fmt::format("the entry of seq {} ends no commit", to)));
  }
  return {};
}

std::expected<void, std::string> JournalSource::read_slice(Seq to) {
  std::expected<void, std::string> taken;
  reader_.scan(last_seq_ + 1, to, [&](const Entry& entry, const Statement& row) {
    taken = take(entry, row);
    return taken.has_value();
  });
  if (taken && last_seq_ < to) {
    return std::unexpected(fmt::format("the entry of seq {} is missing", last_seq_ + 1));
  }
  return taken;
}

std::expected<void, std::string> JournalSource::take(const Entry& entry, const Statement& row) {
  if (entry.seq != last_seq_ + 1) {
    return std::unexpected(fmt::format("the entry of seq {} is missing", last_seq_ + 1));
  }
  last_seq_ = entry.seq;
  append_canonical(entry, reader_.texts_of(entry, row), bytes_);
  if (row.is_null(kDigestColumn)) return {};
  const Digest digest = digest_of(writer_.end().digest, bytes_);
  if (!std::ranges::equal(row.blob(kDigestColumn), digest)) {
    return std::unexpected(fmt::format(
        "the entries of the commit that ends at seq {} don't lead to its digest", entry.seq));
  }
  writer_.add({.group_index = row.number(kGroupColumn),
               .last_seq = entry.seq,
               .last_at = entry.at,
               .entries = {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()},
               .digest = digest});
  bytes_.clear();
  return {};
}

// The log is begun anew only at a moment when nobody reads. Where it got longer than the daemon ever leaves it,
// such moments are too rare.
void JournalSource::stand_aside(std::chrono::nanoseconds took) const {
  const auto log_bytes = size_of(file_.string() + "-wal");
  if (log_bytes > static_cast<std::uint64_t>(Checkpointer::kLogBytesKept)) {
    std::this_thread::sleep_for(took);
  }
}

}  // namespace giro::store
