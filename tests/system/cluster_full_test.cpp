// The drill of docs/CLUSTER.md for an etcd that is full: nothing is decided that isn't in the log, what is decided stays told,
// and once there is room the same keys go on.
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/system/cluster_nodes.hpp"

namespace giro::test {
namespace {

using namespace std::chrono_literals;
using client::Clock;
using testing::AnyOf;
using testing::Eq;
using testing::HasSubstr;

constexpr int kQuota = 8 << 20;
constexpr int kRaised = 64 << 20;

std::string quota(int bytes) {
  return "--quota-backend-bytes=" + std::to_string(bytes);
}

class ClusterFull : public testing::Test {
 protected:
  void SetUp() override {
    if (!etcd::test::find_etcd()) GTEST_SKIP() << etcd::test::kNoEtcd;
    nodes.emplace(folder.path(),
                  etcd::test::ClusterOptions{.members = 3, .arguments = {quota(kQuota)}});
    open_payers_accounts(*nodes);
  }
  // Its status, or the name of its error.
  std::string pay_at(std::size_t i, const std::string& key) {
    client::Connection connection = (*nodes)[i].connect();
    const auto answer =
        connection.call("payments.submit", payment_params(key, "world", "acct:1", 1));
    if (answer) return std::string(answer->at("status").as_string());
    const auto* error = std::get_if<client::RpcError>(&answer.error());
    return error == nullptr ? "no answer" : error->name;
  }
  // Somebody else's data in the same etcd, until it takes nothing any more.
  void fill() {
    etcd::Client client({.socket = nodes->etcd().socket(0)});
    const auto deadline = Clock::now() + ClusterNodes::kSettleMax;
    for (int n = 0;; ++n) {
      ASSERT_LT(Clock::now(), deadline) << "it doesn't get full";
      const auto put = client.call(etcd::PutRequest{.key = "/other/" + std::to_string(n),
                                                    .value = std::string(500'000, 'x')},
                                   5s);
      if (!put && put.error().code == etcd::Code::resource_exhausted) return;
    }
  }
  void raise_the_quota() {
    for (std::size_t i = 0; i < nodes->size(); ++i) {
      nodes->etcd().stop(i);
      nodes->etcd().start(i, {quota(kRaised)});
      nodes->etcd().await(i);
    }
  }
  // As `etcdctl alarm disarm` does.
  void disarm() {
    etcd::Client client({.socket = nodes->etcd().socket(0)});
    const auto list = client.call(etcd::AlarmRequest{}, 5s);
    ASSERT_TRUE(list);
    EXPECT_FALSE(list->alarms.empty());
    for (const etcd::Alarm& alarm : list->alarms) {
      EXPECT_TRUE(client.call(
          etcd::AlarmRequest{.action = etcd::AlarmRequest::Action::disarm, .alarm = alarm}, 5s));
    }
  }
  void await_applied(std::size_t i, const std::string& key) {
    const auto deadline = Clock::now() + ClusterNodes::kSettleMax;
    while (pay_at(i, key) != "applied") {
      ASSERT_LT(Clock::now(), deadline) << key << " at " << ClusterNodes::name_of(i);
      std::this_thread::sleep_for(50ms);
    }
  }

  ScratchFolder folder;
  std::optional<ClusterNodes> nodes;
};

TEST_F(ClusterFull, TakesNoPaymentsGoesOnAnsweringQuestionsAndGoesOnPayingOnceThereIsRoom) {
  ASSERT_EQ(pay_at(0, "before"), "applied");
  nodes->await_level();
  fill();
  for (std::size_t i = 0; i < nodes->size(); ++i) {
    EXPECT_THAT(pay_at(i, "meanwhile-" + std::to_string(i)),
                AnyOf(Eq("busy"), Eq("outcome_unknown"), Eq("applied")))
        << "the write that is told to have reached the quota may be in the log all the same";
  }
  EXPECT_NE(pay_at(0, "later"), "applied");
  client::Connection connection = (*nodes)[0].connect();
  EXPECT_EQ(call(connection, "payments.get", {{"key", "before"}}).at("status").as_string(),
            "applied");

  EXPECT_THAT((*nodes)[0].log(), HasSubstr("etcd is full"));
  raise_the_quota();
  disarm();
  for (std::size_t i = 0; i < nodes->size(); ++i)
    await_applied(i, "meanwhile-" + std::to_string(i));
  await_applied(1, "later");
  nodes->await_level();
  EXPECT_THAT((*nodes)[0].log(), HasSubstr("this node takes payments again, after "));
  EXPECT_EQ(nodes->verified_digests().size(), 1U);
  // Each of them once: whoever sends it again, wherever, gets the first answer.
  const std::int64_t seq = nodes->status_of(0).at("seq").as_int64();
  for (const char* key : {"before", "meanwhile-0", "meanwhile-1", "meanwhile-2", "later"}) {
    EXPECT_EQ(pay_at(2, key), "applied");
  }
  EXPECT_EQ(nodes->status_of(0).at("seq").as_int64(), seq);
}

}  // namespace
}  // namespace giro::test
