#include "relay/state_schema.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

namespace giro::relay {
namespace {

constexpr int kApplicationId = 0x47697257;  // "GirW"
constexpr int kSchemaVersion = 1;
constexpr const char* kSchema = R"sql(
CREATE TABLE endpoints (
  name TEXT PRIMARY KEY,
  cursor INTEGER NOT NULL,
  cursor_at TEXT NOT NULL,
  delivered INTEGER NOT NULL,
  last_delivered_ms INTEGER,
  failing_since_ms INTEGER,
  last_error TEXT NOT NULL,
  disabled_ms INTEGER,
  halted TEXT NOT NULL);
-- The id says the order. One that is in dead_letters has left pending.
CREATE TABLE pending (
  id INTEGER PRIMARY KEY,
  endpoint TEXT NOT NULL,
  seq INTEGER NOT NULL,
  webhook_id TEXT NOT NULL,
  body TEXT NOT NULL,
  accounts TEXT NOT NULL,
  failures INTEGER NOT NULL,
  taken_ms INTEGER NOT NULL,
  next_ms INTEGER NOT NULL,
  last_error TEXT NOT NULL);
CREATE INDEX pending_by_endpoint ON pending (endpoint);
CREATE TABLE dead_letters (
  id INTEGER PRIMARY KEY,
  endpoint TEXT NOT NULL,
  seq INTEGER NOT NULL,
  webhook_id TEXT NOT NULL,
  body TEXT NOT NULL,
  accounts TEXT NOT NULL,
  failures INTEGER NOT NULL,
  taken_ms INTEGER NOT NULL,
  died_ms INTEGER NOT NULL,
  last_error TEXT NOT NULL);
CREATE INDEX dead_letters_by_endpoint ON dead_letters (endpoint);
CREATE TABLE histories (
  endpoint TEXT NOT NULL,
  account TEXT NOT NULL,
  history BLOB NOT NULL,
  PRIMARY KEY (endpoint, account));
CREATE TABLE requests (
  id INTEGER PRIMARY KEY,
  endpoint TEXT NOT NULL,
  action INTEGER NOT NULL,
  value INTEGER NOT NULL);
)sql";

}  // namespace

std::expected<void, std::string> prepare_state(SQLite::Database& db,
                                               const std::filesystem::path& path) {
  const int application = db.execAndGet("PRAGMA application_id").getInt();
  const int version = db.execAndGet("PRAGMA user_version").getInt();
  const int tables = db.execAndGet("SELECT count(*) FROM sqlite_master").getInt();
  if (application == 0 && version == 0 && tables == 0) {
    SQLite::Transaction whole(db);
    db.exec(kSchema);
    db.exec(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId,
                        kSchemaVersion));
    whole.commit();
    return {};
  }
  if (application != kApplicationId) {
    return std::unexpected(fmt::format(
        "{} is no state file of the relay. Nothing was changed in it and nothing posted; name "
        "another `state`",
        path.string()));
  }
  if (version != kSchemaVersion) {
    return std::unexpected(fmt::format(
        "{} is of a newer relay (version {}, this one knows {}). Nothing was changed in it and "
        "nothing posted; run the relay that made it",
        path.string(), version, kSchemaVersion));
  }
  return {};
}

}  // namespace giro::relay
