// What the store is made of: the parts under ledger/store/ in one object, each behind those that it
// needs. store.cpp opens it and hands it to the store's callers, for whom ledger/store/store.hpp says what
// always holds; store_commit.cpp has what writes: groups, upkeep, probes.
//
// Beyond that: `obstacle_` is why nothing can be written just now, and goes again; `failed_` is for
// good, and stands as soon as a group was refused that memory already has (`ahead_`), or a COMMIT is
// unknown.
// Thread: the store's.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <sqlite3.h>

#include "ledger/store/accounts/sweeper.hpp"
#include "ledger/store/history/marks.hpp"
#include "ledger/store/journal/chain.hpp"
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
  Impl(const StoreOptions& options, OpenedLedger opened)
      : options_(options),
        file_(options.directory / "ledger.db"),
        notices_(std::move(opened.notices)),
        anchor_(std::move(opened.anchor)),
        db_(std::move(opened.db)),
        secret_(read_secret(db_)),
        state_(secret_),
        chain_(opened.chain),
        keys_(db_, file_, secret_,
              {.keys_in_run = options.keys_in_run,
               .filter_bytes_max = options.filter_bytes_max,
               .start_entries_max = options.start_entries_max,
               .recent_keys_max = options.recent_keys_max}),
        sweeper_(db_, newest_marks_),
        reader_(db_),
        meta_(db_),
        transaction_(db_, options.directory),
        metadata_(db_, "SELECT metadata FROM accounts WHERE number = ?"),
        checkpointer_(db_, options.wal_pages_max) {}

  // Errors: what is wrong with the file.
  std::expected<void, std::string> recover_all() {
    const RecoveryUses uses{
        .keys_after = keys_.sealed_seq(),
        .key = [this](std::string_view key, Seq seq) { keys_.add(hash(secret_, key), seq); },
        .changed = [this](AccountNumber account) { sweeper_.note(account); },
        .newest = &newest_marks_};
    const auto recovered = recover(db_, state_, uses);
    if (!recovered) return std::unexpected(recovered.error());
    const auto postings = check_accounts(state_, newest_marks_, *recovered);
    if (!postings) return std::unexpected(postings.error());
    committed_seq_ = state_.seq();
    committed_at_ = state_.at();
    sweeper_.begin_round(committed_seq_, *postings);
    writer_.emplace(db_, state_.currencies().size(), newest_marks_);
    return {};
  }

  // Whether the ledger can be written, and makes durable what was recovered: the log's end may never
  // have been synced, and nothing of it may be told before it is. Errors: a disk that fails.
  std::expected<void, std::string> make_ready();

  Lookup look_up(const Command& command) const {
    const auto* payment = std::get_if<CheckedPayment>(&command);
    if (payment == nullptr) return {};
    const Lookup lookup{.key = hash(secret_, payment->key().view()),
                        .leg = state_.hashes_of(payment->leg()),
                        .likely = {}};
    keys_.prefetch(lookup.key);
    state_.prefetch_slots(lookup.leg);
    return lookup;
  }
  void fetch_accounts(Lookup& lookup) const {
    lookup.likely = state_.prefetch_accounts(lookup.leg);
  }
  void fetch_names(const Lookup& lookup) const { state_.prefetch_names(lookup.likely); }

  std::optional<Obstacle> begin() {
    if (obstacle_) return obstacle_;
    if (transaction_.is_open()) return std::nullopt;
    if (keys_.is_overfull()) return obstacle_ = keys_wait();
    return transaction_.begin();
  }

  std::optional<Decision> find_decision(const Command& command, const Lookup& lookup) {
    return past_of(command, lookup).decided;
  }

  Decision decide(const Command& command, const Lookup& lookup, Timestamp now, std::uint32_t uid) {
    Past past = past_of(command, lookup);
    if (past.decided) return std::move(*past.decided);
    Entry entry =
        state_.apply(command,
                     {.existing = past.opening == nullptr ? nullptr : past.opening->opened(),
                      .hashes = &lookup.leg},
                     now, uid);
    if (is_dry_run(command)) return DryRun{std::make_unique<Entry>(std::move(entry))};
    if (is_keyed(entry.kind())) keys_.add(lookup.key, entry.seq);
    return keep(std::move(entry));
  }

  CommitResult commit();

  std::vector<Entry> take_group() {
    std::vector<Entry> taken = std::exchange(group_, {});
    group_.reserve(taken.size());  // The next group is likely to be as large.
    return taken;
  }

  Idle idle_step();

  CommitResult probe();

  void close();

  std::expected<std::unique_ptr<Entry>, KeyUnreadable> find_payment(const PaymentKey& key) {
    return find(key, hash(secret_, key.view()));
  }

  std::string account_metadata(AccountNumber number) {
    const Seq opened = state_.opened_seq(number);
    if (opened > committed_seq_) return load(opened)->opened()->metadata;
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
  const State& state() const { return state_; }
  AccountPoint account_point(AccountNumber number) const {
    return point_of(state_.account(number), newest_marks_.of(number).latest());
  }
  const std::vector<Entry>& group() const { return group_; }
  const std::string& failure() const { return failure_; }
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

  static bool is_full(int result) { return (result & 0xFF) == SQLITE_FULL; }

  Decision keep(Entry entry) {
    ahead_ = true;
    writer_->note(entry, state_);
    sweeper_.note(entry);
    group_.push_back(std::move(entry));
    return NewDecision{static_cast<std::uint32_t>(group_.size() - 1)};
  }

  // Of the open group, or of the journal.
  std::unique_ptr<Entry> load(Seq seq) {
    if (seq > committed_seq_)
      return std::make_unique<Entry>(copy_of(group_[seq - committed_seq_ - 1]));
    auto entry = reader_.entry(seq);
    if (!entry) throw std::runtime_error("entry " + std::to_string(seq) + " is missing");
    return std::make_unique<Entry>(std::move(*entry));
  }

  // What the journal knows of a command.
  struct Past {
    std::optional<Decision> decided;  // By the same command, or by another one of the same key.
    std::unique_ptr<Entry> opening;   // Of an account that exists, with other terms.
  };
  Past past_of(const Command& command, const Lookup& lookup) {
    return std::visit([&](const auto& kind) { return past_of(kind, lookup); }, command);
  }
  Past past_of(const CheckedPayment& payment, const Lookup& lookup) {
    auto prior = find(payment.key(), lookup.key);
    if (!prior) return {.decided = prior.error(), .opening = nullptr};
    if (*prior == nullptr) return {};
    if (auto field = differing_field(**prior, payment, state_)) {
      return {
          .decided =
              KeyConflict{.seq = (*prior)->seq, .field = std::move(*field), .uid = (*prior)->uid},
          .opening = nullptr};
    }
    return {.decided = PriorDecision{std::move(*prior)}, .opening = nullptr};
  }
  Past past_of(const CheckedOpenAccount& open, const Lookup& /*lookup*/) {
    const AccountNumber number = state_.find(open.id().view());
    if (number == 0) return {};
    std::unique_ptr<Entry> opening = load(state_.opened_seq(number));
    if (difference(*opening->opened(), open) != Rejection::none) {
      return {.decided = std::nullopt, .opening = std::move(opening)};
    }
    return {.decided = PriorDecision{std::move(opening)}, .opening = nullptr};
  }

  // Null: the key is new.
  std::expected<std::unique_ptr<Entry>, KeyUnreadable> find(const PaymentKey& key,
                                                            std::uint64_t fingerprint) {
    std::unique_ptr<Entry> found;
    try {
      keys_.find(fingerprint, [&](Seq seq) {
        std::unique_ptr<Entry> candidate = load(seq);
        if (candidate->key != key) return false;  // Two keys, one fingerprint.
        found = std::move(candidate);
        return true;
      });
    } catch (const KeysUnreadable& error) {
      return std::unexpected(KeyUnreadable{error.first_seq, error.last_seq});
    }
    return found;
  }

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
    obstacle_ = std::move(obstacle);
    if (ahead_) failed_ = CommitResult::refused;
    return CommitResult::refused;
  }

  CommitResult finish();

  void checkpoint();

  const StoreOptions options_;
  const std::filesystem::path file_;
  std::vector<std::string> notices_;
  Anchor anchor_;
  SQLite::Database db_;
  const HashSecret secret_;
  State state_;
  Chain chain_;
  KeyIndex keys_;
  NewestMarks newest_marks_;
  Sweeper sweeper_;
  std::optional<JournalWriter> writer_;
  JournalReader reader_;
  MetaWriter meta_;
  WriteTransaction transaction_;
  Statement metadata_;
  Checkpointer checkpointer_;

  std::vector<Entry> group_;
  bool ahead_ = false;  // Memory is ahead of the file.
  Seq committed_seq_ = 0;
  Timestamp committed_at_;
  // The file alone has these entries, and table meta doesn't say so yet.
  std::optional<Seq> in_file_;
  bool anchor_works_ = true;
  std::optional<Obstacle> obstacle_;
  std::optional<CommitResult> failed_;  // Nothing is written any more.
  std::string failure_;
};

}  // namespace giro::store
