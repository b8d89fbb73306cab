// The ledger's file: an append-only journal in SQLite (WAL, synchronous=FULL), and the state that
// it amounts to, in memory. This is the one writer.
//
//   decide()...  commit()   decides a group in memory, then writes it in one transaction
//
// What always holds:
//   - the journal is only ever appended to, and a group is in it whole or not at all;
//   - after commit() returned `committed`, its entries survive a crash and a power cut;
//   - memory is ahead of the file only between decide() and commit(). After a commit, a probe or an
//     idle step that failed the store must be dropped and opened again: it writes nothing more and
//     only repeats the failure.
//
// Thread: one, the commit thread; open() may run on another before it.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "ledger/entry.hpp"
#include "ledger/request.hpp"
#include "ledger/state.hpp"
#include "ledger/store/account_point.hpp"

namespace giro::store {

struct StoreOptions {
  std::filesystem::path directory = {};  // Holds ledger.db, its -wal and -shm, and the anchor.
  std::uint32_t keys_in_run = 262'144;   // Recent keys are sealed into a run at this count.
  std::uint32_t wal_pages_max = 2'048;   // Checkpoint at this size (8 MiB).
  std::string vfs = {};                  // SQLite's VFS by name; empty: its default. For tests.
};

enum class CommitResult {
  committed,
  disk_full,  // Nothing was written.
  unknown,    // It may or may not be on disk.
};

// What became of one request within the open group.
struct NewDecision {
  std::uint32_t entry = 0;  // Index into Store::group().
};
struct PriorDecision {  // The same request was decided before.
  std::unique_ptr<Entry> entry;
};
struct DryRun {
  std::unique_ptr<Entry> entry;
};
struct KeyConflict {
  Seq seq = 0;
  std::string field;
};
using Decision = std::variant<NewDecision, PriorDecision, DryRun, KeyConflict>;

// What deciding a payment looks for in memory.
struct Lookup {
  std::uint64_t key = 0;  // The key's hash.
  LegHashes leg;
  LegAccounts likely;  // A guess, for fetch_names().
};

struct StoreFigures {
  std::uint64_t keys_recent = 0;
  std::uint64_t keys_sealed = 0;
  std::uint64_t key_runs = 0;
  std::uint64_t ledger_bytes = 0;
  std::uint64_t wal_bytes = 0;
};

class Store {
 public:
  // Opens the ledger of a directory, or makes one; replays what wasn't swept, checks the anchor.
  // Errors: a sentence for the operator: what is wrong, what it means, what to do.
  static std::expected<std::unique_ptr<Store>, std::string> open(const StoreOptions& options);
  ~Store();  // Without close(): as a crash would leave it.
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // A payment's look-ups. LookAhead makes them some payments ahead, in these three steps.
  [[nodiscard]] Lookup look_up(const CheckedPayment& payment) const;
  void fetch_accounts(Lookup& lookup) const;
  void fetch_names(const Lookup& lookup) const;
  // REQUIRES: `lookup` is this payment's.
  [[nodiscard]] Decision decide(const CheckedPayment& payment, const Lookup& lookup, Timestamp now,
                                std::uint32_t uid);
  [[nodiscard]] Decision decide(const CheckedPayment& payment, Timestamp now, std::uint32_t uid) {
    return decide(payment, look_up(payment), now, uid);
  }
  [[nodiscard]] Decision decide(const CheckedOpenAccount& open, Timestamp now, std::uint32_t uid);
  // The decisions of the open group so far, in order of seq.
  [[nodiscard]] const std::vector<Entry>& group() const;
  [[nodiscard]] CommitResult commit();
  // After commit(): takes the group's entries away.
  [[nodiscard]] std::vector<Entry> take_group();
  // Why the last commit failed.
  [[nodiscard]] const std::string& failure() const;

  // Whether a small write gets through: after disk_full, before going on.
  [[nodiscard]] CommitResult probe();

  // One bounded step of upkeep that isn't needed for correctness (sweep, seal, checkpoint), for
  // when there is nothing else to do. Between commits only.
  enum class Idle { more, nothing, failed };
  [[nodiscard]] Idle idle_step();
  // All of idle_step(), then the write-ahead log is emptied: for a clean stop.
  void close();

  [[nodiscard]] const State& state() const;
  // 0: unknown. Sees the open group too.
  [[nodiscard]] Seq find_key(const PaymentKey& key);
  // Where the account stands, the open group included.
  [[nodiscard]] AccountPoint account_point(AccountNumber number) const;
  [[nodiscard]] std::string account_metadata(AccountNumber number);
  [[nodiscard]] StoreFigures figures() const;
  [[nodiscard]] std::filesystem::path ledger_file() const;
  [[nodiscard]] const StoreOptions& options() const;

 private:
  class Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace giro::store
