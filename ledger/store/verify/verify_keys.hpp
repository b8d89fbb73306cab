// The part of verify() that is about key runs: each holds the keys of its payments, all of them and no
// others, where a look-up finds them. Holds a page of a run at a time. Thread: verify()'s.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "ledger/entry/entry.hpp"
#include "ledger/hash.hpp"
#include "ledger/store/keys/key_runs.hpp"
#include "ledger/store/verify/verify.hpp"

namespace giro::store {

class KeyVerification {
 public:
  // Problems go into `report`, which outlives this.
  KeyVerification(const SQLite::Database& db, const HashSecret& secret, VerifyReport& report);

  // REQUIRES: each entry of the journal, in order.
  void note(const Entry& entry);
  // Of the runs that there are now, those up to `noted`, the last entry that was noted.
  void check_runs(Seq noted);

 private:
  void problem(Seq seq, std::string what) { report_.add(seq, LedgerPart::keys, std::move(what)); }
  void check_run(const KeyRunInfo& run, Seq noted);
  [[nodiscard]] std::optional<std::uint64_t> sum_at(Seq seq, Seq noted) const;
  [[nodiscard]] bool still_there(const KeyRunInfo& run);

  KeyRunReader runs_;
  const HashSecret& secret_;
  VerifyReport& report_;
  std::uint64_t sum_ = 0;              // Over the keys noted.
  std::map<Seq, std::uint64_t> sums_;  // As it was at the last seq of each run.
};

}  // namespace giro::store
