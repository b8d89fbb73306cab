// The holds that are open, a page at a time. Thread: that of the connection.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ledger/entry/entry.hpp"
#include "ledger/store/journal/journal_reader.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {

struct OpenHoldsQuery {
  AccountNumber account = 0;      // That is to pay, or to be paid; 0: any.
  std::optional<Seq> after = {};  // Where the page before ended; nothing: it is the first.
  std::uint32_t limit = 100;
  bool newest_first = false;
};
struct OpenHoldFound {
  Entry entry;  // That made it.
  Amount left = 0;
};
struct OpenHoldsPage {
  std::vector<OpenHoldFound> holds;
  std::optional<Seq> next;  // What the page after it goes on from; nothing: there is none.
};

class OpenHoldsReader {
 public:
  OpenHoldsReader(const SQLite::Database& db, JournalReader& journal);

  // REQUIRES: limit is at least 1.
  [[nodiscard]] OpenHoldsPage page(const OpenHoldsQuery& query);

 private:
  JournalReader& journal_;
  Statement ascending_;
  Statement descending_;
};

}  // namespace giro::store
