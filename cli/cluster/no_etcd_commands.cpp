// Of a giro that was built without the cluster: see cli/cluster/cluster.hpp.
#include "cli/cluster/cluster.hpp"

namespace giro::cli {
namespace {

std::unexpected<Failure> built_without() {
  return usage_failure("this giro was built without what talks to etcd (GIRO_CLUSTER)",
                       "Use one that was built with it.");
}

}  // namespace

Result<ExitCode> run_members(Session& /*session*/, const MembersOptions& /*options*/) {
  return built_without();
}

Result<ExitCode> run_leave(Session& /*session*/, const LeaveOptions& /*options*/) {
  return built_without();
}

Result<ExitCode> run_join(Session& /*session*/, const JoinOptions& /*options*/) {
  return built_without();
}

}  // namespace giro::cli
