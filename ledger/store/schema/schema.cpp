#include "ledger/store/schema/schema.hpp"

#include <cstring>
#include <stdexcept>

#include <SQLiteCpp/Transaction.h>

#include "ledger/codes.hpp"
#include "ledger/store/history/effective_days.hpp"
#include "ledger/store/schema/history_tables.hpp"
#include "ledger/store/schema/views.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {
namespace {

constexpr const char* kTables = R"sql(
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value ANY
) STRICT, WITHOUT ROWID;

CREATE TABLE codes (            -- The outcomes of decisions; 0 is "applied".
  code INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE currencies (
  id    INTEGER PRIMARY KEY,    -- From 1, in the order of their first account.
  code  TEXT NOT NULL UNIQUE,
  scale INTEGER NOT NULL        -- Digits after the decimal point.
) STRICT;

CREATE TABLE accounts (
  number     INTEGER PRIMARY KEY,  -- From 1, in the order of opening.
  id         TEXT NOT NULL UNIQUE,
  currency   INTEGER NOT NULL REFERENCES currencies (id),
  floor      INTEGER,           -- Minor units, as all amounts; NULL: none.
  ceiling    INTEGER,
  metadata   TEXT,
  opened_seq INTEGER NOT NULL,
  posted_in  INTEGER NOT NULL,  -- What it received, below 10^18: the rest is in posted_in_high.
  posted_out INTEGER NOT NULL,
  version    INTEGER NOT NULL,  -- How many entries it has.
  last_seq   INTEGER NOT NULL,  -- Its latest entry; 0: none.
  as_of_seq  INTEGER NOT NULL,  -- This row is true up to here; v_accounts adds the rest.
  marks      BLOB NOT NULL,     -- The seqs of its latest marks, one a level.
  posted_in_high  INTEGER NOT NULL DEFAULT 0,  -- So many times 10^18 on top.
  posted_out_high INTEGER NOT NULL DEFAULT 0,
  frozen     INTEGER NOT NULL DEFAULT 0,  -- 1: debits, 2: credits, 3: all.
  closed     INTEGER NOT NULL DEFAULT 0,
  held_in    INTEGER NOT NULL DEFAULT 0,  -- By open holds, to it and from it.
  held_out   INTEGER NOT NULL DEFAULT 0,
  alert_below INTEGER,          -- The entry that takes the balance below this says so. NULL: none does.
  alert_above INTEGER
) STRICT;

CREATE TABLE journal (
  seq          INTEGER PRIMARY KEY,
  at           INTEGER NOT NULL,   -- Nanoseconds since 1970, UTC.
  kind         INTEGER NOT NULL,   -- 0: payment, 1: of several legs, 2: account opened, 3: hold,
                                   -- 4: capture, 5: void, 6: expiry, 7: reversal, 8: account changed,
                                   -- 9: schedule, 10: its cancellation, 11: scheduled payment,
                                   -- 12: books closed or opened.
  outcome      INTEGER NOT NULL REFERENCES codes (code),
  uid          INTEGER NOT NULL,   -- Who asked; and at which node, so many times 2^32.
  key          TEXT NOT NULL,
  from_account INTEGER,
  to_account   INTEGER,
  amount       INTEGER,
  from_prev    INTEGER,            -- The account's entry before this one; 0: none.
  to_prev      INTEGER,
  from_after   INTEGER,            -- The balance after it; in a rejected one, as it was seen.
  to_after     INTEGER,
  details      TEXT,               -- JSON; NULL in a plain payment. In it, `held`: how much more is
                                   -- held, then what is held into and out of from_account, into and out
                                   -- of to_account; an array for each of several legs.
  metadata     TEXT,               -- JSON, the client's own.
  digest       BLOB,               -- SHA-256 of the chain up to here, in the last row of a commit,
  group_index  INTEGER             -- and which group of the ordered source the commit was.
) STRICT;

CREATE TABLE legs (
  seq          INTEGER NOT NULL,
  leg          INTEGER NOT NULL,   -- From 0.
  from_account INTEGER NOT NULL,
  to_account   INTEGER NOT NULL,
  amount       INTEGER NOT NULL,
  from_prev    INTEGER NOT NULL,
  to_prev      INTEGER NOT NULL,
  from_after   INTEGER NOT NULL,
  to_after     INTEGER NOT NULL,
  PRIMARY KEY (seq, leg)
) STRICT, WITHOUT ROWID;

CREATE TABLE marks (
  seq     INTEGER NOT NULL,
  account INTEGER NOT NULL,
  entry   INTEGER NOT NULL,        -- The account had this many entries after that seq.
  level   INTEGER NOT NULL,        -- Every 8th mark is of the next level.
  earlier BLOB NOT NULL,           -- The seqs of its marks before this one, the latest of each level.
  posted_in      INTEGER NOT NULL DEFAULT 0,  -- What it had received then, below 10^18,
  posted_in_high INTEGER NOT NULL DEFAULT 0,  -- and so many times 10^18.
  PRIMARY KEY (seq, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE payment_references (
  reference TEXT NOT NULL,
  seq       INTEGER NOT NULL,
  PRIMARY KEY (reference, seq)
) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* kVelocityTables = R"sql(
CREATE TABLE velocity_limits (     -- At most so much, and so many payments, out of an account in a window.
  account   INTEGER NOT NULL,
  window    INTEGER NOT NULL,      -- Nanoseconds.
  amount    INTEGER,               -- NULL: any.
  count     INTEGER,
  since     INTEGER NOT NULL,      -- When it was set: what was paid before isn't counted.
  as_of_seq INTEGER NOT NULL,      -- Its pieces are true up to here.
  PRIMARY KEY (account, window)
) STRICT, WITHOUT ROWID;

CREATE TABLE velocity_pieces (     -- What was paid in a thousandth of a window.
  account INTEGER NOT NULL,
  window  INTEGER NOT NULL,
  start   INTEGER NOT NULL,
  amount  INTEGER NOT NULL,        -- 0 where the limit has none.
  count   INTEGER NOT NULL,
  PRIMARY KEY (account, window, start)
) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* kHoldTables = R"sql(
CREATE TABLE holds (               -- Those that are open.
  seq          INTEGER PRIMARY KEY,  -- Of the entry that made it.
  from_account INTEGER NOT NULL,
  to_account   INTEGER NOT NULL,
  left         INTEGER NOT NULL,
  expires_at   INTEGER,              -- NULL: never.
  uid          INTEGER NOT NULL,     -- As in the journal.
  key          TEXT NOT NULL,
  made_at      INTEGER NOT NULL DEFAULT 0,
  amount       INTEGER NOT NULL DEFAULT 0  -- That it held when it was made.
) STRICT;

CREATE TABLE followups (           -- Entries that go on with an earlier one.
  original INTEGER NOT NULL,
  seq      INTEGER NOT NULL,
  PRIMARY KEY (original, seq)
) STRICT, WITHOUT ROWID;
)sql";

// By effective date (ledger/store/history/effective_days.hpp).
constexpr const char* kEffectiveTables = R"sql(
CREATE TABLE effective_days (      -- Of what counts on another day than that of its `at`.
  account     INTEGER NOT NULL,
  days        INTEGER NOT NULL,    -- From `day` on: 1, or 1024 of them together.
  day         INTEGER NOT NULL,    -- Since 1970-01-01.
  change      INTEGER NOT NULL,    -- Added to the account's balance by `at` of these days, and of all
                                   -- after them; 0 to 10^18 - 1: the rest is in change_high.
  change_high INTEGER NOT NULL,
  latest      INTEGER NOT NULL,    -- The seq of the latest entry that is in it.
  PRIMARY KEY (account, days, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE effective_entries (
  account INTEGER NOT NULL,
  day     INTEGER NOT NULL,        -- The effective date.
  seq     INTEGER NOT NULL,
  PRIMARY KEY (account, day, seq)
) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* kScheduleTable = R"sql(
CREATE TABLE schedules (           -- Those that are open; what they pay says their entry's row.
  seq        INTEGER PRIMARY KEY,  -- Of the entry that made it.
  next_at    INTEGER NOT NULL,     -- When it is due next,
  occurrence INTEGER NOT NULL,     -- and for which time, from 1.
  legs       INTEGER NOT NULL      -- How many it has.
) STRICT;
)sql";

constexpr const char* kNodeTable = R"sql(
CREATE TABLE nodes (               -- Of a cluster, at which entries were asked.
  number INTEGER PRIMARY KEY,      -- From 1, in the order of their first entries.
  name   TEXT NOT NULL UNIQUE
) STRICT;
)sql";

// The keys of old payments (ledger/store/keys/key_pages.hpp). Made anew from the journal where they are
// missing.
constexpr const char* kKeyTables = R"sql(
CREATE TABLE key_runs (
  run       INTEGER PRIMARY KEY,
  level     INTEGER NOT NULL,      -- How often its keys were merged.
  first_seq INTEGER NOT NULL,      -- It holds the keys of the payments of this range.
  last_seq  INTEGER NOT NULL,
  keys      INTEGER NOT NULL,
  checksum  INTEGER NOT NULL       -- Of this row.
) STRICT;

CREATE TABLE key_blocks (
  id   INTEGER PRIMARY KEY,        -- run * 2^32 + the block's index.
  page BLOB NOT NULL               -- Sorted (fingerprint, seq - first_seq), and a checksum.
) STRICT;

CREATE TABLE key_filters (
  id   INTEGER PRIMARY KEY,        -- run * 2^32 + the page's index.
  page BLOB NOT NULL               -- A part of a Bloom filter of all fingerprints, and a checksum.
) STRICT;
)sql";

std::int64_t pragma(const SQLite::Database& db, std::string_view name) {
  Statement statement(db, std::string("PRAGMA ").append(name));
  statement.step();
  return statement.integer(0);
}

void write_codes(const SQLite::Database& db) {
  Statement insert(db,
                   "INSERT INTO codes (code, name) VALUES (?, ?) "
                   "ON CONFLICT (code) DO UPDATE SET name = excluded.name");
  insert.bind(0, 0).bind(1, "applied").run();
  for (int code = 1; code <= 255; ++code) {
    const std::string_view text = name(static_cast<Rejection>(code));
    if (text == name(Rejection::none)) continue;  // Not a code.
    insert.bind(0, code).bind(1, text).run();
  }
}

void write_meta(const SQLite::Database& db, const HashSecret& secret) {
  Statement insert(db, "INSERT INTO meta (name, value) VALUES (?, ?)");
  insert.bind(0, "secret").bind_blob(1, secret).run();
  insert.bind(0, "swept_seq").bind(1, 0).run();
}

void write_version(SQLite::Database& db) {
  db.exec("PRAGMA application_id = " + std::to_string(kApplicationId));
  db.exec("PRAGMA user_version = " + std::to_string(kSchemaVersion));
}

// --- version 2 to 3 ---

// Totals of 128 bits. The new columns are 0 in every row without writing it.
void widen_totals(SQLite::Database& db) {
  db.exec(
      "ALTER TABLE accounts ADD COLUMN posted_in_high INTEGER NOT NULL DEFAULT 0;"
      "ALTER TABLE accounts ADD COLUMN posted_out_high INTEGER NOT NULL DEFAULT 0;"
      "UPDATE accounts SET posted_in_high = posted_in / 1000000000000000000, "
      "posted_in = posted_in % 1000000000000000000, "
      "posted_out_high = posted_out / 1000000000000000000, "
      "posted_out = posted_out % 1000000000000000000 "
      "WHERE posted_in >= 1000000000000000000 OR posted_out >= 1000000000000000000");
}

// Key runs have checksums: the store makes them anew from the journal.
void replace_key_tables(SQLite::Database& db) {
  db.exec("DROP TABLE key_runs");
  db.exec("DROP TABLE key_blocks");
  db.exec(kKeyTables);
}

// --- version 3 to 4 ---

// A commit says which group it was. Those of before don't, and the column costs their rows nothing.
void add_group_index(SQLite::Database& db) {
  db.exec("ALTER TABLE journal ADD COLUMN group_index INTEGER");
}

// --- version 4 to 5 ---

// Holds, and what can become of an account. Nothing is held by what was decided before. The start's count is
// one of the accounts' entries, since a posting may have one side.
void add_holds(SQLite::Database& db) {
  db.exec(
      "ALTER TABLE accounts ADD COLUMN frozen INTEGER NOT NULL DEFAULT 0;"
      "ALTER TABLE accounts ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;"
      "ALTER TABLE accounts ADD COLUMN held_in INTEGER NOT NULL DEFAULT 0;"
      "ALTER TABLE accounts ADD COLUMN held_out INTEGER NOT NULL DEFAULT 0;"
      "INSERT INTO meta (name, value) SELECT 'swept_entries', 2 * value FROM meta "
      "WHERE name = 'swept_postings';"
      "DELETE FROM meta WHERE name = 'swept_postings'");
  db.exec(kHoldTables);
}

// --- version 5 to 6 ---

// Limits on what goes out of an account within a window, and alerts. No account has any so far.
void add_watches(SQLite::Database& db) {
  db.exec(
      "ALTER TABLE accounts ADD COLUMN alert_below INTEGER;"
      "ALTER TABLE accounts ADD COLUMN alert_above INTEGER");
  db.exec(kVelocityTables);
}

// An open hold knows what it was made with: a limit on what goes out counts it then.
void widen_holds(SQLite::Database& db) {
  db.exec(
      "ALTER TABLE holds ADD COLUMN made_at INTEGER NOT NULL DEFAULT 0;"
      "ALTER TABLE holds ADD COLUMN amount INTEGER NOT NULL DEFAULT 0;"
      "UPDATE holds SET (made_at, amount) = (SELECT at, details ->> '$.held[0]' FROM journal "
      "WHERE journal.seq = holds.seq)");
}

// Nothing was scheduled before.
void add_schedules(SQLite::Database& db) {
  db.exec(kScheduleTable);
}

void add_effective_days(SQLite::Database& db) {
  db.exec(kEffectiveTables);
  fill_effective_days(db);
}

// --- version 6 to 7 ---

// Nobody was said to have asked at a node.
void add_nodes(SQLite::Database& db) {
  db.exec(kNodeTable);
}

}  // namespace

