#include "ledger/store/history/effective_days.hpp"

#include <string>

#include "ledger/store/journal/journal_reader.hpp"
#include "ledger/store/schema/totals.hpp"

namespace giro::store {

std::optional<Date> other_day(const Entry& entry) {
  const PaymentOptions* options = entry.options();
  if (options == nullptr || !options->effective_date) return std::nullopt;
  if (*options->effective_date == date_of(entry.at)) return std::nullopt;
  const std::span<const Posting> postings = entry.postings();
  // A hold reserves, and its captures count on their own days.
  if (postings.empty() || postings.front().amount == 0) return std::nullopt;
  return options->effective_date;
}

EffectiveDaysWriter::EffectiveDaysWriter(const SQLite::Database& db)
    : add_(db,
           "INSERT INTO effective_days (account, days, day, change, change_high, latest) "
           "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (account, days, day) DO UPDATE SET "
           "change = (change + excluded.change) % 1000000000000000000, "
           "change_high = change_high + excluded.change_high + "
           "(change + excluded.change) / 1000000000000000000, latest = excluded.latest"),
      insert_(db, "effective_entries", "account, day, seq") {}

void EffectiveDaysWriter::note(const Entry& entry) {
  const auto day = other_day(entry);
  if (!day) return;
  for_each_effective_change(entry, *day, [&](const EffectiveSpan& span, Int128 amount) {
    Change& change = changes_[span];
    change.amount += amount;
    change.latest = entry.seq;
    entries_.insert({.account = span.account, .day = *day, .seq = entry.seq});
  });
}

void EffectiveDaysWriter::write() {
  for (const auto& [span, change] : changes_) {
    bind_change(add_, 3, 4, change.amount);
    add_.bind(0, span.account)
        .bind(1, span.days)
        .bind(2, span.first.days)
        .bind(5, static_cast<std::int64_t>(change.latest))
        .run();
  }
  for (const DatedEntry& entry : entries_) {
    insert_.add(entry.account).add(entry.day.days).add(as_integer(entry.seq)).end_row();
  }
  insert_.run();
  changes_.clear();
  entries_.clear();
}

void fill_effective_days(const SQLite::Database& db) {
  constexpr std::size_t kEntriesAtOnce = 10'000;
  EffectiveDaysWriter writer(db);
  JournalReader journal(db);
  // A text may say so too; then the entry has no such date.
  Statement rows(db, std::string("SELECT ")
                         .append(kEntryColumns)
                         .append(" FROM journal WHERE outcome = 0 AND details LIKE "
                                 "'%\"effective_date\"%' ORDER BY seq"));
  for (std::size_t count = 1; rows.step(); ++count) {
    writer.note(journal.read(rows));
    if (count % kEntriesAtOnce == 0) writer.write();
  }
  writer.write();
}

}  // namespace giro::store
