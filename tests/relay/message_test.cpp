// What is posted: its id, its signature, its CloudEvent, and to whom.
#include "relay/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/number_text.hpp"
#include "relay/address_rule.hpp"
#include "relay/filter.hpp"
#include "relay/signature.hpp"
#include "relay/url.hpp"

namespace giro::relay {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::IsEmpty;

// As the client hands it on: numbers of metadata marked.
Event event_of(std::string_view line) {
  std::string kept;
  protocol::keep_numbers(line, kept, protocol::Doubled::everywhere);
  return read_event(json::parse(kept)).value();
}

const std::string kPayment =
    R"({"type":"payment","status":"applied","seq":11,"at":"2026-11-23T09:00:00.000000011Z","key":"inv-17",)"
    R"("uid":0,"from":"customers:ada","to":"shop:sales","amount":1250,"currency":"EUR","from_balance":8750,)"
    R"("to_balance":1250,"crossed":["below"],"from_crossed":["below"],"metadata":{"rate":12.50}})";

TEST(RelayEvent, SaysWhichAccountsItNamesAndIsKeptToTheLetter) {
  const Event event = event_of(kPayment);
  EXPECT_EQ(event.seq, 11);
  EXPECT_EQ(event.key, "inv-17");
  EXPECT_THAT(event.accounts, ElementsAre("customers:ada", "shop:sales"));
  EXPECT_TRUE(event.crossed_below);
  EXPECT_FALSE(event.crossed_above);
  ASSERT_EQ(event.outflows.size(), 1U);
  EXPECT_EQ(event.outflows[0].amount, 1250);
  EXPECT_EQ(event.text, kPayment);
}

TEST(RelayEvent, NamesTheAccountsOfItsLegsEachOnce) {
  const Event event = event_of(
      R"({"type":"payment","status":"applied","seq":1,"at":"x","legs":[{"from":"a","to":"b","amount":1,)"
      R"("currency":"EUR"},{"from":"b","to":"c","amount":2,"currency":"EUR","crossed":["above"]}]})");
  EXPECT_THAT(event.accounts, ElementsAre("a", "b", "c"));
  EXPECT_TRUE(event.crossed_above);
  EXPECT_EQ(event.outflows.size(), 2U);
}

TEST(RelayEvent, PaysOutOnlyWhereMoneyIsPaidOrHeldForTheFirstTime) {
  for (const char* kind : {"capture", "reversal", "void"}) {
    const Event event =
        event_of(std::string(R"({"type":")") + kind +
                 R"(","status":"captured","seq":1,"from":"a","to":"b","amount":5})");
    EXPECT_THAT(event.outflows, IsEmpty()) << kind;
  }
  EXPECT_THAT(
      event_of(R"({"type":"payment","status":"rejected","seq":1,"from":"a","to":"b","amount":5})")
          .outflows,
      IsEmpty());
}

TEST(RelayEvent, KnowsTheAccountOfAnOpeningAndItsCurrency) {
  const Event event = event_of(
      R"({"type":"account","status":"applied","seq":1,"account":{"id":"p","currency":"PTS","scale":3}})");
  EXPECT_THAT(event.accounts, ElementsAre("p"));
  ASSERT_TRUE(event.declared);
  EXPECT_EQ(event.declared->scale, 3);
}

TEST(RelayEvent, IsNoneWithoutASeq) {
  EXPECT_FALSE(read_event(json::parse(R"({"type":"payment"})")));
  EXPECT_FALSE(read_event(json::parse(R"([1])")));
}

TEST(Message, IsACloudEventWhoseDataIsTheEventToTheLetter) {
  const Event event = event_of(kPayment);
  const Message message = message_of(event, "shop", "/giro");
  EXPECT_EQ(message.body, R"({"specversion":"1.0","id":")" + message.id +
                              R"(","source":"/giro","type":"giro.payment.applied",)"
                              R"("time":"2026-11-23T09:00:00.000000011Z","subject":"inv-17",)"
                              R"("datacontenttype":"application/json","data":)" +
                              kPayment + "}");
}

TEST(Message, HasOneIdForOneDecisionAtOneEndpoint) {
  const Event event = event_of(kPayment);
  const std::string id = message_of(event, "shop", "/giro").id;
  EXPECT_THAT(id, testing::MatchesRegex("giro_11_[0-9a-f]+"));
  EXPECT_EQ(message_of(event, "shop", "/other").id, id);
  EXPECT_NE(message_of(event, "books", "/giro").id, id);
  Event of_a_restored_ledger = event;
  of_a_restored_ledger.at = "2026-11-24T09:00:00.000000011Z";
  EXPECT_NE(message_of(of_a_restored_ledger, "shop", "/giro").id, id);
  EXPECT_NE(message_id("shop", event, kUnusualKind, "customers:ada"), id);
}

