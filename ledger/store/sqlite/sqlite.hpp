// What the store asks of SQLite beyond SQLiteCpp: connections set up one way, and a prepared
// statement without an allocation or a shared pointer a column, for the paths that run for every
// payment. Thread: a connection and its statements belong to one thread at a time.
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include "ledger/store/sqlite/checked_vfs.hpp"
#include "ledger/store/sqlite/ledger_file.hpp"

struct sqlite3_stmt;

namespace giro::store {

// The one writing connection: synchronous=FULL, no automatic checkpoint, none on closing either; it
// waits for another program's lock only for a moment, because every payment would wait with it.
// Changes nothing in the file: it may be another program's.
[[nodiscard]] SQLite::Database open_writer(const LedgerFile& file);
// Once it is sure that the file is a ledger. Throws when there can't be a write-ahead log.
void start_wal(SQLite::Database& db);
// Before its first table is made: each page of it is going to have a checksum.
void reserve_page_sums(SQLite::Database& db);
// A connection that can't change anything and never checkpoints.
[[nodiscard]] SQLite::Database open_reader(const LedgerFile& file,
                                           PageChecks checks = PageChecks::refuse);

// A connection to the file as it is without its log. REQUIRES: nobody writes to it meanwhile.
[[nodiscard]] SQLite::Database open_without_log(const std::filesystem::path& file,
                                                PageChecks checks);

// A connection to a file that no other program has open: reads the log too, and changes nothing, not
// even the file of shared memory beside it. Its pages' checksums are left to whoever reads.
[[nodiscard]] SQLite::Database open_at_rest(const std::filesystem::path& file);

// In bytes; 0: the file isn't there, or can't be looked at.
[[nodiscard]] std::uint64_t size_of(const std::filesystem::path& file);

// The file's content, and not its disk, its rights or other programs.
[[nodiscard]] bool is_damage(const SQLite::Exception& error);
// What went wrong, with the page if it is one that is damaged. REQUIRES: the last error that this thread met.
[[nodiscard]] std::string describe(const std::exception& error);

// SQLite's integers are signed.
[[nodiscard]] inline std::int64_t as_integer(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

// A prepared statement. Parameters and columns count from 0, in order. Every call throws
// SQLite::Exception on an error of SQLite's.
class Statement {
 public:
  Statement(const SQLite::Database& db, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // The bytes must stay valid until run() or reset().
  Statement& bind(int index, std::string_view text);
  Statement& bind_blob(int index, std::span<const std::uint8_t> bytes);
  Statement& bind(int index, std::int64_t value);
  Statement& bind_null(int index);
  // An empty text is NULL.
  Statement& bind_text_or_null(int index, std::string_view text);
  Statement& bind_optional(int index, std::optional<std::int64_t> value);

  // True: there is a row.
  bool step();
  void reset();
  // For statements without rows: one step, then ready to be bound again.
  void run();
  // How many rows the last run() changed.
  [[nodiscard]] std::int64_t changes() const;

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::uint64_t number(int column) const {
    return static_cast<std::uint64_t>(integer(column));
  }
  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const;
  // Valid until the next step() or reset().
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::span<const std::uint8_t> blob(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  void check(int result) const;

  sqlite3* connection_;
  sqlite3_stmt* statement_ = nullptr;
};

// Resets a statement on leaving a scope, so that no read transaction outlives its use.
class ResetGuard {
 public:
  explicit ResetGuard(Statement& statement) : statement_(statement) {}
  ~ResetGuard() { statement_.reset(); }
  ResetGuard(const ResetGuard&) = delete;
  ResetGuard& operator=(const ResetGuard&) = delete;

 private:
  Statement& statement_;
};

// A part of the open transaction that may fail by itself.
class Savepoint {
 public:
  explicit Savepoint(const SQLite::Database& db);

  void begin() { begin_.run(); }
  void keep() { release_.run(); }
  // After an exception since begin(): all since then is undone. False: it can't be, because the error is
  // one of the disk, or of the transaction as a whole.
  [[nodiscard]] bool undo(const std::exception& error);

 private:
  sqlite3* connection_;
  Statement begin_;
  Statement release_;
  Statement roll_back_;
};

}  // namespace giro::store
