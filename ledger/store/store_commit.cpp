// Of Store::Impl: how a group, a piece of upkeep and a probe get into the file, or are refused.
#include <cassert>
#include <stdexcept>
#include <utility>

#include "ledger/entry/invariants.hpp"
#include "ledger/store/store_impl.hpp"

namespace giro::store {

namespace {

// Groups without an entry, one after the other, until the source's text is written all the same.
constexpr std::uint64_t kEmptyGroupsMax = 256;

}  // namespace

std::expected<void, std::string> Store::Impl::make_ready() {
  obstacle_ = transaction_.begin(WriteTransaction::Look::now);
  if (!obstacle_) transaction_.roll_back();
  if (obstacle_ && obstacle_->kind == ObstacleKind::not_writable) {
    return std::unexpected("it can't be written (" + obstacle_->what +
                           "): " + describe_files(options_.directory) +
                           ". Nothing was decided; give girod's user the files (chown), and start "
                           "again");
  }
  if (state_.seq() <= options_.durable_seq) return {};
  if (auto failed = make_durable()) {
    if (failed->kind == ObstacleKind::io_error) {
      return std::unexpected("what it holds can't be made durable (" + failed->what +
                             "): nothing of it is told, because a power cut could take it back. "
                             "See to the disk, then start again");
    }
    obstacle_ = std::move(failed);
  }
  return {};
}

CommitResult Store::Impl::commit(std::uint64_t group_index, std::string_view source) {
  if (failed_) return *failed_;
  end_group(group_index);
  const bool is_noted =
      !source.empty() && (!group_.empty() || group_index >= applied_index_ + kEmptyGroupsMax);
  // Keys that are made anew are what the clients of an empty group wait for.
  if (group_.empty() && !is_noted && (obstacle_ || !keys_.is_repairing())) {
    if (transaction_.is_open()) transaction_.roll_back();
    note_groups();
    return CommitResult::committed;
  }
  auto broken = broken_invariant(group_, committed_seq_, committed_at_, state_);
  if (!broken) broken = broken_order();
  if (broken) {
    throw std::logic_error(*broken + ": a defect of girod's. Nothing of this group was written");
  }
  const CommitResult result = commit_rows([&] {
    if (is_noted) write_source(group_index, source);
  });
  if (result == CommitResult::committed && (is_noted || !group_.empty())) {
    applied_index_ = group_index;
    if (is_noted) source_ = source;
  }
  return result;
}

std::optional<std::string> Store::Impl::broken_order() const {
  std::uint64_t last = applied_index_;
  for (const GroupEnd& end : ends_) {
    if (end.group_index <= last) {
      return "group " + std::to_string(end.group_index) + " was applied before";
    }
    last = end.group_index;
  }
  return std::nullopt;
}

void Store::Impl::note_groups() {
  if (group_.empty()) {
    for (GroupEnd& end : ends_) end.digest = chain_.head();
  }
  committed_.swap(ends_);
  ends_.clear();
  details_.clear();
}

void Store::Impl::write_source(std::uint64_t group_index, std::string_view source) {
  meta_.write("source_index", group_index);
  meta_.write_text("source", source);
}

CommitResult Store::Impl::commit_written() {
  assert(!ends_.empty() && ends_.back().entries == group_.size());
  if (failed_) return *failed_;
  if (auto broken = broken_invariant(group_, committed_seq_, committed_at_, state_)) {
    return refuse({.kind = ObstacleKind::io_error, .what = std::move(*broken)});
  }
  const std::uint64_t group_index = ends_.back().group_index;
  const CommitResult result = commit_rows([] {});
  if (result == CommitResult::committed) applied_index_ = group_index;
  return result;
}

CommitResult Store::Impl::keep_source(std::uint64_t group_index, std::string_view source) {
  assert(group_.empty() && group_index >= applied_index_);
  if (failed_) return *failed_;
  const CommitResult result = commit_rows([&] { write_source(group_index, source); });
  if (result == CommitResult::committed) {
    applied_index_ = group_index;
    source_ = source;
  }
  return result;
}

template <class Write>
CommitResult Store::Impl::commit_rows(Write write) {
  if (auto obstacle = begin()) return refuse(std::move(*obstacle));
  ahead_ = true;
  try {
    if (!group_.empty()) writer_->append(group_, ends_, details_, state_, chain_);
    write();
    sweeper_.sweep_share(group_.size(), state_);
    keys_.step(group_.size(), state_.seq());
    note_checkpoint();
  } catch (const std::exception& error) {
    return refuse(transaction_.abandon(error));
  }
  const CommitResult result = finish();
  if (result == CommitResult::committed) note_groups();
  return result;
}

Store::Idle Store::Impl::idle_step() {
  assert(group_.empty());
  if (failed_) return idle_result(*failed_);
  if (!sweeper_.dirty() && !keys_.busy()) return Idle::nothing;
  if (auto obstacle = begin()) return idle_result(refuse(std::move(*obstacle)));
  ahead_ = true;  // The sweeper forgets what it swept.
  try {
    sweeper_.sweep(kIdleRows, state_);
    keys_.step(kIdleEntries, state_.seq());
    note_checkpoint();
  } catch (const std::exception& error) {
    return idle_result(refuse(transaction_.abandon(error)));
  }
  return idle_result(finish());
}

CommitResult Store::Impl::probe() {
  if (failed_) return *failed_;
  if (obstacle_ && obstacle_->kind == ObstacleKind::not_durable) {
    obstacle_ = make_durable();
    if (obstacle_) return CommitResult::refused;
  }
  obstacle_ = transaction_.begin(WriteTransaction::Look::now);
  if (obstacle_) return CommitResult::refused;
  try {
    // A change: SQLite writes nothing for a row that stays as it was.
    db_.exec(
        "INSERT INTO meta (name, value) VALUES ('probes', 1) "
        "ON CONFLICT (name) DO UPDATE SET value = value + 1");
    if (keys_.is_overfull()) keys_.step(kIdleEntries, state_.seq());
    note_checkpoint();
  } catch (const std::exception& error) {
    return refuse(transaction_.abandon(error));
  }
  const CommitResult tried = finish();
  if (tried != CommitResult::committed || !keys_.is_overfull()) return tried;
  return refuse(keys_wait());
}

void Store::Impl::close() {
  // A run in the making is left: start-up makes it anew.
  while (sweeper_.dirty() && idle_step() == Idle::more) {
  }
  if (failed_ || obstacle_) return;
  (void)checkpointer_.run_and_empty();
  (void)anchor_.sync();
}

std::optional<Obstacle> Store::Impl::make_durable() {
  const Checkpointer::Result result = checkpointer_.run();
  if (result == Checkpointer::Result::complete) {
    in_file_ = committed_seq_;
    return std::nullopt;
  }
  const bool waits = result == Checkpointer::Result::held || is_full(checkpointer_.failure());
  return Obstacle{.kind = waits ? ObstacleKind::not_durable : ObstacleKind::io_error,
                  .what = checkpointer_.trouble()};
}

CommitResult Store::Impl::finish() {
  switch (transaction_.commit()) {
    case WriteTransaction::Committed::yes:
      break;
    case WriteTransaction::Committed::no:
      return refuse(transaction_.failure());
    case WriteTransaction::Committed::unknown:
      failure_ = transaction_.failure().what;
      failed_ = CommitResult::unknown;
      return *failed_;
  }
  ahead_ = false;
  committed_seq_ = state_.seq();
  committed_at_ = state_.at();
  anchor_works_ = anchor_.write({.seq = committed_seq_, .digest = chain_.head()});
  if (checkpointer_.is_due()) checkpoint();
  return CommitResult::committed;
}

void Store::Impl::checkpoint() {
  if (checkpointer_.run() == Checkpointer::Result::complete) in_file_ = committed_seq_;
  anchor_works_ = anchor_.sync() && anchor_works_;
}

}  // namespace giro::store
