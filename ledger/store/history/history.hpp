// An account's history without an index: walks its linked list through the journal, entered at the
// head or at a mark.
// Thread: that of the connection.
#pragma once

#include <functional>
#include <optional>

#include "ledger/store/accounts/account_point.hpp"
#include "ledger/store/history/marks.hpp"
#include "ledger/store/journal/journal_reader.hpp"

namespace giro::store {

// One of the account's postings, met on the way back.
struct Visit {
  const Entry& entry;
  const Posting& posting;
  std::optional<std::uint16_t> leg;
  std::uint64_t number = 0;  // The account's own count, from 1.
  bool incoming = false;
};

class History {
 public:
  explicit History(const SQLite::Database& db);

  // Where the account stood after everything up to `seq`. `head` is at or after it.
  [[nodiscard]] AccountPoint at(AccountNumber account, const AccountPoint& head, Seq seq);
  // Visits the postings with after < number <= until, newest first; `use` says whether to go on.
  void walk(AccountNumber account, const AccountPoint& head, std::uint64_t after,
            std::uint64_t until, const std::function<bool(const Visit&)>& use);

 private:
  // A point of the list: entry `number` of the account is its last one in the decision `seq`.
  struct Place {
    std::uint64_t number = 0;
    Seq seq = 0;
    Int128 posted_in = 0;
  };
  struct FoundMark {
    Place place;
    MarkTower earlier;
  };

  // The oldest mark that `is_late_enough` holds for, from the point's own mark back; nothing when it
  // doesn't hold for that one.
  [[nodiscard]] std::optional<Place> find_mark(
      AccountNumber account, const AccountPoint& from,
      const std::function<bool(const Place&)>& is_late_enough);
  [[nodiscard]] FoundMark read_mark(AccountNumber account, Seq seq);
  // Goes back from a place; `use` says whether to go on.
  void walk_back(AccountNumber account, Place from, const std::function<bool(const Visit&)>& use);

  JournalReader journal_;
  Statement mark_;
};

}  // namespace giro::store
