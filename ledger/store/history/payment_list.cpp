#include "ledger/store/history/payment_list.hpp"

#include <algorithm>
#include <deque>
#include <utility>

#include "ledger/store/history/pages.hpp"

namespace giro::store {
namespace {

// Entries of an account that are gone through at once when its history, which leads back, is shown forward.
constexpr std::uint64_t kEntriesInStretch = 512;

std::string select(std::string_view from_and_where) {
  return std::string("SELECT ").append(kEntryColumns).append(" FROM ").append(from_and_where);
}

std::string select_referenced(std::string_view where) {
  return select(
             "(SELECT reference AS r, seq AS s FROM payment_references) CROSS JOIN journal ON seq "
             "= s WHERE ")
      .append(where);
}

// Seqs that may be shown: after < seq < before.
struct Range {
  Seq after = 0;
  Seq before = 0;
};

Range range_of(const PaymentsQuery& query) {
  Range range{.after = query.first == 0 ? 0 : query.first - 1, .before = query.last + 1};
  if (!query.after) return range;
  if (query.newest_first) {
    range.before = std::min(range.before, *query.after);
  } else {
    range.after = std::max(range.after, *query.after);
  }
  return range;
}

// The least text that is after every one that begins so. UTF-8 has no byte 0xFF.
std::string end_of(std::string prefix) {
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

// Most rows need not be read further.
bool may_be_shown(const Statement& row, const PaymentsQuery& query) {
  const Seq seq = row.number(0);
  if (seq < query.first || seq > query.last) return false;
  const auto outcome = static_cast<Rejection>(row.integer(kOutcomeColumn));
  const AccountNumber account = query.filter.account;
  return query.filter.may_show(static_cast<EntryKind>(row.integer(kKindColumn)), outcome) &&
         (account == 0 || outcome == Rejection::none || row.number(kFromColumn) == account ||
          row.number(kFromColumn + 1) == account);
}

// A page in the making.
class Page {
 public:
  explicit Page(std::uint32_t limit) : limit_(limit) {}

  [[nodiscard]] bool full() const {
    return page_.payments.size() == limit_ || bytes_ >= kPageBytesMax;
  }
  [[nodiscard]] bool looked_at_enough() const { return looked_at_ >= kPageRowsMax; }
  void look_at(Seq seq) {
    last_ = seq;
    ++looked_at_;
  }
  [[nodiscard]] Seq last() const { return last_; }
  void add(Entry entry) {
    bytes_ += bytes_of(entry);
    page_.payments.push_back(std::move(entry));
  }
  // There may be more behind what was looked at.
  void end_here() { page_.next = last_; }
  [[nodiscard]] PaymentsPage take() { return std::move(page_); }

 private:
  std::uint32_t limit_;
  PaymentsPage page_;
  Seq last_ = 0;
  std::size_t looked_at_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace

PaymentList::PaymentList(const SQLite::Database& db, JournalReader& journal, History& history,
                         AccountNames& names)
    : journal_(journal),
      history_(history),
      names_(names),
      by_seq_{.ascending = {db, select("journal WHERE seq > ? AND seq < ? ORDER BY seq")},
              .descending = {db, select("journal WHERE seq > ? AND seq < ? ORDER BY seq DESC")}},
      by_reference_{
          .ascending = {db, select_referenced("s > ? AND s < ? AND r = ? ORDER BY s")},
          .descending = {db, select_referenced("s > ? AND s < ? AND r = ? ORDER BY s DESC")}},
      by_prefix_{.ascending = {db, select_referenced("(r, s) > (?, ?) AND r < ? ORDER BY r, s")},
                 .descending = {db, select_referenced(
                                        "(r, s) < (?, ?) AND r >= ? ORDER BY r DESC, s DESC")}} {}

std::optional<PaymentsPage> PaymentList::page(const PaymentsQuery& query) {
  if (query.reference) return of_reference(query);
  if (query.reference_prefix) return of_references(query);
  // An account's history has what was applied.
  if (query.filter.account == 0 || query.filter.is_of_rejected()) return of_journal(query);
  return query.newest_first ? of_account_back(query) : of_account_forward(query);
}

PaymentsPage PaymentList::of_journal(const PaymentsQuery& query) {
  Statement& rows = by_seq_[query.newest_first];
  const ResetGuard guard(rows);
  const Range range = range_of(query);
  rows.bind(0, as_integer(range.after)).bind(1, as_integer(range.before));
  return take(rows, query);
}

PaymentsPage PaymentList::of_reference(const PaymentsQuery& query) {
  Statement& rows = by_reference_[query.newest_first];
  const ResetGuard guard(rows);
  const Range range = range_of(query);
  rows.bind(0, as_integer(range.after)).bind(1, as_integer(range.before)).bind(2, *query.reference);
  return take(rows, query);
}

std::optional<PaymentsPage> PaymentList::of_references(const PaymentsQuery& query) {
  const std::string& prefix = *query.reference_prefix;
  const std::string end = end_of(prefix);
  std::string position = query.newest_first ? end : prefix;
  if (query.after) {
    const auto entry = journal_.entry(*query.after);
    const PaymentOptions* options = entry ? entry->options() : nullptr;
    if (options == nullptr || !options->reference.starts_with(prefix)) return std::nullopt;
    position = options->reference;
  }
  Statement& rows = by_prefix_[query.newest_first];
  const ResetGuard guard(rows);
  rows.bind(0, position)
      .bind(1, as_integer(query.after.value_or(0)))
      .bind(2, query.newest_first ? prefix : end);
  return take(rows, query);
}

PaymentsPage PaymentList::take(Statement& rows, const PaymentsQuery& query) {
  Page page(query.limit);
  while (rows.step()) {
    if (page.looked_at_enough()) {
      page.end_here();
      break;
    }
    if (may_be_shown(rows, query)) {
      Entry entry = journal_.read(rows);
      const bool shown = query.filter.shows(entry, names_);
      if (shown && page.full()) {
        page.end_here();
        break;
      }
      if (shown) page.add(std::move(entry));
    }
    page.look_at(rows.number(0));
  }
  return page.take();
}

PaymentsPage PaymentList::of_account_back(const PaymentsQuery& query) {
  Page page(query.limit);
  const Range range = range_of(query);
  const AccountNumber account = query.filter.account;
  const AccountPoint end = history_.at(account, query.head, range.before - 1);
  history_.walk(account, end, 0, end.version, [&](const Visit& visit) {
    const Seq seq = visit.entry.seq;
    if (seq == page.last()) return true;  // Another leg of it.
    if (seq <= range.after) return false;
    const bool shown = query.filter.shows(visit.entry, names_);
    if (page.looked_at_enough() || (shown && page.full())) {
      page.end_here();
      return false;
    }
    if (shown) page.add(copy_of(visit.entry));
    page.look_at(seq);
    return true;
  });
  return page.take();
}

// Stretch by stretch, each of which is walked back: what doesn't fit the page is dropped from its end.
PaymentsPage PaymentList::of_account_forward(const PaymentsQuery& query) {
  Page page(query.limit);
  const Range range = range_of(query);
  const AccountNumber account = query.filter.account;
  const AccountPoint end = history_.at(account, query.head, range.before - 1);
  std::uint64_t done = history_.at(account, end, range.after).version;
  while (done < end.version) {
    const std::uint64_t until = std::min(done + kEntriesInStretch, end.version);
    const Seq before = std::max(page.last(), range.after);
    std::deque<Entry> found;  // From the newest.
    std::vector<Seq> seqs;    // Likewise, of all that were looked at.
    std::size_t bytes = 0;
    Seq dropped = 0;  // The oldest of those.
    history_.walk(account, end, done, until, [&](const Visit& visit) {
      const Seq seq = visit.entry.seq;
      if (seq <= before || (!seqs.empty() && seqs.back() == seq)) return true;
      seqs.push_back(seq);
      if (!query.filter.shows(visit.entry, names_)) return true;
      bytes += bytes_of(visit.entry);
      found.push_back(copy_of(visit.entry));
      while (found.size() > query.limit || (bytes > kPageBytesMax && found.size() > 1)) {
        bytes -= bytes_of(found.front());
        dropped = found.front().seq;
        found.pop_front();
      }
      return true;
    });
    for (; !seqs.empty(); seqs.pop_back()) {
      const bool shown = !found.empty() && found.back().seq == seqs.back();
      if (page.looked_at_enough() || seqs.back() == dropped || (shown && page.full())) {
        page.end_here();
        return page.take();
      }
      if (shown) {
        page.add(std::move(found.back()));
        found.pop_back();
      }
      page.look_at(seqs.back());
    }
    done = until;
  }
  return page.take();
}

}  // namespace giro::store
