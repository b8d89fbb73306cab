// The ledger's file: an append-only journal in SQLite (WAL, synchronous=FULL), and the way from it to the
// state that it amounts to. This is the one writer. It decides nothing (engine/ledger.hpp does).
//
//   begin()  append()...  commit()   takes over a group of entries, then writes it in one transaction; where more
//                                    groups wait, several go into one, each with its own link of the audit chain
//
// What always holds:
//   - the journal is only ever appended to, and a group is in it whole or not at all;
//   - after commit() returned `committed`, its entries survive a crash and a power cut;
//   - whatever failed before COMMIT was run is not in the file: `refused`. A COMMIT that failed is
//     `unknown`, a client's or upkeep's alike: later commits could lie behind one that never reached
//     the disk, so nobody may go on in this process;
//   - memory is ahead of the file only between append() and commit(). A store that was refused or
//     unknown once must be dropped and opened again: it writes nothing more and repeats the failure.
//     A begin() that met an obstacle leaves it as it was.
//
// Thread: one, the commit thread; open() may run on another before it.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ledger/entry/entry.hpp"
#include "ledger/state/state.hpp"
#include "ledger/store/accounts/account_point.hpp"
#include "ledger/store/journal/chain.hpp"
#include "ledger/store/journal/group_end.hpp"
#include "ledger/store/sqlite/ledger_file.hpp"
#include "ledger/store/sqlite/obstacle.hpp"
#include "ledger/store/surroundings.hpp"

namespace giro::store {

struct OpenedLedger;

// Where there is no ledger.
enum class MakeLedger : std::uint8_t {
  never,
  in_new_folder,  // Only where the folder doesn't exist, and its parent does: no disk is missing there.
  if_absent,
};

struct StoreOptions {
  std::filesystem::path directory = {};  // Holds ledger.db, its -wal and -shm, and the anchor.
  MakeLedger make = MakeLedger::if_absent;
  // The entries up to here are known to be synced: this process committed them.
  Seq durable_seq = 0;
  std::uint32_t keys_in_run = 262'144;  // Recent keys are sealed into a run at this count.
  std::uint64_t filter_bytes_max = std::uint64_t{128} << 20;  // Memory for the runs' filters.
  // A start reads at most so many entries behind the last run: more of them are a run that is missing.
  Seq start_entries_max = 1'048'576;
  // Recent keys that may wait for a run which can't be made; beyond them nothing new is decided.
  std::uint64_t recent_keys_max = 4'194'304;
  std::uint32_t wal_pages_max = 2'048;  // Checkpoint at this size (8 MiB).
  Surroundings surroundings = {};
};

enum class CommitResult : std::uint8_t {
  committed,
  refused,  // Nothing was written: obstacle() says why.
  unknown,  // It may or may not be on disk.
};

// The key may be the one of an old payment whose keys can't be read for now. They are being made anew from
// the journal.
struct KeyUnreadable {
  Seq first_seq = 0;  // Of these payments.
  Seq last_seq = 0;
};

struct StoreFigures {
  std::uint64_t keys_recent = 0;
  std::uint64_t keys_sealed = 0;
  std::uint64_t key_runs = 0;
  std::string key_trouble;  // What is wrong with the upkeep of key runs; empty: nothing.
  std::uint64_t ledger_bytes = 0;
  std::uint64_t wal_bytes = 0;
  std::string checkpoint_trouble;  // Why the log can't be emptied; empty: it can.
};

class Store {
 public:
  // Opens the ledger of a directory into `state`, or makes one where options.make allows it. From then on
  // the store looks at the state, which outlives it, and its owner changes it by nothing but what it
  // appends. Proves that the files belong together (ledger/store/recovery/opening.hpp), replays what wasn't swept, checks the accounts, and
  // makes durable what it recovered: until that succeeds obstacle() is `not_durable`. A disk that is
  // full doesn't keep it from opening: then obstacle() says so, too.
  // Errors: a sentence for the operator: what is wrong, what it means, what to do.
  static std::expected<std::unique_ptr<Store>, std::string> open(const StoreOptions& options,
                                                                 State& state);
  ~Store();  // Without close(): as a crash would leave it.
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // --- the keys ---
  [[nodiscard]] std::uint64_t fingerprint(const PaymentKey& key) const;
  void prefetch(std::uint64_t fingerprint) const;
  // The entry that this key decided, of the open group or of the journal; null: the key is new.
  // REQUIRES: `fingerprint` is the key's.
  [[nodiscard]] std::expected<std::unique_ptr<Entry>, KeyUnreadable> find(
      const PaymentKey& key, std::uint64_t fingerprint);

  // The seq that this key decided; 0: the key is new. An open hold's is told from the state, without reading the
  // journal.
  [[nodiscard]] std::expected<Seq, KeyUnreadable> find_seq(const PaymentKey& key,
                                                           std::uint64_t fingerprint);
  // The latest applied entry that goes on with this one, of the open group or of the journal; 0: none.
  [[nodiscard]] Seq latest_followup(Seq original);

