// Every key that was ever decided, and the seq that decided it: recent ones in a hash table, older
// ones in sealed runs on disk. A look-up gives candidates; the caller confirms them on the journal
// row, because fingerprints may collide.
//
// What always holds:
//   - a key that was added is found, at every moment, also while its run is being sorted, written or
//     merged. Where a run can't be read, a look-up that needs it throws instead of saying "new";
//   - runs_ covers every payment up to sealed_seq(). What of it isn't in the file, or can't be read,
//     is made anew from the journal, in pieces, before anything else is made;
//   - a step writes and removes a bounded number of pages; memory takes filter_bytes_max for the
//     runs' filters, whatever the number of keys;
//   - a run that can't be made is upkeep that failed: it is tried again later (ledger/store/keys/backoff.hpp),
//     and the keys stay where they are. No payment fails for it, until is_overfull().
//
// Thread: the store's.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ledger/hash.hpp"
#include "ledger/store/keys/backoff.hpp"
#include "ledger/store/keys/growing_filter.hpp"
#include "ledger/store/keys/key_run_tables.hpp"
#include "ledger/store/keys/key_runs.hpp"
#include "ledger/store/keys/key_table.hpp"
#include "ledger/store/keys/run_builder.hpp"
#include "ledger/store/sqlite/sqlite.hpp"
#include "ledger/store/surroundings.hpp"

namespace giro::store {

struct KeyIndexOptions {
  std::size_t keys_in_run = 262'144;
  std::uint64_t filter_bytes_max = std::uint64_t{128} << 20;
  // A start reads at most so many entries behind the last run; more of them are a lost run's.
  Seq start_entries_max = 1'048'576;
  // So many recent keys may wait for a run that can't be made; 48 bytes each.
  std::uint64_t recent_keys_max = 4'194'304;
  Surroundings surroundings = {};
};

// Whether the key is one of a payment between these seqs can't be told for now.
struct KeysUnreadable : std::runtime_error {
  explicit KeysUnreadable(std::span<const KeyRunInfo> runs);
  Seq first_seq;
  Seq last_seq;
};

class KeyIndex {
 public:
  // Reads which runs there are; their filters come with the next steps, and what a crash left half
  // written goes with them.
  KeyIndex(const SQLite::Database& db, LedgerFile file, const HashSecret& secret,
           const KeyIndexOptions& options);

  // Keys of payments after this seq must be added at start-up.
  [[nodiscard]] Seq sealed_seq() const { return runs_.empty() ? 0 : runs_.back().info.last_seq; }

  void add(std::uint64_t fingerprint, Seq seq) {
    recent_->add(fingerprint, seq);
    new_keys_.add(fingerprint, seq);
  }
  // What a start reads, in the order of seq: where that is more than a run's keys, their run is made beside
  // the rest of the start.
  void add_read(std::uint64_t fingerprint, Seq seq);
  void prefetch(std::uint64_t fingerprint) const;
  // Calls `use(seq)` for each candidate until it says true; tells whether it did. Throws KeysUnreadable
  // when it didn't and a run could not be asked.
  template <class Use>
  bool find(std::uint64_t fingerprint, Use use) {
    const BloomProbe probe(fingerprint);
    std::vector<KeyRunInfo> unreadable;
    if (new_keys_.maybe(probe)) {
      if (recent_->find(fingerprint, use)) return true;
      if (sealing_ != nullptr && sealing_->find(fingerprint, use)) return true;
      if (find_in(new_runs(), probe, use, unreadable)) return true;
    }
    if (find_in(old_runs(), probe, use, unreadable)) return true;
    if (unreadable.empty()) return false;
    throw KeysUnreadable(unreadable);
  }

  // Within the open transaction, after all entries up to `head_seq` were added: goes on with what is
  // being made, or starts it. Writes at most a share that fits `entries` more decisions, or as much as a
  // step may where sealing is far behind. Throws only what SQLite says of the whole transaction: a full disk and the like.
  void step(std::size_t entries, Seq head_seq);
  // There is something for step() to do.
  [[nodiscard]] bool busy() const;
  // Recent keys can't be sealed, and no more of them fit: nothing new may be decided until they can.
  [[nodiscard]] bool is_overfull() const;
  // Some keys can't be looked up until more steps were made.
  [[nodiscard]] bool is_repairing() const;

