// The one order of the groups that a pull found. Pure functions: any thread.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "queue/cluster/log.hpp"

namespace giro::cluster {

enum class OrderTrouble : std::uint8_t {
  behind,   // What follows was truncated: only another node's ledger helps.
  older,    // The log lacks what this ledger applied: an older copy of it, or another log.
  damaged,  // Groups are missing in it, or are counted wrongly.
};

struct WrongOrder {
  OrderTrouble trouble = OrderTrouble::damaged;
  std::string what;
};

// The groups that follow `applied`, in order: up to where a stream's next ones aren't known. `more`: there are
// others behind them.
struct InOrder {
  std::vector<Record> records;
  bool more = false;
};

// REQUIRES: pulled.ok, of a pull behind `applied`.
[[nodiscard]] std::expected<InOrder, WrongOrder> in_order(const Streams& applied, Pulled pulled);

}  // namespace giro::cluster
