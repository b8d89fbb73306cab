// What the store is made of: the parts under ledger/store/ in one object, each behind those that it
// needs. store.cpp opens it and hands it to the store's callers, for whom ledger/store/store.hpp says what
// always holds; store_commit.cpp has what writes: groups, upkeep, probes.
//
// Beyond that: `obstacle_` is why nothing can be written just now, and goes again; `failed_` is for
// good, and stands as soon as a group was refused that memory already has (`ahead_`), or a COMMIT is
// unknown.
// Thread: the store's.
#pragma once

#include <cassert>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <boost/unordered/unordered_flat_map.hpp>
#include <sqlite3.h>

#include "ledger/store/accounts/sweeper.hpp"
#include "ledger/store/history/marks.hpp"
#include "ledger/store/journal/chain.hpp"
#include "ledger/store/journal/group_end.hpp"
#include "ledger/store/journal/journal_reader.hpp"
#include "ledger/store/journal/journal_writer.hpp"
#include "ledger/store/keys/key_index.hpp"
#include "ledger/store/recovery/opening.hpp"
#include "ledger/store/recovery/recovery.hpp"
#include "ledger/store/schema/meta.hpp"
#include "ledger/store/schema/schema.hpp"
#include "ledger/store/sqlite/anchor.hpp"
#include "ledger/store/sqlite/checkpointer.hpp"
#include "ledger/store/sqlite/ledger_files.hpp"
#include "ledger/store/sqlite/sqlite.hpp"
#include "ledger/store/sqlite/write_transaction.hpp"
#include "ledger/store/store.hpp"

namespace giro::store {

class Store::Impl {
 public:
  Impl(const StoreOptions& options, OpenedLedger opened, State& state)
      : options_(options),
        file_(options.directory / "ledger.db"),
        notices_(std::move(opened.notices)),
        anchor_(std::move(opened.anchor)),
        db_(std::move(opened.db)),
        secret_(read_secret(db_)),
        state_(state),
        chain_(opened.chain),
        keys_(db_, LedgerFile(file_, options.surroundings.vfs), secret_,
              {.keys_in_run = options.keys_in_run,
               .filter_bytes_max = options.filter_bytes_max,
               .start_entries_max = options.start_entries_max,
               .recent_keys_max = options.recent_keys_max,
               .surroundings = options.surroundings}),
        velocities_(db_),
        sweeper_(db_, newest_marks_, velocities_),
        reader_(db_),
        meta_(db_),
        transaction_(db_, options.directory, options.surroundings.clock),
        metadata_(db_, "SELECT metadata FROM accounts WHERE number = ?"),
        followup_(db_, "SELECT max(seq) FROM followups WHERE original = ?"),
        checkpointer_(db_, options.wal_pages_max) {}

  // Errors: what is wrong with the file.
  std::expected<void, std::string> recover_all(State& state) {
    state = State(secret_);
    const RecoveryUses uses{
        .keys_after = keys_.sealed_seq(),
        .key = [this](std::string_view key, Seq seq) { keys_.add_read(hash(secret_, key), seq); },
        .changed = [this](AccountNumber account) { sweeper_.note(account); },
        .newest = &newest_marks_};
    const auto recovered = recover(db_, state, uses);
    if (!recovered) return std::unexpected(recovered.error());
    const auto entries = check_accounts(state_, newest_marks_, *recovered);
    if (!entries) return std::unexpected(entries.error());
    committed_seq_ = state_.seq();
    committed_at_ = state_.at();
    applied_index_ = reader_.head().group;
    source_ = read_meta_text(db_, "source");
    applied_index_ = std::max(applied_index_, read_meta(db_, "source_index").value_or(0));
    sweeper_.begin_round(state_, *entries);
    writer_.emplace(db_, state_, newest_marks_, velocities_);
    return {};
  }

  // Whether the ledger can be written, and makes durable what was recovered: the log's end may never
  // have been synced, and nothing of it may be told before it is. Errors: a disk that fails.
  std::expected<void, std::string> make_ready();

  std::uint64_t fingerprint(const PaymentKey& key) const { return hash(secret_, key.view()); }
  const KeyIndex& keys() const { return keys_; }

  std::optional<Obstacle> begin() {
    if (obstacle_) return obstacle_;
    if (transaction_.is_open()) return std::nullopt;
    if (keys_.is_overfull()) return obstacle_ = keys_wait();
    return transaction_.begin();
  }

