#include "ledger/store/history/history.hpp"

#include <stdexcept>
#include <string>

#include "ledger/store/schema/totals.hpp"

namespace giro::store {

History::History(const SQLite::Database& db)
    : journal_(db),
      mark_(db,
            "SELECT entry, earlier, posted_in, posted_in_high FROM marks "
            "WHERE seq = ? AND account = ?") {}

AccountPoint History::at(AccountNumber account, const AccountPoint& head, Seq seq) {
  if (head.last_seq <= seq) return head;
  const auto mark = find_mark(account, head, [&](const Place& place) { return place.seq > seq; });
  const Place from = mark.value_or(
      Place{.number = head.version, .seq = head.last_seq, .posted_in = head.posted_in});
  AccountPoint point;
  Int128 posted_in = from.posted_in;
  walk_back(account, from, [&](const Visit& visit) {
    if (visit.entry.seq > seq) {
      if (visit.incoming) posted_in -= visit.posting.amount;
      return true;
    }
    point.posted_in = posted_in;
    point.balance = visit.incoming ? visit.posting.to_after : visit.posting.from_after;
    point.held = visit.incoming ? visit.posting.to_held : visit.posting.from_held;
    point.version = visit.number;
    point.last_seq = visit.entry.seq;
    point.mark = mark ? mark->seq : head.mark;
    return false;
  });
  return point;
}

void History::walk(AccountNumber account, const AccountPoint& head, std::uint64_t after,
                   std::uint64_t until, const std::function<bool(const Visit&)>& use) {
  if (after >= until) return;
  Place place{.number = head.version, .seq = head.last_seq, .posted_in = head.posted_in};
  if (until < head.version) {
    const auto mark =
        find_mark(account, head, [&](const Place& found) { return found.number >= until; });
    // The head itself may be nearer.
    if (mark && mark->number < head.version) place = *mark;
  }
  walk_back(account, place, [&](const Visit& visit) {
    if (visit.number > until) return true;
    return use(visit) && visit.number > after + 1;
  });
}

std::optional<History::Place> History::find_mark(
    AccountNumber account, const AccountPoint& from,
    const std::function<bool(const Place&)>& is_late_enough) {
  if (from.mark == 0) return std::nullopt;
  FoundMark found = read_mark(account, from.mark);
  if (!is_late_enough(found.place)) return std::nullopt;
  // A mark that is too early is so on every level: it is read once.
  Seq too_early = 0;
  for (std::size_t level = found.earlier.size(); level-- > 0;) {
    while (level < found.earlier.size() && found.earlier[level] > too_early) {
      FoundMark next = read_mark(account, found.earlier[level]);
      if (!is_late_enough(next.place)) {
        too_early = next.place.seq;
      } else {
        found = next;
      }
    }
  }
  return found.place;
}

History::FoundMark History::read_mark(AccountNumber account, Seq seq) {
  const ResetGuard guard(mark_);
  mark_.bind(0, static_cast<std::int64_t>(seq)).bind(1, account);
  if (!mark_.step()) {
    throw std::runtime_error("the mark of account " + std::to_string(account) + " at seq " +
                             std::to_string(seq) + " is missing; run giro verify");
  }
  FoundMark found{
      .place = {.number = mark_.number(0), .seq = seq, .posted_in = read_total(mark_, 2, 3)},
      .earlier = MarkTower(mark_.blob(1))};
  for (std::size_t level = 0; level < found.earlier.size(); ++level) {
    if (found.earlier[level] >= seq) throw std::runtime_error("a mark doesn't lead back");
  }
  return found;
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
      if (postings.size() > 1) visit.leg = static_cast<std::uint16_t>(leg);
      if (!use(visit)) return;
      previous = incoming ? posting.to_prev : posting.from_prev;
    }
    if (previous >= from.seq) throw std::runtime_error("an account's history doesn't lead back");
    from.seq = previous;
  }
}

}  // namespace giro::store
