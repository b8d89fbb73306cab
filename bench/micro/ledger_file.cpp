#include "bench/micro/ledger_file.hpp"

#include <stdexcept>
#include <string>
#include <utility>

#include <sqlite3.h>

#include "bench/store_payments.hpp"
#include "ledger/store/schema/schema.hpp"
#include "ledger/store/store.hpp"

namespace giro::bench {
namespace {

SQLite::Database make_file(const std::filesystem::path& path) {
  SQLite::Database db = store::open_writer(path);
  store::make_schema(db, {});
  store::start_wal(db);
  return db;
}

}  // namespace

LedgerFile::LedgerFile(std::uint64_t accounts)
    : path_(folder_.path() / "ledger.db"),
      db_(make_file(path_)),
      state_(store::read_secret(db_)),
      velocities_(db_),
      writer_(db_, state_, newest_marks_, velocities_),
      begin_(db_, "BEGIN IMMEDIATE"),
      commit_(db_, "COMMIT") {
  sqlite3_wal_hook(db_.getHandle(), &LedgerFile::on_wal, this);
  open_accounts(accounts);
}

std::vector<Entry> LedgerFile::decide(std::span<const Command> payments) {
  std::vector<Entry> entries;
  entries.reserve(payments.size());
  const Timestamp time = now();
  for (const Command& payment : payments) {
    entries.push_back(state_.apply(payment, {}, time, 0));
    if (!entries.back().applied()) throw std::runtime_error("a payment was rejected");
    writer_.note(entries.back(), state_);
  }
  return entries;
}

void LedgerFile::checkpoint_if_due() {
  if (static_cast<std::uint32_t>(wal_pages_) < store::StoreOptions{}.wal_pages_max) return;
  sqlite3_wal_checkpoint_v2(db_.getHandle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

int LedgerFile::on_wal(void* self, sqlite3* /*db*/, const char* /*name*/, int pages) {
  static_cast<LedgerFile*>(self)->wal_pages_ = pages;
  return SQLITE_OK;
}

void LedgerFile::open_accounts(std::uint64_t count) {
  std::vector<Entry> entries;
  for (std::uint64_t number = 0; number < count; ++number) {
    entries.push_back(state_.apply(make_account(number), {}, now(), 0));
    writer_.note(entries.back(), state_);
    if (entries.size() < kGroup && number + 1 < count) continue;
    begin();
    append(entries);
    commit();
    checkpoint_if_due();
    entries.clear();
  }
}

}  // namespace giro::bench
