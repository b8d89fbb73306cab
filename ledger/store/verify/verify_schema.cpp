#include "ledger/store/verify/verify_schema.hpp"

#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "ledger/store/schema/schema.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {
namespace {

struct Part {
  std::string text;
  std::string owner;  // The table or view that it is a part of.
};
using Parts = std::map<std::string, Part, std::less<>>;  // By name.

Parts select_parts(const SQLite::Database& db, const char* sql) {
  Parts parts;
  Statement select(db, sql);
  while (select.step()) {
    parts.emplace(select.text(0),
                  Part{.text = std::string(select.text(1)), .owner = std::string(select.text(2))});
  }
  return parts;
}

// What is missing, changed, or put into what girod made.
void compare(const Parts& made, const Parts& found, VerifyReport& report) {
  const auto wrong = [&report](const std::string& name, std::string_view what) {
    report.add(0, LedgerPart::tables, name + std::string(what));
  };
  std::set<std::string, std::less<>> owners;
  for (const auto& [name, part] : made) {
    owners.insert(part.owner);
    const auto same = found.find(name);
    if (same == found.end()) {
      wrong(name, " is missing");
    } else if (same->second.text != part.text) {
      wrong(name, " isn't the one that girod made");
    }
  }
  for (const auto& [name, part] : found) {
    if (made.contains(name) || !owners.contains(part.owner)) continue;
    wrong(name, " isn't girod's, and may change or hold up what girod writes: drop it");
  }
}

}  // namespace

void check_what_others_read(const SQLite::Database& db, VerifyReport& report) {
  SQLite::Database made(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  make_schema(made, {});
  constexpr std::array kParts{
      // Tables by their columns alone: the text of one that was migrated differs. Of indexes those
      // that let no row in twice: girod makes no others, and somebody else's do no harm.
      "SELECT type || ' ' || name, CASE type WHEN 'table' THEN '' ELSE ifnull(sql, '') END, "
      "tbl_name FROM sqlite_schema WHERE ifnull(sql, '') NOT LIKE 'CREATE INDEX%'",
      "SELECT 'column ' || t.name || '.' || c.name, "
      "c.type || ' ' || c.\"notnull\" || ' ' || ifnull(c.dflt_value, '') || ' ' || c.pk, t.name "
      "FROM sqlite_schema t, pragma_table_xinfo(t.name) c WHERE t.type = 'table'",
      // Not by the index of names, which has both columns, too.
      "SELECT 'in table codes, the name of ' || code, name, 'codes' FROM codes NOT INDEXED",
  };
  for (const char* sql : kParts) compare(select_parts(made, sql), select_parts(db, sql), report);
}

void check_indexes(const SQLite::Database& db, VerifyReport& report) {
  for (const char* table : {"accounts", "codes", "currencies", "nodes"}) {
    Statement check(db, std::string("PRAGMA integrity_check(") + table + ")");
    while (check.step()) {
      if (check.text(0) == "ok") continue;
      report.add(0, LedgerPart::tables,
                 std::string("table ") + table + " or its index: " + std::string(check.text(0)));
    }
  }
}

}  // namespace giro::store