  // --- a group ---
  // Opens the group's transaction, before anything is appended: an obstacle that is met here changes
  // nothing. Without it commit() opens the transaction itself.
  [[nodiscard]] std::optional<Obstacle> begin();
  // Takes over what the state just decided; its index in group(). `fingerprint`: of its key, if it is keyed.
  std::uint32_t append(Entry&& entry, std::uint64_t fingerprint);
  // What was appended and isn't committed yet, in order of seq.
  [[nodiscard]] const std::vector<Entry>& group() const;
  // What was appended since the last end is the group of this index of the ordered source, in one transaction with the next
  // one, which commit() ends. REQUIRES: it is after the last; a group follows.
  void end_group(std::uint64_t group_index);
  // They will be fed again: the ends since the last commit. REQUIRES: nothing is appended.
  void forget_group_ends();
  // As the group of this index of the ordered source; nothing: the one after the last.
  // `source`: what its source wants to find again with it; empty: nothing new. REQUIRES: it is after the last.
  [[nodiscard]] CommitResult commit(std::optional<std::uint64_t> group_index = {},
                                    std::string_view source = {});
  // The groups of the last commit, in order: each one's place in the audit chain.
  [[nodiscard]] std::span<const GroupEnd> committed_groups() const;
  // The index of the last group of the last transaction that left an entry: durable with them, in it.
  // A group that is fed again after it, because it left none, leaves none again. Of many that leave none one is kept
  // all the same, where there is a source's text to keep.
  [[nodiscard]] std::uint64_t applied_index() const;
  // What was given with the last group that left an entry; empty: nothing ever was.
  [[nodiscard]] const std::string& source() const;

  // --- what another ledger decided, taken over with its commits: a restore ---
  // As append(): the state has replayed it. `details`: as its journal has them.
  void append_written(Entry&& entry, std::uint64_t fingerprint, std::string_view details);
  // The groups since the last call, in one transaction; 0 as one's index: it doesn't say.
  // REQUIRES: there is one, it left an entry, and nothing was appended behind its end_group().
  [[nodiscard]] CommitResult commit_written();
  // Its place in the log that ordered them, as applied_index() and source() tell it there. REQUIRES: nothing is
  // appended, and no group behind this one was committed.
  [[nodiscard]] CommitResult keep_source(std::uint64_t group_index, std::string_view source);
  // The digest of the chain's head.
  [[nodiscard]] const Digest& chain_digest() const;
  // How many keys aren't sealed into a run yet.
  [[nodiscard]] std::uint64_t keys_recent() const;

  // After commit(): takes the group's entries away. `next`: empty; the next group has its memory.
  [[nodiscard]] std::vector<Entry> take_group(std::vector<Entry> next = {});
  // Why the last commit failed.
  [[nodiscard]] const std::string& failure() const;

  // Why nothing can be written; nothing: as far as is known, it can.
  [[nodiscard]] const std::optional<Obstacle>& obstacle() const;
  // It was refused or unknown while memory was ahead of the file: it must be opened again.
  [[nodiscard]] bool is_spent() const;
  // What the start found that its operator should know.
  [[nodiscard]] const std::vector<std::string>& notices() const;

  // Whether a small write gets through, and what was recovered is durable: after an obstacle, before
  // going on.
  [[nodiscard]] CommitResult probe();

  // One bounded step of upkeep that isn't needed for correctness (sweep, seal, checkpoint), for
  // when there is nothing else to do. Between commits only.
  enum class Idle : std::uint8_t { more, nothing, refused, unknown };
  [[nodiscard]] Idle idle_step();
  // All of idle_step(), then the write-ahead log is emptied: for a clean stop.
  void close();

  // --- questions of the writer's own ---
  // REQUIRES: there is such an entry, of the open group or of the journal.
  [[nodiscard]] std::unique_ptr<Entry> entry(Seq seq);
  // Where it lies in the open group, until the next append(); null: it is of the journal. REQUIRES: as entry().
  [[nodiscard]] const Entry* open_entry(Seq seq) const;
  // What became of the upkeep of key runs since the last call, for the operator.
  [[nodiscard]] std::vector<std::string> take_key_notices();
  // The seq of the account's newest mark, the open group included; 0: none.
  [[nodiscard]] Seq latest_mark(AccountNumber number) const;
  // JSON text; empty: none. `opened_seq`: of the account's opening.
  [[nodiscard]] std::string account_metadata(AccountNumber number, Seq opened_seq);
  [[nodiscard]] StoreFigures figures() const;
  // Why the log can't be emptied; empty: it can. `waits`: only because a reader is open.
  [[nodiscard]] const std::string& checkpoint_trouble() const;
  [[nodiscard]] bool checkpoint_waits() const;
  // Of the last commit: the part of it that SQLite's COMMIT took.
  [[nodiscard]] std::chrono::nanoseconds sync_time() const;
  [[nodiscard]] std::uint64_t log_bytes() const;
  [[nodiscard]] LedgerFile ledger_file() const;
  [[nodiscard]] const StoreOptions& options() const;

 private:
  class Impl;
  static std::expected<std::unique_ptr<Impl>, std::string> recover_all(const StoreOptions& options,
                                                                       OpenedLedger opened,
                                                                       State& state);
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace giro::store