std::expected<int, std::string> schema_version(const SQLite::Database& db) {
  const std::int64_t application = pragma(db, "application_id");
  const std::int64_t version = pragma(db, "user_version");
  if (application == kApplicationId) {
    if (version >= kOldestVersion && version <= kSchemaVersion) return static_cast<int>(version);
    return std::unexpected("it is a ledger of schema version " + std::to_string(version) +
                           ", and this program knows versions " + std::to_string(kOldestVersion) +
                           " to " + std::to_string(kSchemaVersion) +
                           " only; nothing was changed. Use the release that wrote it");
  }
  if (application != 0 || db.tableExists("sqlite_stat1") || pragma(db, "schema_version") != 0) {
    return std::unexpected(
        "it is a database of another program, or of a ledger without its beginning; nothing was "
        "changed. Name the ledger's own folder with --data");
  }
  return 0;
}

std::expected<void, std::string> check_schema(const SQLite::Database& db) {
  const auto version = schema_version(db);
  if (!version) return std::unexpected(version.error());
  if (*version == kSchemaVersion) return {};
  return std::unexpected("it is a ledger of schema version " + std::to_string(*version) +
                         ": start girod on it once, which brings it to version " +
                         std::to_string(kSchemaVersion));
}

SQLite::Database open_ledger_reader(const LedgerFile& file, PageChecks checks) {
  SQLite::Database db = open_reader(file, checks);
  if (const auto readable = check_schema(db); !readable) {
    throw std::runtime_error(readable.error());
  }
  return db;
}

