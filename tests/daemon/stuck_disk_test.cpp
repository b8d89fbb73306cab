// The whole daemon, and `giro` beside it, on a disk that fails under a commit or hangs.
#include <array>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "tests/daemon/daemon_process.hpp"
#include "tests/daemon/notify_socket.hpp"

namespace giro::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

struct Said {
  int code = 0;
  std::string text;  // stdout and stderr.
};

Said run_giro(const DaemonProcess& daemon, const std::string& words) {
  const std::string command =
      std::string(GIRO_TEST_CLI) + " --socket " + daemon.socket() + " " + words + " 2>&1";
  std::FILE* output = ::popen(command.c_str(), "r");
  if (output == nullptr) throw std::runtime_error("no shell");
  Said said;
  std::array<char, 4096> bytes{};
  while (const std::size_t count = std::fread(bytes.data(), 1, bytes.size(), output)) {
    said.text.append(bytes.data(), count);
  }
  said.code = WEXITSTATUS(::pclose(output));
  return said;
}

void open_accounts(const DaemonProcess& daemon) {
  client::Connection connection = daemon.connect();
  open_account(connection, "world", true);
  open_account(connection, "ada");
}

std::string status_of(const DaemonProcess& daemon, const char* key) {
  client::Connection connection = daemon.connect();
  return std::string(call(connection, "payments.get", {{"key", key}}).at("status").as_string());
}

TEST(StuckDisk, ACommitThatFailsIsToldAsUnknownAndTheRestartKnowsTheTruthByKey) {
  const ScratchFolder folder;
  const StuckDisk disk(folder.path());
  {
    DaemonProcess daemon(folder.path(), {.environment = disk.environment()});
    open_accounts(daemon);
    ASSERT_EQ(run_giro(daemon, "pay world ada 5 EUR --key before").code, 0);
    // Upkeep commits too once nothing comes, and its failure would end the daemon before the payment.
    std::this_thread::sleep_for(std::chrono::seconds(1));
    disk.fail();
    const Said said = run_giro(daemon, "pay world ada 7 EUR --key in-doubt");
    EXPECT_EQ(said.code, 75) << said.text;
    EXPECT_THAT(said.text, HasSubstr("outcome_unknown"));
    EXPECT_THAT(said.text, Not(HasSubstr("othing was decided")));
    EXPECT_EQ(daemon.wait(), 1) << daemon.log();
    EXPECT_THAT(daemon.log(), HasSubstr("a commit failed"));
  }
  disk.heal();
  DaemonProcess daemon(folder.path());
  EXPECT_EQ(status_of(daemon, "before"), "applied");
  const std::string after = status_of(daemon, "in-doubt");
  EXPECT_THAT(after, AnyOf("applied", "unknown"));
  // Sent again with its key it is paid, and paid once: whatever the failed commit left behind.
  const Said again = run_giro(daemon, "pay world ada 7 EUR --key in-doubt --json");
  EXPECT_EQ(again.code, 0) << again.text;
  EXPECT_THAT(again.text,
              HasSubstr(after == "applied" ? R"("replayed":true)" : R"("replayed":false)"));
  client::Connection connection = daemon.connect();
  EXPECT_EQ(call(connection, "accounts.get", {{"id", "ada"}}).at("balance"), 1'200);
  EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

TEST(StuckDisk, ACommitThreadThatHangsIsNotFedToTheWatchdog) {
  const ScratchFolder folder;
  const StuckDisk disk(folder.path());
  const NotifySocket manager(folder.path() / "notify");
  std::vector<std::string> environment = disk.environment();
  environment.push_back(manager.environment());
  environment.emplace_back("WATCHDOG_USEC=300000");
  DaemonProcess daemon(folder.path(), {.environment = environment});
  open_accounts(daemon);
  ASSERT_TRUE(manager.hears("WATCHDOG=1"));
  disk.hang();
  client::Connection connection = daemon.connect();
  connection.start("payments.submit", payment_params("stuck", "world", "ada", 5));
  connection.write_what_fits();
  // What was on its way before the commit hung.
  while (manager.hears("WATCHDOG=1", std::chrono::milliseconds(500))) {
  }
  EXPECT_FALSE(manager.hears("WATCHDOG=1", std::chrono::seconds(2)))
      << "the I/O thread lives, and that isn't enough";
  EXPECT_TRUE(
      daemon.connect().call("server.info", "{}", client::Clock::now() + std::chrono::seconds(10)))
      << "it was the commit thread alone that hung";
  disk.heal();
  EXPECT_TRUE(manager.hears("WATCHDOG=1"));
  EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

}  // namespace
}  // namespace giro::test
