#include "ledger/state/velocity.hpp"

#include <algorithm>
#include <utility>

namespace giro {

Outflow Velocity::used(Timestamp at) const {
  Outflow used = sum_;
  for (const Piece& piece : pieces_) {
    if (!is_past(piece, at)) break;
    used.amount -= piece.paid.amount;
    used.count -= piece.paid.count;
  }
  return used;
}

bool Velocity::allows(const Outflow& more, Timestamp at) const {
  const Outflow before = used(at);
  if (limit_.amount && more.amount > *limit_.amount - before.amount) return false;
  return !limit_.count || before.count + more.count <= *limit_.count;
}

void Velocity::add(Timestamp at, const Outflow& paid, Seq seq) {
  if (at < since_) return;
  const Timestamp start{at.ns - at.ns % width()};
  auto piece = pieces_.end();
  if (pieces_.empty() || pieces_.back().start < start) {
    piece = pieces_.insert(pieces_.end(), {.start = start, .paid = {}, .changed = 0});
  } else {
    piece = std::ranges::lower_bound(pieces_, start, {}, &Piece::start);
    if (piece->start != start) {
      if (paid.amount < 0 || paid.count < 0) return;  // It was let go of: nothing of it counts.
      piece = pieces_.insert(piece, {.start = start, .paid = {}, .changed = 0});
    }
  }
  const Amount amount = limit_.amount ? paid.amount : 0;
  piece->paid.amount += amount;
  piece->paid.count += paid.count;
  piece->changed = std::max(piece->changed, seq);  // Taking back is no change of its own.
  sum_.amount += amount;
  sum_.count += paid.count;
}

void Velocity::forget_past(Timestamp at) {
  const auto first =
      std::ranges::find_if(pieces_, [&](const Piece& piece) { return !is_past(piece, at); });
  for (auto piece = pieces_.begin(); piece != first; ++piece) {
    sum_.amount -= piece->paid.amount;
    sum_.count -= piece->paid.count;
  }
  pieces_.erase(pieces_.begin(), first);
}

bool Velocity::agrees_with(const Velocity& other, Timestamp at) const {
  if (limit_ != other.limit_ || since_ != other.since_) return false;
  const auto counted = [at](const Velocity& velocity) {
    std::vector<std::pair<Timestamp, Outflow>> pieces;
    for (const Piece& piece : velocity.pieces_) {
      if (velocity.is_past(piece, at) || piece.paid == Outflow{}) continue;
      pieces.emplace_back(piece.start, piece.paid);
    }
    return pieces;
  };
  return counted(*this) == counted(other);
}

void Velocity::change(const VelocityLimit& limit, Timestamp at) {
  const bool is_counted = limit_.amount || !limit.amount;
  limit_ = limit;
  if (is_counted) {
    if (limit.amount) return;
    for (Piece& piece : pieces_) piece.paid.amount = 0;
    sum_.amount = 0;
    return;
  }
  *this = Velocity(limit, at);
}

}  // namespace giro
