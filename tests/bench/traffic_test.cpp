#include "bench/load/traffic.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "bench/load/query_traffic.hpp"

namespace giro::load {
namespace {

namespace json = boost::json;

constexpr PaymentPlan kTrafficPlan{.seed = 1, .accounts = 10};

json::object next_request(Traffic& traffic, std::uint64_t id) {
  std::string line;
  EXPECT_TRUE(traffic.append_next(line, id));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  json::object request = json::parse(line).as_object();
  EXPECT_EQ(request.at("id").to_number<std::uint64_t>(), id);
  return request;
}

TEST(Traffic, OpensEveryAccountOnce) {
  OpenAccounts accounts(2);
  EXPECT_EQ(next_request(accounts, 0).at("params").at("id").as_string(), "acct:0000000");
  EXPECT_EQ(next_request(accounts, 1).at("params").at("id").as_string(), "acct:0000001");
  std::string line;
  EXPECT_FALSE(accounts.append_next(line, 0));
  EXPECT_TRUE(line.empty());
}

TEST(Traffic, SendsGroupsAndARestThatAddUp) {
  PaymentGroups groups(plain_payments(kTrafficPlan), 7, 3);
  for (const std::size_t size : {3U, 3U, 1U}) {
    const json::object request = next_request(groups, 5);
    EXPECT_EQ(request.at("method").as_string(), "payments.submit_many");
    EXPECT_EQ(request.at("params").at("payments").as_array().size(), size);
  }
  std::string line;
  EXPECT_FALSE(groups.append_next(line, 0));
}

TEST(Traffic, CountsWhatAGroupsReplySays) {
  PaymentGroups groups(plain_payments(kTrafficPlan), 4, 4);
  const auto units = groups.take(
      R"({"status":"decided","count":4,"applied":3,"rejected":1,"replayed":0,"errors":0}})");
  ASSERT_TRUE(units);
  EXPECT_EQ(*units, 4U);
  EXPECT_EQ(groups.decided().applied, 3U);
  EXPECT_EQ(groups.decided().rejected, 1U);
}

TEST(Traffic, TakesNoReplayAndNoErrorForWork) {
  PaymentGroups groups(plain_payments(kTrafficPlan), 4, 4);
  EXPECT_FALSE(groups.take(
      R"({"status":"decided","count":4,"applied":3,"rejected":0,"replayed":1,"errors":0}})"));
  SinglePayments singles(kTrafficPlan);
  EXPECT_FALSE(singles.take(R"({"status":"queued","key":"k"}})"));
  EXPECT_TRUE(singles.take(R"({"status":"applied","seq":1}})"));
  EXPECT_TRUE(singles.take(R"({"status":"rejected","code":"insufficient_funds"}})"));
  EXPECT_EQ(singles.decided().total(), 2U);
}

TEST(Traffic, AsksOnlyAboutWhatIsThere) {
  const FilledLedger ledger{.plan = kTrafficPlan, .payments = 5, .first_seq = 11, .last_seq = 15};
  BalancesAt balances(ledger, 200);
  for (int count = 0; count < 200; ++count) {
    const json::object request = next_request(balances, 0);
    const json::object& params = request.at("params").as_object();
    EXPECT_GE(params.at("at").as_int64(), 11);
    EXPECT_LE(params.at("at").as_int64(), 15);
    EXPECT_LE(params.at("id").as_string(), PaymentMaker::account(9));
  }
}

TEST(Traffic, WantsThePaymentOfTheKeyItAskedFor) {
  const FilledLedger ledger{.plan = kTrafficPlan, .payments = 1, .first_seq = 11, .last_seq = 11};
  PaymentsByKey payments(ledger, 1);
  const json::object request = next_request(payments, 0);
  EXPECT_EQ(request.at("params").at("key").as_string(), PaymentMaker(kTrafficPlan).key(0));
  EXPECT_FALSE(payments.take(R"({"status":"unknown","key":"k"}})"));
  EXPECT_FALSE(payments.take(R"({"type":"payment","status":"applied","key":"other"}})"));
  EXPECT_TRUE(
      payments.take(R"({"type":"payment","key":")" + PaymentMaker(kTrafficPlan).key(0) + R"("}})"));
}

TEST(Traffic, CountsTheRowsOfAStatement) {
  StatementPages pages({.plan = kTrafficPlan, .payments = 5, .first_seq = 11, .last_seq = 15}, 1,
                       100);
  ASSERT_TRUE(pages.take(R"({"id":"acct:0000001","opening_balance":-5,"closing_balance":2,"lines":)"
                         R"([{"seq":12,"amount":5},{"seq":11,"amount":2}],"as_of_seq":15}})"));
  EXPECT_EQ(pages.rows_seen(), 2U);
  EXPECT_FALSE(pages.take(R"({"id":"acct:0000001"}})"));
}

TEST(Traffic, StandsNoGapBetweenEvents) {
  Subscription subscription(5);
  ASSERT_TRUE(subscription.take(R"({"from":5,"head_seq":9}})"));
  EXPECT_TRUE(subscription.take_notification(R"({"method":"event","params":{"seq":5}})"));
  EXPECT_TRUE(subscription.take_notification(R"({"method":"event","params":{"seq":6}})"));
  EXPECT_FALSE(subscription.take_notification(R"({"method":"event","params":{"seq":8}})"));
  EXPECT_EQ(subscription.events(), 2U);
}

}  // namespace
}  // namespace giro::load
