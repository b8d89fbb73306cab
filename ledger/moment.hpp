// Points of the ledger's history: after the decision with a seq, at a time, or at a place by effective date.
// Values: any thread.
#pragma once

#include <variant>

#include "ledger/entry/entry.hpp"
#include "ledger/timestamp.hpp"

namespace giro {

using Moment = std::variant<Seq, Timestamp>;

// A place among what an account was paid and paid, in the order of effective dates and, within a day, of decisions
// and their legs.
struct EffectivePlace {
  Date day;
  Seq seq = 0;
  std::uint16_t leg = 0;

  friend auto operator<=>(const EffectivePlace&, const EffectivePlace&) = default;
};

// Where a page of a statement by effective date ended, and what its first page fixed: later entries change the
// balances of days long past.
struct EffectiveCursor {
  Seq until_seq = 0;
  EffectivePlace place;  // The last one that was looked at.
  Int128 balance = 0;    // Of the next line, or before it: as the pages go.
  Int128 opening = 0;
  Int128 closing = 0;

  friend bool operator==(const EffectiveCursor&, const EffectiveCursor&) = default;
};

}  // namespace giro
