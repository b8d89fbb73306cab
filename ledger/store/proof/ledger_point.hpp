// What a ledger amounts to after one of its commits: the end of the audit chain, the root of the Merkle tree over
// all entries up to it, and the totals. Made while verify() reads the journal.
// Thread: that of the reader.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ledger/entry/entry.hpp"
#include "ledger/state/state.hpp"
#include "ledger/store/history/totals.hpp"
#include "ledger/store/proof/merkle_tree.hpp"

namespace giro::store {

struct LedgerPoint {
  Seq seq = 0;  // Of the entry that ends the commit, and how many leaves the tree has.
  Timestamp at;
  Digest digest{};
  Digest root{};
  std::uint64_t accounts = 0;
  std::vector<TrialBalanceLine> totals;  // In order of currency code.
};

// One text a currency, "EUR 2 3 10000 10000": its code, its scale, how many accounts keep it, the sums of their
// balances below zero and above.
[[nodiscard]] std::vector<std::string> total_lines(const LedgerPoint& point);

struct PointsWanted {
  std::vector<Seq> seqs = {};
  bool head = false;  // The end of the journal as well, wherever it is then.
};

// Takes the points while entries come in order. Costs nothing where none is wanted.
class PointsTaken {
 public:
  explicit PointsTaken(const PointsWanted& wanted);

  // The canonical bytes of each entry, from the first on.
  void add(std::span<const std::uint8_t> bytes) {
    if (is_wanted_) tree_.append(leaf_hash(bytes));
  }
  // The entry that was added last ends a commit. `state`: after it.
  void end_commit(const Entry& entry, const Digest& digest, const State& state) {
    if (is_wanted_) take_at(entry, digest, state);
  }
  // All of them. `state`: after the last entry that was added.
  [[nodiscard]] std::vector<LedgerPoint> take(const State& state);

 private:
  void take_at(const Entry& entry, const Digest& digest, const State& state);

  std::vector<Seq> seqs_;  // Those to come, the next one last.
  bool head_;
  bool is_wanted_;
  MerkleTree tree_;
  LedgerPoint last_;  // Of the last commit, without root and totals.
  std::vector<LedgerPoint> points_;
};

}  // namespace giro::store
