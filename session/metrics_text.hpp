// What GET /metrics shows, in Prometheus' text format 0.0.4. Names and labels are published: never renamed.
// Pure: any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/metrics.hpp"
#include "session/server_info.hpp"
#include "session/user_shares.hpp"

namespace giro {

// By ErrorCode.
using RefusalCounts = std::array<std::uint64_t, static_cast<std::size_t>(ErrorCode::internal) + 1>;

struct Measured {
  const CommitMetrics& commits;
  const RefusalCounts& refusals;
  Weight load;
  const UserShares& users;
  const ServerInfo& info;
  std::size_t subscribers = 0;
  std::uint64_t uptime_s = 0;
  std::uint64_t disk_free_bytes = 0;
  PageFigures pages = {};
  std::optional<ClusterFigures> cluster = {};
};

void write_metrics(std::string& out, const Measured& measured);

}  // namespace giro
