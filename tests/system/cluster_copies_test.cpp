// A ledger, or a member's data, put back to an older copy while the cluster went on: it catches up where that can be, and
// says so where it can't.
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "queue/cluster/etcd_log.hpp"
#include "tests/system/cluster_nodes.hpp"

namespace giro::test {
namespace {

using namespace std::chrono_literals;
using client::Clock;
using testing::HasSubstr;

constexpr std::size_t kA = 0;
constexpr std::size_t kB = 1;
constexpr std::size_t kC = 2;

class ClusterCopies : public testing::Test {
 protected:
  void SetUp() override {
    if (!etcd::test::find_etcd()) GTEST_SKIP() << etcd::test::kNoEtcd;
    nodes.emplace(folder.path(), etcd::test::ClusterOptions{.members = 3});
    open_payers_accounts(*nodes);
  }
  void pay_at(std::size_t i, int count) {
    client::Connection connection = (*nodes)[i].connect();
    for (int n = 0; n < count; ++n) {
      call(connection, "payments.submit",
           boost::json::parse(payment_params("p" + std::to_string(++paid), "world", "acct:1", 1))
               .as_object());
    }
  }
  void copy_ledger_of(std::size_t i) {
    EXPECT_EQ((*nodes)[i].stop(), 0);
    copy_folder(nodes->data(i), copy());
    nodes->start(i);
    nodes->await_level();
  }
  void put_ledger_back(std::size_t i) {
    (*nodes)[i].kill_now();
    copy_folder(copy(), nodes->data(i));
  }
  std::filesystem::path copy() const { return folder.path() / "copy"; }
  // What etcd keeps of the log begins behind what is there now.
  void await_that_the_log_is_emptied() {
    const std::int64_t groups = nodes->status_of(kA).at("cluster").at("index").as_int64();
    const auto deadline = Clock::now() + ClusterNodes::kSettleMax;
    while (floor() < static_cast<std::uint64_t>(groups)) {
      ASSERT_LT(Clock::now(), deadline) << floor() << " of " << groups;
      std::this_thread::sleep_for(20ms);
    }
  }
  std::uint64_t floor() {
    etcd::Client client({.socket = nodes->etcd().socket(kA)});
    const auto found = client.call(etcd::RangeRequest{.key = std::string(cluster::kFloorKey)}, 5s);
    if (!found || found->key_values.empty()) return 0;
    return cluster::index_of(cluster::read_streams(found->key_values.front().value).value());
  }

  ScratchFolder folder;
  std::optional<ClusterNodes> nodes;
  int paid = 0;
};

TEST_F(ClusterCopies, ALedgerFromAnOlderCopyCatchesUpWithWhatItDecidedItself) {
  (*nodes)[kC].kill_now();  // The log is kept for it.
  EXPECT_EQ((*nodes)[kB].stop(), 0);
  copy_folder(nodes->data(kB), copy());
  nodes->start(kB);
  while (nodes->state_of(kB) != "serving") std::this_thread::sleep_for(10ms);
  pay_at(kA, 20);
  pay_at(kB, 20);
  put_ledger_back(kB);
  EXPECT_TRUE(nodes->start_if_log_reaches_back(kB)) << (*nodes)[kB].log();
  pay_at(kB, 5);
  nodes->start(kC);
  nodes->await_level();
  EXPECT_EQ(nodes->verified_digests().size(), 1U);
}

TEST_F(ClusterCopies, ALedgerFromBeforeTheLogsBeginningSaysSoAndIsMadeAnew) {
  copy_ledger_of(kB);
  pay_at(kA, 20);
  pay_at(kB, 20);
  nodes->await_level();
  await_that_the_log_is_emptied();
  put_ledger_back(kB);
  EXPECT_FALSE(nodes->start_if_log_reaches_back(kB)) << "what follows isn't there any more";
  pay_at(kA, 5);
  nodes->join_anew(kB, kA);
  nodes->await_level();
  pay_at(kB, 5);
  nodes->await_level();
  EXPECT_EQ(nodes->verified_digests().size(), 1U);
}

// It had confirmed what it lacks now; etcd's leader sees that, and the member ends. It's its disk that is to be replaced then.
TEST_F(ClusterCopies, AMemberFromAnOlderCopyEndsTheOthersGoOnAndItIsReplaced) {
  etcd::test::EtcdCluster& etcd = nodes->etcd();
  const std::size_t i = (etcd.leader() + 1) % 3;
  etcd.stop(i);
  copy_folder(etcd.data(i), copy());
  etcd.start(i);
  etcd.await(i);
  nodes->await_level();
  pay_at(kA, 50);
  nodes->await_level();
  etcd.kill(i);
  copy_folder(copy(), etcd.data(i));
  etcd.start(i);
  const auto deadline = Clock::now() + ClusterNodes::kSettleMax;
  while (!etcd.has_ended(i) && Clock::now() < deadline) std::this_thread::sleep_for(10ms);
  EXPECT_TRUE(etcd.has_ended(i));
  EXPECT_THAT(etcd.log(i), HasSubstr("Was the raft log corrupted, truncated, or lost?"));
  pay_at((i + 1) % 3, 5);
  etcd.replace(i);
  nodes->await_level();
  pay_at(i, 5);
  nodes->await_level();
  EXPECT_EQ(nodes->verified_digests().size(), 1U);
}

}  // namespace
}  // namespace giro::test
