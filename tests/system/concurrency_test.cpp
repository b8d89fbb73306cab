// Many clients at once: what each is promised holds, and the ledger as a whole stays whole.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/daemon/daemon_process.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;

constexpr int kClients = 32;
constexpr int kPayments = 100'000;
constexpr int kAccounts = 100;
constexpr int kOutstanding = 64;  // Requests a client has under way.

std::string account_id(std::uint64_t number) {
  return "acct:" + std::to_string(number);
}

std::string key_of(int client, int payment) {
  return "c" + std::to_string(client) + "-" + std::to_string(payment);
}

// Sends its share of payments, pipelined; every one sent twice, as an impatient client would.
// Returns the seqs in the order of its payments.
std::vector<std::int64_t> run_client(const DaemonProcess& daemon, int client, int payments) {
  client::Connection connection = daemon.connect();
  std::mt19937_64 random(static_cast<unsigned>(client));
  std::vector<std::int64_t> seqs(static_cast<std::size_t>(payments));
  std::map<client::RequestId, int> open;
  const auto take = [&] {
    const auto reply = connection.next_reply();
    const json::object& result = reply.value().answer.value().as_object();
    const int payment = open.at(reply->id);
    open.erase(reply->id);
    std::int64_t& seq = seqs[static_cast<std::size_t>(payment)];
    const std::int64_t told = result.at("seq").as_int64();
    if (seq != 0 && seq != told) throw std::runtime_error("one key has two decisions");
    seq = told;
  };
  for (int i = 0; i < payments; ++i) {
    const std::uint64_t from = random() % kAccounts;
    const std::uint64_t to = (from + 1 + random() % (kAccounts - 1)) % kAccounts;
    const std::string params = payment_params(key_of(client, i), account_id(from), account_id(to),
                                              1 + static_cast<std::int64_t>(random() % 500));
    open[connection.start("payments.submit", params)] = i;
    open[connection.start("payments.submit", params)] = i;
    while (open.size() >= kOutstanding) take();
  }
  while (!open.empty()) take();
  return seqs;
}

TEST(ManyClients, KeepTheirOrderAndEachKeyAppliesOnceAndTheSumsAreZero) {
  const ScratchFolder folder;
  const DaemonProcess daemon(folder.path());
  client::Connection connection = daemon.connect();
  open_account(connection, "world", true);
  for (std::uint64_t i = 0; i < kAccounts; ++i) {
    open_account(connection, account_id(i));
    call(connection, "payments.submit",
         json::parse(payment_params("fund-" + std::to_string(i), "world", account_id(i), 50'000))
             .as_object());
  }

  std::vector<std::vector<std::int64_t>> seqs(kClients);
  {
    std::vector<std::jthread> clients;
    clients.reserve(kClients);
    for (int c = 0; c < kClients; ++c) {
      clients.emplace_back([&, c] {
        seqs[static_cast<std::size_t>(c)] = run_client(daemon, c, kPayments / kClients);
      });
    }
  }

  std::set<std::int64_t> all;
  for (const auto& of_client : seqs) {
    EXPECT_TRUE(std::ranges::is_sorted(of_client)) << "a client's payments are out of its order";
    EXPECT_EQ(std::ranges::count(of_client, 0), 0);
    all.insert(of_client.begin(), of_client.end());
  }
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kPayments)) << "two keys share a decision";
  const json::object status = call(connection, "ledger.status");
  EXPECT_EQ(status.at("seq").as_int64(), 1 + 2 * kAccounts + kPayments)
      << "something was decided twice";

  const json::object balance = call(connection, "ledger.trial_balance");
  EXPECT_TRUE(balance.at("balanced").as_bool());
  const json::object report = call(connection, "ledger.verify");
  EXPECT_TRUE(report.at("ok").as_bool()) << json::serialize(report);
}

}  // namespace
}  // namespace giro::test
