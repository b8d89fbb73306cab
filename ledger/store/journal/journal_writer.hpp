// Appends entries to the journal and to the tables that go with it, within the open transaction.
//
//   note(entry)  right after the entry was decided: finds the marks that are due
//   append(...)  at the commit: writes the rows
//
// Thread: the store's.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ledger/entry/entry.hpp"
#include "ledger/state/state.hpp"
#include "ledger/store/accounts/velocity_rows.hpp"
#include "ledger/store/history/effective_days.hpp"
#include "ledger/store/history/marks.hpp"
#include "ledger/store/journal/chain.hpp"
#include "ledger/store/journal/group_end.hpp"
#include "ledger/store/schema/meta.hpp"
#include "ledger/store/sqlite/bulk_insert.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {

class JournalWriter {
 public:
  // `recovered`: all of its currencies and nodes are in the file. `newest` and `velocities` outlive the writer,
  // which keeps them up to date.
  JournalWriter(const SQLite::Database& db, const State& recovered, NewestMarks& newest,
                VelocityRows& velocities);

  void note(const Entry& entry, const State& state) {
    append_due_marks(entry, state, newest_, marks_);
    const auto* change = std::get_if<std::unique_ptr<AccountChangeBody>>(&entry.body);
    if (change != nullptr && entry.applied() && (*change)->sets_limits()) {
      const AccountNumber account = (*change)->posting.from;
      terms_.push_back(
          {.account = account, .seq = entry.seq, .limits = state.limits(state.account(account))});
    }
  }
  // Appends a transaction's entries, in order of seq; the last row of each group gets the chain's digest and the group's
  // index, and each end the digest. `details`: of each entry, as another ledger wrote them; empty: they are written here.
  // REQUIRES: each was noted, `state` has taken in these and no later ones, and the last group ends with the last one.
  // Throws SQLite::Exception.
  void append(std::span<const Entry> entries, std::span<GroupEnd> ends,
              std::span<const std::string> details, const State& state, Chain& chain);

 private:
  // Valid until its row is inserted.
  [[nodiscard]] std::string_view details_of(const Entry& entry);
  // `end`: of the group that it ends, which gets its digest; null: it ends none.
  void append_entry(const Entry& entry, std::string_view details, GroupEnd* end, const State& state,
                    Chain& chain);
  // What isn't a row of the journal. `first`: the seq that the transaction begins with.
  void append_tables(Seq first, const State& state);
  // What an account's limits were after a change.
  struct Terms {
    AccountNumber account = 0;
    Seq seq = 0;
    AccountLimits limits;
  };
  void append_row(const Entry& entry, std::string_view details, std::string_view metadata,
                  const GroupEnd* end);
  // Rows get the number after the last one's. REQUIRES: the last one was just inserted. Throws where it has another.
  void check_number(Seq last) const;
  void append_rest(const Entry& entry, const State& state);
  void append_legs(Seq seq, std::span<const Posting> postings);
  void append_change(const AccountChangeBody& change, const State& state);
  void append_holds(Seq first, const State& state);
  void append_schedules(Seq first, const State& state);
  void append_account(Seq seq, const OpeningBody& opening, const State& state);
  void append_marks();
  void append_terms();
  void append_currencies_and_nodes(const State& state);

  BulkInsert insert_entry_;
  BulkInsert insert_leg_;
  BulkInsert insert_mark_;
  BulkInsert insert_reference_;
  Statement insert_currency_;
  Statement insert_node_;
  Statement insert_account_;
  Statement update_account_;
  BulkInsert insert_terms_;
  BulkInsert insert_followup_;
  BulkInsert insert_hold_;
  Statement update_hold_;
  Statement delete_hold_;
  MetaWriter meta_;
  EffectiveDaysWriter effective_days_;
  BulkInsert insert_schedule_;
  Statement update_schedule_;
  Statement delete_schedule_;
  std::size_t currencies_known_;
  std::size_t nodes_known_;
  NewestMarks& newest_;
  VelocityRows& velocities_;
  std::vector<Mark> marks_;     // Due in the open group.
  std::vector<Terms> terms_;    // Likewise.
  std::vector<Seq> holds_;      // That entries of the group were about.
  std::vector<Seq> schedules_;  // Likewise.
  // Of the rows that wait to be inserted; kept for their memory.
  std::array<std::string, BulkInsert::kRowsAtOnce> details_;
};

}  // namespace giro::store
