// Of a girod that was built without the cluster: see daemon/cluster_node.hpp.
#include "daemon/cluster_node.hpp"

namespace giro {

std::expected<std::unique_ptr<ClusterNode>, std::string> make_cluster_node(
    const Config& config, const Ledger& /*ledger*/, WorkQueue& /*queue*/,
    std::function<void(const std::string&)> /*on_halt*/) {
  if (!config.cluster.is_set()) return nullptr;
  return std::unexpected(
      "the configuration has a table [cluster], and this girod was built without what a cluster "
      "needs (GIRO_CLUSTER). "
      "Nothing was decided; install one that has it, or remove the table");
}

}  // namespace giro
