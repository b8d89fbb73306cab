// Nothing that a client can ask makes the daemon hold more than a stated amount, and one user's flood
// leaves others served. Each bound is reached over the socket.
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "tests/daemon/daemon_process.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;

constexpr uid_t kOtherUser = 65'534;

std::string request(const std::string& id, const std::string& method, const std::string& params) {
  return R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":")" + method + R"(","params":)" + params +
         "}";
}

std::string pay(int number) {
  return request(std::to_string(number), "payments.submit",
                 payment_params("k" + std::to_string(number), "world", "acct:a", 1));
}

std::string pay_legs(int number, int legs) {
  const std::string leg = R"({"from":"world","to":"acct:a","amount":1,"currency":"EUR"})";
  std::string all = leg;
  while (--legs > 0) all += "," + leg;
  return request(std::to_string(number), "payments.submit",
                 R"({"key":"l)" + std::to_string(number) + R"(","legs":[)" + all + "]}");
}

// "ok", or the error's code.
std::string told(const std::string& line) {
  if (line.empty()) return "nothing";
  const json::object reply = json::parse(line).as_object();
  if (const json::value* error = reply.if_contains("error")) {
    return std::string(error->at("data").at("code").as_string());
  }
  return "ok";
}

// Connects as another user, who must be let in by the rules.
std::unique_ptr<RawConnection> connect_as(uid_t user, const std::string& socket) {
  if (::seteuid(user) != 0) return nullptr;
  auto connection = std::make_unique<RawConnection>(socket);
  if (::seteuid(0) != 0) std::abort();
  return connection;
}

class Bounds : public ::testing::Test {
 protected:
  // A daemon with these limits, for root and one other user.
  void start(const std::string& limits) {
    std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
    daemon_ = std::make_unique<DaemonProcess>(
        folder_.path(),
        DaemonOptions{.configuration = "socket_mode = \"0666\"\n[limits]\n" + limits +
                                       "\n[[rule]]\nusers = [0, 65534]\nmethods = [\"*\"]\n"});
    client::Connection connection = daemon_->connect();
    open_account(connection, "world", true);
    open_account(connection, "acct:a");
  }
  [[nodiscard]] std::unique_ptr<RawConnection> connect() const {
    return std::make_unique<RawConnection>(daemon_->socket());
  }
  [[nodiscard]] std::unique_ptr<RawConnection> other_user() const {
    return connect_as(kOtherUser, daemon_->socket());
  }
  // How many of `count` requests, sent at once, were answered with each.
  static std::map<std::string, int> send_at_once(RawConnection& connection,
                                                 const std::vector<std::string>& requests) {
    std::string lines;
    for (const std::string& request : requests) lines += request + "\n";
    connection.send(lines);
    std::map<std::string, int> answers;
    for (std::size_t i = 0; i < requests.size(); ++i) ++answers[told(connection.read_line())];
    return answers;
  }

  void SetUp() override {
    if (::getuid() != 0) GTEST_SKIP() << "connecting as another user needs root";
  }

  ScratchFolder folder_;
  std::unique_ptr<DaemonProcess> daemon_;
};

TEST_F(Bounds, AnIdHasAtMost256Bytes) {
  start("");
  const auto connection = connect();
  const auto id = [](std::size_t size) { return '"' + std::string(size - 2, 'i') + '"'; };
  connection->send(request(id(256), "server.info", "{}") + "\n");
  EXPECT_EQ(told(connection->read_line()), "ok");
  connection->send(
      request(id(257), "payments.submit", payment_params("long-id", "world", "acct:a", 1)) + "\n");
  const std::string line = connection->read_line();
  EXPECT_NE(line.find(R"("id":null)"), std::string::npos) << line;
  EXPECT_NE(line.find("-32600"), std::string::npos) << line;
  EXPECT_NE(line.find("256 bytes"), std::string::npos) << line;
  connection->send(request("1", "payments.get", R"({"key":"long-id"})") + "\n");
  EXPECT_NE(connection->read_line().find("unknown"), std::string::npos) << "it was decided";
}

TEST_F(Bounds, TheReplyToAnArrayIsBoundedAndItsPaymentsAreAlwaysTold) {
  start("");
  client::Connection client = daemon_->connect();
  const std::string large(900, 'd');
  for (int i = 0; i < 1'000; ++i) {
    json::object params =
        json::parse(payment_params("d" + std::to_string(i), "world", "acct:a", 1)).as_object();
    params["description"] = large;
    client.start("payments.submit", json::serialize(params));
  }
  for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(client.next_reply());

  constexpr int kQuestions = 9'999;
  std::string array = "[";
  for (int i = 0; i < kQuestions; ++i) {
    array += request("1", "payments.list", R"({"limit":1000})") + ",";
  }
  const auto connection = connect();
  std::size_t most = 0;
  std::jthread watch([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      most = std::max(most, resident_bytes(daemon_->pid()));
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  });
  connection->send(array + pay(7) + "]\n");
  const json::array replies = json::parse(connection->read_line()).as_array();
  watch.request_stop();
  watch.join();
  EXPECT_LT(most, 256 * kMiB + kToolBytes);
  ASSERT_EQ(replies.size(), kQuestions + 1U);
  int pages = 0;
  int payments = 0;
  for (const json::value& reply : replies) {
    if (reply.at("id").as_int64() == 7) {
      payments += reply.as_object().contains("result");
    } else if (const json::value* error = reply.as_object().if_contains("error")) {
      ASSERT_EQ(error->at("data").at("code").as_string(), "too_large");
    } else {
      ++pages;
    }
  }
  EXPECT_EQ(payments, 1);
  EXPECT_GE(pages, 10);
  EXPECT_LT(pages, 100);
}

