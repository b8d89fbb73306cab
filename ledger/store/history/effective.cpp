#include "ledger/store/history/effective.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

#include "ledger/store/history/effective_days.hpp"
#include "ledger/store/history/pages.hpp"
#include "ledger/store/schema/totals.hpp"

namespace giro::store {
namespace {

constexpr std::uint32_t kRowsAtOnce = 64;  // Of one kind of lines, looked at together.

Date day_before(Date day) {
  return {day.days - 1};
}

}  // namespace

EffectiveReader::EffectiveReader(const SQLite::Database& db)
    : journal_(db),
      history_(db),
      span_(db,
            "SELECT change, change_high, latest FROM effective_days WHERE account = ? AND days = ? "
            "AND day BETWEEN ? AND ?"),
      all_(db,
           "SELECT account, change, change_high FROM effective_days WHERE days = 1 AND day <= ? "
           "ORDER BY account"),
      dated_(db,
             "SELECT day, seq FROM effective_entries WHERE account = ? AND (day, seq) >= (?, ?) "
             "AND day <= ? ORDER BY day, seq LIMIT ?"),
      dated_back_(db,
                  "SELECT day, seq FROM effective_entries WHERE account = ? AND (day, seq) <= "
                  "(?, ?) AND day >= ? ORDER BY day DESC, seq DESC LIMIT ?") {}

// --- balances ---

// The tables are as new as the snapshot, which may know more than `head`. Whatever of that changes the sum is in
// one of its rows, so that their `latest` tells whether something has to be taken off.
Int128 EffectiveReader::balance(AccountNumber account, const AccountPoint& head, Seq head_seq,
                                Date day) {
  const Seq end = journal_.last_at(end_of(day), head_seq);
  const Int128 by_time = end == 0 ? 0 : history_.at(account, head, end).balance;
  const Change change = change_until(account, day);
  if (change.latest <= head_seq) return by_time + change.amount;
  return by_time + change.amount - change_after(account, head_seq, day);
}

EffectiveReader::Change EffectiveReader::change_until(AccountNumber account, Date day) {
  Change change;
  const Date begun = span_of(day);
  add_span(account, kSpanDays, {std::numeric_limits<std::int32_t>::min()}, day_before(begun),
           change);
  add_span(account, 1, begun, day, change);
  return change;
}

void EffectiveReader::add_span(AccountNumber account, std::int32_t days, Date first, Date last,
                               Change& change) {
  const ResetGuard guard(span_);
  span_.bind(0, account).bind(1, days).bind(2, first.days).bind(3, last.days);
  while (span_.step()) {
    change.amount += read_change(span_, 0, 1);
    change.latest = std::max(change.latest, span_.number(2));
  }
}

Int128 EffectiveReader::change_after(AccountNumber account, Seq seq, Date day) {
  Int128 change = 0;
  journal_.scan(seq + 1, static_cast<Seq>(kAmountMax), [&](const Entry& entry, const Statement&) {
    const auto other = other_day(entry);
    if (!other) return true;
    for_each_effective_change(entry, *other, [&](const EffectiveSpan& span, Int128 amount) {
      if (span.account == account && span.days == 1 && span.first <= day) change += amount;
    });
    return true;
  });
  return change;
}

std::unordered_map<AccountNumber, Int128> EffectiveReader::changes(Date day) {
  std::unordered_map<AccountNumber, Int128> changes;
  const ResetGuard guard(all_);
  all_.bind(0, day.days);
  while (all_.step()) {
    changes[static_cast<AccountNumber>(all_.integer(0))] += read_change(all_, 1, 2);
  }
  return changes;
}

// --- statements ---

// What a page may still look at. The lines at hand are looked at in any case, so that each page gets on.
class EffectiveReader::Budget {
 public:
  void count(const Entry& entry) {
    if (std::exchange(counted_, entry.seq) != entry.seq) bytes_ += bytes_of(entry);
    ++rows_;
  }
  void count_row() { ++rows_; }
  [[nodiscard]] bool is_spent() const { return rows_ >= kPageRowsMax || bytes_ >= kPageBytesMax; }

