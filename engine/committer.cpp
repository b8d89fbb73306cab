#include "engine/committer.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

#include <SQLiteCpp/Exception.h>

#include "engine/refusals.hpp"
#include "ledger/store/history/reader.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro {
namespace {

// How long no group must come before upkeep that can wait is done.
constexpr std::chrono::milliseconds kIdleAfter{50};
// Between two steps of upkeep: a run of keys may still be in the making beside it.
constexpr std::chrono::milliseconds kBetweenSteps{1};
// How often it is tried again whether an obstacle is gone. Another program's lock goes soon.
constexpr std::chrono::milliseconds kProbeEvery{1'000};
constexpr std::chrono::milliseconds kProbeLockEvery{100};
// Of what falls due by itself, in one group: legs, since a scheduled payment may have many.
constexpr std::size_t kDueInGroupMax = 10'000;
// While something will fall due, the clock is looked at this often: it may jump.
constexpr std::chrono::milliseconds kLookAtClockEvery{1'000};
constexpr std::chrono::seconds kFiguresEvery{1};
// Groups that are here already share a transaction, and so a sync, until they have left so many entries: it is what a node
// that is behind needs (docs/decisions/0016-one-sync-for-what-waits.md).
constexpr std::size_t kSharedEntries = 4'096;
// What is due comes as a group of the shared source: it is asked for again so often.
constexpr std::chrono::milliseconds kAskForTickEvery{20};

Refusal decided_elsewhere() {
  return standstill_of(Ordering::lost, "this node's ledger can't be written for now").any_key;
}

}  // namespace

Committer::Committer(Parts parts)
    : ledger_(std::move(parts.ledger)),
      source_(parts.source),
      clock_(std::move(parts.clock)),
      deliver_(std::move(parts.deliver)),
      on_failure_(std::move(parts.on_failure)),
      notices_(std::move(parts.tell)),
      tells_decisions_(std::move(parts.tells_decisions)) {
  const auto& obstacle = store().obstacle();
  if (!obstacle || obstacle->past_is_safe()) note_durable();
}

Committer::Next Committer::step(Moment now) {
  try {
    const Next next = take_step(now);
    if (!failed_) return next;
  } catch (const std::exception& error) {
    fail(std::string("the commit thread can't go on: ") + error.what() +
         ". What was answered is safe; who waits is told outcome_unknown. Start girod again");
  }
  refuse_rest();
  return {.ended = true};
}

Committer::Next Committer::take_step(Moment now) {
  if (!std::exchange(begun_, true)) {
    due_ = now + kIdleAfter;
    if (store().obstacle()) stand_still(*store().obstacle(), now);
  }
  if (obstacle_ && due_ && now >= *due_) probe(now);
  if (failed_) return {};
  const Timestamp time = read_clock();
  switch (take_group(time)) {
    case WorkSource::Next::group:
      commit_group(now);
      if (!obstacle_) due_ = now + kIdleAfter;
      break;
    case WorkSource::Next::nothing:
      if (!obstacle_ && due_ && now >= *due_) upkeep(now);
      break;
    case WorkSource::Next::ended:
      store().close();
      return {.ended = true};
  }
  if (failed_) return {};
  notices_.checkpoints(store());
  notices_.keys(store());
  show_figures(now, time);
  return {.ended = false, .at = wake_at(now, time)};
}

WorkSource::Next Committer::take_group(Timestamp time) {
  const std::uint64_t applied = store().applied_index();
  const bool due = !obstacle_ && ledger_->next_due() <= time;
  if (due && ledger_->are_more_due(time, kDueInGroupMax) && source_.tick(applied, time, group_)) {
    return WorkSource::Next::group;
  }
  const WorkSource::Next next = obstacle_ ? source_.take_undecided(applied, time, group_)
                                          : source_.take(applied, time, group_);
  if (next != WorkSource::Next::nothing || !due) return next;
  return source_.tick(applied, time, group_) ? WorkSource::Next::group : next;
}

std::optional<Committer::Moment> Committer::wake_at(Moment now, Timestamp time) {
  const Timestamp next = obstacle_ ? kNever : ledger_->next_due();
  if (next == kNever) return due_;
  const std::chrono::nanoseconds until(std::max<std::int64_t>(0, next.ns - time.ns));
  const std::chrono::nanoseconds least =
      source_.is_shared() ? kAskForTickEvery : std::chrono::milliseconds::zero();
  const Moment then = now + std::clamp<std::chrono::nanoseconds>(until, least, kLookAtClockEvery);
  return due_ ? std::min(*due_, then) : then;
}

Timestamp Committer::read_clock() {
  const Timestamp now = clock_.now();
  if (const auto news = clock_.take_news()) notices_.clock(*news);
  return now;
}

// Times are told, and decide nothing.
void Committer::measure(const CommittedGroup& group, Moment begun, Moment decided) {
  const auto ended = std::chrono::steady_clock::now();
  const auto ns = [](std::chrono::nanoseconds span) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, span.count()));
  };
  metrics_.count(group.answers);
  if (group.entries.empty()) return;  // Questions alone need no commit.
  metrics_.count(group.entries);
  metrics_.commits.add(1);
  metrics_.group_entries.add(group.entries.size());
  metrics_.group_ns.add(ns(ended - begun));
  metrics_.commit_ns.add(ns(ended - decided));
  metrics_.sync_ns.add(ns(store().sync_time()));
}

