// What is asked of a daemon around its load: is the work really in the ledger, what does it cost to
// have connections, and to do nothing.
// Thread: the main one.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include <sys/types.h>

#include "bench/load/channel.hpp"
#include "bench/load/failure.hpp"
#include "bench/load/report.hpp"
#include "bench/load/target.hpp"

namespace giro::load {

// Of the node that is furthest.
[[nodiscard]] Result<std::uint64_t> ledger_seq(const Target& target);
// The same once each node has come there; a Failure where that takes longer than some seconds.
[[nodiscard]] Result<std::uint64_t> settled_seq(const Target& target);
// Until the ledger is there; a Failure where it takes longer.
[[nodiscard]] Result<void> await_seq(const Target& target, std::uint64_t seq,
                                     std::chrono::seconds longest);
// A Failure: the ledger doesn't end at this seq, or its balances don't sum to zero.
[[nodiscard]] Result<void> check_ledger(const Target& target, std::uint64_t last_seq);

// Lets this process and the daemons that it starts have so many connections.
[[nodiscard]] Result<void> allow_connections(unsigned connections);
// Opens connections until the daemon has them; the bytes by which each let its RSS grow.
[[nodiscard]] Result<double> open_idle_connections(const Target& target, unsigned connections,
                                                   std::vector<Channel>& opened);

// Waits until the daemon has done what it puts off, then watches it for three seconds.
[[nodiscard]] Result<IdleCheck> watch_idle(pid_t process);

}  // namespace giro::load
