// What goes together: by an entry, those that go on with it. A hold with its captures and its end, a payment
// with its reversals. Thread: that of the connection.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "ledger/entry/entry.hpp"
#include "ledger/store/journal/journal_reader.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {

struct Family {
  std::vector<Entry> entries;  // In order of seq, the one that began it first.
  bool more = false;           // There are others.
};

class Followups {
 public:
  Followups(const SQLite::Database& db, JournalReader& journal);

  // The last one that goes on with it.
  [[nodiscard]] std::optional<Entry> latest(Seq original);
  // All that go together with this applied entry, which is among them; at most `max`.
  [[nodiscard]] Family family(const Entry& entry, std::size_t max);

 private:
  [[nodiscard]] Entry beginning_of(const Entry& entry);
  [[nodiscard]] Entry must_read(Seq seq);

  JournalReader& journal_;
  Statement latest_;
  Statement all_;
};

}  // namespace giro::store
