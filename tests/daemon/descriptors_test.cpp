// What girod makes of descriptors that are closed, too few or stuck, and of a file that may not grow.
#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/daemon/daemon_process.hpp"

namespace giro::test {
namespace {

using testing::HasSubstr;
using testing::Not;

// A payment's outcome: "applied", "rejected", or the name of the error.
std::string pay(client::Connection& connection, const std::string& key) {
  const auto answer = connection.call("payments.submit", payment_params(key, "world", "acct:a", 1));
  if (answer) return std::string(answer->as_object().at("status").as_string());
  const auto* error = std::get_if<client::RpcError>(&answer.error());
  return error == nullptr ? "lost" : error->name;
}

void open_two_accounts(client::Connection& connection) {
  open_account(connection, "world", true);
  open_account(connection, "acct:a");
}

TEST(Descriptors, ThatAreClosedNeverBecomeTheLedgersFiles) {
  const ScratchFolder folder;
  DaemonProcess daemon(folder.path(), {.prepare = [] {
                         for (const int closed : {0, 1, 2}) ::close(closed);
                       }});
  client::Connection connection = daemon.connect();
  open_two_accounts(connection);
  for (int i = 0; i < 5; ++i) {
    daemon.signal(SIGHUP);  // Each makes a line of the log.
    EXPECT_EQ(pay(connection, "k" + std::to_string(i)), "applied");
  }
  for (const char* descriptor : {"0", "1", "2"}) {
    EXPECT_EQ(std::filesystem::read_symlink("/proc/" + std::to_string(daemon.pid()) + "/fd/" +
                                            descriptor),
              "/dev/null");
  }
  EXPECT_TRUE(call(connection, "ledger.verify").at("ok").as_bool());
  daemon.kill_now();
  EXPECT_NO_THROW(DaemonProcess(folder.path())) << "the anchor was overwritten";
}

TEST(Descriptors, ThatRunOutLeaveWhoIsConnectedServedAndAreLoggedOnce) {
  const ScratchFolder folder;
  DaemonProcess daemon(folder.path(), {.prepare = [] {
                         const rlimit few{.rlim_cur = 64, .rlim_max = 64};
                         ::setrlimit(RLIMIT_NOFILE, &few);
                       }});
  client::Connection connection = daemon.connect();
  open_two_accounts(connection);
  {
    std::vector<std::unique_ptr<RawConnection>> crowd(100);
    for (auto& one : crowd) one = std::make_unique<RawConnection>(daemon.socket());
    for (int i = 0; i < 300; ++i) {
      ASSERT_EQ(pay(connection, "k" + std::to_string(i)), "applied") << daemon.log();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    EXPECT_LE(count_of(daemon.log(), "Raise LimitNOFILE"), 1U);
  }
  client::Connection later = daemon.connect();
  EXPECT_EQ(pay(later, "after the crowd"), "applied");
  EXPECT_TRUE(call(later, "ledger.verify").at("ok").as_bool());
  EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

// Sockets of the daemon with a number that is kept for the ledger's own files.
std::size_t sockets_from(const DaemonProcess& daemon, int first) {
  std::size_t count = 0;
  const std::string folder = "/proc/" + std::to_string(daemon.pid()) + "/fd";
  for (const auto& descriptor : std::filesystem::directory_iterator(folder)) {
    std::error_code closed;
    const std::string target = std::filesystem::read_symlink(descriptor.path(), closed).string();
    if (closed || !target.starts_with("socket:")) continue;
    if (std::stoi(descriptor.path().filename().string()) >= first) ++count;
  }
  return count;
}

TEST(Descriptors, TheLast32AreTheLedgersOwnHoweverManyClientsCome) {
  constexpr int kAll = 96;
  const ScratchFolder folder;
  DaemonProcess daemon(folder.path(), {.prepare = [] {
                         const rlimit few{.rlim_cur = kAll, .rlim_max = kAll};
                         ::setrlimit(RLIMIT_NOFILE, &few);
                       }});
  client::Connection connection = daemon.connect();
  open_two_accounts(connection);
  ASSERT_EQ(pay(connection, "k"), "applied");
  std::vector<std::unique_ptr<RawConnection>> crowd;
  int refused = 0;
  for (int i = 0; i < kAll; ++i) {
    auto client = std::make_unique<RawConnection>(daemon.socket());
    client->send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server.info\"}\n");
    const std::string line = client->read_line();
    if (line.find("LimitNOFILE") != std::string::npos) {
      ++refused;
      EXPECT_THAT(line, HasSubstr(R"("code":"busy")"));
      EXPECT_EQ(client->read_line(), "") << "it is sent away";
    } else {
      ASSERT_THAT(line, HasSubstr("result"));
    }
    crowd.push_back(std::move(client));
  }
  EXPECT_GE(refused, 32);
  EXPECT_LT(refused, kAll - 8) << "most of the others are clients'";
  EXPECT_EQ(sockets_from(daemon, kAll - 32), 0U);
  EXPECT_THAT(daemon.log(), HasSubstr("Raise it"));

  // The readers open their files only now, in the midst of the crowd.
  EXPECT_EQ(call(connection, "payments.list").at("payments").as_array().size(), 1U);
  EXPECT_EQ(call(connection, "accounts.statement", {{"id", "acct:a"}}).at("closing_balance"), 1);
  EXPECT_TRUE(call(connection, "ledger.trial_balance").at("balanced").as_bool());
  EXPECT_TRUE(call(connection, "ledger.verify").at("ok").as_bool());
  call(connection, "events.subscribe", {{"from", 1}});
  EXPECT_TRUE(connection.next_notification(client::Clock::now() + std::chrono::seconds(10)));
  EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

TEST(Descriptors, ThatAreFewAreSharedOutAmongUsersAsConnectionsAre) {
  if (::getuid() != 0) GTEST_SKIP() << "connecting as another user needs root";
  constexpr uid_t kNewcomer = 65'534;
  const ScratchFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  const DaemonProcess daemon(
      folder.path(), {.configuration = "socket_mode = \"0666\"\n[[rule]]\nusers = [0, 65534]\n"
                                       "methods = [\"*\"]\n",
                      .prepare = [] {
                        const rlimit few{.rlim_cur = 64, .rlim_max = 64};
                        ::setrlimit(RLIMIT_NOFILE, &few);
                      }});
  std::vector<std::unique_ptr<RawConnection>> flood(100);
  for (auto& one : flood) one = std::make_unique<RawConnection>(daemon.socket());
  flood.back()->send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server.info\"}\n");
  EXPECT_THAT(flood.back()->read_line(), HasSubstr(R"("code":"busy")"));

  ASSERT_EQ(::seteuid(kNewcomer), 0);
  auto other = client::Connection::open(daemon.socket());
  ASSERT_EQ(::seteuid(0), 0);
  ASSERT_TRUE(other);
  EXPECT_TRUE(other->call("server.info", "{}")) << daemon.log();
}

// A log whose reader is stuck: its pipe is full, and stays so.
int stuck_pipe[2] = {-1, -1};

TEST(Descriptors, WhoseReaderIsStuckNeverStopPayments) {
  ASSERT_EQ(::pipe(stuck_pipe), 0);
  const ScratchFolder folder;
  DaemonProcess daemon(folder.path(), {.prepare = [] { ::dup2(stuck_pipe[1], STDERR_FILENO); }});
  client::Connection connection = daemon.connect();
  open_two_accounts(connection);
  ::fcntl(stuck_pipe[1], F_SETPIPE_SZ, 4'096);
  for (int i = 0; i < 400; ++i) {
    daemon.signal(SIGHUP);
    ASSERT_EQ(pay(connection, "k" + std::to_string(i)), "applied");
  }
  // The reader wakes up: it learns that it missed lines.
  std::string log;
  const auto deadline = client::Clock::now() + std::chrono::seconds(10);
  ::fcntl(stuck_pipe[0], F_SETFL, O_NONBLOCK);
  while (log.find("were dropped") == std::string::npos && client::Clock::now() < deadline) {
    char bytes[4'096];
    const ssize_t count = ::read(stuck_pipe[0], bytes, sizeof bytes);
    if (count > 0) log.append(bytes, static_cast<std::size_t>(count));
    daemon.signal(SIGHUP);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_THAT(log, HasSubstr("lines of this log were dropped"));
  EXPECT_EQ(daemon.stop(), 0);
  ::close(stuck_pipe[0]);
  ::close(stuck_pipe[1]);
}

TEST(AFileThatMayNotGrow, IsRefusedLikeAFullDiskAndGoesOn) {
  const ScratchFolder folder;
  DaemonProcess daemon(folder.path());
  client::Connection connection = daemon.connect();
  open_two_accounts(connection);
  const auto log = std::filesystem::file_size(daemon.data() / "ledger.db-wal");
  const rlimit small{.rlim_cur = log + 20'000, .rlim_max = RLIM_INFINITY};
  ASSERT_EQ(::prlimit(daemon.pid(), RLIMIT_FSIZE, &small, nullptr), 0);
  std::string outcome = "applied";
  int paid = 0;
  for (; outcome == "applied" && paid < 1'000; ++paid) {
    outcome = pay(connection, "k" + std::to_string(paid));
  }
  EXPECT_EQ(outcome, "read_only") << daemon.log();
  EXPECT_EQ(pay(connection, "k0"), "applied") << "a key that decided is answered";
  const rlimit large{.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
  ASSERT_EQ(::prlimit(daemon.pid(), RLIMIT_FSIZE, &large, nullptr), 0);
  const auto deadline = client::Clock::now() + std::chrono::seconds(10);
  while (outcome != "applied" && client::Clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    outcome = pay(connection, "k" + std::to_string(paid - 1));
  }
  EXPECT_EQ(outcome, "applied") << daemon.log();
  EXPECT_THAT(daemon.log(), Not(HasSubstr("outcome_unknown")));
  EXPECT_TRUE(call(connection, "ledger.verify").at("ok").as_bool());
  EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

}  // namespace
}  // namespace giro::test
