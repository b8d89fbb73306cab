#include "ledger/store/proof/journal_proof.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "ledger/store/journal/chain.hpp"
#include "ledger/store/journal/journal_reader.hpp"
#include "ledger/store/sqlite/sqlite.hpp"

namespace giro::store {
namespace {

constexpr Seq kEntriesASlice = 50'000;  // In one read transaction.

// Reads the entries up to `size` and calls `use(seq, canonical bytes)`.
template <class Use>
void for_each_leaf(const SQLite::Database& db, Seq size, Use use) {
  JournalReader journal(db);
  Seq done = 0;
  while (done < size) {
    const Seq to = std::min(done + kEntriesASlice, size);
    Chain slice;  // For its canonical bytes alone.
    journal.scan(done + 1, to, [&](const Entry& entry, const Statement& row) {
      if (entry.seq != done + 1) return false;
      done = entry.seq;
      use(done, slice.add(entry, journal.texts_of(entry, row)));
      return true;
    });
    if (done != to)
      throw std::runtime_error(fmt::format("the entry of seq {} is missing", done + 1));
  }
}

void add_number(std::vector<AccountNumber>& numbers, const Posting& posting) {
  if (posting.from != 0) numbers.push_back(posting.from);
  if (posting.to != 0) numbers.push_back(posting.to);
}

// The accounts that its canonical bytes know by number, each once.
std::vector<AccountNumber> accounts_of(const Entry& entry) {
  std::vector<AccountNumber> numbers;
  add_number(numbers, entry.row_posting());
  if (const Legs* legs = entry.legs()) {
    for (const Posting& leg : legs->postings) add_number(numbers, leg);
  }
  std::ranges::sort(numbers);
  const auto again = std::ranges::unique(numbers);
  numbers.erase(again.begin(), again.end());
  return numbers;
}

// The entry itself, then the openings of its accounts, but for one that it opens itself.
std::vector<Seq> seqs_to_prove(const SQLite::Database& db, Seq seq) {
  const auto entry = JournalReader(db).entry(seq);
  if (!entry) throw std::runtime_error(fmt::format("the entry of seq {} is missing", seq));
  Statement opening(db, "SELECT opened_seq FROM accounts WHERE number = ?");
  std::vector<Seq> openings;
  for (const AccountNumber number : accounts_of(*entry)) {
    const ResetGuard guard(opening);
    opening.bind(0, number);
    if (!opening.step()) {
      throw std::runtime_error(fmt::format("account {} has no row", number));
    }
    if (opening.number(0) != seq) openings.push_back(opening.number(0));
  }
  std::ranges::sort(openings);
  openings.insert(openings.begin(), seq);
  return openings;
}

std::vector<Digest> hashes_of(const MerkleTree& tree, const std::vector<LeafRange>& path) {
  std::vector<Digest> hashes;
  hashes.reserve(path.size());
  for (const LeafRange& range : path) hashes.push_back(tree.hash_of(range));
  return hashes;
}

}  // namespace

Seq seq_of_key(const SQLite::Database& db, std::string_view key) {
  Statement select(db, "SELECT seq FROM journal WHERE key = ? ORDER BY seq");
  select.bind(0, key);
  JournalReader journal(db);
  while (select.step()) {
    const auto entry = journal.entry(select.number(0));
    if (entry && facts_of(entry->kind()).keyed) return entry->seq;
  }
  return 0;
}

Seq journal_end(const SQLite::Database& db) {
  return JournalReader(db).head().seq;
}

InclusionProof prove_entry(const SQLite::Database& db, Seq seq, Seq size) {
  InclusionProof proof;
  std::vector<LeafRange> wanted;
  for (const Seq each : seqs_to_prove(db, seq)) {
    proof.entries.push_back({.seq = each, .bytes = {}, .path = {}});
    const auto path = inclusion_path(each - 1, size);
    wanted.insert(wanted.end(), path.begin(), path.end());
  }
  std::vector<ProvenEntry*> by_seq;
  by_seq.reserve(proof.entries.size());
  for (ProvenEntry& entry : proof.entries) by_seq.push_back(&entry);
  std::ranges::sort(by_seq, {}, &ProvenEntry::seq);
  MerkleTree tree(std::move(wanted));
  auto next = by_seq.begin();
  for_each_leaf(db, size, [&](Seq leaf, std::span<const std::uint8_t> bytes) {
    tree.append(leaf_hash(bytes));
    if (next == by_seq.end() || (*next)->seq != leaf) return;
    (*next)->bytes.assign(bytes.begin(), bytes.end());
    ++next;
  });
  for (ProvenEntry& entry : proof.entries) {
    entry.path = hashes_of(tree, inclusion_path(entry.seq - 1, size));
  }
  proof.root = tree.root();
  return proof;
}

ExtensionProof prove_extension(const SQLite::Database& db, Seq old_size, Seq size) {
  const std::vector<LeafRange> path = consistency_path(old_size, size);
  MerkleTree tree(path);
  ExtensionProof proof;
  for_each_leaf(db, size, [&](Seq leaf, std::span<const std::uint8_t> bytes) {
    tree.append(leaf_hash(bytes));
    if (leaf == old_size) proof.old_root = tree.root();
  });
  proof.path = hashes_of(tree, path);
  proof.root = tree.root();
  return proof;
}

}  // namespace giro::store
