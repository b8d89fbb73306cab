#include "daemon/cluster_config.hpp"

#include <array>

#include <fmt/format.h>

#include "protocol/json_writer.hpp"
#include "queue/node_name.hpp"

namespace giro {
namespace {

using settings::Node;
using settings::Problems;
using settings::Setting;

Problems read_name(const Node& node, std::string& out) {
  if (Problems problems = settings::read_text(node, out)) return problems;
  return cluster::is_node_name(out) ? Problems() : Problems("must be 1 to 32 of a-z, 0-9 and -");
}

constexpr std::array kClusterSettings{
    Setting<ClusterConfig>{"name",
                           [](const Node& n, ClusterConfig& c) { return read_name(n, c.name); }},
    Setting<ClusterConfig>{"node",
                           [](const Node& n, ClusterConfig& c) { return read_name(n, c.node); }},
    Setting<ClusterConfig>{
        "etcd", [](const Node& n, ClusterConfig& c) { return settings::read_path(n, c.etcd); }},
};

}  // namespace

Problems read_cluster(const Node& node, ClusterConfig& cluster) {
  const auto* table = node.as_table();
  if (table == nullptr) return "must be a table, [cluster]";
  Problems problems = settings::read_table(
      *table, std::span<const Setting<ClusterConfig>>(kClusterSettings), cluster);
  if (problems) return problems;
  if (cluster.node.empty()) problems.add(Problems("must name this machine: node"));
  if (cluster.etcd.empty()) problems.add(Problems("must name etcd's socket: etcd"));
  return problems;
}

std::string format_cluster(const ClusterConfig& cluster) {
  if (!cluster.is_set()) return {};
  std::string etcd;  // As TOML has it, whose escapes JSON shares.
  protocol::JsonWriter(etcd).value(cluster.etcd.string());
  return fmt::format("\n[cluster]\nname = \"{}\"\nnode = \"{}\"\netcd = {}\n", cluster.name,
                     cluster.node, etcd);
}

}  // namespace giro
