#include "ledger/store/sqlite/sqlite.hpp"

#include <stdexcept>

#include <fmt/format.h>
#include <sqlite3.h>

#include "ledger/store/sqlite/checked_vfs.hpp"
#include "ledger/store/sqlite/checkpointer.hpp"
#include "ledger/store/sqlite/damaged_pages.hpp"
#include "ledger/store/sqlite/page_sum.hpp"

namespace giro::store {
namespace {

constexpr int kWriterBusyMilliseconds = 100;
constexpr int kReaderBusyMilliseconds = 10'000;

// Else the last connection to close would checkpoint: a reader, or a writer whose disk fails.
void never_checkpoint_on_close(const SQLite::Database& db) {
  sqlite3_db_config(db.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

// A path as SQLite's URIs want it.
std::string uri_path(const std::filesystem::path& file) {
  std::string uri;
  for (const char byte : std::filesystem::absolute(file).string()) {
    const bool is_special = byte == '%' || byte == '?' || byte == '#';
    uri += is_special ? fmt::format("%{:02X}", static_cast<unsigned char>(byte))
                      : std::string(1, byte);
  }
  return uri;
}

}  // namespace

SQLite::Database open_writer(const LedgerFile& file) {
  SQLite::Database db(file.path.string(),
                      SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX,
                      kWriterBusyMilliseconds, checked_vfs(file.vfs));
  never_checkpoint_on_close(db);  // First: what follows throws on a file that isn't whole.
  db.exec("PRAGMA synchronous = FULL");
  db.exec("PRAGMA wal_autocheckpoint = 0");  // The store checkpoints itself, between groups.
  db.exec("PRAGMA journal_size_limit = " + std::to_string(Checkpointer::kLogBytesKept));
  db.exec("PRAGMA cache_size = -65536");  // 64 MiB: the pages that sweeps come back to.
  db.exec("PRAGMA temp_store = MEMORY");
  // Some builds of SQLite write zeros over what they take out of use: for nothing, and such pages prove nothing.
  db.exec("PRAGMA secure_delete = OFF");
  db.exec("PRAGMA foreign_keys = OFF");  // verify() checks more than foreign keys could.
  return db;
}

void start_wal(SQLite::Database& db) {
  Statement pragma(db, "PRAGMA journal_mode = WAL");
  if (!pragma.step() || pragma.text(0) != "wal") {
    throw std::runtime_error("its file system can't hold SQLite's write-ahead log");
  }
}

void reserve_page_sums(SQLite::Database& db) {
  int bytes = kPageSumBytes;
  sqlite3_file_control(db.getHandle(), "main", SQLITE_FCNTL_RESERVE_BYTES, &bytes);
}

SQLite::Database open_reader(const LedgerFile& file, PageChecks checks) {
  // Opened for writing all the same: a read-only connection can't recover a WAL after a crash.
  SQLite::Database db(file.path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX,
                      kReaderBusyMilliseconds, checked_vfs(file.vfs, checks));
  never_checkpoint_on_close(db);
  db.exec("PRAGMA query_only = ON");
  db.exec("PRAGMA wal_autocheckpoint = 0");
  db.exec("PRAGMA temp_store = MEMORY");
  db.exec("PRAGMA cache_size = -8192");
  return db;
}

SQLite::Database open_without_log(const std::filesystem::path& file, PageChecks checks) {
  // SQLite looks for no log of a file that never changes, and makes none.
  SQLite::Database db("file:" + uri_path(file) + "?immutable=1",
                      SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX | SQLite::OPEN_URI, 0,
                      checked_vfs({}, checks));
  return db;
}

SQLite::Database open_at_rest(const std::filesystem::path& file) {
  if (size_of(file.string() + "-wal") == 0) return open_without_log(file, PageChecks::leave);
  // With an exclusive lock the log's index is kept in memory, and not in a file. The lock itself needs
  // a file that may be written, so it isn't taken.
  SQLite::Database db(file.string(), SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX, 0,
                      checked_vfs("unix-none", PageChecks::leave));
  never_checkpoint_on_close(db);
  db.exec("PRAGMA locking_mode = EXCLUSIVE");
  return db;
}

std::uint64_t size_of(const std::filesystem::path& file) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  return error ? 0 : size;
}

bool is_damage(const SQLite::Exception& error) {
  const int code = error.getErrorCode() & 0xFF;
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

std::string describe(const std::exception& error) {
  const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&error);
  if (sqlite == nullptr || sqlite->getExtendedErrorCode() != kDamagedPage) return error.what();
  return last_damaged_page() + " is damaged: its checksum doesn't hold";
}

Statement::Statement(const SQLite::Database& db, std::string_view sql)
    : connection_(db.getHandle()) {
  check(sqlite3_prepare_v3(connection_, sql.data(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &statement_, nullptr));
}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

Statement& Statement::bind(int index, std::string_view text) {
  // SQLITE_STATIC: the bytes outlive the step, so that SQLite needn't copy them. Without bytes it
  // would be NULL.
  const char* bytes = text.data() == nullptr ? "" : text.data();
  check(sqlite3_bind_text(statement_, index + 1, bytes, static_cast<int>(text.size()),
                          SQLITE_STATIC));
  return *this;
}

Statement& Statement::bind_blob(int index, std::span<const std::uint8_t> bytes) {
  check(sqlite3_bind_blob64(statement_, index + 1, bytes.data(), bytes.size(), SQLITE_STATIC));
  return *this;
}

Statement& Statement::bind(int index, std::int64_t value) {
  check(sqlite3_bind_int64(statement_, index + 1, value));
  return *this;
}

Statement& Statement::bind_null(int index) {
  check(sqlite3_bind_null(statement_, index + 1));
  return *this;
}

Statement& Statement::bind_text_or_null(int index, std::string_view text) {
  return text.empty() ? bind_null(index) : bind(index, text);
}

Statement& Statement::bind_optional(int index, std::optional<std::int64_t> value) {
  return value ? bind(index, *value) : bind_null(index);
}

bool Statement::step() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  throw SQLite::Exception(connection_, result);
}

void Statement::reset() {
  sqlite3_reset(statement_);
}

void Statement::run() {
  const int result = sqlite3_step(statement_);
  if (result != SQLITE_DONE) {
    const SQLite::Exception error(connection_, result);
    sqlite3_reset(statement_);
    throw error;
  }
  sqlite3_reset(statement_);
}

std::int64_t Statement::changes() const {
  return sqlite3_changes64(connection_);
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::string_view Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return {bytes == nullptr ? "" : bytes,
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::span<const std::uint8_t> Statement::blob(int column) const {
  const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

void Statement::check(int result) const {
  if (result != SQLITE_OK) throw SQLite::Exception(connection_, result);
}

Savepoint::Savepoint(const SQLite::Database& db)
    : connection_(db.getHandle()),
      begin_(db, "SAVEPOINT part"),
      release_(db, "RELEASE part"),
      roll_back_(db, "ROLLBACK TO part") {}

bool Savepoint::undo(const std::exception& error) {
  if (const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&error)) {
    const int code = sqlite->getErrorCode() & 0xFF;
    if (code != SQLITE_CORRUPT && code != SQLITE_CONSTRAINT) return false;
  }
  if (sqlite3_get_autocommit(connection_) != 0) return false;
  roll_back_.run();
  release_.run();
  return true;
}

}  // namespace giro::store
