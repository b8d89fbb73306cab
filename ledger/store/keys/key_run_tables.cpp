#include "ledger/store/keys/key_run_tables.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace giro::store {
namespace {

std::string delete_some(const std::string& table) {
  return "DELETE FROM " + table + " WHERE id IN (SELECT id FROM " + table +
         " WHERE id BETWEEN ? AND ? LIMIT ?)";
}

// Calls `use(run)` for each run that has pages in the table, by a seek each.
template <class Use>
void for_each_run(const SQLite::Database& db, const std::string& table, Use use) {
  Statement next(db, "SELECT id FROM " + table + " WHERE id >= ? ORDER BY id LIMIT 1");
  for (std::int64_t from = 0;;) {
    const ResetGuard guard(next);
    next.bind(0, from);
    if (!next.step()) return;
    // Where pages of the file are mixed up, seeks needn't get anywhere.
    if (next.integer(0) < from) {
      throw std::runtime_error("the rows of table " + table + " are out of order");
    }
    const auto run = static_cast<std::uint32_t>(next.integer(0) >> 32);
    use(run);
    from = key_page_id(run + 1, 0);
  }
}

}  // namespace

KeyRunTables::KeyRunTables(const SQLite::Database& db)
    : insert_block_(db, "INSERT INTO key_blocks (id, page) VALUES (?, ?)"),
      insert_filter_(db, "INSERT INTO key_filters (id, page) VALUES (?, ?)"),
      insert_run_(db,
                  "INSERT INTO key_runs (run, level, first_seq, last_seq, keys, checksum) "
                  "VALUES (?, ?, ?, ?, ?, ?)"),
      delete_run_(db, "DELETE FROM key_runs WHERE run = ?"),
      delete_blocks_(db, delete_some("key_blocks")),
      delete_filters_(db, delete_some("key_filters")) {}

void KeyRunTables::insert(const KeyPage& page) {
  Statement& statement = page.kind == KeyPageKind::block ? insert_block_ : insert_filter_;
  statement.bind(0, page.id).bind_blob(1, page.bytes).run();
}

void KeyRunTables::insert(const KeyRunInfo& run) {
  insert_run_.bind(0, run.run)
      .bind(1, run.level)
      .bind(2, static_cast<std::int64_t>(run.first_seq))
      .bind(3, static_cast<std::int64_t>(run.last_seq))
      .bind(4, static_cast<std::int64_t>(run.keys))
      .bind(5, run.checksum())
      .run();
}

void KeyRunTables::delete_row(std::uint32_t run) {
  delete_run_.bind(0, run).run();
}

std::uint32_t KeyRunTables::note_orphans(const SQLite::Database& db,
                                         std::span<const KeyRunInfo> runs) {
  std::uint32_t last = 0;
  for (const KeyRunInfo& run : runs) last = std::max(last, run.run);
  for (const char* table : {"key_blocks", "key_filters"}) {
    for_each_run(db, table, [&](std::uint32_t run) {
      last = std::max(last, run);
      const bool known = std::ranges::find(runs, run, &KeyRunInfo::run) != runs.end() ||
                         std::ranges::find(removed_, run) != removed_.end();
      if (!known) removed_.push_back(run);
    });
  }
  return last;
}

void KeyRunTables::remove_some(std::size_t pages_max) {
  // Taken out first: pages that can't be removed are left to the next start, and not tried for ever.
  const std::uint32_t run = removed_.back();
  removed_.pop_back();
  const auto remove_from = [&](Statement& statement) {
    statement.bind(0, key_page_id(run, 0))
        .bind(1, key_page_id(run + 1, 0) - 1)
        .bind(2, static_cast<std::int64_t>(pages_max))
        .run();
    return statement.changes();
  };
  if (remove_from(delete_blocks_) > 0 || remove_from(delete_filters_) > 0) {
    removed_.push_back(run);
  } else {
    delete_row(run);
  }
}

}  // namespace giro::store