 private:
  std::size_t rows_ = 0;
  std::size_t bytes_ = 0;
  Seq counted_ = 0;  // The entry of the row before.
};

// Lines of one kind, in the order of the page, read some at a time. A place without a line was looked at, and
// has none.
class EffectiveReader::Lines {
 public:
  struct Place {
    EffectivePlace at;
    std::optional<EffectiveLine> line;
  };

  Lines(EffectiveReader& reader, const EffectiveQuery& query) : reader_(reader), query_(query) {}
  virtual ~Lines() = default;
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  // Reads on until something is there. False: the budget is spent.
  bool fill(Budget& budget) {
    while (places_.empty() && !done_) {
      if (got_on_ && budget.is_spent()) return false;
      read(budget);
      got_on_ = got_on_ || (!places_.empty() && is_beyond(places_.back().at));
    }
    return true;
  }
  [[nodiscard]] bool empty() const { return places_.empty(); }
  [[nodiscard]] const Place& front() const { return places_.front(); }
  void pop() { places_.pop_front(); }

 protected:
  // Some more, at least one place; or it is done.
  virtual void read(Budget& budget) = 0;

  // `day`: on which it counts.
  void add(const Visit& visit, Date day, bool counts) {
    const std::uint16_t leg = visit.leg.value_or(0);
    Place place{.at = {.day = day, .seq = visit.entry.seq, .leg = leg}, .line = {}};
    if (counts && is_beyond(place.at)) {
      place.line = EffectiveLine{.line = line_of(visit), .day = day, .leg = leg, .balance = 0};
    }
    places_.push_back(std::move(place));
  }
  [[nodiscard]] bool is_beyond(const EffectivePlace& place) const {
    if (!query_.after) return true;
    const EffectivePlace& last = query_.after->place;
    return query_.newest_first ? place < last : place > last;
  }

  EffectiveReader& reader_;
  const EffectiveQuery& query_;
  std::deque<Place> places_;
  bool done_ = false;

 private:
  bool got_on_ = false;  // Past the end of the page before.
};

// What counts on its own day: the account's history, but for what counts elsewhere.
class EffectiveReader::OwnDays : public Lines {
 public:
  OwnDays(EffectiveReader& reader, const EffectiveQuery& query)
      : Lines(reader, query),
        after_(entries_until(day_before(query.from))),
        until_(entries_until(query.to)) {
    if (query.after) begin_at(query.after->place);
  }

 private:
  [[nodiscard]] Seq last_of(Date day) const {
    return reader_.journal_.last_at(end_of(day), query_.head_seq);
  }
  // How many entries the account had then.
  [[nodiscard]] std::uint64_t entries_at(Seq seq) const {
    return seq == 0 ? 0 : reader_.history_.at(query_.account, query_.head, seq).version;
  }
  [[nodiscard]] std::uint64_t entries_until(Date day) const { return entries_at(last_of(day)); }

  // A place of another kind of lines lies between two of these by its day, and only then by its seq.
  void begin_at(const EffectivePlace& place) {
    const Seq first = last_of(day_before(place.day));
    const Seq last = last_of(place.day);
    if (query_.newest_first) {
      until_ = std::min(until_, entries_at(std::clamp(place.seq, first, last)));
    } else {
      const Seq before = place.seq == 0 ? 0 : place.seq - 1;
      after_ = std::max(after_, entries_at(std::clamp(before, first, last)));
    }
  }

  void read(Budget& budget) override {
    if (after_ >= until_) {
      done_ = true;
      return;
    }
    const std::uint64_t count = std::min<std::uint64_t>(until_ - after_, kRowsAtOnce);
    const bool back = query_.newest_first;
    const std::uint64_t after = back ? until_ - count : after_;
    const std::uint64_t until = after + count;
    reader_.history_.walk(query_.account, query_.head, after, until, [&](const Visit& visit) {
      budget.count(visit.entry);
      const bool counts = visit.posting.amount != 0 && !other_day(visit.entry);
      add(visit, date_of(visit.entry.at), counts);
      return true;
    });
    if (!back) std::ranges::reverse(places_);
    (back ? until_ : after_) = back ? after : until;
  }

