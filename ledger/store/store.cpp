#include "ledger/store/store.hpp"

#include "ledger/store/recovery/opening.hpp"
#include "ledger/store/sqlite/ledger_files.hpp"
#include "ledger/store/sqlite/sqlite.hpp"
#include "ledger/store/store_impl.hpp"

namespace giro::store {
namespace {

std::unexpected<std::string> damaged(const StoreOptions& options, std::string_view what) {
  return std::unexpected((options.directory / "ledger.db").string() + ": " + std::string(what) +
                         ", so girod decides nothing on it; nothing was changed. " +
                         damage_advice(options.directory));
}

}  // namespace

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

// The state that the opened file amounts to. Errors: what in the file is damaged.
std::expected<std::unique_ptr<Store::Impl>, std::string> Store::recover_all(
    const StoreOptions& options, OpenedLedger opened, State& state) {
  try {
    auto impl = std::make_unique<Impl>(options, std::move(opened), state);
    if (auto recovered = impl->recover_all(state); !recovered) {
      return std::unexpected(recovered.error());
    }
    return impl;
  } catch (const SQLite::Exception& error) {
    if (!is_damage(error)) throw;
    return std::unexpected(describe(error));
  } catch (const std::runtime_error& error) {
    return std::unexpected(error.what());
  }
}

std::expected<std::unique_ptr<Store>, std::string> Store::open(const StoreOptions& options,
                                                               State& state) {
  const std::string where = (options.directory / "ledger.db").string();
  try {
    auto opened = open_ledger(options);
    if (!opened) return std::unexpected(opened.error());
    auto impl = recover_all(options, std::move(*opened), state);
    if (!impl) return damaged(options, impl.error());
    if (auto ready = (*impl)->make_ready(); !ready) {
      return std::unexpected(where + ": " + ready.error());
    }
    return std::unique_ptr<Store>(new Store(std::move(*impl)));
  } catch (const std::exception& error) {
    const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&error);
    if (sqlite != nullptr && is_damage(*sqlite)) return damaged(options, describe(error));
    return std::unexpected(
        "can't open " + where + ": " + error.what() +
        "; nothing was decided. Check the owner and mode of its files (" +
        describe_files(options.directory) +
        "), the disk's free space, and that the file is whole: giro verify --data " +
        options.directory.string());
  }
}

std::uint64_t Store::fingerprint(const PaymentKey& key) const {
  return impl_->fingerprint(key);
}
void Store::prefetch(std::uint64_t fingerprint) const {
  impl_->keys().prefetch(fingerprint);
}
std::expected<std::unique_ptr<Entry>, KeyUnreadable> Store::find(const PaymentKey& key,
                                                                 std::uint64_t fingerprint) {
  return impl_->find(key, fingerprint);
}
std::expected<Seq, KeyUnreadable> Store::find_seq(const PaymentKey& key,
                                                  std::uint64_t fingerprint) {
  return impl_->find_seq(fingerprint, [&](Seq seq) { return impl_->has_key(seq, key); });
}
Seq Store::latest_followup(Seq original) {
  return impl_->latest_followup(original);
}
std::optional<Obstacle> Store::begin() {
  return impl_->begin();
}
std::uint32_t Store::append(Entry&& entry, std::uint64_t fingerprint) {
  return impl_->append(std::move(entry), fingerprint);
}
const std::optional<Obstacle>& Store::obstacle() const {
  return impl_->obstacle();
}
bool Store::is_spent() const {
  return impl_->is_spent();
}
const std::string& Store::checkpoint_trouble() const {
  return impl_->checkpoint_trouble();
}
std::chrono::nanoseconds Store::sync_time() const {
  return impl_->sync_time();
}
bool Store::checkpoint_waits() const {
  return impl_->checkpointer().is_held();
}
std::uint64_t Store::log_bytes() const {
  return impl_->checkpointer().log_bytes();
}
const std::vector<std::string>& Store::notices() const {
  return impl_->notices();
}
const std::vector<Entry>& Store::group() const {
  return impl_->group();
}
CommitResult Store::commit(std::optional<std::uint64_t> group_index, std::string_view source) {
  return impl_->commit(group_index.value_or(impl_->applied_index() + 1), source);
}
CommitResult Store::keep_source(std::uint64_t group_index, std::string_view source) {
  return impl_->keep_source(group_index, source);
}
const std::string& Store::source() const {
  return impl_->source();
}
void Store::append_written(Entry&& entry, std::uint64_t fingerprint, std::string_view details) {
  impl_->append_written(std::move(entry), fingerprint, details);
}
void Store::end_group(std::uint64_t group_index) {
  impl_->end_group(group_index);
}
void Store::forget_group_ends() {
  impl_->forget_group_ends();
}
std::span<const GroupEnd> Store::committed_groups() const {
  return impl_->committed_groups();
}
CommitResult Store::commit_written() {
  return impl_->commit_written();
}
std::uint64_t Store::keys_recent() const {
  return impl_->keys().recent_count();
}
const Digest& Store::chain_digest() const {
  return impl_->chain_digest();
}
std::uint64_t Store::applied_index() const {
  return impl_->applied_index();
}
std::vector<Entry> Store::take_group(std::vector<Entry> next) {
  return impl_->take_group(std::move(next));
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
std::unique_ptr<Entry> Store::entry(Seq seq) {
  return impl_->entry(seq);
}
const Entry* Store::open_entry(Seq seq) const {
  return impl_->open_entry(seq);
}
std::vector<std::string> Store::take_key_notices() {
  return impl_->take_key_notices();
}
Seq Store::latest_mark(AccountNumber number) const {
  return impl_->latest_mark(number);
}
std::string Store::account_metadata(AccountNumber number, Seq opened_seq) {
  return impl_->account_metadata(number, opened_seq);
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
LedgerFile Store::ledger_file() const {
  return {impl_->file(), impl_->options().surroundings.vfs};
}

}  // namespace giro::store
