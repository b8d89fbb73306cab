#include "bench/load/payment_maker.hpp"

#include <set>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace giro::load {
namespace {

namespace json = boost::json;

json::object made(PaymentMaker& maker, std::uint64_t number) {
  std::string text;
  maker.append(text, number);
  return json::parse(text).as_object();
}

TEST(PaymentMaker, WritesWhatTheProtocolWants) {
  PaymentMaker maker({.seed = 7, .accounts = 100});
  const json::object payment = made(maker, 3);
  EXPECT_EQ(payment.size(), 5U);
  EXPECT_EQ(payment.at("key").as_string(), maker.key(3));
  EXPECT_EQ(payment.at("key").as_string().size(), 32U);
  EXPECT_EQ(payment.at("currency").as_string(), "EUR");
}

TEST(PaymentMaker, DrawsDistinctAccountsThatExist) {
  PaymentMaker maker({.seed = 1, .accounts = 5});
  std::set<std::string> seen;
  for (std::uint64_t number = 0; number < 1'000; ++number) {
    const json::object payment = made(maker, number);
    const std::string from(payment.at("from").as_string());
    const std::string to(payment.at("to").as_string());
    EXPECT_NE(from, to);
    seen.insert({from, to});
    EXPECT_GE(payment.at("amount").as_int64(), 1'000);
    EXPECT_LE(payment.at("amount").as_int64(), 9'999);
  }
  EXPECT_EQ(seen.size(), 5U);
  EXPECT_TRUE(seen.contains(PaymentMaker::account(4)));
}

TEST(PaymentMaker, NeverWritesAKeyTwice) {
  const PaymentMaker maker({.seed = 1, .accounts = 5});
  std::set<std::string> keys;
  for (std::uint64_t number = 0; number < 100'000; ++number) keys.insert(maker.key(number));
  EXPECT_EQ(keys.size(), 100'000U);
}

TEST(PaymentMaker, WritesTheSamePaymentAgain) {
  PaymentMaker one({.seed = 9, .accounts = 50});
  PaymentMaker other({.seed = 9, .accounts = 50});
  PaymentMaker another_seed({.seed = 10, .accounts = 50});
  (void)made(other, 1);
  EXPECT_EQ(made(one, 12), made(other, 12));
  EXPECT_NE(made(one, 12), made(another_seed, 12));
}

TEST(PaymentMaker, PaysAllIntoTheHotAccount) {
  PaymentMaker maker({.seed = 1, .accounts = 3, .one_hot_account = true});
  std::set<std::string> payers;
  for (std::uint64_t number = 0; number < 100; ++number) {
    const json::object payment = made(maker, number);
    EXPECT_EQ(payment.at("to").as_string(), PaymentMaker::account(0));
    payers.emplace(payment.at("from").as_string());
  }
  EXPECT_EQ(payers, (std::set{PaymentMaker::account(1), PaymentMaker::account(2)}));
}

}  // namespace
}  // namespace giro::load
