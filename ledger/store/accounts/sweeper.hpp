// Writes changed accounts back to their table, a bounded number with each commit, round robin by
// number, so that rows of one page are written together. An update of both accounts' rows with
// every payment would cost more than the payment.
//
// What always holds: every row is true up to its as_of_seq, and no entry at or before `swept_seq`
// is missing from any row; start-up and the views add the entries after it. `swept_entries` says how
// many entries the accounts had by then, and `swept_accounts` how many of them there were, so that a start
// sees a row that lacks some, or isn't there. Thread: the store's.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ledger/entry/entry.hpp"
#include "ledger/state/state.hpp"
#include "ledger/store/accounts/velocity_rows.hpp"
#include "ledger/store/history/marks.hpp"
#include "ledger/store/schema/meta.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {

class Sweeper {
 public:
  // `newest` and `velocities` outlive the sweeper.
  Sweeper(const SQLite::Database& db, const NewestMarks& newest, VelocityRows& velocities);

  // The entry changed these accounts since their rows were written.
  void note(const Entry& entry);
  void note(AccountNumber account) { mark(account); }
  // After start-up noted every account whose row lacks entries of the state, whose accounts had so many
  // entries (nothing: unknown, then swept_entries is never written): the first round begins here.
  void begin_round(const State& state, std::optional<std::uint64_t> entries) {
    entries_ = entries;
    begin_round(state);
  }
  [[nodiscard]] bool dirty() const { return dirty_count_ > 0; }
  // Within the open transaction: writes the share that is due after `entries` more decisions.
  void sweep_share(std::size_t entries, const State& state);
  // Writes at most `rows_max` rows; a whole round moves swept_seq up.
  void sweep(std::size_t rows_max, const State& state);

 private:
  void mark(AccountNumber account);
  void write(AccountNumber number, const State& state);
  void begin_round(const State& state) {
    round_began_ = state.seq();
    round_began_with_ = entries_;
    round_began_accounts_ = state.account_count();
  }
  void end_round(const State& state);

  Statement update_account_;
  MetaWriter meta_;
  const NewestMarks& newest_;
  VelocityRows& velocities_;
  std::vector<std::uint64_t> bits_;  // One an account, by number.
  std::size_t dirty_count_ = 0;
  std::size_t word_ = 0;  // Where the round is.
  Seq round_began_ = 0;   // The seq that the state had when the round began.
  // How many entries the accounts had by then, and have now.
  std::optional<std::uint64_t> round_began_with_;
  std::optional<std::uint64_t> entries_;
  std::size_t round_began_accounts_ = 0;
  std::size_t share_ = 0;  // Rows due, times kShareUnit.
};

}  // namespace giro::store
