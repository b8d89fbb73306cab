#include "ledger/store/history/followups.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace giro::store {

Followups::Followups(const SQLite::Database& db, JournalReader& journal)
    : journal_(journal),
      latest_(db, "SELECT max(seq) FROM followups WHERE original = ?"),
      all_(db, "SELECT seq FROM followups WHERE original = ? ORDER BY seq LIMIT ?") {}

std::optional<Entry> Followups::latest(Seq original) {
  Seq seq = 0;
  {
    const ResetGuard guard(latest_);
    latest_.bind(0, static_cast<std::int64_t>(original));
    if (latest_.step() && !latest_.is_null(0)) seq = latest_.number(0);
  }
  if (seq == 0) return std::nullopt;
  return must_read(seq);
}

Family Followups::family(const Entry& entry, std::size_t max) {
  Family family;
  family.entries.push_back(beginning_of(entry));
  // Those that go on with the first, then with those, and so on: a capture of a hold may be reversed.
  for (std::size_t next = 0; next < family.entries.size() && !family.more; ++next) {
    const ResetGuard guard(all_);
    all_.bind(0, static_cast<std::int64_t>(family.entries[next].seq))
        .bind(1, static_cast<std::int64_t>(max));
    while (all_.step()) {
      family.more = family.entries.size() == max;
      if (family.more) break;
      family.entries.push_back(must_read(all_.number(0)));
    }
  }
  std::ranges::sort(family.entries, {}, &Entry::seq);
  return family;
}

Entry Followups::beginning_of(const Entry& entry) {
  Entry first = copy_of(entry);
  while (first.follows() != 0) {
    if (first.follows() >= first.seq) throw std::runtime_error("an entry follows a later one");
    first = must_read(first.follows());
  }
  return first;
}

Entry Followups::must_read(Seq seq) {
  auto entry = journal_.entry(seq);
  if (!entry) throw std::runtime_error("entry " + std::to_string(seq) + " is missing");
  return std::move(*entry);
}

}  // namespace giro::store
