#include "ledger/store/history/open_holds_page.hpp"

#include <stdexcept>
#include <string>

#include "ledger/store/history/pages.hpp"

namespace giro::store {

OpenHoldsReader::OpenHoldsReader(const SQLite::Database& db, JournalReader& journal)
    : journal_(journal),
      ascending_(db,
                 "SELECT seq, left, from_account, to_account FROM holds WHERE seq > ? "
                 "ORDER BY seq LIMIT ?"),
      descending_(db,
                  "SELECT seq, left, from_account, to_account FROM holds WHERE seq < ? "
                  "ORDER BY seq DESC LIMIT ?") {}

OpenHoldsPage OpenHoldsReader::page(const OpenHoldsQuery& query) {
  Statement& rows = query.newest_first ? descending_ : ascending_;
  const ResetGuard guard(rows);
  rows.bind(0, query.after ? static_cast<std::int64_t>(*query.after)
                           : (query.newest_first ? kAmountMax : 0))
      .bind(1, std::int64_t{kPageRowsMax});
  OpenHoldsPage page;
  Seq examined = 0;
  std::size_t count = 0;
  for (std::size_t bytes = 0; rows.step(); ++count) {
    const bool meant =
        query.account == 0 || rows.number(2) == query.account || rows.number(3) == query.account;
    if (bytes >= kPageBytesMax || (meant && page.holds.size() == query.limit)) {
      page.next = examined;
      return page;
    }
    examined = rows.number(0);
    if (!meant) continue;
    auto entry = journal_.entry(examined);
    if (!entry) throw std::runtime_error("entry " + std::to_string(examined) + " is missing");
    bytes += bytes_of(*entry);
    page.holds.push_back({.entry = std::move(*entry), .left = rows.integer(1)});
  }
  if (count == kPageRowsMax) page.next = examined;
  return page;
}

}  // namespace giro::store
