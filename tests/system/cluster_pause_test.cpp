// How long the other nodes' clients wait where a daemon or a machine dies, with the elections of systemd/giro-etcd.service.
// Printed with the goals; GIRO_LONG=1: ten of each, and the goals must hold for half of them.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <iostream>
#include <list>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/system/cluster_nodes.hpp"
#include "tests/system/cluster_payer.hpp"

namespace giro::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr std::size_t kMachines = 3;
constexpr milliseconds kPinned{25'000};  // They have nowhere to go.

class ClusterPause : public testing::Test {
 protected:
  void SetUp() override {
    if (!etcd::test::find_etcd()) GTEST_SKIP() << etcd::test::kNoEtcd;
    nodes.emplace(folder.path(),
                  etcd::test::ClusterOptions{
                      .members = kMachines,
                      .arguments = {"--heartbeat-interval=100", "--election-timeout=1000"},
                      .linked = true});
    open_payers_accounts(*nodes);
  }

  // Of clients that pay at these nodes alone, while `happens` does.
  milliseconds pause_at(const std::vector<std::size_t>& others,
                        const std::function<void()>& happens, milliseconds afterwards) {
    std::list<ClusterPayer> payers;
    std::vector<std::jthread> threads;
    for (const std::size_t i : others) {
      payers.emplace_back(next_payer++, std::vector<std::string>{nodes->socket(i)}, highest,
                          kPinned);
      threads.emplace_back([&payer = payers.back()](const std::stop_token& stop) {
        payer.run(stop, ClusterNodes::kSettleMax);
      });
    }
    std::this_thread::sleep_for(300ms);
    happens();
    std::this_thread::sleep_for(afterwards);
    for (std::jthread& thread : threads) thread.request_stop();
    for (std::jthread& thread : threads) thread.join();
    milliseconds longest{};
    for (const ClusterPayer& payer : payers) {
      EXPECT_EQ(payer.wrong(), std::vector<std::string>());
      EXPECT_EQ(payer.answered(), payer.payments().size());
      longest = std::max(longest, payer.longest_pause());
    }
    return longest;
  }
  // Where none has died yet, one of the two others leads etcd or not, as is asked for.
  std::size_t one_whose_member_leads(bool leads) {
    const std::size_t leader = nodes->etcd().leader();
    return leads ? leader : (leader + 1) % kMachines;
  }
  static std::vector<std::size_t> others_than(std::size_t i) {
    return {(i + 1) % kMachines, (i + 2) % kMachines};
  }

  void measure(const char* what, milliseconds goal, milliseconds afterwards,
               const std::function<milliseconds()>& once) {
    std::vector<milliseconds> pauses;
    for (int round = is_long_run() ? 10 : 1; round > 0; --round) {
      pauses.push_back(once());
      nodes->await_level();
    }
    std::ranges::sort(pauses);
    const milliseconds median = pauses[pauses.size() / 2];
    std::cout << "  " << median.count() << " ms is the longest pause of the others' clients where "
              << what << "; " << pauses.back().count() << " ms at most of " << pauses.size()
              << " (the goal: " << goal.count() << ")" << std::endl;
    // By itself one says more of the machine than of Giro.
    EXPECT_LT(median, is_long_run() ? goal : afterwards);
  }

  ScratchFolder folder;
  std::optional<ClusterNodes> nodes;
  std::atomic<std::int64_t> highest = 0;
  int next_payer = 0;
};

TEST_F(ClusterPause, OfTheOthersIsShortWhateverDies) {
  measure("nothing happens", 200ms, 10s, [this] { return pause_at({0, 1}, [] {}, 1s); });
  measure("a daemon is killed", 200ms, 10s, [this] {
    const std::size_t i = one_whose_member_leads(false);
    const auto pause = pause_at(others_than(i), [this, i] { (*nodes)[i].kill_now(); }, 1s);
    nodes->start(i);
    return pause;
  });
  for (const bool leads : {false, true}) {
    measure(
        leads ? "the machine of etcd's leader dies" : "the machine of a follower of etcd's dies",
        leads ? 2'500ms : 200ms, 10s, [this, leads] {
          const std::size_t i = one_whose_member_leads(leads);
          const auto pause =
              pause_at(others_than(i), [this, i] { nodes->machine_dies(i); }, leads ? 3s : 1s);
          nodes->machine_starts(i);
          return pause;
        });
  }
}

}  // namespace
}  // namespace giro::test
