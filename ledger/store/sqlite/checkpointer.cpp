#include "ledger/store/sqlite/checkpointer.hpp"

#include <algorithm>

#include <sqlite3.h>

namespace giro::store {

Checkpointer::Checkpointer(SQLite::Database& db, std::uint32_t pages_max)
    : db_(db.getHandle()), pages_max_(pages_max), next_try_at_(pages_max) {
  sqlite3_wal_hook(db_, &Checkpointer::on_commit, this);
}

int Checkpointer::on_commit(void* self, sqlite3* /*db*/, const char* /*name*/, int pages) {
  auto& checkpointer = *static_cast<Checkpointer*>(self);
  const auto now = static_cast<std::uint32_t>(pages);
  // The log was started anew.
  if (now < checkpointer.pages_) checkpointer.next_try_at_ = checkpointer.pages_max_;
  checkpointer.pages_ = now;
  return SQLITE_OK;
}

Checkpointer::Result Checkpointer::run() {
  return run(SQLITE_CHECKPOINT_PASSIVE);
}

Checkpointer::Result Checkpointer::run_and_empty() {
  return run(SQLITE_CHECKPOINT_TRUNCATE);
}

Checkpointer::Result Checkpointer::run(int mode) {
  int in_log = 0;
  int moved = 0;
  failure_ = sqlite3_wal_checkpoint_v2(db_, nullptr, mode, &in_log, &moved);
  if (failure_ == SQLITE_OK && moved == in_log) {
    trouble_.clear();
    return last_ = Result::complete;
  }
  // Not with every commit: a try that can't get through costs a sync.
  next_try_at_ = pages_ + std::max<std::uint32_t>(pages_max_ / 4, 1);
  if (failure_ == SQLITE_OK || failure_ == SQLITE_BUSY || failure_ == SQLITE_LOCKED) {
    trouble_ = "an open reader holds the log";
    return last_ = Result::held;
  }
  trouble_ = std::string("a checkpoint failed: ") + sqlite3_errmsg(db_);
  return last_ = Result::failed;
}

}  // namespace giro::store
