#include "ledger/store/accounts/velocity_rows.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace giro::store {
namespace {

[[noreturn]] void damaged(std::int64_t account) {
  throw std::runtime_error("a velocity limit of account " + std::to_string(account) +
                           ", or what was used of it, can't be");
}

VelocityLimit read_limit(const Statement& row) {
  VelocityLimit limit{.window_ns = row.integer(1), .amount = row.optional_integer(2), .count = {}};
  if (const auto count = row.optional_integer(3)) {
    if (!std::in_range<std::uint32_t>(*count)) damaged(row.integer(0));
    limit.count = static_cast<std::uint32_t>(*count);
  }
  if (!is_valid(limit)) damaged(row.integer(0));
  return limit;
}

}  // namespace

VelocityRows::VelocityRows(const SQLite::Database& db)
    : insert_limit_(db,
                    "INSERT INTO velocity_limits (account, window, amount, count, since, "
                    "as_of_seq) VALUES (?, ?, ?, ?, ?, ?)"),
      delete_limits_(db, "DELETE FROM velocity_limits WHERE account = ?"),
      update_limits_(db, "UPDATE velocity_limits SET as_of_seq = ? WHERE account = ?"),
      put_piece_(db,
                 "INSERT INTO velocity_pieces (account, window, start, amount, count) "
                 "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET amount = excluded.amount, "
                 "count = excluded.count"),
      delete_pieces_(db, "DELETE FROM velocity_pieces WHERE account = ?"),
      delete_past_(db,
                   "DELETE FROM velocity_pieces WHERE account = ? AND window = ? AND start < ?") {}

void VelocityRows::replace(AccountNumber number, const State& state) {
  delete_limits_.bind(0, number).run();
  delete_pieces_.bind(0, number).run();
  written_.erase(number);
  const Watch* watch = state.watches().find(number);
  if (watch == nullptr) return;
  for (const Velocity& velocity : watch->velocities) {
    const VelocityLimit& limit = velocity.limit();
    insert_limit_.bind(0, number)
        .bind(1, limit.window_ns)
        .bind_optional(2, limit.amount)
        .bind_optional(3, limit.count)
        .bind(4, velocity.since().ns)
        .bind(5, as_integer(state.seq()))
        .run();
    write_pieces(number, velocity, 0);
    written_[number] = state.seq();
  }
}

void VelocityRows::sweep(AccountNumber number, const State& state) {
  Seq& written = written_[number];
  for (const Velocity& velocity : state.watches().find(number)->velocities) {
    write_pieces(number, velocity, written);
    if (velocity.pieces().empty()) continue;
    delete_past_.bind(0, number)
        .bind(1, velocity.limit().window_ns)
        .bind(2, velocity.pieces().front().start.ns)
        .run();
  }
  written = state.seq();
  update_limits_.bind(0, as_integer(written)).bind(1, number).run();
}

// Those that changed after that seq.
void VelocityRows::write_pieces(AccountNumber number, const Velocity& velocity, Seq after) {
  for (const Velocity::Piece& piece : velocity.pieces()) {
    if (piece.changed <= after) continue;
    put_piece_.bind(0, number)
        .bind(1, velocity.limit().window_ns)
        .bind(2, piece.start.ns)
        .bind(3, piece.paid.amount)
        .bind(4, piece.paid.count)
        .run();
  }
}

std::unordered_map<AccountNumber, RecoveredVelocities> load_velocities(const SQLite::Database& db) {
  std::unordered_map<AccountNumber, RecoveredVelocities> found;
  Statement limits(db,
                   "SELECT account, window, amount, count, since, as_of_seq FROM velocity_limits "
                   "ORDER BY account, window");
  while (limits.step()) {
    RecoveredVelocities& account = found[static_cast<AccountNumber>(limits.integer(0))];
    account.velocities.emplace_back(read_limit(limits), Timestamp{limits.integer(4)});
    account.as_of = limits.number(5);
  }
  Statement pieces(db,
                   "SELECT account, window, start, amount, count FROM velocity_pieces "
                   "ORDER BY account, window, start");
  while (pieces.step()) {
    const auto account = found.find(static_cast<AccountNumber>(pieces.integer(0)));
    if (account == found.end() || pieces.integer(3) < 0 || pieces.integer(4) < 0) {
      damaged(pieces.integer(0));
    }
    bool known = false;
    for (Velocity& velocity : account->second.velocities) {
      if (velocity.limit().window_ns != pieces.integer(1)) continue;
      velocity.restore({.start = Timestamp{pieces.integer(2)},
                        .paid = {.amount = pieces.integer(3), .count = pieces.integer(4)},
                        .changed = account->second.as_of});
      known = true;
    }
    if (!known) damaged(pieces.integer(0));
  }
  return found;
}

}  // namespace giro::store
