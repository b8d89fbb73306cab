// The part of verify() that is about effective dates: the tables of them are what the journal amounts to. What
// the rows of an account add up to is compared with each row weighed by a number of its own, which nobody knows
// without the ledger's secret: so 16 bytes an account tell, however many days it has. Thread: verify()'s.
#pragma once

#include <unordered_map>

#include "ledger/hash.hpp"
#include "ledger/store/history/effective_days.hpp"
#include "ledger/store/verify/verify.hpp"

namespace giro::store {

class EffectiveVerification {
 public:
  // Problems go into `report`, which outlives this.
  EffectiveVerification(const SQLite::Database& db, const HashSecret& secret, VerifyReport& report);

  // REQUIRES: each entry of the journal, in order.
  void note(const Entry& entry);
  // REQUIRES: in one snapshot with the last entry that was noted.
  void check();

 private:
  __extension__ typedef unsigned __int128 Sum;  // Modulo 2^128. NOLINT(modernize-use-using)

  void problem(Seq seq, std::string what) { report_.add(seq, LedgerPart::tables, std::move(what)); }
  [[nodiscard]] Sum weighed(const EffectiveSpan& span, Int128 change) const;

  const SQLite::Database& db_;
  const HashSecret& secret_;
  VerifyReport& report_;
  Statement find_entry_;
  Statement find_latest_;
  std::unordered_map<AccountNumber, Sum> sums_;
  std::uint64_t entries_ = 0;
};

}  // namespace giro::store
