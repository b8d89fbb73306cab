#include "ledger/store/verify/verify_effective.hpp"

#include <cstring>
#include <set>

#include <fmt/format.h>

#include "ledger/store/schema/totals.hpp"

namespace giro::store {

EffectiveVerification::EffectiveVerification(const SQLite::Database& db, const HashSecret& secret,
                                             VerifyReport& report)
    : db_(db),
      secret_(secret),
      report_(report),
      find_entry_(db, "SELECT 1 FROM effective_entries WHERE account = ? AND day = ? AND seq = ?"),
      find_latest_(db,
                   "SELECT 1 FROM effective_days WHERE account = ? AND days = ? AND day = ? "
                   "AND latest >= ?") {}

void EffectiveVerification::note(const Entry& entry) {
  const auto day = other_day(entry);
  if (!day) return;
  const auto seq = static_cast<std::int64_t>(entry.seq);
  std::set<AccountNumber> accounts;
  for_each_effective_change(entry, *day, [&](const EffectiveSpan& span, Int128 change) {
    accounts.insert(span.account);
    sums_[span.account] += weighed(span, change);
    const ResetGuard guard(find_latest_);
    find_latest_.bind(0, span.account).bind(1, span.days).bind(2, span.first.days).bind(3, seq);
    if (!find_latest_.step()) problem(entry.seq, "table effective_days doesn't know of it");
  });
  for (const AccountNumber account : accounts) {
    ++entries_;
    const ResetGuard guard(find_entry_);
    find_entry_.bind(0, account).bind(1, day->days).bind(2, seq);
    if (!find_entry_.step()) problem(entry.seq, "it isn't in table effective_entries");
  }
}

void EffectiveVerification::check() {
  Statement count(db_, "SELECT count(*) FROM effective_entries");
  count.step();
  if (count.number(0) != entries_) {
    problem(0, fmt::format("table effective_entries has {} rows, and {} belong to the journal's "
                           "entries",
                           count.number(0), entries_));
  }
  std::unordered_map<AccountNumber, Sum> sums;
  Statement rows(db_, "SELECT account, days, day, change, change_high FROM effective_days");
  while (rows.step()) {
    const EffectiveSpan span{.account = static_cast<AccountNumber>(rows.integer(0)),
                             .days = static_cast<std::int32_t>(rows.integer(1)),
                             .first = {static_cast<std::int32_t>(rows.integer(2))}};
    sums[span.account] += weighed(span, read_change(rows, 3, 4));
  }
  for (const auto& [account, sum] : sums_) {
    const auto found = sums.extract(account);
    if (!found.empty() && found.mapped() == sum) continue;
    problem(0, fmt::format("the rows of account {} in table effective_days differ from what the "
                           "journal amounts to",
                           account));
  }
  for (const auto& [account, sum] : sums) {
    if (sum == 0) continue;
    problem(0, fmt::format("table effective_days has rows of account {}, and the journal knows "
                           "of none",
                           account));
  }
}

EffectiveVerification::Sum EffectiveVerification::weighed(const EffectiveSpan& span,
                                                          Int128 change) const {
  char row[12];
  std::memcpy(row, &span.account, 4);
  std::memcpy(row + 4, &span.days, 4);
  std::memcpy(row + 8, &span.first.days, 4);
  // An odd weight, so that no change of one row comes to nothing.
  return static_cast<Sum>(change) * (hash(secret_, {row, sizeof row}) | 1);
}

}  // namespace giro::store
