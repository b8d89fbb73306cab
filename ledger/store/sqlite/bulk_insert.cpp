#include "ledger/store/sqlite/bulk_insert.hpp"

#include <algorithm>
#include <memory>

#include <sqlite3.h>

namespace giro::store {
namespace {

// "c0, c1, ...": the names of so many columns.
std::string column_names(std::size_t count) {
  std::string names = "c0";
  for (std::size_t i = 1; i < count; ++i) names.append(", c").append(std::to_string(i));
  return names;
}

}  // namespace

// The rows as a table that can only be read from its beginning to its end (https://sqlite.org/vtab.html).
class BulkInsert::Source {
 public:
  static const sqlite3_module& module() {
    static const sqlite3_module module = [] {
      sqlite3_module made{};
      made.xConnect = connect;
      made.xDisconnect = disconnect;
      made.xBestIndex = [](sqlite3_vtab*, sqlite3_index_info*) { return SQLITE_OK; };
      made.xOpen = open;
      made.xClose = close;
      made.xFilter = begin;
      made.xNext = next;
      made.xEof = is_at_end;
      made.xColumn = column;
      made.xRowid = rowid;
      return made;
    }();
    return module;
  }

 private:
  struct Table : sqlite3_vtab {
    const BulkInsert* rows = nullptr;
  };
  struct Cursor : sqlite3_vtab_cursor {
    std::size_t at = 0;  // The first value of its row.
  };

  static const BulkInsert& rows_of(const sqlite3_vtab_cursor* cursor) {
    return *static_cast<const Table*>(cursor->pVtab)->rows;
  }
  static std::size_t& at(sqlite3_vtab_cursor* cursor) { return static_cast<Cursor*>(cursor)->at; }

  static int connect(sqlite3* connection, void* rows, int /*count*/, const char* const* /*words*/,
                     sqlite3_vtab** made, char** /*error*/) {
    auto table = std::make_unique<Table>();
    table->rows = static_cast<const BulkInsert*>(rows);
    const std::string sql = "CREATE TABLE rows (" + column_names(table->rows->columns_) + ")";
    const int result = sqlite3_declare_vtab(connection, sql.c_str());
    if (result == SQLITE_OK) *made = table.release();
    return result;
  }
  static int disconnect(sqlite3_vtab* table) {
    delete static_cast<Table*>(table);
    return SQLITE_OK;
  }
  static int open(sqlite3_vtab* /*table*/, sqlite3_vtab_cursor** made) {
    *made = new Cursor;
    return SQLITE_OK;
  }
  static int close(sqlite3_vtab_cursor* cursor) {
    delete static_cast<Cursor*>(cursor);
    return SQLITE_OK;
  }
  static int begin(sqlite3_vtab_cursor* cursor, int /*plan*/, const char* /*plan*/, int /*count*/,
                   sqlite3_value** /*arguments*/) {
    at(cursor) = 0;
    return SQLITE_OK;
  }
  static int next(sqlite3_vtab_cursor* cursor) {
    at(cursor) += rows_of(cursor).columns_;
    return SQLITE_OK;
  }
  static int is_at_end(sqlite3_vtab_cursor* cursor) {
    return static_cast<int>(at(cursor) >= rows_of(cursor).end_);
  }
  static int column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int index) {
    const Value& value = rows_of(cursor).values_[at(cursor) + static_cast<std::size_t>(index)];
    const int size = static_cast<int>(value.size);
    switch (value.kind) {
      case Kind::null:
        break;
      case Kind::integer:
        sqlite3_result_int64(context, value.integer);
        break;
      case Kind::text:
        sqlite3_result_text(context, static_cast<const char*>(value.bytes), size, SQLITE_STATIC);
        break;
      case Kind::blob:
        sqlite3_result_blob(context, value.bytes, size, SQLITE_STATIC);
        break;
    }
    return SQLITE_OK;
  }
  static int rowid(sqlite3_vtab_cursor* cursor, sqlite3_int64* id) {
    *id = static_cast<sqlite3_int64>(at(cursor));
    return SQLITE_OK;
  }
};

BulkInsert::BulkInsert(const SQLite::Database& db, std::string_view table, std::string_view columns)
    : connection_(db.getHandle()),
      source_(std::string("rows_for_").append(table)),
      columns_(static_cast<std::size_t>(std::ranges::count(columns, ',')) + 1),
      values_(columns_ * kRowsAtOnce) {
  const int result = sqlite3_create_module(connection_, source_.c_str(), &Source::module(), this);
  if (result != SQLITE_OK) throw SQLite::Exception(connection_, result);
  // FAIL: SQLite needn't keep what its pages were before the statement, and spill that into a file of its own,
  // since whoever calls this takes the whole transaction back.
  insert_.emplace(db, std::string("INSERT OR FAIL INTO ")
                          .append(table)
                          .append(" (")
                          .append(columns)
                          .append(") SELECT ")
                          .append(column_names(columns_))
                          .append(" FROM ")
                          .append(source_));
}

BulkInsert::~BulkInsert() {
  insert_.reset();
  sqlite3_create_module(connection_, source_.c_str(), nullptr, nullptr);
}

void BulkInsert::run() {
  if (end_ == 0) return;
  insert_->run();
  end_ = 0;
}

std::uint64_t BulkInsert::last_rowid() const {
  return static_cast<std::uint64_t>(sqlite3_last_insert_rowid(connection_));
}

}  // namespace giro::store
