#include "ledger/store/accounts/sweeper.hpp"

#include <algorithm>
#include <bit>

#include "ledger/store/schema/totals.hpp"

namespace giro::store {
namespace {

// Rows due for each decision are dirty_count / kRoundEntries, but within these bounds: a round
// takes about kRoundEntries decisions, which bounds what a start-up replays, and never costs more
// than a quarter of a row a decision.
constexpr std::size_t kRoundEntries = 262'144;
constexpr std::size_t kShareUnit = 1'024;
constexpr std::size_t kShareMin = kShareUnit / 64;
constexpr std::size_t kShareMax = kShareUnit / 4;
constexpr std::size_t kRowsAtOnceMin = 64;  // Fewer aren't worth a page of their own.

}  // namespace

Sweeper::Sweeper(const SQLite::Database& db, const NewestMarks& newest, VelocityRows& velocities)
    : update_account_(db,
                      "UPDATE accounts SET posted_in = ?, posted_in_high = ?, posted_out = ?, "
                      "posted_out_high = ?, version = ?, last_seq = ?, as_of_seq = ?, marks = ?, "
                      "held_in = ?, held_out = ? WHERE number = ?"),
      meta_(db),
      newest_(newest),
      velocities_(velocities) {}

void Sweeper::note(const Entry& entry) {
  for (const Posting& posting : entry.postings()) {
    mark(posting.from);
    if (posting.to != 0) mark(posting.to);
    if (entries_) *entries_ += posting.sides();
  }
}

void Sweeper::mark(AccountNumber account) {
  const std::size_t word = account / 64;
  if (word >= bits_.size()) bits_.resize(std::max(word + 1, bits_.size() * 2));
  const std::uint64_t bit = std::uint64_t{1} << (account % 64);
  dirty_count_ += (bits_[word] & bit) == 0;
  bits_[word] |= bit;
}

void Sweeper::sweep_share(std::size_t entries, const State& state) {
  const std::size_t rate =
      std::clamp(dirty_count_ * kShareUnit / kRoundEntries, kShareMin, kShareMax);
  share_ += entries * rate;
  const std::size_t due = share_ / kShareUnit;
  if (due < kRowsAtOnceMin) return;
  share_ = 0;
  sweep(due, state);
}

void Sweeper::sweep(std::size_t rows_max, const State& state) {
  for (std::size_t rows = 0; rows < rows_max && dirty_count_ > 0;) {
    if (word_ >= bits_.size()) {
      end_round(state);
      continue;
    }
    for (std::uint64_t& bits = bits_[word_]; bits != 0; ++rows) {
      const auto bit = static_cast<unsigned>(std::countr_zero(bits));
      bits &= bits - 1;
      --dirty_count_;
      write(static_cast<AccountNumber>(word_ * 64 + bit), state);
    }
    ++word_;
  }
  if (dirty_count_ == 0) {
    // Nothing is missing from any row: the round ends here, and it is true up to now.
    begin_round(state);
    end_round(state);
  }
}

void Sweeper::write(AccountNumber number, const State& state) {
  const Account& account = state.account(number);
  const MarkTower marks = newest_.of(number);
  bind_total(update_account_, 0, 1, account.posted_in);
  bind_total(update_account_, 2, 3, account.posted_out());
  update_account_.bind(4, static_cast<std::int64_t>(account.version))
      .bind(5, static_cast<std::int64_t>(account.last_seq))
      .bind(6, static_cast<std::int64_t>(state.seq()))
      .bind_blob(7, marks.bytes())
      .bind(8, account.held.in)
      .bind(9, account.held.out)
      .bind(10, number)
      .run();
  if (state.limits(account).is_limited) velocities_.sweep(number, state);
}

// Every row that was dirty when the round began has been written since.
void Sweeper::end_round(const State& state) {
  meta_.write("swept_seq", round_began_);
  if (round_began_with_) meta_.write("swept_entries", *round_began_with_);
  meta_.write("swept_accounts", round_began_accounts_);
  begin_round(state);
  word_ = 0;
}

}  // namespace giro::store
