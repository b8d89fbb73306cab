#include "ledger/entry/invariants.hpp"

#include <algorithm>

namespace giro {
namespace {

bool is_touched(AccountNumber account, std::span<const Posting> postings) {
  return std::ranges::any_of(postings, [account](const Posting& posting) {
    return posting.from == account || posting.to == account;
  });
}

// Of an account after a posting that left it so. `rest`: of the same entry, after that one.
const char* problem_of(AccountNumber number, Amount after, const Held& held, Seq seq,
                       std::span<const Posting> rest, const State& state) {
  const Account& account = state.account(number);
  if (account.last_seq == seq && account.balance == after && account.held == held &&
      (held.in | held.out) >= 0) {
    return nullptr;  // As nearly all.
  }
  if (held.in < 0 || held.out < 0) return "leaves less than nothing held";
  if (account.last_seq < seq) return "moves money that its account doesn't know of";
  if (account.last_seq > seq || is_touched(number, rest)) return nullptr;
  if (account.balance != after) return "leaves another balance than its account has";
  return account.held == held ? nullptr : "leaves another amount held than its account has";
}

const char* problem_of(const Posting& posting, Seq seq, std::span<const Posting> rest,
                       const State& state) {
  const bool moves = posting.amount != 0 || posting.held != 0;
  if (posting.amount < 0) return "moves less than nothing";
  if (posting.from == 0 || (posting.to == 0) == moves) {
    return moves ? "moves money to or from no account" : "moves nothing between two accounts";
  }
  if (posting.from == posting.to) return "pays an account from itself";
  if (posting.from_prev > seq || posting.to_prev > seq) return "is linked to an entry after it";
  if (posting.from > state.account_count() || posting.to > state.account_count()) {
    return "moves money of an account that doesn't exist";
  }
  if (const char* what =
          problem_of(posting.from, posting.from_after, posting.from_held, seq, rest, state)) {
    return what;
  }
  if (posting.to == 0) return nullptr;
  if (state.account(posting.from).currency != state.account(posting.to).currency) {
    return "moves money between two currencies";
  }
  return problem_of(posting.to, posting.to_after, posting.to_held, seq, rest, state);
}

}  // namespace

std::optional<std::string> broken_invariant(std::span<const Entry> entries, Seq last,
                                            Timestamp last_at, const State& state) {
  const auto broken = [](Seq seq, const char* what) {
    return "entry " + std::to_string(seq) + " " + what;
  };
  for (const Entry& entry : entries) {
    if (entry.seq != last + 1) return broken(entry.seq, "doesn't follow the one before it");
    if (entry.at <= last_at) return broken(entry.seq, "isn't later than the one before it");
    const std::span<const Posting> postings = entry.postings();
    for (std::size_t i = 0; i < postings.size(); ++i) {
      const char* what = problem_of(postings[i], entry.seq, postings.subspan(i + 1), state);
      if (what != nullptr) return broken(entry.seq, what);
    }
    last = entry.seq;
    last_at = entry.at;
  }
  return std::nullopt;
}

}  // namespace giro
