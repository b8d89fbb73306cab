// Who may do what: the default rules, and configured ones.
#include "session/authorization.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace giro {
namespace {

const Method& method(std::string_view name) {
  return *find_method(name);
}

CheckedPayment payment_from(std::string_view from, Amount amount, std::string_view key = "k") {
  PaymentRequest request;
  request.key = key;
  request.leg = {.from = from, .to = "sink", .amount = amount, .currency = "EUR"};
  return *CheckedPayment::check(request);
}

Access access_of(Rules rules, uid_t uid, std::vector<gid_t> groups) {
  return {std::make_shared<const Rules>(std::move(rules)),
          Peer{.uid = uid, .groups = std::move(groups)}};
}

TEST(Authorization, ByDefaultRootAndTheDaemonsUserDoEverything) {
  for (const uid_t uid : {0U, 500U}) {
    const Access access = access_of(default_rules(500, 60), uid, {});
    EXPECT_TRUE(access.may(method("accounts.open")));
    EXPECT_TRUE(access.may(method("ledger.verify")));
    EXPECT_TRUE(access.may(method("payments.submit")));
  }
}

TEST(Authorization, ByDefaultTheSocketsGroupSubmitsAndReads) {
  const Access access = access_of(default_rules(500, 60), 1'000, {100, 60});
  EXPECT_TRUE(access.may(method("payments.submit")));
  EXPECT_TRUE(access.may(method("events.subscribe")));
  EXPECT_FALSE(access.may(method("accounts.open")));
  EXPECT_FALSE(access.may(method("ledger.verify")));
}

TEST(Authorization, ByDefaultOthersDoNothingButAskWhatThereIs) {
  const Access access = access_of(default_rules(500, 60), 1'000, {100});
  for (std::size_t i = 0; i < method_names().size(); ++i) {
    EXPECT_EQ(access.may(all_methods()[i]), method_names()[i] == "rpc.discover")
        << method_names()[i];
  }
  EXPECT_EQ(access.refusal(method("payments.get"))->code, ErrorCode::unauthorized);
}

TEST(Authorization, APaymentMustBeCoveredByOneRuleAlone) {
  const MethodSet submit = set_of(method("payments.submit"));
  const Rules rules{{.users = {1},
                     .groups = {},
                     .methods = submit,
                     .debit = {"shop:"},
                     .max_amount = {{CurrencyCode("EUR"), 100}}},
                    {.users = {1},
                     .groups = {},
                     .methods = submit,
                     .debit = {"petty:"},
                     .max_amount = {{CurrencyCode("EUR"), 10'000}}}};
  const Access access = access_of(rules, 1, {});
  const auto allowed = [&access](std::string_view from, Amount amount) {
    return !access.refusal(method("payments.submit"), payment_from(from, amount));
  };
  EXPECT_TRUE(allowed("shop:till", 100));
  EXPECT_FALSE(allowed("shop:till", 101));
  EXPECT_TRUE(allowed("petty:cash", 10'000));
  EXPECT_FALSE(allowed("shopping", 1));
}

TEST(Authorization, AccountsAreCoveredByWholeParts) {
  const auto allowed = [](std::string prefix, std::string_view from) {
    const Rules rules{
        {.users = {1}, .groups = {}, .methods = kAllMethods, .debit = {std::move(prefix)}}};
    return !access_of(rules, 1, {}).refusal(method("payments.submit"), payment_from(from, 1));
  };
  EXPECT_TRUE(allowed("shop:1", "shop:1"));
  EXPECT_TRUE(allowed("shop:1", "shop:1:eu"));
  for (const char* other : {"shop:10", "shop:1.eu", "shop:1-eu", "shop:1/eu", "shop:", "shop"}) {
    EXPECT_FALSE(allowed("shop:1", other)) << other;
  }
  EXPECT_TRUE(allowed("customers:", "customers:ada"));
  EXPECT_TRUE(allowed("customers:", "customers:ada:savings"));
  EXPECT_FALSE(allowed("customers:", "customers"));
  EXPECT_FALSE(allowed("customers:", "customers2:ada"));
  EXPECT_FALSE(allowed("customers", "customers2"));
}

TEST(Authorization, AUserWithKeyPrefixesUsesNoOtherKeys) {
  const Rules rules{{.users = {1},
                     .groups = {},
                     .methods = kAllMethods,
                     .debit = {},
                     .max_amount = {},
                     .keys = {"shop-", "till:"}}};
  const Access access = access_of(rules, 1, {});
  const auto refusal = [&access](std::string_view key) {
    return access.refusal(method("payments.submit"), payment_from("till", 1, key));
  };
  EXPECT_FALSE(refusal("shop-1"));
  EXPECT_FALSE(refusal("till:1"));
  for (const char* other : {"bank-1", "shop", "shop1", "SHOP-1", "1shop-", "shop_1"}) {
    ASSERT_TRUE(refusal(other)) << other;
    EXPECT_EQ(refusal(other)->code, ErrorCode::unauthorized);
    EXPECT_THAT(refusal(other)->message, testing::HasSubstr("use the key " + std::string(other)));
  }
}

TEST(Authorization, AKeyPrefixOfOneRuleDoesntGoWithTheAccountsOfAnother) {
  Rule shop{.users = {1}, .groups = {}, .methods = kAllMethods, .debit = {"shop"}};
  shop.keys = {"shop-"};
  Rule petty{.users = {1}, .groups = {}, .methods = kAllMethods, .debit = {"petty"}};
  petty.keys = {"petty-"};
  const Access access = access_of({shop, petty}, 1, {});
  const auto refusal = [&access](std::string_view from, std::string_view key) {
    return access.refusal(method("payments.submit"), payment_from(from, 1, key));
  };
  EXPECT_FALSE(refusal("shop:till", "shop-1"));
  EXPECT_FALSE(refusal("petty:cash", "petty-1"));
  EXPECT_TRUE(refusal("petty:cash", "shop-1"));
}

TEST(Authorization, ARefusalNamesWhatIsntCovered) {
  Rule rule{.users = {1},
            .groups = {},
            .methods = kAllMethods,
            .debit = {"shop"},
            .max_amount = {{CurrencyCode("EUR"), 100}}};
  const Access access = access_of({rule}, 1, {});
  const auto message = [&access](std::string_view from, Amount amount) {
    return access.refusal(method("payments.submit"), payment_from(from, amount))->message;
  };
  EXPECT_THAT(message("bank", 1), testing::HasSubstr("debit bank"));
  EXPECT_THAT(message("shop", 101), testing::HasSubstr("pay so much from shop"));
  EXPECT_THAT(message("shop", 101), testing::HasSubstr("this request decided nothing"));
}

TEST(Authorization, OnlyWhoHasNoRuleAtAllIsToldToJoinTheGroup) {
  const Rules rules = default_rules(500, 60);
  const auto message = [&rules](gid_t group) {
    return access_of(rules, 1'000, {group}).refusal(method("ledger.verify"))->message;
  };
  EXPECT_THAT(message(60), testing::Not(testing::HasSubstr("join")));
  EXPECT_THAT(message(61), testing::HasSubstr("join the socket's group"));
}

TEST(Authorization, EveryLegMustBeCovered) {
  const Rules rules{{.users = {1}, .groups = {}, .methods = kAllMethods, .debit = {"a:"}}};
  const Access access = access_of(rules, 1, {});
  const std::vector<LegRequest> legs{{.from = "a:1", .to = "b", .amount = 1, .currency = "EUR"},
                                     {.from = "b", .to = "a:1", .amount = 1, .currency = "EUR"}};
  PaymentRequest request;
  request.key = "k";
  request.legs = legs;
  EXPECT_TRUE(access.refusal(method("payments.submit"), *CheckedPayment::check(request)));
}

TEST(Authorization, AScheduleIsCoveredAsThePaymentThatItWillBe) {
  const Rule rule{.users = {1},
                  .groups = {},
                  .methods = kAllMethods,
                  .debit = {"a"},
                  .max_amount = {{CurrencyCode("EUR"), 100}}};
  const Access access = access_of({rule}, 1, {});
  const auto refusal = [&access](const std::vector<LegRequest>& legs) {
    ScheduleRequest request{
        .payment = {}, .at = "2027-01-31T09:00:00Z", .every = "P1M", .until = {}, .count = {}};
    request.payment.key = "k";
    request.payment.legs = legs;
    return access.refusal(method("payments.schedule"), *CheckedSchedule::check(request));
  };
  const LegRequest within{.from = "a:1", .to = "b", .amount = 100, .currency = "EUR"};
  const LegRequest too_much{.from = "a:1", .to = "b", .amount = 101, .currency = "EUR"};
  const LegRequest of_another{.from = "b", .to = "a:1", .amount = 1, .currency = "EUR"};
  EXPECT_FALSE(refusal({within}));
  EXPECT_TRUE(refusal({too_much}));
  EXPECT_TRUE(refusal({within, of_another}));
  EXPECT_TRUE(refusal({within, within})) << "all legs together";
  EXPECT_TRUE(access.refusal(method("payments.cancel"), PaymentKey("k")))
      << "it names no account and no amount";
}

TEST(Authorization, PatternsNameMethods) {
  EXPECT_EQ(methods_matching("*"), kAllMethods);
  EXPECT_EQ(methods_matching("payments.submit"), set_of(method("payments.submit")));
  EXPECT_TRUE(methods_matching("payments.*") & set_of(method("payments.list")));
  EXPECT_FALSE(methods_matching("payments.*") & set_of(method("accounts.open")));
  EXPECT_EQ(methods_matching("payments"), 0U);
  EXPECT_EQ(methods_matching(""), 0U);
}

}  // namespace
}  // namespace giro
