// What the daemon says of itself: its limits, what server.info, rpc.discover and ledger.status tell. Values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/scrubber.hpp"
#include "queue/bounded_queue.hpp"
#include "session/cluster_figures.hpp"

namespace giro {

struct Limits {
  // These need a restart; the others follow a reload.
  QueueLimits queue;
  std::size_t questions = 4'096;  // At the reading threads.
  std::size_t audits = 64;        // Of them, at the one for audits.
  std::size_t scrub_hours = 24;   // From one look through the ledger's pages to the next.
  std::size_t scrub_bytes = std::size_t{8} << 20;  // Of them in a second, at most.

  std::size_t connections = 16'384;
  std::size_t window = 1'024;                            // Undecided requests of one connection.
  std::size_t unfinished_bytes = std::size_t{64} << 20;  // Of lines that aren't complete.
  std::size_t line_seconds = 30;                         // For each 64 KiB of a line.
  std::size_t reply_bytes = std::size_t{128} << 20;      // That wait for clients.
};

struct ServerInfo {
  std::string version;
  std::string sqlite;  // The version of the SQLite that it was built with.
  std::uint64_t pid = 0;
  std::uint32_t uid = 0;
  std::string data;  // The folder of its ledger.
  Limits limits;     // As they are now.
  // The documents of the API: constant text.
  std::string_view openrpc;
  std::string_view openapi;
};

// What it adds to the commit thread's figures.
struct ServerFigures {
  Weight load;  // Of the queue.
  std::size_t connections = 0;
  std::size_t subscribers = 0;
  std::uint64_t uptime_s = 0;
  PageFigures pages = {};
  std::optional<ClusterFigures> cluster = {};
};

}  // namespace giro
