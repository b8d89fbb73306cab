#include "ledger/store/backup/backup.hpp"

#include <cerrno>
#include <fstream>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "ledger/state/state.hpp"
#include "ledger/store/backup/backup_replay.hpp"
#include "ledger/store/backup/journal_source.hpp"
#include "ledger/store/backup/segment_input.hpp"

namespace giro::store {
namespace {

using Write = std::function<std::expected<void, BackupFailure>(std::string_view bytes)>;

// What stands behind the commits.
std::string last_words(const AnchorPoint& end, const LogPlace& place) {
  std::string bytes = place.source.empty() ? std::string() : place_segment(end, place);
  return bytes += SegmentWriter(end).take();
}

std::expected<BackupFigures, BackupFailure> copy(JournalSource& source, const Write& write,
                                                 const TellProgress& tell) {
  const auto end = source.end();
  if (!end) return std::unexpected(end.error());
  BackupFigures figures{.at = end->head.at};
  for (bool more = true; more;) {
    tell({.step = BackupStep::copying,
          .seq = source.reached().seq,
          .seq_total = end->head.seq,
          .bytes = figures.bytes,
          .bytes_total = {}});
    auto segment = source.next(end->head.seq);
    if (!segment) return std::unexpected(std::move(segment).error());
    more = !segment->empty();
    const std::string bytes = more ? std::move(*segment) : last_words(source.reached(), end->place);
    if (auto written = write(bytes); !written) return std::unexpected(std::move(written).error());
    figures.bytes += bytes.size();
  }
  figures.end = source.reached();
  return figures;
}

BackupFailure taken(const std::filesystem::path& file) {
  return {.of = BackupFailure::Of::request,
          .what = file.string() + " is there already, and isn't overwritten",
          .money = "Nothing was done.",
          .advice = "Name another file, or say --overwrite."};
}

BackupFailure is_no_backup(const std::filesystem::path& file) {
  return {.of = BackupFailure::Of::request,
          .what = file.string() + " is there already, and isn't a backup: it isn't overwritten",
          .money = "Nothing was done.",
          .advice = "Name another file, or take this one away once nobody needs it."};
}

// Enough to tell what a file is. Nothing: it isn't a plain one, or can't be read.
std::optional<std::string> beginning_of(const std::filesystem::path& file) {
  std::error_code unknown;
  if (!std::filesystem::is_regular_file(file, unknown)) return std::nullopt;
  std::ifstream stream(file, std::ios::binary);
  std::string bytes(kSegmentMagic.size(), '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!stream.is_open() || stream.bad()) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(stream.gcount()));
  return bytes;
}

// Before there is any work: nothing is lost by it but a backup that is to be replaced, and what a killed one left.
std::expected<void, BackupFailure> may_write(const std::filesystem::path& file,
                                             const std::filesystem::path& part,
                                             DurableFile::Existing existing) {
  if (auto may = may_write_into(folder_of(file)); !may) return may;
  if (is_taken(file)) {
    if (existing == DurableFile::Existing::stays) return std::unexpected(taken(file));
    if (beginning_of(file) != kSegmentMagic) return std::unexpected(is_no_backup(file));
  }
  if (!is_taken(part)) return {};
  const auto begun = beginning_of(part);
  if (begun && kSegmentMagic.starts_with(*begun)) return {};
  return std::unexpected(is_no_backup(part));
}

BackupFailure unlike(const std::filesystem::path& file) {
  return {
      .of = BackupFailure::Of::disk,
      .what = fmt::format("what was written to {} reads otherwise than the ledger", file.string()),
      .money = "The ledger isn't touched by it, and backups that were made before stand.",
      .advice = "Don't trust that disk: name a file on another one, and run this again."};
}

// By errno.
BackupFailure stream_broke() {
  const bool nobody_reads = errno == EPIPE;
  BackupFailure failure = cant_write("standard output");
  failure.money = "What went there is no whole backup. The ledger isn't touched by it.";
  if (nobody_reads) {
    failure.advice = "The program behind the pipe ended early: see why, and run both again.";
  }
  return failure;
}

}  // namespace

std::expected<BackupFigures, BackupFailure> back_up_to_file(const std::filesystem::path& ledger,
                                                            const std::filesystem::path& file,
                                                            DurableFile::Existing existing,
                                                            const TellProgress& tell) {
  const std::filesystem::path part_name = file.string() + ".part";
  if (auto may = may_write(file, part_name, existing); !may) return std::unexpected(may.error());
  auto source = JournalSource::open(ledger);
  if (!source) return std::unexpected(std::move(source).error());
  auto part = DurableFile::make(part_name);
  if (!part) return std::unexpected(std::move(part).error());
  const auto written =
      copy(**source, [&](std::string_view bytes) { return part->write(bytes); }, tell);
  if (!written) return written;
  tell({.step = BackupStep::syncing, .bytes_total = {}});
  if (auto synced = part->sync(); !synced) return std::unexpected(std::move(synced).error());
  auto checked = check_backup(part->part(), tell);
  if (!checked) return checked;
  if (checked->end != written->end || checked->at != written->at) {
    return std::unexpected(unlike(part->part()));
  }
  tell({.step = BackupStep::naming, .bytes_total = {}});
  if (auto kept = part->keep(file, existing); !kept) {
    return std::unexpected(std::move(kept).error());
  }
  return checked;
}

std::expected<BackupFigures, BackupFailure> back_up_to_stream(const std::filesystem::path& ledger,
                                                              int descriptor,
                                                              const TellProgress& tell) {
  auto source = JournalSource::open(ledger);
  if (!source) return std::unexpected(std::move(source).error());
  const auto write = [descriptor](std::string_view bytes) -> std::expected<void, BackupFailure> {
    if (write_all(descriptor, bytes)) return {};
    return std::unexpected(stream_broke());
  };
  return copy(**source, write, tell);
}

std::expected<BackupFigures, BackupFailure> check_backup(const std::filesystem::path& source,
                                                         const TellProgress& tell) {
  auto input = SegmentInput::open(source);
  if (!input) return std::unexpected(std::move(input).error());
  State state;
  BackupReplay replay(state);
  for (;;) {
    tell({.step = BackupStep::checking,
          .seq = state.seq(),
          .bytes = input->bytes_read(),
          .bytes_total = input->bytes_total()});
    const auto segment = input->next();
    if (!segment) return std::unexpected(segment.error());
    if (*segment == nullptr) break;
    for (const SegmentCommit& commit : (*segment)->commits) {
      const auto taken = replay.take(commit, [](const Entry&, std::string_view) {});
      if (!taken) return std::unexpected(breaks_the_rules(source, taken.error()));
    }
  }
  return BackupFigures{.end = input->reached(),
                       .at = state.at(),
                       .accounts = state.account_count(),
                       .bytes = input->bytes_read()};
}

}  // namespace giro::store
