// The table [cluster] of the daemon's settings: whether this machine is one of several that share a ledger.
//
//   [cluster]
//   name = "main"                               node = "a"
//   etcd = "/run/giro-etcd/client.sock"
//
// Thread: any.
#pragma once

#include <filesystem>
#include <string>

#include "daemon/settings.hpp"

namespace giro {

struct ClusterConfig {
  std::string name = "main";
  std::string node;            // Empty: this machine has a ledger by itself.
  std::filesystem::path etcd;  // Its socket.

  [[nodiscard]] bool is_set() const { return !node.empty(); }
  friend bool operator==(const ClusterConfig&, const ClusterConfig&) = default;
};

[[nodiscard]] settings::Problems read_cluster(const settings::Node& node, ClusterConfig& cluster);
// As the table in TOML; empty: there is none.
[[nodiscard]] std::string format_cluster(const ClusterConfig& cluster);

}  // namespace giro
