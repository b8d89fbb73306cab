// Rows of one table, inserted many at a time. A statement for each row would bind its values one by one, begin,
// find the place in the table anew and end: a third of what a row of the journal costs. Here SQLite takes the
// rows by itself from where they were put, as it would take them from another table.
//
//   BulkInsert insert(db, "followups", "original, seq");
//   insert.add(7).add(9).end_row();
//   insert.run();
//
// What always holds: rows go in in order, and the file is the same as if each had gone in by itself.
// Thread: that of the connection, which outlives it.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <SQLiteCpp/Database.h>

#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {

class BulkInsert {
 public:
  // Of more, a row costs no less.
  static constexpr std::size_t kRowsAtOnce = 64;

  // `columns`: into which a row's values go, in this order; the table's own order is the cheapest. One for a
  // table and connection.
  BulkInsert(const SQLite::Database& db, std::string_view table, std::string_view columns);
  ~BulkInsert();
  BulkInsert(const BulkInsert&) = delete;
  BulkInsert& operator=(const BulkInsert&) = delete;

  // The next value of the row at hand. Bytes must stay valid until the row is inserted: by the first run(), or
  // by the end_row() that makes `kRowsAtOnce` of them.
  BulkInsert& add(std::int64_t integer) {
    return add(Value{.kind = Kind::integer, .size = 0, .integer = integer, .bytes = nullptr});
  }
  BulkInsert& add(std::string_view text) { return add_bytes(Kind::text, text.data(), text.size()); }
  BulkInsert& add_blob(std::span<const std::uint8_t> blob) {
    return add_bytes(Kind::blob, blob.data(), blob.size());
  }
  BulkInsert& add_null() { return add(Value{}); }
  // An empty text is NULL.
  BulkInsert& add_text_or_null(std::string_view text) {
    return text.empty() ? add_null() : add(text);
  }
  BulkInsert& add_optional(std::optional<std::int64_t> integer) {
    return integer ? add(*integer) : add_null();
  }
  // REQUIRES: it has all of its values. Throws SQLite::Exception, as run() does.
  void end_row() {
    assert(end_ % columns_ == 0);
    if (end_ == values_.size()) run();
  }

  // How many rows wait to be inserted.
  [[nodiscard]] std::size_t rows() const { return end_ / columns_; }
  // Inserts them. After an exception some of them may be in the table: REQUIRES: the transaction is rolled back.
  void run();
  // The rowid of the last row that the connection inserted.
  [[nodiscard]] std::uint64_t last_rowid() const;

 private:
  class Source;
  enum class Kind : std::uint8_t { null, integer, text, blob };
  struct Value {
    Kind kind = Kind::null;
    std::uint32_t size = 0;
    std::int64_t integer = 0;
    const void* bytes = nullptr;
  };

  BulkInsert& add(const Value& value) {
    assert(end_ < values_.size());
    values_[end_++] = value;
    return *this;
  }
  BulkInsert& add_bytes(Kind kind, const void* bytes, std::size_t size) {
    return add(Value{.kind = kind,
                     .size = static_cast<std::uint32_t>(size),
                     .integer = 0,
                     .bytes = bytes == nullptr ? "" : bytes});
  }

  sqlite3* connection_;
  std::string source_;   // What SQLite knows the rows as.
  std::size_t columns_;  // How many.
  std::vector<Value> values_;
  std::size_t end_ = 0;  // Of the values that are there.
  std::optional<Statement> insert_;
};

}  // namespace giro::store
