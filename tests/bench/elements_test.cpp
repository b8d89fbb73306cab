#include "bench/load/elements.hpp"

#include <map>
#include <set>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace giro::load {
namespace {

namespace json = boost::json;

constexpr PaymentPlan kElementsPlan{.seed = 1, .accounts = 10};

json::object made(const Element& element, std::uint64_t number) {
  std::string text;
  element(text, number);
  return json::parse(text).as_object();
}

std::string method_of(const json::object& element) {
  const json::value* method = element.if_contains("method");
  if (method != nullptr) return std::string(method->as_string());
  return element.contains("legs") ? "legs" : "payments.submit";
}

const json::object& params_of(const json::object& element) {
  const json::value* params = element.if_contains("params");
  return params != nullptr ? params->as_object() : element;
}

std::string text_of(const json::object& params, std::string_view name) {
  return std::string(params.at(name).as_string());
}

TEST(Elements, CaptureEachHoldRightAfterIt) {
  const Element element = holds_and_captures(kElementsPlan);
  for (std::uint64_t number = 0; number < 20; number += 2) {
    const json::object hold = made(element, number);
    const json::object capture = made(element, number + 1);
    EXPECT_EQ(method_of(hold), "payments.hold");
    EXPECT_EQ(method_of(capture), "payments.capture");
    EXPECT_EQ(params_of(capture).at("hold"), params_of(hold).at("key"));
    EXPECT_NE(params_of(capture).at("key"), params_of(hold).at("key"));
    EXPECT_FALSE(params_of(capture).contains("amount"));
  }
}

TEST(Elements, MixAllMethodsInTheSameProportionsInEachHundred) {
  const std::map<std::string, int> wanted{{"payments.submit", 29},   {"legs", 10},
                                          {"payments.hold", 16},     {"payments.capture", 12},
                                          {"payments.void", 4},      {"payments.reverse", 8},
                                          {"payments.schedule", 8},  {"payments.cancel", 4},
                                          {"accounts.update", 4},    {"accounts.open", 1},
                                          {"accounts.close", 1},     {"accounts.reopen", 1},
                                          {"ledger.close_books", 1}, {"ledger.open_books", 1}};
  const Element element = all_methods(kElementsPlan);
  for (const std::uint64_t begin : {0U, 700U}) {
    std::map<std::string, int> seen;
    for (std::uint64_t number = begin; number < begin + kMixCycle; ++number) {
      ++seen[method_of(made(element, number))];
    }
    EXPECT_EQ(seen, wanted);
  }
}

TEST(Elements, MixedNeverShareAKey) {
  const Element element = all_methods(kElementsPlan);
  std::set<std::string> keys;
  for (std::uint64_t number = 0; number < 1'000; ++number) {
    const json::object one = made(element, number);
    const bool opens = method_of(one) == "accounts.open";
    EXPECT_TRUE(keys.insert(text_of(params_of(one), opens ? "id" : "key")).second);
  }
}

TEST(Elements, MixedMeanWhatCameBeforeOfTheRightKindAndEachIsMeantOnce) {
  const std::map<std::string, std::pair<std::string, std::string>> means{
      {"payments.capture", {"hold", "payments.hold"}},
      {"payments.void", {"hold", "payments.hold"}},
      {"payments.reverse", {"original", "payments.submit"}},
      {"payments.cancel", {"schedule", "payments.schedule"}},
      {"accounts.close", {"id", "accounts.open"}}};
  const Element element = all_methods(kElementsPlan);
  std::map<std::string, std::string> method_by_key;
  std::set<std::string> meant;
  std::set<std::string> closed;
  for (std::uint64_t number = 0; number < 1'000; ++number) {
    const json::object one = made(element, number);
    const json::object& params = params_of(one);
    const std::string method = method_of(one);
    method_by_key[text_of(params, method == "accounts.open" ? "id" : "key")] = method;
    if (number < 2 * kMixCycle) {
      if (method == "accounts.close") closed.insert(text_of(params, "id"));
      continue;
    }
    if (const auto found = means.find(method); found != means.end()) {
      const std::string key = text_of(params, found->second.first);
      EXPECT_EQ(method_by_key[key], found->second.second) << method << ' ' << number;
      EXPECT_TRUE(meant.insert(key).second) << method << ' ' << number;
    }
    if (method == "accounts.reopen") {
      EXPECT_EQ(closed.count(text_of(params, "id")), 1U);
    }
    if (method == "accounts.close") closed.insert(text_of(params, "id"));
  }
}

TEST(Elements, OfSeveralLegsHaveTwoTransfersAndOneKey) {
  const Element element = all_methods(kElementsPlan);
  std::uint64_t number = 0;
  while (method_of(made(element, number)) != "legs") ++number;
  const json::object payment = made(element, number);
  ASSERT_EQ(payment.at("legs").as_array().size(), 2U);
  for (const json::value& leg : payment.at("legs").as_array()) {
    EXPECT_EQ(leg.as_object().size(), 4U);
    EXPECT_NE(leg.at("from"), leg.at("to"));
    EXPECT_GE(leg.at("amount").as_int64(), 1'000);
  }
}

TEST(Elements, LimitEveryAccountOnce) {
  const Element element = velocity_limits(kElementsPlan);
  for (std::uint32_t number = 0; number < kElementsPlan.accounts; ++number) {
    const json::object update = made(element, number);
    EXPECT_EQ(method_of(update), "accounts.update");
    EXPECT_EQ(text_of(params_of(update), "id"), PaymentMaker::account(number));
    EXPECT_EQ(params_of(update).at("limits").as_array().size(), 1U);
  }
}

TEST(Elements, LetHoldsExpireEvenlyOverTheirWindow) {
  using namespace std::chrono_literals;
  const ExpiryWindow window{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 9h, 60s};
  const Element element = expiring_holds(kElementsPlan, window, 4'000);
  const auto expires = [&](std::uint64_t number) {
    return text_of(params_of(made(element, number)), "expires_at");
  };
  EXPECT_EQ(expires(0), "2026-11-23T09:00:00.000Z");
  EXPECT_EQ(expires(1), "2026-11-23T09:00:00.015Z");
  EXPECT_EQ(expires(2'000), "2026-11-23T09:00:30.000Z");
  EXPECT_EQ(expires(3'999), "2026-11-23T09:00:59.985Z");
}

}  // namespace
}  // namespace giro::load
