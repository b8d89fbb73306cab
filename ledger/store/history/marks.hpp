// Marks: every 64th entry of an account, where its history can be entered.
//
// A mark names earlier marks of its account, the latest one of each level; every 8th mark is of the
// next level. So an account's marks are a skip list from new to old (Pugh, "Skip lists: a
// probabilistic alternative to balanced trees", 1990; here the levels are counted, not drawn), and
// any entry is found in a few steps a level. Why not an index: a mark is only ever appended. An index
// by account would change a page of its own for nearly every mark, which was half of all pages that a
// commit wrote (docs/decisions/0005-marks-as-a-skip-list.md).
//
// Threads: values, any; NewestMarks, the store's.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "ledger/entry/entry.hpp"
#include "ledger/money.hpp"
#include "ledger/state/state.hpp"

namespace giro::store {

inline constexpr std::uint64_t kEntriesInMark = 64;
inline constexpr std::uint64_t kMarksInLevel = 8;
inline constexpr std::size_t kMarkLevelsMax = 20;  // 64 * 8^20 entries are more than 64 bits count.

// The latest mark of each level at some moment, by its seq: a lower level's is never older.
class MarkTower {
 public:
  MarkTower() = default;
  // Takes over what bytes() gave. Throws std::runtime_error for anything else.
  explicit MarkTower(std::span<const std::uint8_t> bytes);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] Seq operator[](std::size_t level) const { return seqs_[level]; }
  // The latest of all; 0: none.
  [[nodiscard]] Seq latest() const { return size_ == 0 ? 0 : seqs_[0]; }
  void push(Seq seq) { seqs_[size_++] = seq; }
  // As the file keeps them: 8 bytes each, little-endian, from level 0 up.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const;

  friend bool operator==(const MarkTower& a, const MarkTower& b) {
    return a.size_ == b.size_ && a.seqs_ == b.seqs_;
  }

 private:
  std::array<Seq, kMarkLevelsMax> seqs_{};
  std::size_t size_ = 0;
};

struct Mark {
  Seq seq = 0;
  AccountNumber account = 0;
  std::uint64_t entry = 0;  // The account had this many entries after that seq.
  Int128 posted_in = 0;     // All that the account had received then.
  std::size_t level = 0;    // It is one of this level and of those below.
  MarkTower earlier;        // As it was before this mark.
};

// The newest marks of every account. 8 bytes an account and level, once an account has some.
class NewestMarks {
 public:
  [[nodiscard]] MarkTower of(AccountNumber account) const;
  void restore(AccountNumber account, const MarkTower& tower);
  void add(AccountNumber account, std::size_t level, Seq seq);

 private:
  void set(AccountNumber account, std::size_t level, Seq seq);

  std::vector<std::vector<Seq>> by_level_;  // Then by account; 0: none.
};

// Appends the marks that are due after the entry, one for each account whose count of entries reached
// or passed a multiple of kEntriesInMark with it, and takes them into `newest`.
// REQUIRES: the entry is the last one that `state` took in.
void append_due_marks(const Entry& entry, const State& state, NewestMarks& newest,
                      std::vector<Mark>& marks);

}  // namespace giro::store
