#include "ledger/store/schema.hpp"

#include <cstring>
#include <stdexcept>

#include <SQLiteCpp/Transaction.h>
#include <sodium/randombytes.h>

#include "ledger/codes.hpp"
#include "ledger/store/sqlite.hpp"

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
  posted_in  INTEGER NOT NULL,
  posted_out INTEGER NOT NULL,
  version    INTEGER NOT NULL,  -- How many entries it has.
  last_seq   INTEGER NOT NULL,  -- Its latest entry; 0: none.
  as_of_seq  INTEGER NOT NULL,  -- This row is true up to here; v_accounts adds the rest.
  marks      BLOB NOT NULL      -- The seqs of its latest marks, one a level.
) STRICT;

CREATE TABLE journal (
  seq          INTEGER PRIMARY KEY,
  at           INTEGER NOT NULL,   -- Nanoseconds since 1970, UTC.
  kind         INTEGER NOT NULL,   -- 0: payment, 1: of several legs, 2: account opened.
  outcome      INTEGER NOT NULL REFERENCES codes (code),
  uid          INTEGER NOT NULL,   -- Who asked.
  key          TEXT NOT NULL,
  from_account INTEGER,
  to_account   INTEGER,
  amount       INTEGER,
  from_prev    INTEGER,            -- The account's entry before this one; 0: none.
  to_prev      INTEGER,
  from_after   INTEGER,            -- The balance after it; in a rejected one, as it was seen.
  to_after     INTEGER,
  details      TEXT,               -- JSON; NULL in a plain payment.
  metadata     TEXT,               -- JSON, the client's own.
  digest       BLOB                -- SHA-256 of the chain up to here, in the last row of a commit.
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
  PRIMARY KEY (seq, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE payment_references (
  reference TEXT NOT NULL,
  seq       INTEGER NOT NULL,
  PRIMARY KEY (reference, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE key_runs (
  run       INTEGER PRIMARY KEY,
  level     INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,      -- It holds the keys of the payments of this range.
  last_seq  INTEGER NOT NULL,
  keys      INTEGER NOT NULL,
  fences    BLOB NOT NULL,         -- The first fingerprint of each block.
  filter    BLOB NOT NULL          -- A Bloom filter of all fingerprints.
) STRICT;

CREATE TABLE key_blocks (
  id      INTEGER PRIMARY KEY,     -- run * 2^32 + the block's index.
  entries BLOB NOT NULL            -- Sorted (fingerprint, seq - first_seq).
) STRICT;
)sql";

// The views join names and add what isn't swept yet, so that they are exact at any moment.
constexpr const char* kViews = R"sql(
CREATE VIEW v_accounts AS
WITH tail (account, seq, moved_in, moved_out) AS (
  SELECT to_account, seq, amount, 0 FROM journal
   WHERE seq > (SELECT value FROM meta WHERE name = 'swept_seq') AND kind = 0 AND outcome = 0
  UNION ALL
  SELECT from_account, seq, 0, amount FROM journal
   WHERE seq > (SELECT value FROM meta WHERE name = 'swept_seq') AND kind = 0 AND outcome = 0
  UNION ALL
  SELECT to_account, seq, amount, 0 FROM legs
   WHERE seq > (SELECT value FROM meta WHERE name = 'swept_seq')
  UNION ALL
  SELECT from_account, seq, 0, amount FROM legs
   WHERE seq > (SELECT value FROM meta WHERE name = 'swept_seq')
), moved AS (
  SELECT tail.account, sum(moved_in) AS moved_in, sum(moved_out) AS moved_out,
         count(*) AS entries, max(tail.seq) AS last_seq
    FROM tail JOIN accounts ON accounts.number = tail.account AND tail.seq > accounts.as_of_seq
   GROUP BY tail.account
)
SELECT a.number, a.id, c.code AS currency, c.scale, a.floor, a.ceiling,
       a.posted_in + coalesce(m.moved_in, 0) AS posted_in,
       a.posted_out + coalesce(m.moved_out, 0) AS posted_out,
       a.posted_in - a.posted_out + coalesce(m.moved_in, 0) - coalesce(m.moved_out, 0) AS balance,
       a.version + coalesce(m.entries, 0) AS version,
       a.opened_seq, coalesce(m.last_seq, a.last_seq) AS last_seq, a.metadata
  FROM accounts a JOIN currencies c ON c.id = a.currency LEFT JOIN moved m ON m.account = a.number;

CREATE VIEW v_entries AS
SELECT j.seq,
       strftime('%Y-%m-%dT%H:%M:%S', j.at / 1000000000, 'unixepoch')
         || printf('.%09dZ', j.at % 1000000000) AS at,
       CASE j.kind WHEN 2 THEN 'account' ELSE 'payment' END AS type,
       CASE j.outcome WHEN 0 THEN 'applied' ELSE 'rejected' END AS status,
       CASE j.outcome WHEN 0 THEN NULL ELSE k.name END AS code,
       j.uid, j.key, f.id AS from_id, t.id AS to_id, j.amount, c.code AS currency,
       j.from_after, j.to_after, j.kind = 1 AS has_legs, j.details, j.metadata
  FROM journal j LEFT JOIN codes k ON k.code = j.outcome
  LEFT JOIN accounts f ON f.number = j.from_account
  LEFT JOIN accounts t ON t.number = j.to_account
  LEFT JOIN currencies c ON c.id = f.currency;

CREATE VIEW v_payments AS SELECT * FROM v_entries WHERE type = 'payment';

CREATE VIEW v_legs AS
SELECT l.seq, l.leg, f.id AS from_id, t.id AS to_id, l.amount, c.code AS currency,
       l.from_after, l.to_after
  FROM legs l JOIN accounts f ON f.number = l.from_account
  JOIN accounts t ON t.number = l.to_account JOIN currencies c ON c.id = f.currency;

CREATE VIEW v_trial_balance AS
SELECT currency, scale, count(*) AS accounts,
       -sum(min(balance, 0)) AS debit, sum(max(balance, 0)) AS credit, sum(balance) AS net
  FROM v_accounts GROUP BY currency, scale;
)sql";

std::int64_t pragma(const SQLite::Database& db, std::string_view name) {
  Statement statement(db, std::string("PRAGMA ").append(name));
  statement.step();
  return statement.integer(0);
}

void write_codes(const SQLite::Database& db) {
  Statement insert(db, "INSERT INTO codes (code, name) VALUES (?, ?)");
  insert.bind(0, 0).bind(1, "applied").run();
  for (int code = 1; code <= 255; ++code) {
    const std::string_view text = name(static_cast<Rejection>(code));
    if (text == name(Rejection::none)) continue;  // Not a code.
    insert.bind(0, code).bind(1, text).run();
  }
}

void write_meta(const SQLite::Database& db) {
  HashSecret secret{};
  randombytes_buf(secret.data(), secret.size());
  Statement insert(db, "INSERT INTO meta (name, value) VALUES (?, ?)");
  insert.bind(0, "secret").bind_blob(1, secret).run();
  insert.bind(0, "swept_seq").bind(1, 0).run();
}

}  // namespace

std::expected<void, std::string> prepare_schema(SQLite::Database& db) {
  const std::int64_t application = pragma(db, "application_id");
  const std::int64_t version = pragma(db, "user_version");
  if (application == kApplicationId) {
    if (version == kSchemaVersion) return {};
    return std::unexpected("it is a ledger of schema version " + std::to_string(version) +
                           ", and this program knows version " + std::to_string(kSchemaVersion) +
                           " only; use the release that wrote it");
  }
  if (application != 0 || db.tableExists("sqlite_stat1") || pragma(db, "schema_version") != 0) {
    return std::unexpected("it is a database of another program; name another directory");
  }
  SQLite::Transaction transaction(db);
  db.exec(kTables);
  db.exec(kViews);
  write_codes(db);
  write_meta(db);
  db.exec("PRAGMA application_id = " + std::to_string(kApplicationId));
  db.exec("PRAGMA user_version = " + std::to_string(kSchemaVersion));
  transaction.commit();
  return {};
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
