#include "ledger/store/keys/key_index.hpp"

#include <ranges>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "ledger/store/journal/journal_reader.hpp"

namespace giro::store {
namespace {

// Eight runs of a level make one of the next, up to 2^18 * 8^3 = 134 million keys in one run.
constexpr std::size_t kRunsInMerge = 8;
constexpr int kLevelMax = 3;
// Runs from this level on are few and large enough to be asked one by one.
constexpr int kLevelOfOldRuns = 2;

// The filter of all new keys grows by parts of half a run of that level, so that little is kept of what
// such a run took over.
constexpr std::size_t kRunsInPartOfNewKeys = kRunsInMerge * kRunsInMerge / 2;
static_assert(kLevelOfOldRuns == 2);

// Three levels write each key three times, 3/290 blocks a payment, and filters a tenth of that; this
// share is ample.
constexpr std::size_t kEntriesInPageShare = 32;
constexpr std::size_t kPagesInStepMax = 256;

constexpr std::string_view kCantSeal = "recent keys can't be sealed into a run";

}  // namespace

KeysUnreadable::KeysUnreadable(std::span<const KeyRunInfo> runs)
    : std::runtime_error("some key runs can't be read for now"),
      first_seq(std::ranges::min(runs, {}, &KeyRunInfo::first_seq).first_seq),
      last_seq(std::ranges::max(runs, {}, &KeyRunInfo::last_seq).last_seq) {}

KeyIndex::KeyIndex(const SQLite::Database& db, LedgerFile file, const HashSecret& secret,
                   const KeyIndexOptions& options)
    : db_(db),
      file_(std::move(file)),
      secret_(secret),
      options_(options),
      reader_(db),
      tables_(db),
      savepoint_(db),
      recent_(std::make_shared<KeyTable>(options.keys_in_run)),
      new_keys_(options.keys_in_run * kRunsInMerge, options.keys_in_run * kRunsInPartOfNewKeys),
      seal_backoff_(options.surroundings.clock),
      upkeep_backoff_(options.surroundings.clock) {
  take_over(reader_.runs(), JournalReader(db).head().seq);
  new_after_ = sealed_seq();
  runs_changed();
}

// Where the runs of the file leave a gap, a lost run stands for it.
void KeyIndex::take_over(const KeyRunReader::Found& found, Seq head_seq) {
  const auto cover_until = [this](Seq last_seq) {
    if (last_seq <= sealed_seq()) return;
    const bool is_small = last_seq - sealed_seq() < 2 * options_.keys_in_run;
    KeyRun lost({.level = is_small ? 0 : 1, .first_seq = sealed_seq() + 1, .last_seq = last_seq});
    lost.state = KeyRunState::lost;
    notices_.push_back(fmt::format(
        "the key runs of seq {} to {} are missing: they are made anew from the journal. Until that "
        "is done no new payment can be decided, because its key may be one of theirs; nothing is "
        "lost",
        lost.info.first_seq, lost.info.last_seq));
    runs_.push_back(std::move(lost));
  };
  std::vector<KeyRunInfo> kept;
  for (const std::uint32_t run : found.unusable) tables_.remove_later(run);
  for (const KeyRunInfo& run : found.runs) {
    if (run.first_seq <= sealed_seq() || run.last_seq > head_seq) {
      tables_.remove_later(run.run);
      continue;
    }
    cover_until(run.first_seq - 1);
    runs_.emplace_back(run);
    kept.push_back(run);
  }
  if (head_seq > sealed_seq() + options_.start_entries_max) cover_until(head_seq);
  last_run_number_ = tables_.note_orphans(db_, kept);
}

void KeyIndex::add_read(std::uint64_t fingerprint, Seq seq) {
  if (recent_->full() && sealing_ == nullptr) {
    set_aside_recent(seq - 1);
    try {
      start_seal();
    } catch (const std::exception& error) {
      note_failure(seal_backoff_, kCantSeal, error);
    }
  }
  add(fingerprint, seq);
}

void KeyIndex::prefetch(std::uint64_t fingerprint) const {
  new_keys_.prefetch(fingerprint);
  recent_->prefetch(fingerprint);  // It is going to be added there.
  for (const KeyRun& run : std::span(runs_).first(old_run_count_)) run.filter.prefetch(fingerprint);
}

void KeyIndex::step(std::size_t entries, Seq head_seq) {
  const std::size_t pages =
      is_behind() ? kPagesInStepMax
                  : std::clamp<std::size_t>(entries / kEntriesInPageShare, 1, kPagesInStepMax);
  // First: a merge reads on a connection of its own, which sees a run only once it is committed.
  if (has_upkeep()) {
    attempt(upkeep_backoff_, "older key runs can't be merged or made anew", upkeep_,
            [&] { return upkeep_step(pages); });
  }
  if (has_seal()) {
    attempt(seal_backoff_, kCantSeal, seal_, [&] { return seal_step(pages, head_seq); });
  }
  load_filters(pages);
}

bool KeyIndex::busy() const {
  return has_upkeep() || has_seal() ||
         std::ranges::any_of(runs_, [](const KeyRun& run) { return run.filter.wants_more(); });
}

bool KeyIndex::has_upkeep() const {
  return (upkeep_ || tables_.has_removed() || due_repair() || due_merge()) &&
         upkeep_backoff_.is_due();
}

bool KeyIndex::has_seal() const {
  if (seal_) return true;
  // Where payments wait for it, each try is made.
  return (sealing_ != nullptr || recent_->full()) && (seal_backoff_.is_due() || is_overfull());
}

bool KeyIndex::is_overfull() const {
  return recent_count() >= options_.recent_keys_max && !seal_;
}

// A crash throws the run in the making away, and lives of too few entries for their shares to end one would
// never seal: the keys that a start has to read would grow until they are taken for a lost run's.
bool KeyIndex::is_behind() const {
  return recent_count() > 2 * options_.keys_in_run;
}

bool KeyIndex::is_repairing() const {
  return due_repair().has_value();
}

std::uint64_t KeyIndex::recent_count() const {
  return recent_->size() + (sealing_ == nullptr ? 0 : sealing_->size());
}

std::uint64_t KeyIndex::sealed_count() const {
  std::uint64_t count = 0;
  for (const KeyRun& run : runs_) count += run.info.keys;
  return count;
}

std::string KeyIndex::trouble() const {
  const auto target = due_repair();
  if (!target) return failure();
  const KeyRunInfo& run = runs_[*target].info;
  const std::string what = fmt::format(
      "the keys of seq {} to {} are being made anew from the journal", run.first_seq, run.last_seq);
  return failure().empty() ? what : what + "; " + failure();
}

// What goes wrong in it is undone and tried again later, unless the whole transaction is lost.
template <class Work>
void KeyIndex::attempt(Backoff& backoff, std::string_view what, std::optional<Making>& making,
                       Work work) {
  savepoint_.begin();
  try {
    const bool is_done = work();
    savepoint_.keep();
    if (is_done && backoff.succeeded()) notices_.push_back(fmt::format("no longer so: {}", what));
  } catch (const std::exception& error) {
    if (!savepoint_.undo(error)) throw;
    if (making) tables_.remove_later(making->run.run);
    making.reset();
    note_failure(backoff, what, error);
  }
}

void KeyIndex::note_failure(Backoff& backoff, std::string_view what, const std::exception& error) {
  const std::string trouble = fmt::format("{} ({})", what, error.what());
  if (!backoff.failed(trouble)) return;
  notices_.push_back(trouble + ": payments go on, no key is lost, and it is tried again");
}

std::optional<KeyRunInfo> KeyIndex::advance(Making& making, std::size_t pages_max) {
  const RunBuilder::Taken taken = making.builder->take_pages(pages_max);
  if (!taken.failure.empty()) {
    const auto unreadable = std::ranges::find(runs_, taken.unreadable_run,
                                              [](const KeyRun& run) { return run.info.run; });
    if (taken.unreadable_run != 0 && unreadable != runs_.end()) {
      note_damage(*unreadable, taken.failure);
    }
    throw std::runtime_error(taken.failure);
  }
  for (const KeyPage& page : taken.pages) tables_.insert(page);
  if (!taken.done) return std::nullopt;
  return making.builder->run();
}

void KeyIndex::start(std::optional<Making>& making, const KeyRunInfo& run, KeySource source) {
  KeyRunInfo numbered = run;
  numbered.run = last_run_number_ + 1;
  making.emplace(numbered, std::make_unique<RunBuilder>(numbered, std::move(source),
                                                        *options_.surroundings.worker));
  ++last_run_number_;
}

bool KeyIndex::seal_step(std::size_t pages_max, Seq head_seq) {
  if (seal_) {
    const auto sealed = advance(*seal_, pages_max);
    if (!sealed) return false;
    tables_.insert(*sealed);
    runs_.emplace_back(*sealed);
    sealing_.reset();
    seal_.reset();
    runs_changed();
    return true;
  }
  if (sealing_ == nullptr) set_aside_recent(head_seq);
  start_seal();
  return false;
}

void KeyIndex::set_aside_recent(Seq last_seq) {
  sealing_ = std::exchange(recent_, std::make_shared<KeyTable>(options_.keys_in_run));
  sealing_last_seq_ = last_seq;
}

void KeyIndex::start_seal() {
  start(seal_, {.first_seq = sealed_seq() + 1, .last_seq = sealing_last_seq_},
        keys_of_table(sealing_));
}

bool KeyIndex::upkeep_step(std::size_t pages_max) {
  if (upkeep_) {
    const auto made = advance(*upkeep_, pages_max);
    if (!made) return false;
    merging_ ? end_merge(*made) : end_repair_piece(*made);
    upkeep_.reset();
    return true;
  }
  if (const auto target = due_repair()) {
    start_repair(runs_[*target]);
  } else if (tables_.has_removed()) {
    tables_.remove_some(pages_max);
  } else if (const auto first = due_merge()) {
    start_merge(*first);
  }
  return false;
}

std::optional<std::size_t> KeyIndex::due_merge() const {
  std::size_t first = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < runs_.size() && count < kRunsInMerge; ++i) {
    const KeyRun& run = runs_[i];
    if (count == 0 || run.info.level != runs_[first].info.level) first = i, count = 0;
    const bool merges = run.info.level < kLevelMax && run.state == KeyRunState::whole;
    count = merges ? count + 1 : 0;
  }
  if (count < kRunsInMerge) return std::nullopt;
  return first;
}

