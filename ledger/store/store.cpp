#include "ledger/store/store.hpp"

#include <algorithm>
#include <cassert>
#include <system_error>

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include "ledger/store/anchor.hpp"
#include "ledger/store/chain_head.hpp"
#include "ledger/store/journal_reader.hpp"
#include "ledger/store/journal_writer.hpp"
#include "ledger/store/key_index.hpp"
#include "ledger/store/marks.hpp"
#include "ledger/store/recovery.hpp"
#include "ledger/store/schema.hpp"
#include "ledger/store/sqlite.hpp"
#include "ledger/store/sweeper.hpp"

namespace giro::store {
namespace {

constexpr std::size_t kIdleRows = 4'096;     // Swept in one idle step.
constexpr std::size_t kIdleEntries = 8'192;  // An idle step seals as much as this many decisions.

std::filesystem::path ledger_path(const StoreOptions& options) {
  return options.directory / "ledger.db";
}

}  // namespace

class Store::Impl {
 public:
  Impl(const StoreOptions& options, SQLite::Database db, Anchor anchor)
      : options_(options),
        file_(ledger_path(options)),
        anchor_(std::move(anchor)),
        db_(std::move(db)),
        secret_(read_secret(db_)),
        state_(secret_),
        keys_(db_, file_, options.keys_in_run),
        sweeper_(db_, newest_marks_),
        reader_(db_),
        begin_(db_, "BEGIN IMMEDIATE"),
        commit_(db_, "COMMIT"),
        metadata_(db_, "SELECT metadata FROM accounts WHERE number = ?") {
    sqlite3_wal_hook(db_.getHandle(), &Impl::on_wal, this);
  }

  std::expected<void, std::string> recover_all() {
    const RecoveryUses uses{
        .keys_after = keys_.sealed_seq(),
        .key = [this](std::string_view key, Seq seq) { keys_.add(hash(secret_, key), seq); },
        .changed = [this](AccountNumber account) { sweeper_.note(account); },
        .newest = &newest_marks_};
    if (auto recovered = recover(db_, state_, uses); !recovered) return recovered;
    auto chain = chain_head(db_, anchor_, state_.seq());
    if (!chain) return std::unexpected(chain.error());
    chain_ = std::move(*chain);
    committed_seq_ = state_.seq();
    sweeper_.begin_round(committed_seq_);
    writer_.emplace(db_, state_.currencies().size(), newest_marks_);
    return {};
  }

  Lookup look_up(const CheckedPayment& payment) const {
    const Lookup lookup{.key = hash(secret_, payment.key().view()),
                        .leg = state_.hashes_of(payment.leg()),
                        .likely = {}};
    keys_.prefetch(lookup.key);
    state_.prefetch_slots(lookup.leg);
    return lookup;
  }
  void fetch_accounts(Lookup& lookup) const {
    lookup.likely = state_.prefetch_accounts(lookup.leg);
  }
  void fetch_names(const Lookup& lookup) const { state_.prefetch_names(lookup.likely); }

  Decision decide(const CheckedPayment& payment, const Lookup& lookup, Timestamp now,
                  std::uint32_t uid) {
    if (std::unique_ptr<Entry> prior = find(payment.key(), lookup.key)) {
      if (auto field = differing_field(*prior, payment, state_)) {
        return KeyConflict{.seq = prior->seq, .field = std::move(*field)};
      }
      return PriorDecision{std::move(prior)};
    }
    Entry entry = state_.apply(payment, now, uid, &lookup.leg);
    if (payment.dry_run()) return DryRun{std::make_unique<Entry>(std::move(entry))};
    keys_.add(lookup.key, entry.seq);
    return keep(std::move(entry));
  }

  Decision decide(const CheckedOpenAccount& open, Timestamp now, std::uint32_t uid) {
    const AccountNumber number = state_.find(open.id().view());
    if (number == 0) return keep(state_.apply(open, now, uid, nullptr));
    std::unique_ptr<Entry> prior = load(state_.account(number).opened_seq);
    const OpenedAccount& opened = *prior->details->opened;
    if (difference(opened, open) == Rejection::none) return PriorDecision{std::move(prior)};
    return keep(state_.apply(open, now, uid, &opened));
  }

  CommitResult commit() {
    if (failed_) return *failed_;
    if (group_.empty()) return CommitResult::committed;
    try {
      begin_.run();
      writer_->append(group_, state_, chain_);
      sweeper_.sweep_share(group_.size(), state_);
      keys_.step(group_.size(), state_.seq());
    } catch (const std::exception& error) {
      return give_up(error);
    }
    return finish();
  }