TEST_F(Bounds, UnfinishedLinesHaveOneBudgetAndAnotherUserFindsRoomInIt) {
  start("");
  std::string start_of_line = request("1", "payments.get", R"({"key":")");
  start_of_line.resize(start_of_line.size() - 1);
  const std::string large = start_of_line + std::string(15 * kMiB, 'x');
  std::vector<std::unique_ptr<RawConnection>> held;
  int refused = 0;
  for (int i = 0; i < 20; ++i) {
    held.push_back(connect());
    EXPECT_TRUE(held.back()->send(large)) << "a refusal must reach who still sends";
    pollfd answered{.fd = held.back()->handle(), .events = POLLIN, .revents = 0};
    if (::poll(&answered, 1, 300) != 1) continue;
    ++refused;
    EXPECT_EQ(told(held.back()->read_line()), "busy");
  }
  EXPECT_GE(refused, 17);
  EXPECT_LT(resident_bytes(daemon_->pid()), 128 * kMiB + kToolBytes);

  const auto other = other_user();
  other->send(std::string(3 * kMiB, ' ') + pay(1) + "\n");
  EXPECT_EQ(told(other->read_line()), "ok");
  const auto small = connect();
  small->send(pay(2) + "\n");
  EXPECT_EQ(told(small->read_line()), "ok") << "short lines need nothing of it";
  held.clear();
  const auto again = connect();
  again->send(std::string(15 * kMiB, ' ') + pay(3) + "\n");
  EXPECT_EQ(told(again->read_line()), "ok") << "what a client held is free once it is gone";
}

