// kill -9 under load, again and again: what was answered is there, nothing is there twice, and the
// ledger verifies.
#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include "tests/daemon/daemon_process.hpp"
#include "tests/system/ask_until_killed.hpp"
#include "tests/system/killer.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;

constexpr int kKills = 120;
constexpr int kCrashClients = 4;
constexpr std::size_t kPaymentsOutstanding = 32;
constexpr std::size_t kQuestionsOutstanding = 512;

struct Payment {
  std::string params;
  std::int64_t seq = 0;  // 0: not answered yet.
  std::string status;    // Of its first answer.
};

// Submits payments until the daemon dies under it; goes on where it was with the next daemon, and
// sends again what wasn't answered, as a client should.
class Client {
 public:
  explicit Client(int number) : number_(number), random_(static_cast<unsigned>(number)) {}

  void run_until_killed(const DaemonProcess& daemon) {
    std::vector<std::string> again;
    for (const auto& [key, payment] : payments_) {
      if (payment.seq == 0) again.push_back(key);
    }
    ask_until_killed(
        daemon, kPaymentsOutstanding, again,
        [this](client::Connection& connection, const std::string& key) {
          return connection.start("payments.submit", payments_.at(key).params);
        },
        [this] {
          std::string key = "k" + std::to_string(number_) + "-" + std::to_string(++last_);
          payments_[key].params = params_of(key);
          return std::optional(std::move(key));
        },
        [this](const std::string& key, const auto& answer) {
          if (answer) take(payments_.at(key), answer->as_object());
        });
  }

  // Every payment that was ever answered is in the ledger as it was answered.
  void expect_all_there(client::Connection& connection) const {
    std::map<client::RequestId, std::string> open;
    const auto take = [&] {
      const auto reply = connection.next_reply();
      ASSERT_TRUE(reply && reply->answer);
      const std::string& key = open.at(reply->id);
      const Payment& payment = payments_.at(key);
      const json::object& found = reply->answer->as_object();
      ASSERT_EQ(found.at("status").as_string(), payment.status)
          << key << " was answered and is gone";
      ASSERT_EQ(found.at("seq").as_int64(), payment.seq) << key;
      open.erase(reply->id);
    };
    for (const auto& [key, payment] : payments_) {
      if (payment.seq == 0) continue;
      open[connection.start("payments.get", R"({"key":")" + key + R"("})")] = key;
      while (open.size() >= kQuestionsOutstanding && !::testing::Test::HasFatalFailure()) take();
      if (::testing::Test::HasFatalFailure()) return;
    }
    while (!open.empty() && !::testing::Test::HasFatalFailure()) take();
  }

  [[nodiscard]] std::size_t answered() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(payments_, [](const auto& entry) { return entry.second.seq != 0; }));
  }
  [[nodiscard]] bool contradicted() const { return contradicted_; }

 private:
  std::string params_of(const std::string& key) {
    const std::uint64_t from = random_() % 10;
    return payment_params(key, "acct:" + std::to_string(from),
                          "acct:" + std::to_string((from + 1 + random_() % 9) % 10),
                          1 + static_cast<std::int64_t>(random_() % 2'000));
  }

  void take(Payment& payment, const json::object& result) {
    const std::int64_t seq = result.at("seq").as_int64();
    if (payment.seq != 0 && payment.seq != seq) contradicted_ = true;
    payment.seq = seq;
    payment.status = result.at("status").as_string();
  }

  int number_;
  std::mt19937_64 random_;
  int last_ = 0;
  bool contradicted_ = false;
  std::map<std::string, Payment> payments_;
};

TEST(KillNine, AtAnyMomentUnderLoadLosesNoAnsweredPaymentAndAppliesNoneTwice) {
  const ScratchFolder folder;
  {
    const DaemonProcess daemon(folder.path());
    client::Connection connection = daemon.connect();
    open_account(connection, "world", true);
    for (int i = 0; i < 10; ++i) {
      const std::string id = "acct:" + std::to_string(i);
      open_account(connection, id);
      call(connection, "payments.submit",
           json::parse(payment_params("fund-" + id, "world", id, 100'000)).as_object());
    }
  }
  std::vector<Client> clients;
  for (int c = 0; c < kCrashClients; ++c) clients.emplace_back(c);
  Killer killer(20'261'123);

  for (int kill = 0; kill < times_as_long(kKills); ++kill) {
    killer.kill_starts(folder.path());
    DaemonProcess daemon(folder.path());
    std::vector<std::jthread> threads;
    for (Client& client : clients) threads.emplace_back([&] { client.run_until_killed(daemon); });
    killer.end(daemon, std::chrono::milliseconds(100));
  }

  DaemonProcess daemon(folder.path());
  client::Connection connection = daemon.connect();
  std::size_t answered = 0;
  for (const Client& client : clients) {
    EXPECT_FALSE(client.contradicted()) << "one key was answered with two decisions";
    client.expect_all_there(connection);
    answered += client.answered();
  }
  EXPECT_GT(answered, 1'000U) << "the load was too small to mean anything";
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
