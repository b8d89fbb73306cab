// JSON-RPC as the standard says, pipelined: order, arrays, notifications.
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "tests/daemon/daemon_process.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;

class Pipelining : public ::testing::Test {
 protected:
  Pipelining() : daemon_(folder_.path()), connection_(daemon_.connect()) {
    open_account(connection_, "world", true);
    open_account(connection_, "acct:a");
    open_account(connection_, "acct:b");
  }

  static std::string request(const std::string& id, const std::string& method,
                             const std::string& params) {
    std::string line = R"({"jsonrpc":"2.0",)";
    if (!id.empty()) line += R"("id":)" + id + ",";
    return line + R"("method":")" + method + R"(","params":)" + params + "}";
  }

  ScratchFolder folder_;
  DaemonProcess daemon_;
  client::Connection connection_;
};

TEST_F(Pipelining, RequestsOfOneConnectionTakeEffectInTheOrderSent) {
  constexpr int kCount = 5'000;
  for (int i = 0; i < kCount; ++i) {
    connection_.start("payments.submit",
                      payment_params("p" + std::to_string(i), "world", "acct:a", 1));
  }
  std::int64_t last = 0;
  for (int i = 0; i < kCount; ++i) {
    const auto reply = connection_.next_reply();
    ASSERT_TRUE(reply && reply->answer);
    const json::object& result = reply->answer->as_object();
    EXPECT_EQ(result.at("key").as_string(), "p" + std::to_string(i));
    EXPECT_EQ(result.at("to_balance").as_int64(), i + 1);
    EXPECT_GT(result.at("seq").as_int64(), last);
    last = result.at("seq").as_int64();
  }
}

TEST_F(Pipelining, AQuestionSeesAllThatWasSentBeforeIt) {
  for (int i = 1; i <= 200; ++i) {
    const std::string key = "q" + std::to_string(i);
    connection_.start("payments.submit", payment_params(key, "world", "acct:a", 1));
    const auto balance = connection_.start("accounts.get", R"({"id":"acct:a"})");
    const auto found = connection_.start("payments.get", R"({"key":")" + key + R"("})");
    const auto statement = connection_.start("accounts.statement", R"({"id":"acct:a","limit":1})");
    std::map<client::RequestId, json::object> results;
    for (int n = 0; n < 4; ++n) {
      auto reply = connection_.next_reply();
      ASSERT_TRUE(reply && reply->answer);
      results[reply->id] = reply->answer->as_object();
    }
    EXPECT_EQ(results[balance].at("balance").as_int64(), i);
    EXPECT_EQ(results[found].at("status").as_string(), "applied");
    EXPECT_EQ(results[statement].at("closing_balance").as_int64(), i);
    EXPECT_EQ(results[statement].at("lines").at(0).at("key").as_string(), key);
  }
}

TEST_F(Pipelining, AnArrayIsAnsweredOnceWithOneReplyForEachRequest) {
  RawConnection raw(daemon_.socket());
  raw.send("[" + request("1", "payments.submit", payment_params("b1", "world", "acct:a", 5)) + "," +
           request("", "payments.submit", payment_params("b2", "world", "acct:a", 5)) + ",1," +
           request(R"("x")", "accounts.get", R"({"id":"acct:a"})") + "," +
           request("3", "nonsense", "{}") + "]\n");
  const json::array replies = json::parse(raw.read_line()).as_array();
  ASSERT_EQ(replies.size(), 4U) << "the notification gets none";
  std::map<std::string, json::object> by_id;
  for (const json::value& reply : replies)
    by_id[json::serialize(reply.at("id"))] = reply.as_object();
  EXPECT_EQ(by_id["1"].at("result").at("status").as_string(), "applied");
  EXPECT_EQ(by_id[R"("x")"].at("result").at("balance").as_int64(), 10);
  EXPECT_EQ(by_id["3"].at("error").at("code").as_int64(), -32601);
  EXPECT_EQ(by_id["null"].at("error").at("code").as_int64(), -32600);
}

TEST_F(Pipelining, ANotificationTakesEffectAndGetsNoReply) {
  RawConnection raw(daemon_.socket());
  raw.send(request("", "payments.submit", payment_params("n1", "world", "acct:a", 5)) + "\n");
  raw.send(request("", "payments.submit", R"({"wrong":1})") + "\n");
  raw.send(request("9", "payments.get", R"({"key":"n1"})") + "\n");
  const json::object reply = json::parse(raw.read_line()).as_object();
  EXPECT_EQ(reply.at("id").as_int64(), 9);
  EXPECT_EQ(reply.at("result").at("status").as_string(), "applied");
}

TEST_F(Pipelining, IdsComeBackToTheLetter) {
  RawConnection raw(daemon_.socket());
  for (const std::string id : {"0", "-7", R"("")", R"("a \" quote")", "null", "9007199254740993"}) {
    raw.send(request(id, "server.info", "{}") + "\n");
    EXPECT_NE(raw.read_line().find(R"("id":)" + id + ","), std::string::npos) << id;
  }
}

TEST_F(Pipelining, AClientThatSendsFarMoreThanItsWindowGetsEveryReply) {
  constexpr int kCount = 20'000;
  for (int i = 0; i < kCount; ++i) {
    connection_.start("payments.submit",
                      payment_params("w" + std::to_string(i), "world", "acct:b", 1));
  }
  for (int i = 0; i < kCount; ++i) {
    const auto reply = connection_.next_reply();
    ASSERT_TRUE(reply && reply->answer) << "request " << i;
  }
}

TEST_F(Pipelining, SubmitManyDecidesInOrderAndListsWhatWasNotApplied) {
  json::array payments;
  for (int i = 0; i < 8'189; ++i) {
    payments.push_back(json::parse(
        payment_params("m" + std::to_string(i), i % 100 == 7 ? "acct:b" : "world", "acct:a", 1)));
  }
  const json::object result = call(connection_, "payments.submit_many", {{"payments", payments}});
  EXPECT_EQ(result.at("count").as_int64(), 8'189);
  EXPECT_EQ(result.at("rejected").as_int64(), 82);
  EXPECT_EQ(result.at("applied").as_int64(), 8'189 - 82);
  EXPECT_EQ(result.at("last_seq").as_int64() - result.at("first_seq").as_int64(), 8'188);
  const json::array& exceptions = result.at("not_applied").as_array();
  ASSERT_EQ(exceptions.size(), 82U);
  EXPECT_EQ(exceptions[1].at("index").as_int64(), 107);
  EXPECT_EQ(exceptions[1].at("key").as_string(), "m107");
  EXPECT_EQ(exceptions[1].at("code").as_string(), "insufficient_funds");

  const json::object again = call(connection_, "payments.submit_many", {{"payments", payments}});
  EXPECT_EQ(again.at("replayed").as_int64(), 8'189);
  EXPECT_TRUE(again.at("first_seq").is_null());
  EXPECT_EQ(again.at("not_applied").as_array().size(), 82U);
}

}  // namespace
}  // namespace giro::test
