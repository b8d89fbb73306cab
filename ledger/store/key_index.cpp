#include "ledger/store/key_index.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace giro::store {
namespace {

// Eight runs of a level make one of the next, up to 2^18 * 8^3 = 134 million keys in one run.
constexpr std::size_t kRunsInMerge = 8;
constexpr int kLevelMax = 3;
// Runs from this level on are few and large enough to be asked one by one.
constexpr int kLevelOfOldRuns = 2;
// As many as are merged into one of that level.
constexpr std::size_t kRunsInNewKeys = kRunsInMerge * kRunsInMerge;
static_assert(kLevelOfOldRuns == 2);

// Three levels write each key three times, 3/336 blocks a payment; this share is ample.
constexpr std::size_t kEntriesInBlockShare = 32;
constexpr std::size_t kBlocksInStepMax = 256;

std::span<const std::uint8_t> bytes_of(const std::vector<std::uint64_t>& numbers) {
  return {reinterpret_cast<const std::uint8_t*>(numbers.data()),
          numbers.size() * sizeof(std::uint64_t)};
}

}  // namespace

KeyIndex::KeyIndex(const SQLite::Database& db, std::filesystem::path file, std::size_t keys_in_run)
    : file_(std::move(file)),
      keys_in_run_(keys_in_run),
      reader_(db),
      insert_block_(db, "INSERT INTO key_blocks (id, entries) VALUES (?, ?)"),
      delete_blocks_(db, "DELETE FROM key_blocks WHERE id BETWEEN ? AND ?"),
      insert_run_(db,
                  "INSERT INTO key_runs (run, level, first_seq, last_seq, keys, fences, filter) "
                  "VALUES (?, ?, ?, ?, ?, ?, ?)"),
      delete_run_(db, "DELETE FROM key_runs WHERE run = ?"),
      recent_(std::make_unique<KeyTable>(keys_in_run)),
      runs_(reader_.load()),
      new_keys_(keys_in_run * kRunsInMerge, keys_in_run * kRunsInNewKeys),
      new_after_(sealed_seq()) {
  for (const KeyRun& run : runs_) last_run_number_ = std::max(last_run_number_, run.run);
  count_old_runs();
  check_gaps();
  retire_orphans(db);
}

void KeyIndex::prefetch(std::uint64_t fingerprint) const {
  new_keys_.prefetch(fingerprint);
  recent_->prefetch(fingerprint);  // It is going to be added there.
  for (const KeyRun& run : old_runs()) run.filter.prefetch(fingerprint);
}

void KeyIndex::step(std::size_t entries, Seq head_seq) {
  const std::size_t blocks =
      std::clamp<std::size_t>(entries / kEntriesInBlockShare, 1, kBlocksInStepMax);
  // First: a merge reads on a connection of its own, which sees a run only once it is committed.
  if (merge_) {
    if (auto merged = advance(*merge_, blocks)) end_merge(std::move(*merged));
  } else if (!retired_.empty()) {
    delete_retired(blocks);
  } else if (const auto first = due_merge()) {
    start_merge(*first);
  }
  if (seal_) {
    if (auto sealed = advance(*seal_, blocks)) {
      runs_.push_back(std::move(*sealed));
      sealing_.reset();
      seal_.reset();
    }
  } else if (recent_->full()) {
    start_seal(head_seq);
  }
}

bool KeyIndex::busy() const {
  return seal_ || merge_ || !retired_.empty() || recent_->full() || due_merge();
}

std::uint64_t KeyIndex::recent_count() const {
  return recent_->size() + (sealing_ == nullptr ? 0 : sealing_->size());
}

std::uint64_t KeyIndex::sealed_count() const {
  std::uint64_t count = 0;
  for (const KeyRun& run : runs_) count += run.keys;
  return count;
}

void KeyIndex::start_seal(Seq head_seq) {
  KeyRun run;
  run.run = ++last_run_number_;
  run.first_seq = sealed_seq() + 1;
  run.last_seq = head_seq;
  sealing_ = std::exchange(recent_, std::make_unique<KeyTable>(keys_in_run_));
  seal_.emplace(std::make_unique<RunBuilder>(std::move(run), sealing_));
}

std::optional<std::size_t> KeyIndex::due_merge() const {
  std::size_t first = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < runs_.size() && count < kRunsInMerge; ++i) {
    if (count == 0 || runs_[i].level != runs_[first].level) first = i, count = 0;
    count += runs_[i].level < kLevelMax;
  }
  if (count < kRunsInMerge) return std::nullopt;
  return first;
}

