#include "ledger/entry/invariants.hpp"

namespace giro {
namespace {

const char* problem_of(const Posting& posting, Seq seq) {
  if (posting.amount <= 0) return "moves no amount above 0";
  if (posting.from == 0 || posting.to == 0) return "moves money to or from no account";
  if (posting.from == posting.to) return "pays an account from itself";
  if (posting.from_prev > seq || posting.to_prev > seq) return "is linked to an entry after it";
  return nullptr;
}

}  // namespace

std::optional<std::string> broken_invariant(std::span<const Entry> entries, Seq last,
                                            Timestamp last_at) {
  const auto broken = [](Seq seq, const char* what) {
    return "entry " + std::to_string(seq) + " " + what;
  };
  for (const Entry& entry : entries) {
    if (entry.seq != last + 1) return broken(entry.seq, "doesn't follow the one before it");
    if (entry.at <= last_at) return broken(entry.seq, "isn't later than the one before it");
    for (const Posting& posting : entry.postings()) {
      if (const char* what = problem_of(posting, entry.seq)) return broken(entry.seq, what);
    }
    last = entry.seq;
    last_at = entry.at;
  }
  return std::nullopt;
}

}  // namespace giro
