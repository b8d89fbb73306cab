#include "bench/load/driver.hpp"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "tests/protocol/fake_daemon.hpp"

namespace giro::load {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr PaymentPlan kPlan{.seed = 1, .accounts = 10};

// As girod writes it: the version, the id, the result.
json::object applied() {
  return {{"jsonrpc", "2.0"}, {"id", nullptr}, {"result", {{"status", "applied"}, {"seq", 1}}}};
}

bool go_on() {
  return true;
}

TEST(Driver, SendsAllAndCountsEveryReply) {
  const test::FakeDaemon daemon([](const json::object&) { return applied(); });
  SinglePayments payments(kPlan, 1'000);
  Stream stream{.traffic = &payments, .window = 16};
  Driver driver({daemon.path()}, go_on);
  ASSERT_TRUE(driver.run({&stream}));
  EXPECT_EQ(payments.decided().applied, 1'000U);
  EXPECT_EQ(stream.progress.done(), 1'000U);
  EXPECT_EQ(stream.latency.count(), 1'000U);
}

TEST(Driver, EndsWhenItsTimeIsOver) {
  const test::FakeDaemon daemon([](const json::object&) { return applied(); });
  SinglePayments payments(kPlan);
  Stream stream{.traffic = &payments, .duration = milliseconds(50)};
  Driver driver({daemon.path()}, go_on);
  ASSERT_TRUE(driver.run({&stream}));
  EXPECT_GT(payments.decided().applied, 0U);
  EXPECT_EQ(stream.latency.count(), payments.decided().applied);
}

TEST(Driver, FailsOnAnErrorReply) {
  const test::FakeDaemon daemon([](const json::object&) {
    return json::object{{"jsonrpc", "2.0"}, {"id", nullptr}, {"error", {{"message", "busy"}}}};
  });
  SinglePayments payments(kPlan, 10);
  Stream stream{.traffic = &payments};
  Driver driver({daemon.path()}, go_on);
  const auto done = driver.run({&stream});
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().what.find("busy"), std::string::npos);
}

TEST(Driver, FailsWhenTheDaemonHangsUp) {
  const test::FakeDaemon daemon(
      [](const json::object&) -> std::optional<json::object> { return std::nullopt; });
  SinglePayments payments(kPlan, 10);
  Stream stream{.traffic = &payments};
  Driver driver({daemon.path()}, go_on);
  EXPECT_FALSE(driver.run({&stream}));
}

TEST(Driver, FailsWithoutADaemon) {
  SinglePayments payments(kPlan, 10);
  Stream stream{.traffic = &payments};
  Driver driver({"/nonexistent/giro.sock"}, go_on);
  EXPECT_FALSE(driver.run({&stream}));
}

TEST(Driver, StopsWhenItsUserSaysSo) {
  const test::FakeDaemon daemon([](const json::object&) { return applied(); });
  SinglePayments payments(kPlan);
  Stream stream{.traffic = &payments};
  Driver driver({daemon.path()}, [] { return false; });
  const auto done = driver.run({&stream});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what, "interrupted");
}

// 200 requests in 200 ms, of which the first one stalls the daemon for 100 ms: half of them should
// have been sent by then, and they waited 50 ms on average. Counted from when they were really
// sent, all but one would look fast.
TEST(Driver, CountsTheWaitingThatAStallCauses) {
  std::atomic<bool> stalled = false;
  const test::FakeDaemon daemon([&](const json::object&) {
    if (!stalled.exchange(true)) std::this_thread::sleep_for(milliseconds(100));
    return applied();
  });
  SinglePayments payments(kPlan, 200);
  Stream stream{.traffic = &payments, .arrivals_per_second = 1'000};
  Driver driver({daemon.path()}, go_on);
  ASSERT_TRUE(driver.run({&stream}));
  constexpr std::uint64_t kNsAMs = 1'000'000;
  EXPECT_EQ(stream.latency.count(), 200U);
  EXPECT_GE(stream.latency.at_percentile(75), 40 * kNsAMs);
  EXPECT_GE(stream.latency.max(), 95 * kNsAMs);
}

TEST(Driver, SharesConnectionsAmongTheNodesOfALedger) {
  std::atomic<int> of_first = 0;
  std::atomic<int> of_second = 0;
  const test::FakeDaemon first([&](const json::object&) { return ++of_first, applied(); });
  const test::FakeDaemon second([&](const json::object&) { return ++of_second, applied(); });
  SinglePayments payments(kPlan, 100);
  Stream stream{.traffic = &payments, .connections = 2, .window = 4};
  Driver driver({first.path(), second.path()}, go_on);
  ASSERT_TRUE(driver.run({&stream}));
  EXPECT_GT(of_first, 0);
  EXPECT_GT(of_second, 0);
  EXPECT_EQ(of_first + of_second, 100);
}

TEST(Driver, EndsWhatIsInTheBackgroundWithTheRest) {
  // One connection is all that the fake has, so the background stream is the only one.
  const test::FakeDaemon daemon([](const json::object&) { return applied(); });
  SinglePayments payments(kPlan);
  Stream stream{.traffic = &payments, .background = true};
  Driver driver({daemon.path()}, go_on);
  EXPECT_TRUE(driver.run({&stream}));
}

}  // namespace
}  // namespace giro::load
