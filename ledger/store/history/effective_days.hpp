// What payments with an effective date change of balances by day.
//
// A payment counts on its effective date; without one, on the day of its `at` (UTC), its own day. Most count
// on their own day and leave nothing here. For the others table effective_days is a difference array: what
// such a payment changed of an account is added on its effective date and taken off on its own day. So
//
//   the balance of an account at the end of a day by effective date
//     = its balance at the end of that day by `at` + the changes of all days up to it
//
// whatever order they came in, and no row is ever touched for what was decided before. Changes are kept for
// single days and for spans of 1,024 of them, so that all days that there are take some thousand rows at most to
// add up. They are of 128 bits: single payments may go back and forth, and no balance bounds what they add up to.
// Table effective_entries has the same payments in the order of their days, for statements.
//
// What always holds: each commit leaves both tables true, since they are written in its own transaction.
// Thread: that of the connection.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "ledger/entry/entry.hpp"
#include "ledger/store/sqlite/bulk_insert.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {

inline constexpr std::int32_t kSpanDays = 1'024;

// A row of effective_days: the changes of `days` days from `first` on.
struct EffectiveSpan {
  AccountNumber account = 0;
  std::int32_t days = 1;
  Date first;

  friend auto operator<=>(const EffectiveSpan&, const EffectiveSpan&) = default;
};

// The first day of the long span that this one is in.
[[nodiscard]] constexpr Date span_of(Date day) {
  return {day.days & ~(kSpanDays - 1)};
}

// The effective date of an applied entry that moved money and counts on another day than its own; nothing:
// it counts on its own day, or nowhere.
[[nodiscard]] std::optional<Date> other_day(const Entry& entry);

// Calls `use(span, change)` for all that the entry adds to rows of effective_days.
// REQUIRES: `day` is its other_day().
template <class Use>
void for_each_effective_change(const Entry& entry, Date day, Use use) {
  const Date own = date_of(entry.at);
  const auto add = [&](AccountNumber account, Int128 change) {
    use(EffectiveSpan{.account = account, .days = 1, .first = day}, change);
    use(EffectiveSpan{.account = account, .days = 1, .first = own}, -change);
    if (span_of(day) == span_of(own)) return;  // Within it, what comes and goes is nothing.
    use(EffectiveSpan{.account = account, .days = kSpanDays, .first = span_of(day)}, change);
    use(EffectiveSpan{.account = account, .days = kSpanDays, .first = span_of(own)}, -change);
  };
  for (const Posting& posting : entry.postings()) {
    add(posting.from, -Int128{posting.amount});
    add(posting.to, posting.amount);
  }
}

class EffectiveDaysWriter {
 public:
  explicit EffectiveDaysWriter(const SQLite::Database& db);

  // Any entry, in order of seq: most leave nothing.
  void note(const Entry& entry);
  // Writes what was noted since the last time, in the order of its rows, within the open transaction.
  void write();

 private:
  struct Change {
    Int128 amount = 0;
    Seq latest = 0;
  };
  struct DatedEntry {
    AccountNumber account = 0;
    Date day;
    Seq seq = 0;

    friend auto operator<=>(const DatedEntry&, const DatedEntry&) = default;
  };

  Statement add_;
  BulkInsert insert_;
  std::map<EffectiveSpan, Change> changes_;
  std::set<DatedEntry> entries_;
};

// Fills both tables, which are empty, from the journal, within the open transaction.
void fill_effective_days(const SQLite::Database& db);

}  // namespace giro::store
