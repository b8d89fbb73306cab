// The seqs that table meta keeps by name. Thread: that of the connection.
//
//   swept_seq         no account's row lacks an entry at or before it
//   swept_entries     how many entries the accounts had by then, all together
//   swept_accounts    how many accounts were opened up to swept_seq
//   checkpointed_seq  up to here the ledger's file had every entry at some checkpoint, without its log
//   books_seq         the latest entry that closed or opened the books
//   source            what the ordered source of groups wants to find again with them; a text, its own
//   source_index      the index of the group that it was written with
//   probes            how often it was tried whether the ledger can be written again
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ledger/entry/entry.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {

// Nothing: it isn't there (yet).
[[nodiscard]] inline std::optional<Seq> read_meta(const SQLite::Database& db,
                                                  std::string_view name) {
  Statement select(db, "SELECT value FROM meta WHERE name = ?");
  select.bind(0, name);
  if (!select.step()) return std::nullopt;
  return select.number(0);
}

// Empty: it isn't there.
[[nodiscard]] inline std::string read_meta_text(const SQLite::Database& db, std::string_view name) {
  Statement select(db, "SELECT value FROM meta WHERE name = ?");
  select.bind(0, name);
  return select.step() ? std::string(select.text(0)) : std::string();
}

class MetaWriter {
 public:
  explicit MetaWriter(const SQLite::Database& db)
      : upsert_(db,
                "INSERT INTO meta (name, value) VALUES (?, ?) "
                "ON CONFLICT (name) DO UPDATE SET value = excluded.value") {}

  // Within the open transaction.
  void write(std::string_view name, Seq value) {
    upsert_.bind(0, name).bind(1, static_cast<std::int64_t>(value)).run();
  }
  void write_text(std::string_view name, std::string_view value) {
    upsert_.bind(0, name).bind(1, value).run();
  }

 private:
  Statement upsert_;
};

}  // namespace giro::store