void make_schema(SQLite::Database& db, const HashSecret& secret) {
  SQLite::Transaction transaction(db);
  db.exec(kTables);
  db.exec(kHoldTables);
  db.exec(kVelocityTables);
  db.exec(kEffectiveTables);
  db.exec(kScheduleTable);
  db.exec(kNodeTable);
  make_terms_table(db);
  db.exec(kKeyTables);
  make_views(db);
  write_codes(db);
  write_meta(db, secret);
  write_version(db);
  transaction.commit();
}

void migrate_schema(SQLite::Database& db, int version) {
  SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
  drop_views(db);
  if (version < 3) {
    widen_totals(db);
    replace_key_tables(db);
  }
  if (version < 4) add_group_index(db);
  if (version < 5) add_holds(db);
  if (version == 5) widen_holds(db);
  if (version < 6) {
    add_watches(db);
    add_schedules(db);
    add_totals_to_marks(db);
    add_account_terms(db);
    add_effective_days(db);
  }
  if (version < 7) add_nodes(db);
  make_views(db);
  write_codes(db);
  write_version(db);
  transaction.commit();
}

HashSecret read_secret(const SQLite::Database& db) {
  Statement select(db, "SELECT value FROM meta WHERE name = 'secret'");
  HashSecret secret{};
  if (!select.step() || select.blob(0).size() != secret.size()) {
    throw std::runtime_error("its secret is missing, without which no key can be found");
  }
  std::memcpy(secret.data(), select.blob(0).data(), secret.size());
  return secret;
}

}  // namespace giro::store
