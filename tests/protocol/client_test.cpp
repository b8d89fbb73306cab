#include "protocol/client.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/server_trust.hpp"
#include "tests/protocol/fake_daemon.hpp"

namespace giro::client {
namespace {

namespace json = boost::json;
using test::FakeDaemon;

std::optional<json::object> echo(const json::object& request) {
  return json::object{{"result", request.at("params")}};
}

TEST(Client, CallsAMethod) {
  FakeDaemon daemon(echo);
  auto connection = Connection::open(daemon.path());
  ASSERT_TRUE(connection);
  const auto answer = connection->call("x", R"({"a":1})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, json::parse(R"({"a":1})"));
}

TEST(Client, KeepsRepliesThatCameWhileAnotherWasAwaited) {
  FakeDaemon daemon(echo);
  auto connection = Connection::open(daemon.path());
  ASSERT_TRUE(connection);
  const RequestId first = connection->start("x", R"({"n":1})");
  const RequestId second = connection->start("x", R"({"n":2})");
  ASSERT_TRUE(connection->call("x", R"({"n":3})"));
  EXPECT_EQ(connection->next_reply()->id, first);
  EXPECT_EQ(connection->next_reply()->id, second);
}

// Much more than socket buffers hold, both ways: it would stand still if waits didn't do both.
TEST(Client, PipelinesMoreThanTheSocketHolds) {
  FakeDaemon daemon(echo);
  auto connection = Connection::open(daemon.path());
  ASSERT_TRUE(connection);
  const std::string params = R"({"text":")" + std::string(100'000, 'x') + "\"}";
  for (int i = 0; i < 100; ++i) connection->start("x", params);
  for (RequestId id = 1; id <= 100; ++id) {
    const auto reply = connection->next_reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->id, id);
  }
}

TEST(Client, TellsErrorsByTheirNames) {
  FakeDaemon daemon([](const json::object& /*request*/) {
    return json::object{
        {"error", {{"code", -32001}, {"message", "full"}, {"data", {{"code", "busy"}}}}}};
  });
  auto connection = Connection::open(daemon.path());
  ASSERT_TRUE(connection);
  const auto answer = connection->call("x", "{}");
  ASSERT_FALSE(answer);
  const auto& error = std::get<RpcError>(answer.error());
  EXPECT_EQ(error.code, -32001);
  EXPECT_EQ(error.name, "busy");
  EXPECT_EQ(error.message, "full");
}

TEST(Client, KnowsALostConnectionFromATimeout) {
  const auto kind = [](const std::expected<json::value, CallError>& answer) {
    return std::get<TransportError>(answer.error()).kind;
  };
  FakeDaemon hangs_up([](const json::object& /*request*/) { return std::nullopt; });
  auto connection = Connection::open(hangs_up.path());
  ASSERT_TRUE(connection);
  EXPECT_EQ(kind(connection->call("x", "{}")), TransportError::Kind::lost);

  FakeDaemon echoes(echo);
  connection = Connection::open(echoes.path());
  ASSERT_TRUE(connection);
  const auto soon = Clock::now() + std::chrono::milliseconds(20);
  EXPECT_EQ(connection->next_notification(soon).error().kind, TransportError::Kind::timed_out);
  EXPECT_TRUE(connection->call("x", "{}"));
}

TEST(Client, AnErrorWithoutAnIdBelongsToTheOnlyRequestThatIsUnanswered) {
  FakeDaemon daemon([](const json::object& request) {
    json::object reply{{"error", {{"code", -32700}, {"message", "text"}}}};
    if (request.at("id") != 2) reply["without_id"] = true;
    return reply;
  });
  auto connection = Connection::open(daemon.path());
  ASSERT_TRUE(connection);
  const auto answer = connection->call("x", "{}");
  ASSERT_FALSE(answer);
  EXPECT_EQ(std::get<RpcError>(answer.error()).code, -32700);
  connection->start("x", "{}");
  connection->start("x", "{}");
  EXPECT_TRUE(connection->next_reply());
  EXPECT_EQ(connection->next_reply()->id, 3);
}

// Two are unanswered, so whose it is can't be told.
TEST(Client, AnErrorThatCouldBelongToTwoRequestsEndsTheConversation) {
  FakeDaemon daemon([](const json::object& /*request*/) {
    return json::object{{"without_id", true}, {"error", {{"code", -32700}, {"message", "text"}}}};
  });
  auto connection = Connection::open(daemon.path());
  ASSERT_TRUE(connection);
  connection->start("x", "{}");
  connection->start("x", "{}");
  const auto reply = connection->next_reply();
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, TransportError::Kind::nonsense);
}

class ServerTrust : public testing::Test {
 public:
  ServerTrust(const ServerTrust&) = delete;
  ServerTrust& operator=(const ServerTrust&) = delete;

 protected:
  static constexpr uid_t kStranger = 54'321;

  ServerTrust() {
    char name[] = "/tmp/giro-trust-XXXXXX";
    folder_ = mkdtemp(name);
    std::ofstream(folder_ / "s");
  }
  ~ServerTrust() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(ServerTrust, RootAndOneselfAreTrustedEverywhere) {
  EXPECT_TRUE(may_be_trusted("/tmp/s", 0));
  EXPECT_TRUE(may_be_trusted("/tmp/s", geteuid()));
}

TEST_F(ServerTrust, AnotherUserIsTrustedWhereTheyWereLetIn) {
  // The folder in /tmp is our own: nobody else could put something into it.
  EXPECT_TRUE(may_be_trusted(folder_ / "s", kStranger));
}

TEST_F(ServerTrust, AnotherUserIsntTrustedInAFolderForEverybody) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  // In their own folder in /tmp, or with a socket of their own in a folder of ours for everybody.
  ASSERT_EQ(chown((folder_ / "s").c_str(), kStranger, kStranger), 0);
  EXPECT_TRUE(may_be_trusted(folder_ / "s", kStranger));
  ASSERT_EQ(chmod(folder_.c_str(), 01777), 0);
  EXPECT_FALSE(may_be_trusted(folder_ / "s", kStranger));
  ASSERT_EQ(chmod(folder_.c_str(), 0755), 0);
  ASSERT_EQ(chown(folder_.c_str(), kStranger, kStranger), 0);
  EXPECT_FALSE(may_be_trusted(folder_ / "s", kStranger));
}

TEST(Client, SaysWhyItCantConnect) {
  EXPECT_EQ(Connection::open("/nonexistent/giro.sock").error().error_number, ENOENT);
  EXPECT_EQ(Connection::open(std::string(200, 'x')).error().error_number, ENAMETOOLONG);
}

}  // namespace
}  // namespace giro::client
