// A ledger file of its own and the parts that write it, each to be called by itself: the store calls
// them all in one commit(). Thread: one at a time.
//
// What always holds: accounts are "acct:0" and on, without floors; account `n` has the number n + 1.
// Everything here throws when it fails.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include <SQLiteCpp/Database.h>

#include "bench/scratch_folder.hpp"
#include "ledger/state/state.hpp"
#include "ledger/store/journal/chain.hpp"
#include "ledger/store/journal/journal_writer.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::bench {

class LedgerFile {
 public:
  explicit LedgerFile(std::uint64_t accounts);

  // Decides payments; the entries are ready for append().
  [[nodiscard]] std::vector<Entry> decide(std::span<const Command> payments);

  void begin() { begin_.run(); }
  void append(std::span<const Entry> entries) {
    std::array end{store::GroupEnd{.entries = entries.size(), .group_index = ++group_index_}};
    writer_.append(entries, end, {}, state_, chain_);
  }
  void commit() { commit_.run(); }
  // Between transactions; the store does it in the same place, at the same size.
  void checkpoint_if_due();

  [[nodiscard]] SQLite::Database& db() { return db_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] const State& state() const { return state_; }
  [[nodiscard]] const store::NewestMarks& newest_marks() const { return newest_marks_; }

 private:
  static int on_wal(void* self, sqlite3* db, const char* name, int pages);
  void open_accounts(std::uint64_t count);

  ScratchFolder folder_;
  std::filesystem::path path_;
  SQLite::Database db_;
  State state_;
  store::Chain chain_;
  store::NewestMarks newest_marks_;
  store::VelocityRows velocities_;
  store::JournalWriter writer_;
  store::Statement begin_;
  store::Statement commit_;
  std::uint64_t group_index_ = 0;
  int wal_pages_ = 0;
};

}  // namespace giro::bench
