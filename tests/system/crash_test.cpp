// kill -9 under load, again and again: what was answered is there, nothing is there twice, and the
// ledger verifies.
#include <chrono>
#include <cstddef>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include "tests/daemon/daemon_process.hpp"
#include "tests/system/killer.hpp"
#include "tests/system/paying_client.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;

constexpr int kKills = 120;
constexpr int kCrashClients = 4;
constexpr std::size_t kAnswersOfLongRun = 1'000'000;

TEST(KillNine, AtAnyMomentUnderLoadLosesNoAnsweredPaymentAndAppliesNoneTwice) {
  const ScratchFolder folder;
  {
    const DaemonProcess daemon(folder.path());
    client::Connection connection = daemon.connect();
    open_paying_accounts(connection);
  }
  std::vector<PayingClient> clients;
  clients.reserve(kCrashClients);
  for (int c = 0; c < kCrashClients; ++c) clients.emplace_back(c);
  Killer killer(20'261'123);

  const auto answers = [&clients] {
    std::size_t sum = 0;
    for (const PayingClient& client : clients) sum += client.answered();
    return sum;
  };
  const int kills = times_as_long(kKills);
  const std::size_t enough = kills > kKills ? kAnswersOfLongRun : 1'000;
  int kill = 0;
  for (; kill < kills || (answers() <= enough && kill < 10 * kills); ++kill) {
    killer.kill_starts(folder.path());
    DaemonProcess daemon(folder.path());
    std::vector<std::jthread> threads;
    threads.reserve(clients.size());
    for (PayingClient& client : clients) {
      threads.emplace_back([&client, &daemon] { client.run_until_killed(daemon); });
    }
    killer.end(daemon, std::chrono::milliseconds(100));
  }

  DaemonProcess daemon(folder.path());
  client::Connection connection = daemon.connect();
  for (const PayingClient& client : clients) {
    EXPECT_FALSE(client.contradicted()) << "one key was answered with two decisions";
    ASSERT_NO_FATAL_FAILURE(client.expect_all_there(connection)) << daemon.log();
  }
  EXPECT_GT(answers(), enough) << "the load was too small to mean anything";
  std::cout << "  " << answers() << " answers of " << kill << " daemons\n";
  const json::object report = call(connection, "ledger.verify");
  EXPECT_TRUE(report.at("ok").as_bool()) << json::serialize(report);

  EXPECT_EQ(daemon.stop(), 0);
  const SQLite::Database db((daemon.data() / "ledger.db").string());
  SQLite::Statement twice(
      db, "SELECT key FROM journal WHERE kind <> 2 GROUP BY key HAVING count(*) > 1 LIMIT 1");
  EXPECT_FALSE(twice.executeStep()) << twice.getColumn(0).getString() << " was decided twice";
}

}  // namespace
}  // namespace giro::test
