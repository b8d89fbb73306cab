#include "ledger/store/backup/restore.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "ledger/store/backup/backup_replay.hpp"
#include "ledger/store/backup/new_folder.hpp"
#include "ledger/store/backup/segment_input.hpp"
#include "ledger/store/store.hpp"
#include "ledger/store/verify/verify.hpp"

namespace giro::store {
namespace {

using std::filesystem::path;

// Written in one transaction: as much as a large group.
constexpr std::size_t kEntriesInTransaction = 8'192;
// Runs of keys are made on their own thread: so many may wait for one.
constexpr std::uint64_t kKeysWaiting = 1'048'576;
constexpr std::chrono::milliseconds kBetweenSteps{1};

BackupFailure not_restored(const path& directory, std::string_view why) {
  return {.of = BackupFailure::Of::disk,
          .what = fmt::format("the ledger in {} can't be made: {}", directory.string(), why),
          .money = std::string(kNothingRestored),
          .advice = "See to the cause, or name another folder, and run this again."};
}

BackupFailure has_no_place(const path& source) {
  return {
      .of = BackupFailure::Of::backup,
      .what = fmt::format(
          "the backup {} doesn't say where in a cluster's log its ledger was: it is of a ledger "
          "by itself, or of a folder that follows one",
          source.string()),
      .money = "Nothing was made of it, and no ledger was touched.",
      .advice = "Take a backup in one file on a node that is part of the cluster: giro backup."};
}

// Takes commits over into a ledger that was made for them.
class LedgerMaker {
 public:
  static std::expected<std::unique_ptr<LedgerMaker>, BackupFailure> make(const path& directory) {
    auto maker = std::unique_ptr<LedgerMaker>(new LedgerMaker(directory));
    auto opened = Store::open({.directory = directory}, maker->state_);
    if (!opened) return std::unexpected(not_restored(directory, opened.error()));
    maker->store_ = std::move(*opened);
    return maker;
  }

  [[nodiscard]] const State& state() const { return state_; }

  std::expected<void, BackupFailure> take(const SegmentCommit& commit, const path& source) {
    const auto taken = replay_.take(commit, [this](Entry&& entry, std::string_view details) {
      const std::uint64_t fingerprint =
          facts_of(entry.kind()).keyed ? store_->fingerprint(entry.key) : 0;
      store_->append_written(std::move(entry), fingerprint, details);
    });
    if (!taken) return std::unexpected(breaks_the_rules(source, taken.error()));
    store_->end_group(commit.group_index);
    end_ = {.seq = commit.last_seq, .digest = commit.digest};
    if (store_->group().size() < kEntriesInTransaction) return {};
    return write();
  }

  std::expected<void, BackupFailure> keep(const LogPlace& place) {
    if (auto written = write(); !written) return std::unexpected(written.error());
    if (store_->keep_source(place.group_index, place.source) == CommitResult::committed) return {};
    return std::unexpected(not_restored(directory_, store_->failure()));
  }

  // Everything that a start would do else: the file is then as one that was closed.
  std::expected<AnchorPoint, BackupFailure> finish() {
    if (auto written = write(); !written) return std::unexpected(written.error());
    for (;;) {
      const Store::Idle idle = store_->idle_step();
      if (idle == Store::Idle::nothing) break;
      if (idle != Store::Idle::more)
        return std::unexpected(not_restored(directory_, store_->failure()));
      std::this_thread::sleep_for(kBetweenSteps);
    }
    store_->close();
    store_.reset();
    return end_;
  }

 private:
  explicit LedgerMaker(path directory) : directory_(std::move(directory)) {}

