// What a node does where its etcd is away, shows nothing sensible, or its own disk fails: it says so, and doesn't hang.
#include <chrono>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/cluster/ledger_key.hpp"
#include "queue/etcd/client.hpp"
#include "tests/system/cluster_nodes.hpp"

namespace giro::test {
namespace {

using namespace std::chrono_literals;
using client::Clock;
using testing::HasSubstr;

class ClusterFaults : public testing::Test {
 protected:
  void SetUp() override {
    if (!etcd::test::find_etcd()) GTEST_SKIP() << etcd::test::kNoEtcd;
    nodes.emplace(folder.path(), etcd::test::ClusterOptions());
    await("serving");
    client::Connection connection = (*nodes)[0].connect();
    open_account(connection, "world", true);
    open_account(connection, "acct:a");
  }
  void await(const std::string& state) {
    const auto deadline = Clock::now() + 30s;
    while (nodes->state_of(0) != state) {
      ASSERT_LT(Clock::now(), deadline) << nodes->state_of(0) << " and not " << state;
      std::this_thread::sleep_for(10ms);
    }
  }
  // "applied", or the error's name.
  std::string pay(const std::string& key) {
    client::Connection connection = (*nodes)[0].connect();
    const auto answer = connection.call(
        "payments.submit", payment_params(key, "world", "acct:a", 1), Clock::now() + 30s);
    if (answer) return std::string(answer->at("status").as_string());
    const auto* error = std::get_if<client::RpcError>(&answer.error());
    return error == nullptr ? "no answer" : error->name;
  }

  ScratchFolder folder;
  std::optional<ClusterNodes> nodes;
};

TEST_F(ClusterFaults, ANodeWithoutItsEtcdStartsAnswersAndRefusesUntilItIsBack) {
  ASSERT_EQ(pay("before"), "applied");
  nodes->etcd().kill();
  (*nodes)[0].kill_now();
  nodes->start(0);
  await("isolated");
  EXPECT_EQ(pay("meanwhile"), "busy");
  EXPECT_EQ(nodes->status_of(0).at("seq").as_int64(), 3) << "what it has, it tells";
  EXPECT_EQ((*nodes)[0].stop(), 0) << "and it stops when it is asked to";
  nodes->start(0);
  nodes->etcd().start();
  await("serving");
  EXPECT_EQ(pay("meanwhile"), "applied");
}

TEST_F(ClusterFaults, AMemberThatHangsLeavesNobodyWithoutAnAnswer) {
  nodes->etcd().pause();
  EXPECT_EQ(pay("asked"), "outcome_unknown") << "it was sent, and who knows";
  EXPECT_EQ(pay("meanwhile"), "busy");
  nodes->etcd().resume();
  await("serving");
  EXPECT_EQ(pay("asked"), "applied") << "decided by then or now, under its key once";
  EXPECT_EQ(pay("after"), "applied");
  EXPECT_EQ(nodes->status_of(0).at("seq").as_int64(), 4);
}

TEST_F(ClusterFaults, AGroupThatNobodyCanReadStopsTheNodeWithItsPlace) {
  etcd::Client etcd({.socket = nodes->etcd().socket()});
  const auto found = etcd.call(etcd::RangeRequest{.key = "/giro/ledger"}, 5s);
  ASSERT_TRUE(found);
  const auto key = read_ledger_key(found->key_values.at(0).value);
  ASSERT_TRUE(key);
  const std::string poison = cluster::seal({.rules = 1,
                                            .ledger = key->id,
                                            .incarnation = 1,
                                            .number = 1,
                                            .now = Timestamp{1},
                                            .applied = {},
                                            .commands = "what no release ever wrote"});
  ASSERT_TRUE(etcd.call(
      etcd::TxnRequest{
          .success = {etcd::PutRequest{.key = "/giro/log/z/0000000000000001", .value = poison},
                      etcd::PutRequest{.key = "/giro/out/z"},
                      etcd::PutRequest{.key = "/giro/head"}}},
      5s));
  EXPECT_EQ((*nodes)[0].wait(), 1) << "by itself, and in order";
  EXPECT_THAT((*nodes)[0].log(), HasSubstr("can't be read"));
}

}  // namespace
}  // namespace giro::test