void KeyIndex::start_merge(std::size_t first) {
  std::vector<KeyRun> sources;
  for (const KeyRun& source : std::span(runs_).subspan(first, kRunsInMerge)) {
    sources.push_back({.run = source.run,
                       .level = source.level,
                       .first_seq = source.first_seq,
                       .last_seq = source.last_seq,
                       .keys = source.keys,
                       .fences = source.fences,
                       .filter = {}});
  }
  KeyRun run;
  run.run = ++last_run_number_;
  run.level = sources.front().level + 1;
  run.first_seq = sources.front().first_seq;
  run.last_seq = sources.back().last_seq;
  merging_first_ = first;
  merge_.emplace(std::make_unique<RunBuilder>(std::move(run), file_, std::move(sources)));
}

std::optional<KeyRun> KeyIndex::advance(Job& job, std::size_t blocks_max) {
  const RunBuilder::Taken taken = job.builder->take_blocks(blocks_max);
  if (!taken.failure.empty()) {
    throw std::runtime_error("a run of keys could not be made: " + taken.failure);
  }
  for (const std::vector<std::uint8_t>& block : taken.blocks) {
    insert_block_.bind(0, block_id(job.builder->run().run, job.blocks_written++))
        .bind_blob(1, block)
        .run();
  }
  if (!taken.done) return std::nullopt;
  write_run(job.builder->run());
  return std::move(job.builder->run());
}

void KeyIndex::end_merge(KeyRun merged) {
  merge_.reset();
  const auto first = runs_.begin() + static_cast<std::ptrdiff_t>(merging_first_);
  const auto last = first + kRunsInMerge;
  for (auto source = first; source != last; ++source) {
    delete_run_.bind(0, source->run).run();
    retired_.push_back({.run = source->run, .next_block = 0, .blocks = source->fences.size()});
  }
  if (merged.level >= kLevelOfOldRuns) {
    new_after_ = std::max(new_after_, merged.last_seq);
    new_keys_.forget_until(new_after_);
  }
  *first = std::move(merged);
  runs_.erase(first + 1, last);
  count_old_runs();
}

void KeyIndex::count_old_runs() {
  const auto first_new =
      std::ranges::find_if(runs_, [&](const KeyRun& run) { return run.first_seq > new_after_; });
  old_run_count_ = static_cast<std::size_t>(first_new - runs_.begin());
}

void KeyIndex::write_run(const KeyRun& run) {
  insert_run_.bind(0, run.run)
      .bind(1, run.level)
      .bind(2, static_cast<std::int64_t>(run.first_seq))
      .bind(3, static_cast<std::int64_t>(run.last_seq))
      .bind(4, static_cast<std::int64_t>(run.keys))
      .bind_blob(5, bytes_of(run.fences))
      .bind_blob(6, run.filter.bytes())
      .run();
}

void KeyIndex::delete_retired(std::size_t blocks_max) {
  Retired& oldest = retired_.back();
  const std::uint64_t end = std::min(oldest.blocks, oldest.next_block + blocks_max);
  delete_blocks_.bind(0, block_id(oldest.run, oldest.next_block))
      .bind(1, block_id(oldest.run, end) - 1)
      .run();
  oldest.next_block = end;
  if (end == oldest.blocks) retired_.pop_back();
}

void KeyIndex::check_gaps() const {
  Seq covered = 0;
  for (const KeyRun& run : runs_) {
    if (run.first_seq != covered + 1) {
      throw std::runtime_error("the key run of the payments from seq " +
                               std::to_string(covered + 1) + " is missing");
    }
    covered = run.last_seq;
  }
}

// Blocks without a run: of one that was being written, or of one that was merged, when a crash
// came. They are only noted, because a ledger must start on a full disk as well.
void KeyIndex::retire_orphans(const SQLite::Database& db) {
  Statement next(db, "SELECT id FROM key_blocks WHERE id >= ? ORDER BY id LIMIT 1");
  Statement last(db, "SELECT max(id) FROM key_blocks WHERE id < ?");
  const auto id_from = [](Statement& select, std::int64_t from) -> std::optional<std::int64_t> {
    const ResetGuard guard(select);
    select.bind(0, from);
    return select.step() ? std::optional(select.integer(0)) : std::nullopt;
  };
  std::int64_t before = -1;
  for (auto id = id_from(next, 0); id; id = id_from(next, ((*id >> 32) + 1) << 32)) {
    if (*id <= before) throw std::runtime_error("the rows of table key_blocks are out of order");
    before = *id;
    const auto run = static_cast<std::uint32_t>(*id >> 32);
    if (std::ranges::find(runs_, run, &KeyRun::run) != runs_.end()) continue;
    const auto end = static_cast<std::uint64_t>(*id_from(last, block_id(run + 1, 0)) + 1);
    retired_.push_back({.run = run,
                        .next_block = static_cast<std::uint32_t>(*id),
                        .blocks = end - static_cast<std::uint64_t>(block_id(run, 0))});
    last_run_number_ = std::max(last_run_number_, run);
  }
}

}  // namespace giro::store
