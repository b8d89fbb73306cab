// Starting, stopping, reloading, and who may do what.
#include <chrono>
#include <csignal>
#include <fstream>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/daemon/daemon_process.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;

std::string error_name(const std::expected<json::value, client::CallError>& answer) {
  if (answer) return "no error";
  const auto* error = std::get_if<client::RpcError>(&answer.error());
  return error == nullptr ? "lost" : error->name;
}

TEST(Stopping, BySigtermCommitsAndAnswersWhatWasAccepted) {
  const ScratchFolder folder;
  std::int64_t answered = 0;
  {
    DaemonProcess daemon(folder.path());
    client::Connection connection = daemon.connect();
    open_account(connection, "world", true);
    open_account(connection, "acct:a");
    for (int i = 0; i < 1'000; ++i) {
      connection.start("payments.submit",
                       payment_params("s" + std::to_string(i), "world", "acct:a", 1));
    }
    ASSERT_TRUE(connection.next_reply());
    ++answered;
    daemon.signal(SIGTERM);
    while (const auto reply = connection.next_reply()) {
      if (reply->answer) {
        ++answered;
      } else {
        EXPECT_EQ(reply->answer.error().name, "shutting_down");
      }
    }
    EXPECT_EQ(daemon.wait(), 0) << daemon.log();
  }
  const DaemonProcess daemon(folder.path());
  client::Connection connection = daemon.connect();
  EXPECT_EQ(call(connection, "accounts.get", {{"id", "acct:a"}}).at("balance").as_int64(), answered)
      << "every answered payment is there, and no other";
}

TEST(Starting, TwiceOnOneLedgerIsRefusedAndSaysWhy) {
  const ScratchFolder folder;
  const DaemonProcess daemon(folder.path());
  const ScratchFolder other;
  std::filesystem::create_directory_symlink(daemon.data(), other.path() / "data");
  try {
    const DaemonProcess second(other.path());
    FAIL() << "two writers on one ledger";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("one writer"), std::string::npos) << error.what();
  }
}

TEST(Starting, ReplacesTheSocketOfADaemonThatWasKilled) {
  const ScratchFolder folder;
  {
    DaemonProcess daemon(folder.path());
    daemon.kill_now();
  }
  ASSERT_TRUE(std::filesystem::exists(folder.path() / "giro.sock"));
  const DaemonProcess daemon(folder.path());
  EXPECT_NO_THROW(daemon.connect());
}

TEST(Starting, MakesASocketThatOnlyItsOwnerAndGroupMayUse) {
  const ScratchFolder folder;
  const DaemonProcess daemon(folder.path());
  struct stat status{};
  ASSERT_EQ(::stat(daemon.socket().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0660U);
}

TEST(Rules, AllowWhatTheyNameAndNothingElse) {
  const ScratchFolder folder;
  DaemonProcess daemon(folder.path(), {.configuration = R"(
[[rule]]
users = ["root"]
methods = ["accounts.*", "payments.submit", "server.info"]
debit = ["shop:", "world"]
max_amount = { EUR = 1000 }
)"});
  if (::getuid() != 0) GTEST_SKIP() << "the rule is about root";
  client::Connection connection = daemon.connect();
  open_account(connection, "world", true);
  open_account(connection, "shop:till");
  open_account(connection, "private:ada");
  const auto pay = [&](const char* key, const char* from, const char* to, std::int64_t amount) {
    return connection.call("payments.submit", payment_params(key, from, to, amount));
  };
  EXPECT_TRUE(pay("k1", "world", "shop:till", 1'000));
  EXPECT_EQ(error_name(pay("k2", "world", "shop:till", 1'001)), "unauthorized");
  EXPECT_EQ(error_name(pay("k3", "private:ada", "shop:till", 1)), "unauthorized");
  EXPECT_EQ(error_name(connection.call("ledger.verify", "{}")), "unauthorized");
  EXPECT_EQ(error_name(connection.call("payments.get", R"({"key":"k1"})")), "unauthorized");
}

TEST(Rules, ChangeWithSighup) {
  if (::getuid() != 0) GTEST_SKIP() << "the rule is about root";
  const ScratchFolder folder;
  const std::string narrow = "[[rule]]\nusers = [\"root\"]\nmethods = [\"server.info\"]\n";
  DaemonProcess daemon(folder.path(), {.configuration = narrow});
  client::Connection connection = daemon.connect();
  EXPECT_EQ(error_name(connection.call("ledger.status", "{}")), "unauthorized");

  std::ofstream(folder.path() / "girod.toml")
      << "[[rule]]\nusers = [\"root\"]\nmethods = [\"server.info\", \"ledger.status\"]\n";
  daemon.signal(SIGHUP);
  const auto deadline = client::Clock::now() + std::chrono::seconds(10);
  bool allowed = false;
  while (!allowed && client::Clock::now() < deadline) {
    allowed = daemon.connect().call("ledger.status", "{}").has_value();
  }
  EXPECT_TRUE(allowed) << daemon.log();

  std::ofstream(folder.path() / "girod.toml") << "this isn't TOML [";
  daemon.signal(SIGHUP);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_TRUE(daemon.connect().call("ledger.status", "{}"))
      << "a broken file must leave the rules as they were";
  EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace giro::test
