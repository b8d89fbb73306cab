// Journal rows back into entries. Shared by the writer's connection and all readers.
// Thread: that of the connection.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "ledger/entry/entry.hpp"
#include "ledger/store/journal/entry_texts.hpp"
#include "ledger/store/journal/node_names.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {

// The columns that read_entry expects, in order; `digest` and `group_index` come after them.
inline constexpr std::string_view kEntryColumns =
    "seq, at, kind, outcome, uid, key, from_account, to_account, amount, from_prev, to_prev, "
    "from_after, to_after, details, metadata, digest, group_index";
inline constexpr int kKindColumn = 2;
inline constexpr int kOutcomeColumn = 3;
inline constexpr int kFromColumn = 6;  // A posting's first.
inline constexpr int kDetailsColumn = 13;
inline constexpr int kMetadataColumn = 14;
inline constexpr int kDigestColumn = 15;
inline constexpr int kGroupColumn = 16;

// What always holds: of an entry that was read, its author's node is one that table nodes names.
class JournalReader {
 public:
  explicit JournalReader(const SQLite::Database& db);

  [[nodiscard]] std::optional<Entry> entry(Seq seq);
  // The entry in the row that `row` stands on, which selected kEntryColumns. Throws on a row that
  // no writer wrote.
  [[nodiscard]] Entry read(const Statement& row);
  // Of the row that it was read from. Valid until the next call, and until its next step.
  [[nodiscard]] EntryTexts texts_of(const Entry& entry, const Statement& row) {
    return {.node = node(entry.author.node),
            .details = row.text(kDetailsColumn),
            .metadata = row.text(kMetadataColumn)};
  }
  // Of 0: empty. Valid until the next call of this or texts_of().
  [[nodiscard]] std::string_view node(NodeNumber number) { return nodes_.of(number); }
  // Calls `use(entry, row)` for each entry with from <= seq <= to, in order, until it says false.
  template <class Use>
  void scan(Seq from, Seq to, Use use) {
    const ResetGuard guard(range_);
    range_.bind(0, static_cast<std::int64_t>(from)).bind(1, static_cast<std::int64_t>(to));
    while (range_.step()) {
      if (!use(read(range_), range_)) return;
    }
  }
  // The last entry; all 0 in an empty journal.
  struct Head {
    Seq seq = 0;
    Timestamp at;
    std::uint64_t group = 0;  // Which one it ended.
  };
  [[nodiscard]] Head head();
  // The last entry at or before this time, and not after `head`; 0: none.
  [[nodiscard]] Seq last_at(Timestamp time, Seq head);

 private:
  [[nodiscard]] Timestamp time_of(Seq seq);
  void read_legs(Seq seq, std::string_view details, Legs& legs);

  NodeNames nodes_;
  Statement by_seq_;
  Statement range_;
  Statement legs_;
  Statement head_;
  Statement time_;
};

// The posting in seven columns from `first` on, without what it says of holds.
[[nodiscard]] Posting read_posting(const Statement& row, int first);

}  // namespace giro::store
