// Every key that was ever decided, and the seq that decided it: recent ones in a hash table, older
// ones in sealed runs on disk. A look-up gives candidates; the caller confirms them on the journal
// row, because fingerprints may collide.
//
// What always holds: a key that was added is found, at every moment, also while its run is being
// sorted, written or merged. The runs on disk cover every payment up to the last run's last_seq;
// start-up adds the ones after it again.
// Thread: the store's.
#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ledger/store/growing_filter.hpp"
#include "ledger/store/key_runs.hpp"
#include "ledger/store/key_table.hpp"
#include "ledger/store/run_builder.hpp"
#include "ledger/store/sqlite.hpp"

namespace giro::store {

class KeyIndex {
 public:
  // Loads the runs; what a crash left half written goes with the next steps. Throws when the runs
  // have a gap: keys of the past would be taken for new ones.
  KeyIndex(const SQLite::Database& db, std::filesystem::path file, std::size_t keys_in_run);

  // Keys of payments after this seq must be added at start-up.
  [[nodiscard]] Seq sealed_seq() const { return runs_.empty() ? 0 : runs_.back().last_seq; }

  void add(std::uint64_t fingerprint, Seq seq) {
    recent_->add(fingerprint, seq);
    new_keys_.add(fingerprint, seq);
  }
  void prefetch(std::uint64_t fingerprint) const;
  // Calls `use(seq)` for each candidate until it says true; tells whether it did.
  template <class Use>
  bool find(std::uint64_t fingerprint, Use use) {
    const BloomProbe probe(fingerprint);
    if (new_keys_.maybe(probe)) {
      if (recent_->find(fingerprint, use)) return true;
      if (sealing_ != nullptr && sealing_->find(fingerprint, use)) return true;
      if (find_in(new_runs(), probe, fingerprint, use)) return true;
    }
    return find_in(old_runs(), probe, fingerprint, use);
  }

  // Within the open transaction, after all entries up to `head_seq` were added: starts, goes on
  // with or ends the making of a run. Writes at most a share that fits `entries` more decisions.
  void step(std::size_t entries, Seq head_seq);
  // There is something for step() to do.
  [[nodiscard]] bool busy() const;

  [[nodiscard]] std::uint64_t recent_count() const;
  [[nodiscard]] std::uint64_t sealed_count() const;
  [[nodiscard]] std::uint64_t run_count() const { return runs_.size(); }

 private:
  // A run in the making.
  struct Job {
    std::unique_ptr<RunBuilder> builder;
    std::uint64_t blocks_written = 0;
  };
  struct Retired {  // A run that is no more: its blocks go a few at a time.
    std::uint32_t run = 0;
    std::uint64_t next_block = 0;
    std::uint64_t blocks = 0;
  };

  // Whose keys new_keys_ doesn't have: their own filters must be asked. The oldest ones.
  [[nodiscard]] std::span<const KeyRun> old_runs() const {
    return std::span(runs_).first(old_run_count_);
  }
  [[nodiscard]] std::span<const KeyRun> new_runs() const {
    return std::span(runs_).subspan(old_run_count_);
  }
  template <class Use>
  bool find_in(std::span<const KeyRun> runs, const BloomProbe& probe, std::uint64_t fingerprint,
               Use use) {
    return std::ranges::any_of(runs, [&](const KeyRun& run) {
      return run.filter.maybe(probe) && reader_.find(run, fingerprint, use);
    });
  }
  // After a change of runs_.
  void count_old_runs();

  void start_seal(Seq head_seq);
  // The first of enough neighbours of one level.
  [[nodiscard]] std::optional<std::size_t> due_merge() const;
  void start_merge(std::size_t first);
  // The finished run, once its last block is written.
  [[nodiscard]] std::optional<KeyRun> advance(Job& job, std::size_t blocks_max);
  void end_merge(KeyRun merged);
  void write_run(const KeyRun& run);
  void delete_retired(std::size_t blocks_max);
  void check_gaps() const;
  void retire_orphans(const SQLite::Database& db);

  std::filesystem::path file_;
  std::size_t keys_in_run_;
  KeyRunReader reader_;
  Statement insert_block_;
  Statement delete_blocks_;
  Statement insert_run_;
  Statement delete_run_;

  std::unique_ptr<KeyTable> recent_;
  std::shared_ptr<const KeyTable> sealing_;  // Until its run is written.
  std::vector<KeyRun> runs_;                 // In order of seq, without gaps.
  // Every key after new_after_: a new key, the usual case, is told by a cache miss or two, and not by
  // one for each run. A start begins anew, and a large run takes over from it.
  GrowingFilter new_keys_;
  Seq new_after_ = 0;
  std::size_t old_run_count_ = 0;
  std::vector<Retired> retired_;
  std::uint32_t last_run_number_ = 0;

  // Sealing goes on beside a merge, which may take long.
  std::optional<Job> seal_;
  std::optional<Job> merge_;
  std::size_t merging_first_ = 0;  // The runs being merged: kRunsInMerge from here.
};

}  // namespace giro::store