// The secret, id, time and payload are those of the examples of Standard Webhooks; the signature is
// what Python's hmac makes of them.
TEST(Signature, IsThatOfStandardWebhooks) {
  const auto secret = parse_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  ASSERT_TRUE(secret);
  const std::vector<Secret> one{*secret};
  const std::string signature =
      sign(one, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1'614'265'330, R"({"test": 2432232314})");
  EXPECT_EQ(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  const std::vector<Secret> both{*secret, Secret(32, 7)};
  EXPECT_TRUE(sign(both, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1'614'265'330, R"({"test": 2432232314})")
                  .starts_with(signature + " v1,"));
}

TEST(Signature, TakesOnlySecretsOfTheirForm) {
  EXPECT_FALSE(parse_secret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")) << "no whsec_";
  EXPECT_FALSE(parse_secret("whsec_c2hvcnQ=")) << "too short";
  EXPECT_FALSE(parse_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!")) << "no base64";
  EXPECT_FALSE(parse_secret("whsec_MfKQ9r8GKYqrTwjU PD8ILPZIo2LaLaSw")) << "a blank";
  EXPECT_FALSE(parse_secret("whsec_" + std::string(100, 'A'))) << "too long";
}

TEST(Filters, TakeWhatIsTrueInAllThatIsGiven) {
  const Event event = event_of(kPayment);
  EXPECT_TRUE(passes({}, event));
  EXPECT_TRUE(passes({.accounts = {"customers"}, .kinds = {"payment"}}, event));
  EXPECT_FALSE(passes({.accounts = {"cust"}}, event)) << "by whole parts";
  EXPECT_FALSE(passes({.kinds = {"hold"}}, event));
  EXPECT_FALSE(passes({.statuses = {"rejected"}}, event));
  EXPECT_TRUE(passes({.only_alerts = true, .below = true}, event));
  EXPECT_FALSE(passes({.only_alerts = true, .above = true}, event));
  EXPECT_FALSE(passes({.only_alerts = true, .unusual = true}, event));
  EXPECT_TRUE(note_passes({.accounts = {"customers"}, .unusual = true}, "customers:ada"));
  EXPECT_FALSE(note_passes({.accounts = {"shop"}, .unusual = true}, "customers:ada"));
}

TEST(Urls, HaveTheirParts) {
  const auto url = parse_url("https://shop.example:8443/hooks?a=b");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "shop.example");
  EXPECT_EQ(url->port, "8443");
  EXPECT_EQ(url->target, "/hooks?a=b");
  EXPECT_EQ(url->authority, "shop.example:8443");
  EXPECT_EQ(parse_url("https://shop.example")->target, "/");
  EXPECT_EQ(parse_url("http://[::1]:80/x")->host, "::1");
  EXPECT_FALSE(parse_url("http://[::1]:80/x")->tls);
  for (const char* wrong :
       {"shop.example", "ftp://a/", "https://", "https://a b/", "https://a/\r\nX: y",
        "https://u:p@a/", "https://a:0/", "https://a:99999/", "https://a/#x", "https://[::1",
        "https://a:80:90/"}) {
    EXPECT_FALSE(parse_url(wrong)) << wrong;
  }
}

TEST(AddressRule, LetsOnlyPublicAddressesBeReachedUnlessOthersAreNamed) {
  using boost::asio::ip::make_address;
  for (const char* special :
       {"127.0.0.1", "10.1.2.3", "172.31.255.255", "192.168.1.1", "169.254.169.254", "0.0.0.0",
        "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:db8::1"}) {
    EXPECT_FALSE(may_be_reached(make_address(special), true, {})) << special;
  }
  for (const char* everybodys : {"93.184.216.34", "172.32.0.1", "2606:2800:220:1::1"}) {
    EXPECT_TRUE(may_be_reached(make_address(everybodys), true, {})) << everybodys;
    EXPECT_FALSE(may_be_reached(make_address(everybodys), false, {}))
        << "without TLS " << everybodys;
  }
  const std::vector<Network> named{*parse_network("10.1.0.0/16"), *parse_network("::1")};
  EXPECT_TRUE(may_be_reached(make_address("10.1.255.1"), false, named));
  EXPECT_TRUE(may_be_reached(make_address("::ffff:10.1.255.1"), true, named));
  EXPECT_TRUE(may_be_reached(make_address("::1"), false, named));
  EXPECT_FALSE(may_be_reached(make_address("10.2.0.1"), true, named));
  for (const char* wrong : {"10.0.0.0/33", "10.0.0/8", "x", "", "::/129", "10.0.0.0/"}) {
    EXPECT_FALSE(parse_network(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace giro::relay
