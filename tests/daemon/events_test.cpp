// The feed: every decision, in order, without a gap, from any seq.
#include <chrono>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "tests/daemon/daemon_process.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;

class Events : public ::testing::Test {
 protected:
  Events() : daemon_(folder_.path()), connection_(daemon_.connect()) {
    open_account(connection_, "world", true);
    open_account(connection_, "acct:a");
  }

  void pay(int first, int count) {
    for (int i = first; i < first + count; ++i) {
      connection_.start("payments.submit",
                        payment_params("e" + std::to_string(i), "world", "acct:a", 1));
    }
    for (int i = 0; i < count; ++i) ASSERT_TRUE(connection_.next_reply());
  }

  static void expect_events(client::Connection& subscriber, std::int64_t from, std::int64_t to) {
    const auto deadline = client::Clock::now() + std::chrono::seconds(60);
    for (std::int64_t seq = from; seq <= to; ++seq) {
      const auto event = subscriber.next_notification(deadline);
      ASSERT_TRUE(event) << "waiting for seq " << seq;
      ASSERT_EQ(event->method, "event");
      ASSERT_EQ(event->params.at("seq").as_int64(), seq);
    }
  }

  ScratchFolder folder_;
  DaemonProcess daemon_;
  client::Connection connection_;
};

TEST_F(Events, ComeFromAnySeqAndGoOnLive) {
  pay(0, 3'000);
  client::Connection subscriber = daemon_.connect();
  call(subscriber, "events.subscribe", {{"from", 1}});
  expect_events(subscriber, 1, 3'002);
  pay(3'000, 500);
  expect_events(subscriber, 3'003, 3'502);
}

TEST_F(Events, StartWithTheNextDecisionByDefault) {
  client::Connection subscriber = daemon_.connect();
  const json::object started = call(subscriber, "events.subscribe");
  EXPECT_EQ(started.at("from").as_int64(), 3);
  pay(0, 1);
  const auto event = subscriber.next_notification(client::Clock::now() + std::chrono::seconds(10));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->params.at("seq").as_int64(), 3);
  EXPECT_EQ(event->params.at("key").as_string(), "e0");
  EXPECT_EQ(event->params.at("to_balance").as_int64(), 1);
  EXPECT_EQ(event->params.at("from").as_string(), "world");
}

TEST_F(Events, ReachASubscriberThatReadsSlowlyWithoutAGapWhileNobodyWaitsForIt) {
  client::Connection subscriber = daemon_.connect();
  call(subscriber, "events.subscribe", {{"from", 1}});
  pay(0, 10'000);  // More than its socket and outbox hold; soon enough not to be cut off.
  expect_events(subscriber, 1, 10'002);
}

TEST_F(Events, EndWithUnsubscribe) {
  client::Connection subscriber = daemon_.connect();
  call(subscriber, "events.subscribe");
  call(subscriber, "events.unsubscribe");
  pay(0, 10);
  EXPECT_FALSE(subscriber.next_notification(client::Clock::now() + std::chrono::milliseconds(200)));
}

TEST_F(Events, GoOnAfterARestartWhereTheSubscriberWas) {
  pay(0, 100);
  ASSERT_EQ(daemon_.stop(), 0);
  const DaemonProcess again(folder_.path());
  client::Connection subscriber = again.connect();
  call(subscriber, "events.subscribe", {{"from", 50}});
  expect_events(subscriber, 50, 102);
}

}  // namespace
}  // namespace giro::test
