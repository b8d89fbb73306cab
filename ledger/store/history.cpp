#include "ledger/store/history.hpp"

#include <stdexcept>
#include <string>

namespace giro::store {

History::History(const SQLite::Database& db)
    : journal_(db),
      mark_(
          db,
          "SELECT entry, seq FROM marks WHERE account = ? AND entry >= ? ORDER BY entry LIMIT 1") {}

AccountPoint History::at(AccountNumber account, const AccountPoint& head, Seq seq) {
  if (head.last_seq <= seq) return head;
  // Binary search for the first mark after `seq`: marks are at most kEntriesInMark entries apart.
  Place place{.number = head.version, .seq = head.last_seq};
  std::uint64_t low = 0;
  std::uint64_t high = head.version / kEntriesInMark + 1;
  while (low < high) {
    const std::uint64_t middle = (low + high) / 2;
    const std::optional<Place> mark = mark_from(account, middle * kEntriesInMark + 1);
    if (mark && mark->seq <= seq) {
      low = middle + 1;
      continue;
    }
    if (mark) place = *mark;
    high = middle;
  }
  AccountPoint point;
  walk_back(account, place, [&](const Visit& visit) {
    if (visit.entry.seq > seq) return true;
    point.balance = visit.incoming ? visit.posting.to_after : visit.posting.from_after;
    point.version = visit.number;
    point.last_seq = visit.entry.seq;
    return false;
  });
  return point;
}

void History::walk(AccountNumber account, const AccountPoint& head, std::uint64_t after,
                   std::uint64_t until, const std::function<void(const Visit&)>& use) {
  if (after >= until) return;
  const Place newest{.number = head.version, .seq = head.last_seq};
  walk_back(account, mark_from(account, until).value_or(newest), [&](const Visit& visit) {
    if (visit.number > until) return true;
    if (visit.number > after) use(visit);
    return visit.number > after + 1;
  });
}

std::optional<History::Place> History::mark_from(AccountNumber account, std::uint64_t number) {
  const ResetGuard guard(mark_);
  mark_.bind(0, account).bind(1, static_cast<std::int64_t>(number));
  if (!mark_.step()) return std::nullopt;
  return Place{.number = mark_.number(0), .seq = mark_.number(1)};
}

void History::walk_back(AccountNumber account, Place from,
                        const std::function<bool(const Visit&)>& use) {
  while (from.number > 0 && from.seq > 0) {
    const std::optional<Entry> entry = journal_.entry(from.seq);
    if (!entry) throw std::runtime_error("entry " + std::to_string(from.seq) + " is missing");
    const auto postings = entry->postings();
    Seq previous = 0;
    for (std::size_t leg = postings.size(); leg-- > 0;) {
      const Posting& posting = postings[leg];
      const bool incoming = posting.to == account;
      if (!incoming && posting.from != account) continue;
      Visit visit{.entry = *entry,
                  .posting = posting,
                  .leg = std::nullopt,
                  .number = from.number--,
                  .incoming = incoming};
      if (entry->kind == EntryKind::multi_leg) visit.leg = static_cast<std::uint16_t>(leg);
      if (!use(visit)) return;
      previous = incoming ? posting.to_prev : posting.from_prev;
    }
    if (previous >= from.seq) throw std::runtime_error("an account's history doesn't lead back");
    from.seq = previous;
  }
}

}  // namespace giro::store
