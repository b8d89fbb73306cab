#include "ledger/entry/invariants.hpp"

#include <algorithm>

namespace giro {
namespace {

bool is_touched(AccountNumber account, std::span<const Posting> postings) {
  return std::ranges::any_of(postings, [account](const Posting& posting) {
    return posting.from == account || posting.to == account;
  });
}

// Of an account after a posting that left `after`. `rest`: of the same entry, after that one.
const char* problem_of(AccountNumber number, Amount after, Seq seq, std::span<const Posting> rest,
                       const State& state) {
  const Account& account = state.account(number);
  if (account.last_seq < seq) return "moves money that its account doesn't know of";
  if (account.last_seq > seq || account.balance == after || is_touched(number, rest)) {
    return nullptr;
  }
  return "leaves another balance than its account has";
}

const char* problem_of(const Posting& posting, Seq seq, std::span<const Posting> rest,
                       const State& state) {
  if (posting.amount <= 0) return "moves no amount above 0";
  if (posting.from == 0 || posting.to == 0) return "moves money to or from no account";
  if (posting.from == posting.to) return "pays an account from itself";
  if (posting.from_prev > seq || posting.to_prev > seq) return "is linked to an entry after it";
  if (posting.from > state.account_count() || posting.to > state.account_count()) {
    return "moves money of an account that doesn't exist";
  }
  if (state.account(posting.from).currency != state.account(posting.to).currency) {
    return "moves money between two currencies";
  }
  if (const char* what = problem_of(posting.from, posting.from_after, seq, rest, state)) {
    return what;
  }
  return problem_of(posting.to, posting.to_after, seq, rest, state);
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
