#include "ledger/store/journal/journal_reader.hpp"

#include <stdexcept>
#include <string>
#include <utility>

#include <sqlite3.h>

#include "ledger/store/journal/author_column.hpp"
#include "ledger/store/journal/details.hpp"

namespace giro::store {
namespace {

// A start looks at a ledger before it brings it to this version; before version 4 commits didn't say which
// group they were.
bool has_groups(const SQLite::Database& db) {
  return sqlite3_table_column_metadata(db.getHandle(), nullptr, "journal", "group_index", nullptr,
                                       nullptr, nullptr, nullptr, nullptr) == SQLITE_OK;
}

std::string select_entry(const SQLite::Database& db, std::string_view where) {
  std::string columns(kEntryColumns);
  if (!has_groups(db)) columns.replace(columns.rfind("group_index"), std::string::npos, "NULL");
  return "SELECT " + columns + " FROM journal WHERE " + std::string(where);
}

// A number that only looks like the one that was written, cut to its type, must not pass for it.
template <class Narrow>
Narrow narrowed(std::int64_t value) {
  if (!std::in_range<Narrow>(value)) throw std::runtime_error("a number is out of its range");
  return static_cast<Narrow>(value);
}

}  // namespace

Posting read_posting(const Statement& row, int first) {
  return {.from = narrowed<AccountNumber>(row.integer(first)),
          .to = narrowed<AccountNumber>(row.integer(first + 1)),
          .amount = row.integer(first + 2),
          .from_prev = row.number(first + 3),
          .to_prev = row.number(first + 4),
          .from_after = row.integer(first + 5),
          .to_after = row.integer(first + 6)};
}

JournalReader::JournalReader(const SQLite::Database& db)
    : nodes_(db),
      by_seq_(db, select_entry(db, "seq = ?")),
      range_(db, select_entry(db, "seq BETWEEN ? AND ? ORDER BY seq")),
      legs_(db,
            "SELECT from_account, to_account, amount, from_prev, to_prev, from_after, to_after "
            "FROM legs WHERE seq = ? ORDER BY leg"),
      head_(db, select_entry(db, "TRUE ORDER BY seq DESC LIMIT 1")),
      time_(db, "SELECT at FROM journal WHERE seq = ?") {}

std::optional<Entry> JournalReader::entry(Seq seq) {
  const ResetGuard guard(by_seq_);
  by_seq_.bind(0, static_cast<std::int64_t>(seq));
  if (!by_seq_.step()) return std::nullopt;
  return read(by_seq_);
}

Entry JournalReader::read(const Statement& row) {
  Entry entry;
  entry.seq = row.number(0);
  entry.at = Timestamp{row.integer(1)};
  const auto kind = static_cast<EntryKind>(narrowed<std::uint8_t>(row.integer(kKindColumn)));
  entry.outcome = static_cast<Rejection>(narrowed<std::uint8_t>(row.integer(3)));
  entry.author = author_in(row.integer(4));
  (void)nodes_.of(entry.author.node);
  entry.key = PaymentKey(row.text(5));
  const Posting posting = read_posting(row, 6);
  entry.body =
      read_body(kind, posting, row.text(kDetailsColumn), row.text(kMetadataColumn), entry.group);
  if (Legs* legs = entry.legs(); legs != nullptr && entry.applied()) {
    read_legs(entry.seq, row.text(kDetailsColumn), *legs);
  }
  return entry;
}

// Of an applied entry: its row has the one leg, or table `legs` all of them.
void JournalReader::read_legs(Seq seq, std::string_view details, Legs& legs) {
  const auto read_rows = [&](std::vector<Posting>& postings) {
    const ResetGuard guard(legs_);
    legs_.bind(0, static_cast<std::int64_t>(seq));
    while (legs_.step()) postings.push_back(read_posting(legs_, 0));
  };
  fill_legs(details, read_rows, legs);
}

JournalReader::Head JournalReader::head() {
  const ResetGuard guard(head_);
  if (!head_.step()) return {};
  return {.seq = head_.number(0),
          .at = Timestamp{head_.integer(1)},
          .group = head_.number(kGroupColumn)};
}

// Seqs are gapless and times rise with them.
Seq JournalReader::last_at(Timestamp time, Seq head) {
  Seq low = 0;
  Seq high = head;
  while (low < high) {
    const Seq middle = low + (high - low + 1) / 2;
    if (time_of(middle) <= time) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

Timestamp JournalReader::time_of(Seq seq) {
  const ResetGuard guard(time_);
  time_.bind(0, static_cast<std::int64_t>(seq));
  if (!time_.step()) throw std::runtime_error("entry " + std::to_string(seq) + " is missing");
  return {time_.integer(0)};
}

}  // namespace giro::store
