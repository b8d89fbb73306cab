#include "ledger/store/verify/verify_schema.hpp"

#include <map>
#include <string>

#include <fmt/format.h>

#include "ledger/store/schema/schema.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {
namespace {

using Texts = std::map<std::string, std::string, std::less<>>;  // By name.

Texts select_texts(const SQLite::Database& db, const char* sql) {
  Texts texts;
  Statement select(db, sql);
  while (select.step()) texts.emplace(select.text(0), select.text(1));
  return texts;
}

// What of `expected` isn't the same, named by `what`.
void compare(const Texts& expected, const Texts& found, std::string_view what,
             VerifyReport& report) {
  for (const auto& [name, text] : expected) {
    const auto same = found.find(name);
    if (same != found.end() && same->second == text) continue;
    report.add(0, LedgerPart::tables,
               fmt::format("{} {} {}", what, name,
                           same == found.end() ? "is missing" : "isn't the one that girod made"));
  }
}

}  // namespace

void check_what_others_read(const SQLite::Database& db, VerifyReport& report) {
  SQLite::Database made(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  make_schema(made);

  constexpr const char* kViews = "SELECT name, sql FROM sqlite_schema WHERE type = 'view'";
  compare(select_texts(made, kViews), select_texts(db, kViews), "view", report);

  constexpr const char* kCodes = "SELECT CAST(code AS TEXT), name FROM codes";
  const Texts codes = select_texts(made, kCodes);
  const Texts found = select_texts(db, kCodes);
  compare(codes, found, "in table codes, the name of", report);
  if (found.size() > codes.size()) {
    report.add(0, LedgerPart::tables, "table codes names codes that there aren't");
  }

  for (const auto& [trigger, table] :
       select_texts(db, "SELECT name, tbl_name FROM sqlite_schema WHERE type = 'trigger'")) {
    report.add(
        0, LedgerPart::tables,
        fmt::format("table {} has a trigger, {}, which girod didn't make: drop it, it changes "
                    "the ledger behind girod's back",
                    table, trigger));
  }
}

}  // namespace giro::store
