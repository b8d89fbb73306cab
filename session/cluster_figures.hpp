// How this node stands in its cluster, for ledger.status and the metrics. Values: any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace giro {

// What a node answers is at least as new as the cluster's ledger was so long ago.
struct ReadAge {
  std::optional<std::chrono::milliseconds>
      at_most;  // Nothing: it wasn't up with it since its start.
};

struct ClusterFigures {
  std::string name;
  std::string node;
  std::string state;                        // "serving", "catching_up", "isolated", ...
  std::string trouble;                      // Why it isn't serving; empty: it is.
  std::uint64_t index = 0;                  // Of the last group that was given to be applied here.
  std::uint64_t groups = 0;                 // The log's last, when it was last looked at.
  std::chrono::milliseconds heard_ago{};    // From a quorum.
  ReadAge age;                              // Of what is read here.
  std::chrono::nanoseconds clock_offset{};  // The others' clocks less this one's.
  std::uint64_t etcd_bytes = 0;
  std::uint64_t etcd_bytes_max = 0;  // 0: etcd doesn't tell.

  struct Node {
    std::string name;
    std::string state;
    std::string version;
    std::uint64_t index =
        0;  // Of the last group that it applied, and the audit chain's digest there.
    std::string digest;
    std::chrono::milliseconds said_ago{};  // By its clock and this one's.
    bool differs = false;                  // Its ledger isn't this one.
  };
  std::vector<Node> nodes;  // That said something of themselves, this one too.
};

}  // namespace giro
