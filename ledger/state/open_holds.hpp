// The holds of which something is left, by their seq, and in the order in which they expire.
//
// What always holds: a hold with an end is in the queue of ends, once at least; one that was closed before its end may still
// be, and is passed over: the queue is made anew when half of it is such. Thread: the state's.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <unordered_map>
#include <vector>

#include "ledger/author.hpp"
#include "ledger/entry/posting.hpp"
#include "ledger/payment_key.hpp"
#include "ledger/timestamp.hpp"

namespace giro {

inline constexpr Timestamp kNever{std::numeric_limits<std::int64_t>::max()};

struct OpenHold {
  Seq seq = 0;  // Of the entry that made it.
  PaymentKey key;
  Author author;
  AccountNumber from = 0;
  AccountNumber to = 0;
  Amount amount = 0;  // That it was made with.
  Amount left = 0;
  Timestamp made_at;
  Timestamp expires_at = kNever;

  friend bool operator==(const OpenHold&, const OpenHold&) = default;
};

class OpenHolds {
 public:
  // Null: nothing of it is left, or it never was.
  [[nodiscard]] const OpenHold* find(Seq seq) const {
    const auto found = holds_.find(seq);
    return found == holds_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] std::size_t size() const { return holds_.size(); }
  [[nodiscard]] auto begin() const { return holds_.begin(); }
  [[nodiscard]] auto end() const { return holds_.end(); }

  void add(const OpenHold& hold);
  // Nothing left: it is closed. REQUIRES: it is open.
  void set_left(Seq seq, Amount left);
  // As it was before; nothing: it wasn't there.
  void restore(Seq seq, const std::optional<OpenHold>& before);

  // The one that ends first; null: none does. May tidy the queue.
  [[nodiscard]] const OpenHold* next_to_expire();
  // How many have ended by `now`, up to `most`; some of them may have been closed since.
  [[nodiscard]] std::size_t count_due(Timestamp now, std::size_t most) const;
  void tidy();

 private:
  struct End {
    Timestamp at;
    Seq seq = 0;

    // The heap has the earliest on top.
    friend bool operator<(const End& a, const End& b) {
      return a.at != b.at ? a.at > b.at : a.seq > b.seq;
    }
  };
  [[nodiscard]] bool is_true(const End& end) const {
    const OpenHold* hold = find(end.seq);
    return hold != nullptr && hold->expires_at == end.at;
  }

  std::unordered_map<Seq, OpenHold> holds_;
  std::vector<End> ends_;  // A heap.
  std::size_t stale_ = 0;  // About how many of them are passed over.
};

}  // namespace giro
