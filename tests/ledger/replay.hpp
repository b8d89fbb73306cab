// A journal of every kind, to be replayed with one entry changed.
#pragma once

#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "tests/ledger/scenario.hpp"

namespace giro::test {

class Replay : public testing::Test {
 protected:
  Replay() { fill_with_every_kind(book); }

  // What is said about the journal when the entry at `seq` is changed: "" when nothing is.
  std::string said_about(Seq seq, const std::function<void(Entry&)>& change) {
    State state;
    for (const Entry& original : book.journal()) {
      Entry entry = copy_of(original);
      if (entry.seq == seq) change(entry);
      const auto replayed = book.replay_into(state, entry);
      if (!replayed) return replayed.error();
    }
    return "";
  }

  // The first entry of the kind that was applied; `n`: the n-th after it.
  Seq seq_of(EntryKind kind, int n = 0) {
    for (const Entry& entry : book.journal()) {
      if (entry.kind() == kind && entry.applied() && n-- == 0) return entry.seq;
    }
    return 0;
  }
  Seq seq_of(Rejection code) {
    for (const Entry& entry : book.journal()) {
      if (entry.outcome == code) return entry.seq;
    }
    return 0;
  }

  Book book;
};

}  // namespace giro::test
