// The page of metrics: what a node of a cluster has beside the others.
#include "session/metrics_text.hpp"

#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace giro::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string page_of(const std::optional<ClusterFigures>& cluster) {
  const CommitMetrics commits;
  const RefusalCounts refusals{};
  const UserShares users({});
  const ServerInfo info;
  std::string text;
  write_metrics(text, {.commits = commits,
                       .refusals = refusals,
                       .load = {},
                       .users = users,
                       .info = info,
                       .cluster = cluster});
  return text;
}

ClusterFigures figures_of_a_node() {
  ClusterFigures figures;
  figures.trouble = "no quorum";
  figures.index = 41;
  figures.groups = 44;
  figures.heard_ago = std::chrono::milliseconds(1'500);
  figures.clock_offset = -std::chrono::milliseconds(250);
  figures.etcd_bytes = 1'000;
  figures.etcd_bytes_max = 8'000;
  figures.nodes.resize(3);
  figures.nodes.back().differs = true;
  return figures;
}

std::vector<std::string> found(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern);
  std::vector<std::string> names;
  std::transform(std::sregex_iterator(text.begin(), text.end(), expression), std::sregex_iterator(),
                 std::back_inserter(names), [](const std::smatch& match) { return match.str(1); });
  return names;
}

TEST(Metrics, ALedgerOfThisMachineAloneHasNoneOfACluster) {
  EXPECT_THAT(page_of({}), AllOf(HasSubstr("giro_last_seq"), Not(HasSubstr("giro_cluster"))));
}

TEST(Metrics, ANodeSaysHowItStandsInItsCluster) {
  const std::string page = page_of(figures_of_a_node());
  for (const char* sample :
       {"giro_cluster_serving 0", "giro_cluster_index 41", "giro_cluster_log_groups 44",
        "giro_cluster_quorum_heard_seconds_ago 1.5", "giro_cluster_clock_offset_seconds -0.25",
        "giro_cluster_nodes 3", "giro_cluster_nodes_differing 1", "giro_cluster_etcd_bytes 1000",
        "giro_cluster_etcd_bytes_max 8000"}) {
    EXPECT_THAT(page, HasSubstr(std::string("\n") + sample + "\n"));
  }
}

TEST(Metrics, ThoseOfANodeAreThoseThatTheirPageDescribes) {
  std::ifstream file(GIRO_TEST_SOURCE_DIR "/docs/METRICS.md");
  const std::string described{std::istreambuf_iterator<char>(file), {}};
  const auto names = found(page_of(figures_of_a_node()), "# TYPE (giro_cluster_\\w+) gauge");
  EXPECT_EQ(found(described, "\n\\| `(giro_cluster_\\w+)` \\| gauge"), names);
  EXPECT_EQ(names.size(), 9U);
}

}  // namespace
}  // namespace giro::test