TEST_F(Bounds, ALineThatDoesNotGrowIsRefusedAndASlowOneOf16MiBGetsThrough) {
  start("line_seconds = 1");
  const auto stuck = connect();
  stuck->send(R"({"jsonrpc":"2.0",)");
  const auto slow = connect();
  const std::string end = pay(1) + "\n";
  for (int i = 0; i < 15; ++i) {
    ASSERT_TRUE(slow->send(std::string(kMiB, ' ')));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  slow->send(std::string(kMiB - end.size(), ' ') + end);
  EXPECT_EQ(told(slow->read_line()), "ok");
  const std::string line = stuck->read_line();
  EXPECT_NE(line.find("line_seconds"), std::string::npos) << line;
  EXPECT_EQ(stuck->read_line(), "") << "the connection is closed";
}

// Its line is dropped, and a read was under way into it.
TEST_F(Bounds, WhoGoesOnSendingALineThatWasRefusedAsTooSlowIsReadAndDropped) {
  start("line_seconds = 1");
  const auto stuck = connect();
  stuck->send(std::string(3'000, ' '));
  EXPECT_EQ(told(stuck->read_line()), "too_large");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(stuck->send(std::string(3'000, ' ')));
  EXPECT_EQ(stuck->read_line(), "") << "the connection is closed";
  const auto other = connect();
  other->send(pay(1) + "\n");
  EXPECT_EQ(told(other->read_line()), "ok");
}

TEST_F(Bounds, AUserAloneGetsThreeQuartersOfTheConnectionsAndAnotherFindsRoom) {
  start("connections = 16");
  std::vector<std::unique_ptr<RawConnection>> all;
  for (int i = 0; i < 16; ++i) {
    all.push_back(connect());
    all.back()->send(pay(i) + "\n");
    const std::string line = all.back()->read_line();
    ASSERT_EQ(told(line), i < 12 ? "ok" : "busy") << i << ": " << line;
  }
  const auto other = other_user();
  other->send(pay(100) + "\n");
  EXPECT_EQ(told(other->read_line()), "ok");
}

TEST_F(Bounds, AUserAloneGetsThreeQuartersOfTheQueue) {
  start("queue_items = 40");
  std::vector<std::string> payments(200);
  for (int i = 0; std::string & payment : payments) payment = pay(i++);
  auto answers = send_at_once(*connect(), payments);
  EXPECT_GE(answers["ok"], 30);
  EXPECT_GT(answers["busy"], 0);
  EXPECT_EQ(answers["ok"] + answers["busy"], 200);
}

TEST_F(Bounds, TheQueueIsBoundedInBytesToo) {
  start("queue_bytes = 100000");
  std::vector<std::string> payments;
  const std::string description(1'000, 'd');
  for (int i = 0; i < 200; ++i) {
    std::string payment = pay(i);
    payment.insert(payment.rfind(R"("key")"), R"("description":")" + description + R"(",)");
    payments.push_back(payment);
  }
  EXPECT_GT(send_at_once(*connect(), payments)["busy"], 0);
}

TEST_F(Bounds, APaymentWeighsByItsLegs) {
  start("queue_items = 1000");
  auto answers = send_at_once(*connect(), {pay_legs(1, 700), pay_legs(2, 700), pay(3)});
  EXPECT_EQ(answers["ok"], 2) << "the plain one still fits";
  EXPECT_EQ(answers["busy"], 1);
  answers = send_at_once(*connect(), {pay_legs(4, 1'000)});
  EXPECT_EQ(answers["ok"], 1) << "nothing is refused for ever";
}

TEST_F(Bounds, AUserAloneGetsThreeQuartersOfTheQuestions) {
  start("questions = 8");
  const std::vector<std::string> questions(64, request("1", "payments.list", R"({"limit":1})"));
  auto answers = send_at_once(*connect(), questions);
  EXPECT_GE(answers["ok"], 6);
  EXPECT_GT(answers["busy"], 0);
}

TEST_F(Bounds, AuditsHaveOneOfTheirOwnAndLeaveOtherQuestionsServed) {
  start("audits = 4");
  std::vector<std::string> audits;
  for (int i = 0; i < 32; ++i) {
    audits.push_back(request("1", "ledger.verify", "{}"));
    audits.push_back(request("1", "ledger.trial_balance", "{}"));
  }
  const auto connection = connect();
  auto answers = send_at_once(*connection, audits);
  EXPECT_GE(answers["ok"], 4);
  EXPECT_GT(answers["busy"], 0);
  EXPECT_EQ(answers["ok"] + answers["busy"], 64);

  // While they wait, whoever asks for less isn't refused, nor who pays.
  std::string lines;
  for (const std::string& audit : audits) lines += audit + "\n";
  connection->send(lines);
  const std::vector<std::string> others{request("1", "payments.list", R"({"limit":10})"), pay(1)};
  EXPECT_EQ(send_at_once(*connect(), others)["ok"], 2);
  for (std::size_t i = 0; i < audits.size(); ++i) (void)connection->read_line();
  EXPECT_EQ(send_at_once(*connection, {audits.front()})["ok"], 1) << "they have room again";
}

TEST_F(Bounds, RepliesThatNobodyReadsAreBoundedForAUser) {
  start("reply_bytes = 3000000");
  const std::string info = request("1", "server.info", "{}") + "\n";
  std::string flood;
  while (flood.size() < 200'000) flood += info;
  std::vector<std::unique_ptr<RawConnection>> all;
  for (int i = 0; i < 8; ++i) {
    all.push_back(connect());
    all.back()->send(std::string_view(flood).substr(0, 200'000));
  }
  const auto deadline = client::Clock::now() + std::chrono::seconds(10);
  while (daemon_->log().find("more than its user's share") == std::string::npos &&
         client::Clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_NE(daemon_->log().find("more than its user's share"), std::string::npos);
  const auto other = other_user();
  other->send(pay(1) + "\n");
  EXPECT_EQ(told(other->read_line()), "ok");
}

TEST_F(Bounds, AreAllToldByServerInfo) {
  start("");
  client::Connection connection = daemon_->connect();
  const json::object limits = call(connection, "server.info").at("limits").as_object();
  for (const char* name :
       {"line_bytes", "nesting", "array_requests", "payments", "legs", "page_lines", "page_bytes",
        "page_rows", "window", "connections", "queue_items", "queue_bytes", "questions", "audits",
        "unfinished_bytes", "line_seconds", "reply_bytes", "array_reply_bytes", "id_bytes"}) {
    EXPECT_TRUE(limits.contains(name)) << name;
  }
}

TEST_F(Bounds, OfAUserWhoLeftAreFreeOnceWhatItAskedIsDecided) {
  start("queue_items = 40");
  for (int round = 0; round < 20; ++round) {
    std::string lines;
    for (int i = 0; i < 30; ++i) lines += pay(100 * round + i) + "\n";
    connect()->send(lines);  // And is gone.
  }
  std::vector<std::string> share(30);
  for (int i = 10'000; std::string & payment : share) payment = pay(i++);
  const auto deadline = client::Clock::now() + std::chrono::seconds(10);
  std::map<std::string, int> answers;
  while (answers["ok"] < 30 && client::Clock::now() < deadline) {
    answers = send_at_once(*connect(), share);
  }
  EXPECT_EQ(answers["ok"], 30) << "all of its share is free again";
}

}  // namespace
}  // namespace giro::test