  std::uint32_t append(Entry&& entry, std::uint64_t fingerprint) {
    ahead_ = true;
    writer_->note(entry, state_);
    sweeper_.note(entry);
    if (facts_of(entry.kind()).keyed) keys_.add(fingerprint, entry.seq);
    if (entry.kind() != EntryKind::payment) note_what_it_follows(entry);
    group_.push_back(std::move(entry));
    return static_cast<std::uint32_t>(group_.size() - 1);
  }

  CommitResult commit(std::uint64_t group_index, std::string_view source);

  void append_written(Entry&& entry, std::uint64_t fingerprint, std::string_view details) {
    details_.emplace_back(details);
    append(std::move(entry), fingerprint);
  }
  void end_group(std::uint64_t group_index) {
    ends_.push_back({.entries = group_.size(), .group_index = group_index});
  }
  CommitResult commit_written();
  void forget_group_ends() { ends_.clear(); }
  std::span<const GroupEnd> committed_groups() const { return committed_; }
  CommitResult keep_source(std::uint64_t group_index, std::string_view source);
  const Digest& chain_digest() const { return chain_.head(); }
  std::uint64_t applied_index() const { return applied_index_; }
  const std::string& source() const { return source_; }

  std::vector<Entry> take_group(std::vector<Entry> next) {
    assert(next.empty());
    followed_.clear();
    changed_.clear();
    next.reserve(group_.size());  // The next group is likely to be as large.
    return std::exchange(group_, std::move(next));
  }

  Idle idle_step();

  CommitResult probe();

  void close();

  // Null: the key is new.
  std::expected<std::unique_ptr<Entry>, KeyUnreadable> find(const PaymentKey& key,
                                                            std::uint64_t fingerprint) {
    std::unique_ptr<Entry> found;
    const auto seq = find_seq(fingerprint, [&](Seq candidate) {
      found = entry(candidate);
      return found->key == key;  // Two keys may have one fingerprint.
    });
    if (!seq) return std::unexpected(seq.error());
    if (*seq == 0) found.reset();
    return found;
  }

  // The seq that the key decided, as `is_it` says of candidates; nothing: the key is new.
  template <class IsIt>
  std::expected<Seq, KeyUnreadable> find_seq(std::uint64_t fingerprint, IsIt is_it) {
    Seq found = 0;
    try {
      keys_.find(fingerprint, [&](Seq seq) {
        if (!is_it(seq)) return false;
        found = seq;
        return true;
      });
    } catch (const KeysUnreadable& error) {
      return std::unexpected(KeyUnreadable{error.first_seq, error.last_seq});
    }
    return found;
  }

  bool has_key(Seq seq, const PaymentKey& key) {
    if (const OpenHold* hold = state_.holds().find(seq)) return hold->key == key;
    if (const Entry* open = open_entry(seq)) return open->key == key;
    return entry(seq)->key == key;
  }

  // The latest entry that follows this one, the open group's included; 0: none.
  Seq latest_followup(Seq original) {
    if (const auto found = followed_.find(original); found != followed_.end()) {
      return found->second;
    }
    if (original > committed_seq_) return 0;
    const ResetGuard guard(followup_);
    followup_.bind(0, static_cast<std::int64_t>(original));
    return followup_.step() ? followup_.number(0) : 0;
  }

  const Entry* open_entry(Seq seq) const {
    return seq > committed_seq_ ? &group_[seq - committed_seq_ - 1] : nullptr;
  }

  std::unique_ptr<Entry> entry(Seq seq) {
    if (const Entry* open = open_entry(seq)) return std::make_unique<Entry>(copy_of(*open));
    auto entry = reader_.entry(seq);
    if (!entry) throw std::runtime_error("entry " + std::to_string(seq) + " is missing");
    return std::make_unique<Entry>(std::move(*entry));
  }

  Seq latest_mark(AccountNumber number) const { return newest_marks_.of(number).latest(); }

  std::string account_metadata(AccountNumber number, Seq opened_seq) {
    // What the open group made of it, the latest first.
    for (std::size_t i = changed_.size(); i-- > 0;) {
      const Entry& entry = *open_entry(changed_[i]);
      const auto& change = *std::get<std::unique_ptr<AccountChangeBody>>(entry.body);
      if (entry.applied() && change.posting.from == number && change.terms.metadata) {
        return *change.terms.metadata;
      }
    }
    if (opened_seq > committed_seq_) return entry(opened_seq)->opened()->metadata;
    const ResetGuard guard(metadata_);
    metadata_.bind(0, number);
    return metadata_.step() ? std::string(metadata_.text(0)) : std::string();
  }