void KeyIndex::start_merge(std::size_t first) {
  std::vector<KeyRunInfo> sources;
  for (const KeyRun& run : std::span(runs_).subspan(first, kRunsInMerge)) {
    sources.push_back(run.info);
  }
  const KeyRunInfo merged{.level = sources.front().level + 1,
                          .first_seq = sources.front().first_seq,
                          .last_seq = sources.back().last_seq};
  start(upkeep_, merged, keys_of_runs(file_, std::move(sources)));
  merging_ = first;
}

void KeyIndex::end_merge(const KeyRunInfo& merged) {
  const auto first = runs_.begin() + static_cast<std::ptrdiff_t>(*merging_);
  replace(first, first + kRunsInMerge, std::span(&merged, 1));
  if (merged.level >= kLevelOfOldRuns) {
    new_after_ = std::max(new_after_, merged.last_seq);
    new_keys_.forget_until(new_after_);
  }
  runs_changed();
}

// The one that was begun goes on first.
std::optional<std::size_t> KeyIndex::due_repair() const {
  const auto target = std::ranges::find_if(runs_, [this](const KeyRun& run) {
    if (run.state == KeyRunState::whole) return false;
    return pieces_.empty() || run.info.first_seq == pieces_.front().first_seq;
  });
  if (target == runs_.end()) return std::nullopt;
  return static_cast<std::size_t>(target - runs_.begin());
}