  std::expected<void, BackupFailure> write() {
    if (store_->group().empty()) return {};
    if (store_->commit_written() != CommitResult::committed) {
      return std::unexpected(not_restored(directory_, store_->failure()));
    }
    (void)store_->take_group();
    if (store_->chain_digest() != end_.digest) {
      return std::unexpected(not_restored(
          directory_, fmt::format("its chain has another digest at seq {} than the backup: a "
                                  "defect of giro's",
                                  end_.seq)));
    }
    while (store_->keys_recent() > kKeysWaiting) {
      if (store_->idle_step() != Store::Idle::more) break;
      std::this_thread::sleep_for(kBetweenSteps);
    }
    return {};
  }

  path directory_;
  State state_;  // The store looks at it.
  std::unique_ptr<Store> store_;
  BackupReplay replay_{state_};
  AnchorPoint end_;
};

// Whether it was over by then.
bool is_within(const SegmentCommit& commit, const std::optional<Moment>& until) {
  if (!until) return true;
  if (const Seq* seq = std::get_if<Seq>(&*until)) return commit.last_seq <= *seq;
  return commit.last_at <= std::get<Timestamp>(*until);
}

std::expected<RestoredLedger, BackupFailure> make_ledger(const RestoreRequest& request,
                                                         const path& directory,
                                                         const TellProgress& tell) {
  auto input = SegmentInput::open(request.source);
  if (!input) return std::unexpected(std::move(input).error());
  auto maker = LedgerMaker::make(directory);
  if (!maker) return std::unexpected(std::move(maker).error());
  const State& state = (*maker)->state();
  RestoredLedger restored;
  while (restored.next_seq == 0) {
    tell({.step = BackupStep::copying,
          .seq = state.seq(),
          .bytes = input->bytes_read(),
          .bytes_total = input->bytes_total()});
    const auto segment = input->next();
    if (!segment) return std::unexpected(segment.error());
    if (*segment == nullptr) break;
    restored.place = (*segment)->place;  // Of one that isn't the last it says nothing.
    for (const SegmentCommit& commit : (*segment)->commits) {
      if (!is_within(commit, request.until)) {
        restored.next_seq = state.seq() + 1;
        restored.next_at = commit.last_at;
        restored.next_last_seq = commit.last_seq;
        break;
      }
      if (auto taken = (*maker)->take(commit, request.source); !taken) {
        return std::unexpected(std::move(taken).error());
      }
    }
  }
  restored.at = state.at();
  restored.accounts = state.account_count();
  if (request.keeps_place) {
    if (restored.place.source.empty()) return std::unexpected(has_no_place(request.source));
    if (auto kept = (*maker)->keep(restored.place); !kept) return std::unexpected(kept.error());
  }
  const auto end = (*maker)->finish();
  if (!end) return std::unexpected(end.error());
  restored.end = *end;
  return restored;
}

std::expected<void, BackupFailure> verify_made(const path& directory, const AnchorPoint& end) {
  const auto report = verify_at_rest(directory, [] { return false; });
  if (!report) return std::unexpected(not_restored(directory, report.error()));
  if (!report->ok()) {
    const Problem& first = report->problems.front();
    return std::unexpected(
        not_restored(directory, fmt::format("seq {}: {}", first.seq, first.what)));
  }
  if (report->head_seq == end.seq && report->head_digest == to_hex(end.digest)) return {};
  return std::unexpected(not_restored(directory, "it reads otherwise than the backup"));
}

}  // namespace

std::expected<RestoredLedger, BackupFailure> restore(const RestoreRequest& request,
                                                     const TellProgress& tell) {
  auto folder = NewFolder::make(request.directory);
  if (!folder) return std::unexpected(std::move(folder).error());
  const auto restored = make_ledger(request, folder->part(), tell);
  if (!restored) return restored;
  tell({.step = BackupStep::checking, .seq = restored->end.seq, .bytes_total = {}});
  if (auto verified = verify_made(folder->part(), restored->end); !verified) {
    return std::unexpected(std::move(verified).error());
  }
  tell({.step = BackupStep::naming, .bytes_total = {}});
  if (auto kept = folder->keep(); !kept) return std::unexpected(std::move(kept).error());
  return restored;
}

}  // namespace giro::store
