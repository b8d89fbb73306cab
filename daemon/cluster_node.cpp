#include "daemon/cluster_node.hpp"

#include <fstream>
#include <random>
#include <utility>

#include <fmt/format.h>
#include <openssl/rand.h>
#include <spdlog/spdlog.h>

#include "daemon/log.hpp"
#include "engine/cluster/joining.hpp"
#include "engine/cluster/log_thread.hpp"
#include "engine/cluster/rules.hpp"
#include "ledger/hex.hpp"

namespace giro {
namespace {

// How long a ledger that never was part of the cluster waits for etcd.
constexpr std::chrono::seconds kPatience{30};

// Beside a ledger that isn't the others' any more: it never starts again.
std::filesystem::path mark_of(const std::filesystem::path& data) {
  return data / "diverged";
}

std::chrono::milliseconds ago(std::chrono::steady_clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               at);
}

std::uint64_t random_number() {
  std::uint64_t number = 0;
  ::RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number);
  return number;
}

class Node final : public ClusterNode {
 public:
  Node(const Config& config, const KeptPlace& place, const cluster::Applied& start,
       WorkQueue& queue, std::function<void(const std::string&)> on_halt)
      : config_(config.cluster),
        data_(config.data),
        on_halt_(std::move(on_halt)),
        source_(queue, before_streams(place.key), place.streams, [this] { wake(); }),
        thread_({.settings = {.node = config.cluster.node,
                              .ledger = place.key.id,
                              .incarnation = random_number(),
                              .rules = kRulesKnown,
                              .version = GIRO_VERSION,
                              .base = place.key.base.index,
                              .start = start,
                              .streams = place.streams},
                 .etcd_socket = config.cluster.etcd,
                 .identity = text_of(place.key),
                 .clock = LedgerClock::system_sources(),
                 .on_halt = [this](cluster::Halt halt, const std::string& why) { stop(halt, why); },
                 .tell = log_notice},
                source_) {}

  WorkSource& source() override { return source_; }
  void wait(std::optional<std::chrono::steady_clock::time_point> until) override {
    source_.wait(until);
  }
  void wake() override { thread_.wake(); }
  void start() override { thread_.start(); }
  void join() override { thread_.join(); }
  [[nodiscard]] ClusterFigures figures() const override;
  [[nodiscard]] ReadAge read_age() const override { return {.at_most = thread_.age()}; }

 private:
  void stop(cluster::Halt halt, const std::string& why) {
    if (halt == cluster::Halt::diverged) std::ofstream(mark_of(data_)) << why << "\n";
    on_halt_(why);
  }

  const ClusterConfig config_;
  const std::filesystem::path data_;
  const std::function<void(const std::string&)> on_halt_;
  ClusterSource source_;
  LogThread thread_;
};

ClusterFigures Node::figures() const {
  const cluster::Replicator::Figures now = thread_.figures();
  ClusterFigures figures{.name = config_.name,
                         .node = config_.node,
                         .state = std::string(name(now.state)),
                         .trouble = now.trouble,
                         .index = now.given,
                         .groups = now.groups,
                         .heard_ago = ago(now.heard_at),
                         .age = read_age(),
                         .clock_offset = now.clock_offset,
                         .etcd_bytes = now.log_bytes,
                         .etcd_bytes_max = now.log_bytes_max,
                         .nodes = {}};
  for (const auto& [node, said] : now.nodes) {
    const auto seen = now.seen.find(node);
    figures.nodes.push_back(
        {.name = node,
         .state = said.state,
         .version = said.version,
         .index = said.applied.index,
         .digest = to_hex(said.applied.digest),
         .said_ago = ago(seen == now.seen.end() ? now.heard_at : seen->second),
         .differs = std::ranges::find(now.differing, node) != now.differing.end()});
  }
  return figures;
}

}  // namespace

std::expected<std::unique_ptr<ClusterNode>, std::string> make_cluster_node(
    const Config& config, const Ledger& ledger, WorkQueue& queue,
    std::function<void(const std::string&)> on_halt) {
  const store::Store& store = ledger.store();
  if (!config.cluster.is_set()) {
    if (store.source().empty()) return nullptr;
    return std::unexpected(
        "the ledger is part of a cluster, and the configuration has no table [cluster]: what were "
        "decided here alone, the other nodes would never know. Nothing was decided; name the "
        "cluster, or make a ledger of its own of a backup (giro backup, giro restore)");
  }
  if (std::filesystem::exists(mark_of(config.data))) {
    return std::unexpected(
        fmt::format("this node's ledger isn't the others' (see {}): it never decides again, nor "
                    "answers. Keep the folder for a look, "
                    "and make the node anew from another one: giro cluster join",
                    mark_of(config.data).string()));
  }
  auto place = join_log(
      store, config.cluster.name, config.cluster.etcd, kPatience,
      [](std::span<std::uint8_t> bytes) {
        ::RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
      },
      [&config](const std::string& why) {
        spdlog::warn(
            "etcd isn't there yet at {} ({}): waiting up to {} s for it, since "
            "only it knows the log that this ledger is to be part of",
            config.cluster.etcd.string(), why, kPatience.count());
      });
  if (!place) return std::unexpected(place.error());
  return std::make_unique<Node>(config, *place, head_of(store), queue, std::move(on_halt));
}

}  // namespace giro