  std::vector<Entry> take_group() {
    std::vector<Entry> taken = std::exchange(group_, {});
    group_.reserve(taken.size());  // The next group is likely to be as large.
    return taken;
  }

  Idle idle_step() {
    assert(group_.empty());
    if (failed_) return Idle::failed;
    const bool work = sweeper_.dirty() || keys_.busy();
    if (!work) return Idle::nothing;
    try {
      begin_.run();
      sweeper_.sweep(kIdleRows, state_);
      keys_.step(kIdleEntries, state_.seq());
    } catch (const std::exception& error) {
      give_up(error);
      return Idle::failed;
    }
    return finish() == CommitResult::committed ? Idle::more : Idle::failed;
  }

  CommitResult probe() {
    if (failed_) return *failed_;
    try {
      begin_.run();
      sweeper_.sweep(kIdleRows, state_);
      // A row that says nothing new still has to go through the log and its sync.
      db_.exec("UPDATE meta SET value = value WHERE name = 'swept_seq'");
    } catch (const std::exception& error) {
      return give_up(error);
    }
    return finish();
  }

  void close() {
    // A run in the making is left: start-up makes it anew.
    while (sweeper_.dirty() && idle_step() == Idle::more) {
    }
    if (failed_) return;
    sqlite3_wal_checkpoint_v2(db_.getHandle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                              nullptr);
    anchor_.sync();
  }

  Seq find_key(const PaymentKey& key) {
    const std::unique_ptr<Entry> entry = find(key, hash(secret_, key.view()));
    return entry == nullptr ? 0 : entry->seq;
  }

  std::string account_metadata(AccountNumber number) {
    const Seq opened = state_.account(number).opened_seq;
    if (opened > committed_seq_) return load(opened)->details->opened->metadata;
    const ResetGuard guard(metadata_);
    metadata_.bind(0, number);
    return metadata_.step() ? std::string(metadata_.text(0)) : std::string();
  }

  StoreFigures figures() const {
    const auto size_of = [](const std::filesystem::path& file) {
      std::error_code error;
      const auto size = std::filesystem::file_size(file, error);
      return error ? 0 : static_cast<std::uint64_t>(size);
    };
    return {.keys_recent = keys_.recent_count(),
            .keys_sealed = keys_.sealed_count(),
            .key_runs = keys_.run_count(),
            .ledger_bytes = size_of(file_),
            .wal_bytes = size_of(file_.string() + "-wal")};
  }

  const State& state() const { return state_; }
  AccountPoint account_point(AccountNumber number) const {
    return point_of(state_.account(number), newest_marks_.of(number).latest());
  }
  const std::vector<Entry>& group() const { return group_; }
  const std::string& failure() const { return failure_; }
  const std::filesystem::path& file() const { return file_; }
  const StoreOptions& options() const { return options_; }

 private:
  // How many pages the log has, told by SQLite after each commit.
  static int on_wal(void* self, sqlite3* /*db*/, const char* /*name*/, int pages) {
    static_cast<Impl*>(self)->wal_pages_ = static_cast<std::uint32_t>(pages);
    return SQLITE_OK;
  }

  Decision keep(Entry entry) {
    writer_->note(entry, state_);
    sweeper_.note(entry);
    group_.push_back(std::move(entry));
    return NewDecision{static_cast<std::uint32_t>(group_.size() - 1)};
  }

  // Of the open group, or of the journal.
  std::unique_ptr<Entry> load(Seq seq) {
    if (seq > committed_seq_)
      return std::make_unique<Entry>(copy(group_[seq - committed_seq_ - 1]));
    auto entry = reader_.entry(seq);
    if (!entry) throw std::runtime_error("entry " + std::to_string(seq) + " is missing");
    return std::make_unique<Entry>(std::move(*entry));
  }

  static Entry copy(const Entry& entry) {
    Entry twin{.seq = entry.seq,
               .at = entry.at,
               .kind = entry.kind,
               .outcome = entry.outcome,
               .uid = entry.uid,
               .key = entry.key,
               .posting = entry.posting,
               .details = nullptr};
    if (entry.details != nullptr) twin.details = std::make_unique<EntryDetails>(*entry.details);
    return twin;
  }

