// The daemon as a whole: builds its parts in order, gives each what it needs, runs and stops them.
//
// Threads: the caller's (builds, then waits), "io" (sockets, parsing, replies), "commit" (the
// ledger), "reads", "audits" and "feed" (questions about the journal). They share nothing but queues,
// and handlers posted to the I/O thread.
//
// Stopping (SIGTERM, SIGINT): nothing new is accepted, what was accepted is committed and answered,
// replies get 5 seconds to be read, then it ends with 0. After a failed commit the same, ending
// with 1.
#pragma once

#include "daemon/config.hpp"
#include "daemon/options.hpp"

namespace giro {

// The exit code.
[[nodiscard]] int run_daemon(const Options& options, const Config& config);

}  // namespace giro
