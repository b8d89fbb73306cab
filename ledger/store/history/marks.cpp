#include "ledger/store/history/marks.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>

namespace giro::store {
namespace {

static_assert(std::endian::native == std::endian::little, "the bytes go to the file as they lie");

// How many marks an account with so many entries has had, were there one at each multiple.
std::uint64_t marks_at(std::uint64_t entries) {
  return entries / kEntriesInMark;
}

std::size_t level_of(std::uint64_t marks_before, std::uint64_t marks_after) {
  std::size_t level = 0;
  while ((marks_before /= kMarksInLevel) != (marks_after /= kMarksInLevel)) ++level;
  return level;
}

}  // namespace

MarkTower::MarkTower(std::span<const std::uint8_t> bytes) : size_(bytes.size() / sizeof(Seq)) {
  if (bytes.size() % sizeof(Seq) != 0 || size_ > kMarkLevelsMax) {
    throw std::runtime_error("a list of marks has a wrong size");
  }
  if (!bytes.empty()) std::memcpy(seqs_.data(), bytes.data(), bytes.size());
}

std::span<const std::uint8_t> MarkTower::bytes() const {
  return {reinterpret_cast<const std::uint8_t*>(seqs_.data()), size_ * sizeof(Seq)};
}

MarkTower NewestMarks::of(AccountNumber account) const {
  MarkTower tower;
  for (const std::vector<Seq>& seqs : by_level_) {
    if (account >= seqs.size() || seqs[account] == 0) break;
    tower.push(seqs[account]);
  }
  return tower;
}

void NewestMarks::restore(AccountNumber account, const MarkTower& tower) {
  for (std::size_t level = 0; level < tower.size(); ++level) set(account, level, tower[level]);
}

void NewestMarks::add(AccountNumber account, std::size_t level, Seq seq) {
  for (std::size_t below = 0; below <= level; ++below) set(account, below, seq);
}

void NewestMarks::set(AccountNumber account, std::size_t level, Seq seq) {
  if (level >= by_level_.size()) by_level_.resize(level + 1);
  std::vector<Seq>& seqs = by_level_[level];
  if (account >= seqs.size()) seqs.resize(std::max<std::size_t>(account + 1, seqs.size() * 2));
  seqs[account] = seq;
}

void append_due_marks(const Entry& entry, const State& state, NewestMarks& newest,
                      std::vector<Mark>& marks) {
  const auto mark_if_due = [&](AccountNumber account, std::uint64_t postings) {
    const std::uint64_t version = state.account(account).version;
    const std::uint64_t before = marks_at(version - postings);
    const std::uint64_t after = marks_at(version);
    if (before == after) return;
    const std::size_t level = level_of(before, after);
    marks.push_back({.seq = entry.seq,
                     .account = account,
                     .entry = version,
                     .posted_in = state.account(account).posted_in,
                     .level = level,
                     .earlier = newest.of(account)});
    newest.add(account, level, entry.seq);
  };
  const std::span<const Posting> postings = entry.postings();
  if (postings.size() == 1) {
    mark_if_due(postings.front().from, 1);
    if (postings.front().to != 0) mark_if_due(postings.front().to, 1);
    return;
  }
  static thread_local std::vector<AccountNumber> touched;  // Kept for its memory.
  touched.clear();
  for (const Posting& posting : postings) {
    touched.push_back(posting.from);
    touched.push_back(posting.to);
  }
  std::ranges::sort(touched);
  for (auto first = touched.begin(); first != touched.end();) {
    const auto last = std::upper_bound(first, touched.end(), *first);
    mark_if_due(*first, static_cast<std::uint64_t>(last - first));
    first = last;
  }
}

}  // namespace giro::store
