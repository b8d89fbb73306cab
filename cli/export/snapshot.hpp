// The ledger as it was at one moment, read page by page over the socket while payments go on.
//
// What always holds: the journal only grows, and everything here is asked up to one seq or time that has passed: what is
// read first and last belongs together. Memory: one page.
// Thread: the main one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "cli/failure.hpp"
#include "cli/session.hpp"
#include "ledger/money.hpp"

namespace giro::cli {

struct Snapshot {
  boost::json::value at;  // As `at` and `to` take it.
  std::int64_t seq = 0;   // Nothing behind it belongs to it.
};

// `at`: a time, a date or a seq; empty: now.
[[nodiscard]] Result<Snapshot> take_snapshot(Session& session, const std::string& at);

using Visit = std::function<Result<void>(const boost::json::object&)>;

// Each entry in order of seq, but for those about accounts alone.
[[nodiscard]] Result<void> for_each_entry(Session& session, const Snapshot& snapshot,
                                          const Visit& visit);
// Each account that was open then, with its balance, in order of ids.
[[nodiscard]] Result<void> for_each_account(Session& session, const Snapshot& snapshot,
                                            const Visit& visit);
// Each line of an account's statement, oldest first. `begin` gets the first page, which has the balances.
[[nodiscard]] Result<void> for_each_line(Session& session, boost::json::object params,
                                         const Visit& begin, const Visit& visit);

// --- what an entry moved ---

struct Movement {
  std::int64_t leg = 0;
  std::string from;
  std::string to;
  Amount amount = 0;
  std::string currency;
};

// Empty: it moved nothing, as a hold and what was rejected.
[[nodiscard]] std::vector<Movement> movements_of(const boost::json::object& entry);
// The day on which it counts.
[[nodiscard]] std::string day_of(const boost::json::object& entry);

}  // namespace giro::cli