  [[nodiscard]] std::uint64_t recent_count() const;
  [[nodiscard]] std::uint64_t sealed_count() const;
  [[nodiscard]] std::uint64_t run_count() const { return runs_.size(); }
  // What is wrong; empty: nothing.
  [[nodiscard]] std::string trouble() const;
  // Why the last try to make a run failed; empty: it didn't.
  [[nodiscard]] const std::string& failure() const {
    return upkeep_backoff_.trouble().empty() ? seal_backoff_.trouble() : upkeep_backoff_.trouble();
  }
  // What an operator should know, since the last call: sentences.
  [[nodiscard]] std::vector<std::string> take_notices() { return std::exchange(notices_, {}); }

 private:
  // A run in the making.
  struct Making {
    KeyRunInfo run;
    std::unique_ptr<RunBuilder> builder;
  };
  using Runs = std::vector<KeyRun>;

  // Whose keys new_keys_ doesn't have: their own filters must be asked. The oldest ones.
  [[nodiscard]] std::span<KeyRun> old_runs() { return std::span(runs_).first(old_run_count_); }
  [[nodiscard]] std::span<KeyRun> new_runs() { return std::span(runs_).subspan(old_run_count_); }
  template <class Use>
  bool find_in(std::span<KeyRun> runs, const BloomProbe& probe, Use use,
               std::vector<KeyRunInfo>& unreadable) {
    return std::ranges::any_of(runs, [&](KeyRun& run) {
      if (run.filter.rules_out(probe)) return false;
      try {
        return reader_.find(run, probe, use);
      } catch (const UnreadableKeys& error) {
        note_damage(run, error.what());
        unreadable.push_back(run.info);
        return false;
      }
    });
  }
  void take_over(const KeyRunReader::Found& found, Seq head_seq);
  // After a change of runs_.
  void runs_changed();
  void load_filters(std::size_t pages_max);
  void note_damage(KeyRun& run, std::string_view what);

  // More keys wait for their run than ever do while shares are enough.
  [[nodiscard]] bool is_behind() const;
  [[nodiscard]] bool has_upkeep() const;
  [[nodiscard]] bool has_seal() const;
  void note_failure(Backoff& backoff, std::string_view what, const std::exception& error);
  template <class Work>
  void attempt(Backoff& backoff, std::string_view what, std::optional<Making>& making, Work work);
  // Writes what is ready; the run, once that was its last page.
  [[nodiscard]] std::optional<KeyRunInfo> advance(Making& making, std::size_t pages_max);
  void start(std::optional<Making>& making, const KeyRunInfo& run, KeySource source);
  // The recent keys, up to `last_seq`, wait for their run from now on.
  void set_aside_recent(Seq last_seq);
  void start_seal();
  // True: a run was finished.
  bool seal_step(std::size_t pages_max, Seq head_seq);
  bool upkeep_step(std::size_t pages_max);
  // The first of enough neighbours of one level.
  [[nodiscard]] std::optional<std::size_t> due_merge() const;
  void start_merge(std::size_t first);
  void end_merge(const KeyRunInfo& merged);
  // The run to be made anew.
  [[nodiscard]] std::optional<std::size_t> due_repair() const;
  void start_repair(const KeyRun& target);
  void end_repair_piece(const KeyRunInfo& piece);
  void replace(Runs::iterator first, Runs::iterator last, std::span<const KeyRunInfo> with);

  const SQLite::Database& db_;
  LedgerFile file_;
  HashSecret secret_;
  KeyIndexOptions options_;
  KeyRunReader reader_;
  KeyRunTables tables_;
  Savepoint savepoint_;

  std::shared_ptr<KeyTable> recent_;  // Shared, so that setting it aside can't fail half-way.
  std::shared_ptr<const KeyTable> sealing_;  // Until its run is written.
  Seq sealing_last_seq_ = 0;
  Runs runs_;  // In order of seq, without gaps.
  // Every key after new_after_: a new key, the usual case, is told by a cache miss or two, and not by
  // one for each run. A start begins anew, and a large run takes over from it.
  GrowingFilter new_keys_;
  Seq new_after_ = 0;
  std::size_t old_run_count_ = 0;
  std::uint32_t last_run_number_ = 0;

  // Sealing goes on beside the other, which may take long.
  std::optional<Making> seal_;
  std::optional<Making> upkeep_;        // A merge or, while a run isn't whole, a piece of that one.
  std::optional<std::size_t> merging_;  // It is a merge, of kRunsInMerge runs from here.
  std::vector<KeyRunInfo> pieces_;      // Written, to replace a damaged run once all of them are.
  Backoff seal_backoff_;
  Backoff upkeep_backoff_;
  std::vector<std::string> notices_;
};

}  // namespace giro::store