void KeyIndex::start_repair(const KeyRun& target) {
  const Seq entries_max = options_.keys_in_run * kRunsInMerge;
  KeyRunInfo piece{
      .first_seq = pieces_.empty() ? target.info.first_seq : pieces_.back().last_seq + 1,
      .last_seq = target.info.last_seq};
  piece.level = target.info.level;
  if (piece.last_seq - piece.first_seq >= entries_max) {
    piece.last_seq = piece.first_seq + entries_max - 1;
    piece.level = 1;
  }
  merging_.reset();
  start(upkeep_, piece, keys_of_journal(file_, secret_));
}

// A lost run gives way piece by piece, so that a crash loses none of them; a damaged one goes on
// answering until it can be replaced as a whole.
void KeyIndex::end_repair_piece(const KeyRunInfo& piece) {
  const auto target = std::ranges::find_if(
      runs_, [&](const KeyRun& run) { return run.info.last_seq >= piece.last_seq; });
  const bool is_last = piece.last_seq == target->info.last_seq;
  if (target->state == KeyRunState::damaged) {
    pieces_.push_back(piece);
    if (!is_last) return;
    const std::vector<KeyRunInfo> pieces = std::exchange(pieces_, {});
    replace(target, target + 1, pieces);
  } else {
    tables_.insert(piece);
    target->info.first_seq = piece.last_seq + 1;
    const auto place = is_last ? runs_.erase(target) : target;
    runs_.emplace(place, piece);
  }
  runs_changed();
  if (!is_last) return;
  notices_.push_back(
      fmt::format("the keys up to seq {} that could not be read were made anew from "
                  "the journal: they are found again",
                  piece.last_seq));
}