  std::uint64_t after_;
  std::uint64_t until_;
};

// What counts on another day than its own.
class EffectiveReader::OtherDays : public Lines {
 public:
  OtherDays(EffectiveReader& reader, const EffectiveQuery& query)
      : Lines(reader, query),
        next_(query.newest_first
                  ? EffectivePlace{.day = query.to, .seq = static_cast<Seq>(kAmountMax)}
                  : EffectivePlace{.day = query.from}) {
    // Legs of the entry there may be left.
    if (query.after) next_ = query.after->place;
  }

 private:
  void read(Budget& budget) override {
    const bool back = query_.newest_first;
    Statement& rows = back ? reader_.dated_back_ : reader_.dated_;
    const ResetGuard guard(rows);
    rows.bind(0, query_.account)
        .bind(1, next_.day.days)
        .bind(2, static_cast<std::int64_t>(next_.seq))
        .bind(3, (back ? query_.from : query_.to).days)
        .bind(4, kRowsAtOnce);
    std::uint32_t count = 0;
    for (; rows.step(); ++count) {
      next_ = {.day = {static_cast<std::int32_t>(rows.integer(0))}, .seq = rows.number(1)};
      look_at(next_, budget);
    }
    done_ = count < kRowsAtOnce;
    next_.seq = back ? next_.seq - 1 : next_.seq + 1;
  }

  void look_at(const EffectivePlace& place, Budget& budget) {
    if (place.seq > query_.head_seq) {
      budget.count_row();
      places_.push_back({.at = place, .line = {}});
      return;
    }
    const auto entry = reader_.journal_.entry(place.seq);
    if (!entry) throw std::runtime_error("entry " + std::to_string(place.seq) + " is missing");
    budget.count(*entry);
    const std::span<const Posting> postings = entry->postings();
    for (std::size_t i = 0; i < postings.size(); ++i) {
      const std::size_t leg = query_.newest_first ? postings.size() - 1 - i : i;
      const Posting& posting = postings[leg];
      const bool incoming = posting.to == query_.account;
      if (!incoming && posting.from != query_.account) continue;
      Visit visit{.entry = *entry,
                  .posting = posting,
                  .leg = std::nullopt,
                  .number = 0,
                  .incoming = incoming};
      if (postings.size() > 1) visit.leg = static_cast<std::uint16_t>(leg);
      add(visit, place.day, true);
    }
  }

  EffectivePlace next_;
};

EffectivePage EffectiveReader::statement(const EffectiveQuery& query) {
  EffectivePage page;
  if (query.after) {
    page.opening = query.after->opening;
    page.closing = query.after->closing;
  } else {
    const auto at = [&](Date day) {
      return balance(query.account, query.head, query.head_seq, day);
    };
    page.opening = at(day_before(query.from));
    page.closing = at(query.to);
  }
  const bool back = query.newest_first;
  Int128 running = query.after ? query.after->balance : back ? page.closing : page.opening;
  Budget budget;
  OwnDays own(*this, query);
  OtherDays others(*this, query);
  EffectivePlace passed =
      back ? EffectivePlace{.day = kLastDate, .seq = static_cast<Seq>(kAmountMax)}
           : EffectivePlace{.day = kFirstDate};
  if (query.after) passed = query.after->place;
  // What is next can be told once both are known.
  while (own.fill(budget) && others.fill(budget)) {
    if (own.empty() && others.empty()) return page;
    const auto is_first = [&] {
      if (own.empty() || others.empty()) return others.empty();
      return back ? own.front().at > others.front().at : own.front().at < others.front().at;
    };
    Lines& next = is_first() ? static_cast<Lines&>(own) : others;
    if (const auto& line = next.front().line) {
      if (page.lines.size() == query.limit) break;
      EffectiveLine shown = *line;
      const Int128 amount = shown.line.amount;
      shown.balance = back ? running : running + amount;
      running += back ? -amount : amount;
      page.lines.push_back(std::move(shown));
    }
    // The legs before it of the entry where the page before ended lie behind it.
    passed = back ? std::min(passed, next.front().at) : std::max(passed, next.front().at);
    next.pop();
  }
  page.next = EffectiveCursor{.until_seq = query.head_seq,
                              .place = passed,
                              .balance = running,
                              .opening = page.opening,
                              .closing = page.closing};
  return page;
}

}  // namespace giro::store