void Committer::show_figures(Moment now, Timestamp time) {
  metrics_.deciding.set(obstacle_ ? 0 : 1);
  if (ledger_ == nullptr) return;
  const State& state = ledger_->state();
  metrics_.last_seq.set(static_cast<std::int64_t>(durable_));
  metrics_.accounts.set(static_cast<std::int64_t>(state.account_count()));
  metrics_.holds_open.set(static_cast<std::int64_t>(state.holds().size()));
  metrics_.schedules_open.set(static_cast<std::int64_t>(state.schedules().size()));
  if (now < figures_due_) return;
  figures_due_ = now + kFiguresEvery;
  const store::StoreFigures figures = store().figures();
  metrics_.ledger_bytes.set(static_cast<std::int64_t>(figures.ledger_bytes));
  metrics_.wal_bytes.set(static_cast<std::int64_t>(figures.wal_bytes));
  metrics_.checkpoint_ok.set(figures.checkpoint_trouble.empty() ? 1 : 0);
  const bool held = store().checkpoint_waits();
  metrics_.checkpoint_waits.set(held ? 1 : 0);
  if (!held || metrics_.held_since_ns.value() == 0) metrics_.held_since_ns.set(held ? time.ns : 0);
  metrics_.keys_ok.set(figures.key_trouble.empty() ? 1 : 0);
  metrics_.clock_agrees.set(clock_.state() == LedgerClock::State::agrees ? 1 : 0);
  metrics_.clock_ahead_ns.set(clock_.ahead_ns());
}

Decider::How Committer::how(const Standstill* standstill) const {
  return {.now = group_.now,
          .clock = {.state = name(clock_.state()), .ahead_ns = clock_.ahead_ns()},
          .standstill = standstill,
          .is_shared = source_.is_shared(),
          .node = group_.node};
}

void Committer::commit_group(Moment now) {
  if (group_.ordering != Ordering::ordered) return answer_without_order();
  const auto begun = std::chrono::steady_clock::now();
  auto committed = spent_.take();
  for (;;) {
    const bool decided = decide_group(now, *committed);
    keep_items(*committed);
    if (!decided) return put_off_shared(std::move(committed));
    const std::uint64_t index = group_.index;
    if (store().group().size() >= kSharedEntries || !source_.take_more(group_)) break;
    store().end_group(index);
  }
  const auto decided = std::chrono::steady_clock::now();
  switch (store().commit(group_.index, group_.source)) {
    case store::CommitResult::committed:
      committed->entries = store().take_group(std::move(committed->entries));
      if (!obstacle_ || obstacle_->past_is_safe()) note_durable();
      for (const store::GroupEnd& end : store().committed_groups()) {
        source_.note_applied(end.group_index, end.digest);
      }
      measure(*committed, begun, decided);
      if (tells_decisions_ && tells_decisions_()) {
        notices_.decisions(committed->entries, ledger_->state());
      }
      break;
    case store::CommitResult::refused:
      settle_refused(now, *committed);
      break;
    case store::CommitResult::unknown:
      refuse_group(committed->items, refusal_of(ErrorCode::outcome_unknown),
                   refusal_of(ErrorCode::shutting_down), durable_, *committed);
      fail_unknown("a commit failed");
      break;
  }
  committed->head_seq = durable_;
  deliver_(std::move(committed));
}

// False: of a shared source, and it can't be decided here for now.
bool Committer::decide_group(Moment now, CommittedGroup& committed) {
  // Of two nodes' groups the second may have been made before the first, and is decided after it all the same.
  if (source_.is_shared()) group_.now = std::max(group_.now, ledger_->state().at());
  const bool due = !obstacle_ && ledger_->next_due() <= group_.now;
  if (!obstacle_ && (due || std::ranges::any_of(group_.items, may_change))) {
    if (const auto obstacle = store().begin()) stand_still(*obstacle, now);
  }
  if (due && !obstacle_) decide_due(now);
  if (obstacle_ && source_.is_shared()) return false;
  std::optional<Standstill> standstill;
  if (obstacle_) standstill = standstill_of(*obstacle_);
  Decider::decide(group_.items, *ledger_, metrics_, how(standstill ? &*standstill : nullptr),
                  committed);
  return true;
}

// Beside their answers, for what becomes of them, and for whoever frees their memory.
void Committer::keep_items(CommittedGroup& committed) {
  if (committed.items.empty()) return committed.items.swap(group_.items);
  std::ranges::move(group_.items, std::back_inserter(committed.items));
  group_.items.clear();
}