  StoreFigures figures() const {
    return {.keys_recent = keys_.recent_count(),
            .keys_sealed = keys_.sealed_count(),
            .key_runs = keys_.run_count(),
            .key_trouble = keys_.trouble(),
            .ledger_bytes = size_of(file_),
            .wal_bytes = size_of(file_.string() + "-wal"),
            .checkpoint_trouble = checkpoint_trouble()};
  }

  std::vector<std::string> take_key_notices() { return keys_.take_notices(); }
  const std::vector<Entry>& group() const { return group_; }
  const std::string& failure() const { return failure_; }
  std::chrono::nanoseconds sync_time() const { return transaction_.took(); }
  const std::optional<Obstacle>& obstacle() const { return obstacle_; }
  bool is_spent() const { return failed_.has_value(); }
  const std::vector<std::string>& notices() const { return notices_; }
  const std::string& checkpoint_trouble() const {
    static const std::string kNoAnchor = "the file `anchor` can't be written";
    return anchor_works_ ? checkpointer_.trouble() : kNoAnchor;
  }
  const Checkpointer& checkpointer() const { return checkpointer_; }
  const std::filesystem::path& file() const { return file_; }
  const StoreOptions& options() const { return options_; }

 private:
  static constexpr std::size_t kIdleRows = 4'096;  // Swept in one idle step.
  // An idle step seals as much as this many decisions.
  static constexpr std::size_t kIdleEntries = 8'192;

  void note_what_it_follows(const Entry& entry) {
    if (const Seq original = entry.follows(); original != 0) followed_[original] = entry.seq;
    if (entry.kind() == EntryKind::account_change) changed_.push_back(entry.seq);
  }

  static bool is_full(int result) { return (result & 0xFF) == SQLITE_FULL; }

  static Idle idle_result(CommitResult result) {
    if (result == CommitResult::committed) return Idle::more;
    return result == CommitResult::refused ? Idle::refused : Idle::unknown;
  }

  // Nothing: the file has all that was recovered, synced. Else `not_durable`, or an `io_error`.
  std::optional<Obstacle> make_durable();

  // The next start knows from it how much only the log can have.
  void note_checkpoint() {
    if (!in_file_) return;
    meta_.write("checkpointed_seq", *in_file_);
    in_file_.reset();
  }

  Obstacle keys_wait() const {
    return {.kind = ObstacleKind::keys_unsealed,
            .what = std::to_string(keys_.recent_count()) +
                    " keys of recent payments wait: " + keys_.failure()};
  }

  // Nothing of the transaction is in the file.
  CommitResult refuse(Obstacle obstacle) {
    failure_ = obstacle.what;
    ends_.clear();
    obstacle_ = std::move(obstacle);
    if (ahead_) failed_ = CommitResult::refused;
    return CommitResult::refused;
  }

  // What of the groups' order is wrong.
  [[nodiscard]] std::optional<std::string> broken_order() const;
  void note_groups();
  void write_source(std::uint64_t group_index, std::string_view source);
  // What ended, and what `write()` writes beside it.
  template <class Write>
  CommitResult commit_rows(Write write);
  CommitResult finish();

  void checkpoint();

  const StoreOptions options_;
  const std::filesystem::path file_;
  std::vector<std::string> notices_;
  Anchor anchor_;
  SQLite::Database db_;
  const HashSecret secret_;
  const State& state_;  // Of whoever opened it.
  Chain chain_;
  KeyIndex keys_;
  NewestMarks newest_marks_;
  VelocityRows velocities_;
  Sweeper sweeper_;
  std::optional<JournalWriter> writer_;
  JournalReader reader_;
  MetaWriter meta_;
  WriteTransaction transaction_;
  Statement metadata_;
  Statement followup_;
  Checkpointer checkpointer_;

  std::vector<Entry> group_;
  std::vector<GroupEnd> ends_;        // Of groups of the open transaction.
  std::vector<std::string> details_;  // Of its entries, where another ledger decided them.
  std::vector<GroupEnd> committed_;   // Of the last transaction.
  boost::unordered_flat_map<Seq, Seq> followed_;  // By the open group: the latest of each.
  std::vector<Seq> changed_;  // Entries of the open group that change an account.
  bool ahead_ = false;        // Memory is ahead of the file.
  Seq committed_seq_ = 0;
  Timestamp committed_at_;
  std::uint64_t applied_index_ = 0;
  std::string source_;
  // The file alone has these entries, and table meta doesn't say so yet.
  std::optional<Seq> in_file_;
  bool anchor_works_ = true;
  std::optional<Obstacle> obstacle_;
  std::optional<CommitResult> failed_;  // Nothing is written any more.
  std::string failure_;
};

}  // namespace giro::store