  std::unique_ptr<Entry> find(const PaymentKey& key, std::uint64_t fingerprint) {
    std::unique_ptr<Entry> found;
    keys_.find(fingerprint, [&](Seq seq) {
      std::unique_ptr<Entry> candidate = load(seq);
      if (candidate->key != key) return false;  // Two keys, one fingerprint.
      found = std::move(candidate);
      return true;
    });
    return found;
  }

  // Before COMMIT: nothing of the transaction is in the file.
  CommitResult give_up(const std::exception& error) {
    failure_ = error.what();
    const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&error);
    const bool full = sqlite != nullptr && (sqlite->getErrorCode() & 0xFF) == SQLITE_FULL;
    sqlite3_exec(db_.getHandle(), "ROLLBACK", nullptr, nullptr, nullptr);
    failed_ = full ? CommitResult::disk_full : CommitResult::unknown;
    return *failed_;
  }

  CommitResult finish() {
    try {
      commit_.run();
    } catch (const SQLite::Exception& error) {
      return give_up(error);
    }
    committed_seq_ = state_.seq();
    anchor_.write({.seq = committed_seq_, .digest = chain_.head()});
    if (wal_pages_ >= options_.wal_pages_max) checkpoint();
    return CommitResult::committed;
  }

  // Never waits for readers. Once all of the log is in the file, the next commit starts it anew.
  void checkpoint() {
    sqlite3_wal_checkpoint_v2(db_.getHandle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr,
                              nullptr);
    anchor_.sync();
  }

  const StoreOptions options_;
  const std::filesystem::path file_;
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
  Statement begin_;
  Statement commit_;
  Statement metadata_;

  std::vector<Entry> group_;
  Seq committed_seq_ = 0;
  std::uint32_t wal_pages_ = 0;
  std::optional<CommitResult> failed_;  // Memory is ahead of the file: nothing is written any more.
  std::string failure_;
};

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

std::expected<std::unique_ptr<Store>, std::string> Store::open(const StoreOptions& options) {
  const std::string where = ledger_path(options).string();
  try {
    std::filesystem::create_directories(options.directory);
    auto anchor = Anchor::open(options.directory / "anchor");
    if (!anchor) return std::unexpected(anchor.error());
    SQLite::Database db = open_writer(ledger_path(options), options.vfs);
    if (auto prepared = prepare_schema(db); !prepared) {
      return std::unexpected(where + ": " + prepared.error());
    }
    start_wal(db);
    auto impl = std::make_unique<Impl>(options, std::move(db), std::move(*anchor));
    if (auto recovered = impl->recover_all(); !recovered) {
      return std::unexpected(where + ": " + recovered.error());
    }
    return std::unique_ptr<Store>(new Store(std::move(impl)));
  } catch (const std::exception& error) {
    return std::unexpected(
        "can't open " + where + ": " + error.what() +
        "; nothing was changed. Check the directory's owner, its free space, and "
        "that the file is whole");
  }
}

Lookup Store::look_up(const CheckedPayment& payment) const {
  return impl_->look_up(payment);
}
void Store::fetch_accounts(Lookup& lookup) const {
  impl_->fetch_accounts(lookup);
}
void Store::fetch_names(const Lookup& lookup) const {
  impl_->fetch_names(lookup);
}
Decision Store::decide(const CheckedPayment& payment, const Lookup& lookup, Timestamp now,
                       std::uint32_t uid) {
  return impl_->decide(payment, lookup, now, uid);
}
Decision Store::decide(const CheckedOpenAccount& open, Timestamp now, std::uint32_t uid) {
  return impl_->decide(open, now, uid);
}
const std::vector<Entry>& Store::group() const {
  return impl_->group();
}
CommitResult Store::commit() {
  return impl_->commit();
}
std::vector<Entry> Store::take_group() {
  return impl_->take_group();
}
const std::string& Store::failure() const {
  return impl_->failure();
}
Store::Idle Store::idle_step() {
  return impl_->idle_step();
}
void Store::close() {
  impl_->close();
}
const State& Store::state() const {
  return impl_->state();
}
Seq Store::find_key(const PaymentKey& key) {
  return impl_->find_key(key);
}
AccountPoint Store::account_point(AccountNumber number) const {
  return impl_->account_point(number);
}
std::string Store::account_metadata(AccountNumber number) {
  return impl_->account_metadata(number);
}
StoreFigures Store::figures() const {
  return impl_->figures();
}
CommitResult Store::probe() {
  return impl_->probe();
}
const StoreOptions& Store::options() const {
  return impl_->options();
}
std::filesystem::path Store::ledger_file() const {
  return impl_->file();
}

}  // namespace giro::store