// Nothing of it was written.
void Committer::settle_refused(Moment now, CommittedGroup& group) {
  const store::Obstacle obstacle = *store().obstacle();
  refuse_group(group.items,
               source_.is_shared() ? decided_elsewhere() : refusal_of(obstacle, Asked::any_key),
               refusal_of(obstacle, Asked::question), durable_, group);
  stand_still(obstacle, now);
  reopen();
  if (!failed_) source_.start_over(store().applied_index());
}

// It is decided elsewhere, and here as soon as it can be.
void Committer::put_off_shared(std::unique_ptr<CommittedGroup> group) {
  refuse_group(group->items, decided_elsewhere(), refusal_of(*obstacle_, Asked::question), durable_,
               *group);
  // Groups without an entry may have ended before this one.
  if (store().group().empty()) {
    store().forget_group_ends();
  } else {
    reopen();
  }
  if (!failed_) source_.start_over(store().applied_index());
  group->head_seq = durable_;
  deliver_(std::move(group));
}

void Committer::answer_without_order() {
  auto answered = spent_.take();
  const Standstill standstill = obstacle_ && group_.ordering == Ordering::without
                                    ? standstill_of(*obstacle_)
                                    : standstill_of(group_.ordering, group_.why);
  Decider::decide(group_.items, *ledger_, metrics_, how(&standstill), *answered);
  metrics_.count(answered->answers);
  answered->head_seq = durable_;
  group_.items.swap(answered->items);
  deliver_(std::move(answered));
}

// What falls due is decided in order, so that nothing is decided past what can't be read.
void Committer::decide_due(Moment now) {
  try {
    (void)ledger_->decide_due(group_.now, kDueInGroupMax);
  } catch (const SQLite::Exception& error) {
    if (!store::is_damage(error)) throw;
    stand_still(store::obstacle_of(error, 0), now);
  }
}

void Committer::upkeep(Moment now) {
  switch (store().idle_step()) {
    case store::Store::Idle::more:
      due_ = now + kBetweenSteps;
      break;
    case store::Store::Idle::nothing:
      due_.reset();
      break;
    case store::Store::Idle::refused:
      stand_still(*store().obstacle(), now);
      if (store().is_spent()) reopen();
      break;
    case store::Store::Idle::unknown:
      fail_unknown("a commit of upkeep failed");
      break;
  }
}

void Committer::stand_still(const store::Obstacle& obstacle, Moment now) {
  notices_.obstacle(obstacle, store().options().directory);
  due_ = now + (obstacle.kind == store::ObstacleKind::locked ? kProbeLockEvery : kProbeEvery);
  // A write that gets through elsewhere doesn't show that the page is whole again.
  if (obstacle.kind == store::ObstacleKind::damaged) due_.reset();
  obstacle_ = obstacle;
}

void Committer::probe(Moment now) {
  switch (store().probe()) {
    case store::CommitResult::committed:
      notices_.goes_on();
      obstacle_.reset();
      note_durable();
      due_ = now + kIdleAfter;
      break;
    case store::CommitResult::refused:
      stand_still(*store().obstacle(), now);
      if (store().is_spent()) reopen();
      break;
    case store::CommitResult::unknown:
      fail_unknown("a commit that tries the disk failed");
      break;
  }
}

// Memory is ahead of the file: builds the state anew from it.
void Committer::reopen() {
  store::StoreOptions options = store().options();
  options.make = store::MakeLedger::never;
  options.durable_seq = durable_;
  // The last connection to leave takes the log's shared memory with it, and a full disk may have no room to
  // make that again.
  const auto keeps_shared_memory = store::Reader::open(store().ledger_file());
  ledger_.reset();  // It holds the lock.
  auto opened = Ledger::open(options);
  if (!opened) {
    return fail("nothing could be written, and then the ledger can't be read again: " +
                opened.error() + ". What was answered is safe");
  }
  ledger_ = std::move(*opened);
  if (store().obstacle() && obstacle_->kind != store::ObstacleKind::damaged) {
    obstacle_ = *store().obstacle();
  }
}

void Committer::note_durable() {
  durable_ = ledger_->state().seq();
}

void Committer::fail_unknown(std::string_view what) {
  fail(std::string(what) + ": " + store().failure() +
       ". Whether what it held took effect shows at the restart; clients that wait were told "
       "outcome_unknown and may ask by key then. See to the disk, then start girod again");
}

void Committer::fail(const std::string& what) {
  if (std::exchange(failed_, true)) return;
  on_failure_(what);
}

// After a failure: nothing behind it was decided.
void Committer::refuse_rest() {
  source_.close();
  const Refusal refusal = refusal_of(ErrorCode::shutting_down);
  while (source_.take(0, Timestamp{}, group_) == WorkSource::Next::group) {
    auto refused = spent_.take();
    const bool is_elsewhere = source_.is_shared() && may_be_decided(group_.ordering);
    refuse_group(group_.items, is_elsewhere ? decided_elsewhere() : refusal, refusal, durable_,
                 *refused);
    refused->head_seq = durable_;
    deliver_(std::move(refused));
  }
  source_.abandon();
}

}  // namespace giro
