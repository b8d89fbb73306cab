// Who may do what: the default rules, and configured ones.
#include "daemon/authorization.hpp"

#include <gtest/gtest.h>

namespace giro {
namespace {

CheckedPayment payment_from(std::string_view from, Amount amount) {
  PaymentRequest request;
  request.key = "k";
  request.leg = {.from = from, .to = "shop", .amount = amount, .currency = "EUR"};
  return *CheckedPayment::check(request);
}

Access access_of(Rules rules, uid_t uid, std::vector<gid_t> groups) {
  return {std::make_shared<const Rules>(std::move(rules)),
          Peer{.uid = uid, .groups = std::move(groups)}};
}

TEST(Authorization, ByDefaultRootAndTheDaemonsUserDoEverything) {
  for (const uid_t uid : {0U, 500U}) {
    const Access access = access_of(default_rules(500, 60), uid, {});
    EXPECT_TRUE(access.may(Method::accounts_open));
    EXPECT_TRUE(access.may(Method::ledger_verify));
    EXPECT_TRUE(access.may(Method::payments_submit));
  }
}

TEST(Authorization, ByDefaultTheSocketsGroupSubmitsAndReads) {
  const Access access = access_of(default_rules(500, 60), 1'000, {100, 60});
  EXPECT_TRUE(access.may(Method::payments_submit));
  EXPECT_TRUE(access.may(Method::events_subscribe));
  EXPECT_FALSE(access.may(Method::accounts_open));
  EXPECT_FALSE(access.may(Method::ledger_verify));
}

TEST(Authorization, ByDefaultOthersDoNothing) {
  const Access access = access_of(default_rules(500, 60), 1'000, {100});
  for (std::size_t i = 0; i < method_names().size(); ++i) {
    EXPECT_FALSE(access.may(static_cast<Method>(i))) << method_names()[i];
  }
  EXPECT_EQ(access.refusal(Method::payments_get)->code, ErrorCode::unauthorized);
}

TEST(Authorization, APaymentMustBeCoveredByOneRuleAlone) {
  const MethodSet submit = set_of(Method::payments_submit);
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
    return !access.refusal(Method::payments_submit, payment_from(from, amount));
  };
  EXPECT_TRUE(allowed("shop:till", 100));
  EXPECT_FALSE(allowed("shop:till", 101));
  EXPECT_TRUE(allowed("petty:cash", 10'000));
  EXPECT_FALSE(allowed("shopping", 1));
}

TEST(Authorization, EveryLegMustBeCovered) {
  const Rules rules{{.users = {1}, .groups = {}, .methods = kAllMethods, .debit = {"a:"}}};
  const Access access = access_of(rules, 1, {});
  const std::vector<LegRequest> legs{{.from = "a:1", .to = "b", .amount = 1, .currency = "EUR"},
                                     {.from = "b", .to = "a:1", .amount = 1, .currency = "EUR"}};
  PaymentRequest request;
  request.key = "k";
  request.legs = legs;
  EXPECT_TRUE(access.refusal(Method::payments_submit, *CheckedPayment::check(request)));
}

TEST(Authorization, PatternsNameMethods) {
  EXPECT_EQ(methods_matching("*"), kAllMethods);
  EXPECT_EQ(methods_matching("payments.submit"), set_of(Method::payments_submit));
  EXPECT_TRUE(methods_matching("payments.*") & set_of(Method::payments_list));
  EXPECT_FALSE(methods_matching("payments.*") & set_of(Method::accounts_open));
  EXPECT_EQ(methods_matching("payments"), 0U);
  EXPECT_EQ(methods_matching(""), 0U);
}

}  // namespace
}  // namespace giro
