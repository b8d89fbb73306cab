// An account as the state keeps it: a cache line, since a payment touches two at random. Values: any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>

#include "ledger/command/account_requests.hpp"
#include "ledger/entry/posting.hpp"
#include "ledger/money.hpp"

namespace giro {

using CurrencyIndex = std::uint32_t;  // Not less: clients declare currencies.

// How far accounts may go. Many accounts share few of them, so that an account has the index of its own in
// the state's table.
struct AccountLimits {
  Amount floor = 0;
  Amount ceiling = kNoCeiling;
  Frozen frozen = Frozen::none;
  bool closed = false;
  bool is_limited = false;  // In what it pays within some time; ledger/state/watches.hpp has it.
  bool has_alerts = false;  // Likewise.

  // As they are told, and kept in the file.
  [[nodiscard]] std::optional<Amount> floor_or_none() const {
    return floor == kNoFloor ? std::nullopt : std::optional(floor);
  }
  [[nodiscard]] std::optional<Amount> ceiling_or_none() const {
    return ceiling == kNoCeiling ? std::nullopt : std::optional(ceiling);
  }
  // What an account can still pay; nothing without a floor. Negative where it is below the floor.
  [[nodiscard]] std::optional<Amount> available(Amount balance, Amount held_out) const {
    if (floor == kNoFloor) return std::nullopt;
    // A floor far from zero can take this past 64 bits; then the end of the range says enough.
    const Int128 available = Int128{balance} - held_out - floor;
    if (available > kAmountMax) return kAmountMax;
    return available < -kAmountMax ? -kAmountMax : static_cast<Amount>(available);
  }
  // Whether its floor and ceiling are all that there is to look at, as of nearly all accounts.
  [[nodiscard]] bool is_free() const {
    return !closed && frozen == Frozen::none && !is_limited && !has_alerts;
  }
  [[nodiscard]] bool bars_debits() const {
    return frozen == Frozen::debits || frozen == Frozen::all;
  }
  [[nodiscard]] bool bars_credits() const {
    return frozen == Frozen::credits || frozen == Frozen::all;
  }
  // As they are once `terms` are in force.
  [[nodiscard]] AccountLimits changed_by(const AccountTerms& terms) const {
    AccountLimits changed = *this;
    if (terms.floor) changed.floor = terms.floor->value_or(kNoFloor);
    if (terms.ceiling) changed.ceiling = terms.ceiling->value_or(kNoCeiling);
    if (terms.frozen) changed.frozen = *terms.frozen;
    if (terms.limits) changed.is_limited = !terms.limits->empty();
    if (terms.alerts) changed.has_alerts = !terms.alerts->empty();
    return changed;
  }

  friend auto operator<=>(const AccountLimits&, const AccountLimits&) = default;
};
// Its highest bit says that the limits are not free: most payments need not look further.
using LimitsIndex = std::uint32_t;
inline constexpr LimitsIndex kNotFree = LimitsIndex{1} << 31;

struct alignas(64) Account {
  Int128 posted_in = 0;  // All that it ever received.
  Amount balance = 0;
  Seq last_seq = 0;           // Its latest entry; 0: none yet.
  std::uint64_t version = 0;  // How many entries it has.
  CurrencyIndex currency = 0;
  LimitsIndex limits = 0;  // A floor of zero, and no ceiling.
  Held held = {};

  [[nodiscard]] Int128 posted_out() const { return posted_in - balance; }

  friend bool operator==(const Account&, const Account&) = default;
};
static_assert(sizeof(Account) == 64);

}  // namespace giro
