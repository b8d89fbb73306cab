// How a submitter may wait: for the durable outcome, or not at all.
#include <string>

#include <gtest/gtest.h>

#include "tests/daemon/daemon_process.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;

json::object with(json::object params, const json::object& more) {
  for (const auto& field : more) params[field.key()] = field.value();
  return params;
}

class Ack : public ::testing::Test {
 protected:
  Ack() : daemon_(folder_.path()), connection_(daemon_.connect()) {
    open_account(connection_, "world", true);
    open_account(connection_, "acct:a");
  }

  static json::object payment(const std::string& key, const json::object& more = {}) {
    return with(json::parse(payment_params(key, "world", "acct:a", 10)).as_object(), more);
  }

  ScratchFolder folder_;
  DaemonProcess daemon_;
  client::Connection connection_;
};

TEST_F(Ack, ReceivedIsAnsweredAtOnceAndTheOutcomeFollowsAsANotification) {
  const json::object queued =
      call(connection_, "payments.submit", payment("r1", {{"ack", "received"}}));
  EXPECT_EQ(queued.at("status").as_string(), "queued");
  EXPECT_EQ(queued.at("key").as_string(), "r1");
  const auto decided =
      connection_.next_notification(client::Clock::now() + std::chrono::seconds(10));
  ASSERT_TRUE(decided);
  EXPECT_EQ(decided->method, "payment.decided");
  EXPECT_EQ(decided->params.at("status").as_string(), "applied");
  EXPECT_EQ(decided->params.at("key").as_string(), "r1");
  EXPECT_EQ(call(connection_, "payments.get", {{"key", "r1"}}).at("status").as_string(), "applied");
}

TEST_F(Ack, CommittedIsTheDefault) {
  const json::object result = call(connection_, "payments.submit", payment("c1"));
  EXPECT_EQ(result.at("status").as_string(), "applied");
  EXPECT_GT(result.at("seq").as_int64(), 0);
}

TEST_F(Ack, AnotherWordIsRefused) {
  const auto answer =
      connection_.call("payments.submit", json::serialize(payment("x1", {{"ack", "soon"}})));
  ASSERT_FALSE(answer);
  EXPECT_EQ(std::get<client::RpcError>(answer.error()).name, "invalid_ack");
}

TEST_F(Ack, ADryRunLeavesTheKeyUnusedAndTheBalanceAsItWas) {
  const json::object dry = call(connection_, "payments.submit", payment("d1", {{"dry_run", true}}));
  EXPECT_EQ(dry.at("status").as_string(), "applied");
  EXPECT_TRUE(dry.at("dry_run").as_bool());
  EXPECT_FALSE(dry.contains("seq"));
  EXPECT_EQ(dry.at("to_balance").as_int64(), 10);
  EXPECT_EQ(call(connection_, "payments.get", {{"key", "d1"}}).at("status").as_string(), "unknown");
  EXPECT_EQ(call(connection_, "accounts.get", {{"id", "acct:a"}}).at("balance").as_int64(), 0);
}

TEST_F(Ack, AReplayAnswersTheOriginalOutcomeWhateverHasChangedSince) {
  const json::object rejected =
      call(connection_, "payments.submit",
           {{"key", "z"}, {"from", "acct:a"}, {"to", "world"}, {"amount", 5}, {"currency", "EUR"}});
  EXPECT_EQ(rejected.at("code").as_string(), "insufficient_funds");
  call(connection_, "payments.submit", payment("money"));
  json::object again =
      call(connection_, "payments.submit",
           {{"key", "z"}, {"from", "acct:a"}, {"to", "world"}, {"amount", 5}, {"currency", "EUR"}});
  EXPECT_TRUE(again.at("replayed").as_bool());
  again["replayed"] = false;
  EXPECT_EQ(again, rejected);
}

}  // namespace
}  // namespace giro::test
