// What an account paid within the window of one of its limits.
//
// The window slides, by pieces of a thousandth of it: what was paid in a piece counts until all of the piece
// is past. So a limit is never too loose, and too strict by less than a thousandth of its window; and it takes
// 1,001 pieces at most, whatever was paid. What was paid before the limit was set isn't counted.
//
// What always holds: pieces are in the order of time, and their sums are known. Values: one thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ledger/command/account_limits.hpp"
#include "ledger/command/reference.hpp"
#include "ledger/timestamp.hpp"

namespace giro {

// So much, in so many payments.
struct Outflow {
  Amount amount = 0;
  std::int64_t count = 0;

  friend bool operator==(const Outflow&, const Outflow&) = default;
};

class Velocity {
 public:
  struct Piece {
    Timestamp start;
    Outflow paid;     // The amount only where the limit has one: without a limit it has no bound.
    Seq changed = 0;  // By the entry with this seq last.
  };

  // `since`: when the limit was set.
  Velocity(const VelocityLimit& limit, Timestamp since) : limit_(limit), since_(since) {}

  [[nodiscard]] const VelocityLimit& limit() const { return limit_; }
  [[nodiscard]] Timestamp since() const { return since_; }
  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }

  // What counts at this moment. REQUIRES: it isn't before one that forget_past() was told.
  [[nodiscard]] Outflow used(Timestamp at) const;
  [[nodiscard]] bool allows(const Outflow& more, Timestamp at) const;
  // More was paid at this time, or, below zero, less. What is out of the window by now may be passed over.
  void add(Timestamp at, const Outflow& paid, Seq seq);
  void restore(const Piece& piece) {
    add(std::max(piece.start, since_), piece.paid, piece.changed);
  }
  // Lets go of what counts no more.
  void forget_past(Timestamp at);
  // Whether both are the same limit, and the same counts of it at this moment.
  [[nodiscard]] bool agrees_with(const Velocity& other, Timestamp at) const;
  // Other numbers for the same window: what was paid stays, if it was counted.
  void change(const VelocityLimit& limit, Timestamp at);

 private:
  [[nodiscard]] std::int64_t width() const { return limit_.window_ns / kPieces; }
  [[nodiscard]] bool is_past(const Piece& piece, Timestamp at) const {
    return piece.start.ns + width() <= at.ns - limit_.window_ns;
  }

  static constexpr std::int64_t kPieces = 1'000;

  VelocityLimit limit_;
  Timestamp since_;
  std::vector<Piece> pieces_;
  Outflow sum_;  // Of all pieces.
};

}  // namespace giro