void KeyIndex::replace(Runs::iterator first, Runs::iterator last,
                       std::span<const KeyRunInfo> with) {
  // The rows first: what is thrown here is undone, what comes after isn't.
  for (auto run = first; run != last; ++run) tables_.delete_row(run->info.run);
  for (const KeyRunInfo& run : with) tables_.insert(run);
  for (auto run = first; run != last; ++run) tables_.remove_later(run->info.run);
  auto place = runs_.erase(first, last);
  for (const KeyRunInfo& run : with) place = runs_.emplace(place, run) + 1;
}

void KeyIndex::runs_changed() {
  const auto first_new = std::ranges::find_if(
      runs_, [this](const KeyRun& run) { return run.info.first_seq > new_after_; });
  old_run_count_ = static_cast<std::size_t>(first_new - runs_.begin());
  // The newest first: the large old ones are those that can do without.
  std::uint64_t room = options_.filter_bytes_max;
  for (KeyRun& run : runs_ | std::views::reverse) {
    if (run.state != KeyRunState::lost) room -= run.filter.set_room(room);
  }
}

void KeyIndex::load_filters(std::size_t pages_max) {
  for (KeyRun& run : runs_ | std::views::reverse) {
    try {
      for (; pages_max > 0 && run.filter.wants_more(); --pages_max) {
        const std::uint64_t next = run.filter.loaded();
        const auto page = reader_.filter_page(run.info, next / KeyRunInfo::kBloomBlocksInPage);
        run.filter.load(std::span(page).subspan(next % KeyRunInfo::kBloomBlocksInPage));
      }
    } catch (const UnreadableKeys& error) {
      run.filter.stop_loading();
      note_damage(run, error.what());
    } catch (const std::bad_alloc&) {
      run.filter.stop_loading();  // It is read from the file instead.
    }
  }
}

void KeyIndex::note_damage(KeyRun& run, std::string_view what) {
  if (run.state != KeyRunState::whole) return;
  run.state = KeyRunState::damaged;
  notices_.push_back(
      fmt::format("the keys of seq {} to {} can't be read ({}): they are made anew from the "
                  "journal. Until that is done, the few requests whose key may be one of these are "
                  "refused; the journal has them all",
                  run.info.first_seq, run.info.last_seq, what));
}

}  // namespace giro::store
