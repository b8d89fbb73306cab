// Which entries of the journal a list shows. Values: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ledger/entry/entry.hpp"
#include "ledger/money.hpp"

namespace giro::store {

class AccountNames;

struct PaymentFilter {
  AccountNumber account = 0;  // On either side, of any leg; 0: any.
  std::string type = {};      // As lists call it; empty: any but what opens or changes an account.
  std::string status = {};    // Likewise.
  std::optional<Rejection> code = {};
  std::optional<std::uint16_t> payment_code = {};
  // Of the payment, or of one of its legs.
  Amount amount_gte = 0;
  Amount amount_lte = kAmountMax;
  std::optional<CurrencyCode> currency = {};  // Asked for, in one of its legs.

  // Whether what was decided against is looked for.
  [[nodiscard]] bool is_of_rejected() const;
  // What the beginning of a row tells: most rows need not be read further.
  [[nodiscard]] bool may_show(EntryKind kind, Rejection outcome) const;
  [[nodiscard]] bool shows(const Entry& entry, AccountNames& names) const;
};

}  // namespace giro::store
