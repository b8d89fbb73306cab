// HTTP on the same socket: the first bytes tell, and the rest is requests and answers, whatever pieces they come in.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/session/room.hpp"

namespace giro::test {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::string with_body(const std::string& head, const std::string& body) {
  return head + "\r\nHost: g\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
std::string post(const std::string& path, const std::string& body) {
  return with_body("POST " + path + " HTTP/1.1", body);
}
std::string get(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: g\r\n\r\n";
}
const std::string kCoffee =  // NOLINT(cert-err58-cpp)
    R"({"key":"k1","from":"world","to":"ada","amount":5,"currency":"EUR"})";

auto answered(int status) {
  return StartsWith("HTTP/1.1 " + std::to_string(status) + " ");
}
auto problem(int status, const std::string& code) {
  return AllOf(answered(status), HasSubstr("Content-Type: application/problem+json\r\n"),
               HasSubstr(R"("status":)" + std::to_string(status)),
               HasSubstr(R"("code":")" + code + '"'));
}

TEST(Http, APaymentIsDecidedAndAnsweredByItsResultAlone) {
  Room room;
  ByteClient client(room);
  client.send(post("/v1/payments", kCoffee));
  EXPECT_THAT(client.take(), IsEmpty());
  room.decide();
  EXPECT_THAT(client.take(), AllOf(answered(200), HasSubstr("Content-Type: application/json\r\n"),
                                   HasSubstr("\r\n\r\n{\"status\":\"applied\",\"seq\":1,"),
                                   Not(HasSubstr("jsonrpc"))));
}

TEST(Http, ARequestThatCantBeReadIsRefusedAsSuchWhateverBecameOfTheOneBefore) {
  Room room;
  ByteClient client(room);
  client.send(post("/v1/payments", kCoffee));
  CommittedGroup group;
  group.answers.push_back(
      {.to = room.backend.items.front().reply_to, .body = Outcome(Decided{.entry = 0})});
  group.entries.push_back(Room::entry(1, "k1"));
  group.entries.back().outcome = Rejection::account_unknown;
  room.answers.deliver(group);
  EXPECT_THAT(client.take(), problem(422, "account_unknown"));
  client.send("HEAD /v1/info HTTP/1.1\r\nHost: g\r\n\r\n");
  EXPECT_THAT(client.take(), EndsWith("\r\n\r\n"));
  client.send("GET / HTTP/9.9\r\n\r\n");
  EXPECT_THAT(client.take(), AllOf(problem(400, "malformed"), Not(HasSubstr("decision"))));
}

TEST(Http, ThePageIsTextThatIsBoundToItsOwnOriginWhateverTheClientTakes) {
  Room room;
  ByteClient client(room);
  client.send("GET / HTTP/1.1\r\nHost: g\r\nAccept: application/json;amounts=string\r\n\r\n");
  EXPECT_THAT(
      client.take(),
      AllOf(answered(200), HasSubstr("Content-Type: text/html; charset=utf-8\r\n"),
            HasSubstr("Content-Security-Policy: default-src 'self';"), EndsWith("</html>\n")));
  client.send(get("/page/rejections.json"));
  EXPECT_THAT(client.take(), AllOf(answered(200), HasSubstr("Content-Type: application/json\r\n"),
                                   HasSubstr(R"("insufficient_funds":"The paying account )")));
  client.send(post("/page/app.js", "{}"));
  EXPECT_THAT(client.take(), AllOf(answered(405), HasSubstr("Allow: GET\r\n")));
  client.send(get("/page/none.js"));
  EXPECT_THAT(client.take(), problem(404, "unknown_method"));
  client.send(get("/v1/info"));
  EXPECT_THAT(client.take(), Not(HasSubstr("Content-Security-Policy")));
}

TEST(Http, ARequestIsTheSameInWhateverPiecesItComes) {
  Room room;
  ByteClient client(room);
  for (const char byte : post("/v1/payments", kCoffee)) client.send(std::string(1, byte));
  room.decide();
  EXPECT_THAT(client.take(), answered(200));
}

TEST(Http, ABodyMayComeInChunks) {
  Room room;
  ByteClient client(room);
  client.send("POST /v1/payments HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n" +
              kCoffee.substr(0, 16) + "\r\n");
  client.send("100000000\r\n");
  EXPECT_THAT(client.take(), problem(413, "too_large"));
  ByteClient other(room);
  std::string rest = kCoffee.substr(16);
  char size[8];
  (void)std::snprintf(size, sizeof size, "%zx", rest.size());
  other.send("POST /v1/payments HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n" +
             kCoffee.substr(0, 16) + "\r\n" + size + "\r\n" + rest + "\r\n0\r\n\r\n");
  room.decide();
  EXPECT_THAT(other.take(), answered(200));
}

TEST(Http, RequestsOfOneConnectionAreAnsweredInTheirOrder) {
  Room room;
  ByteClient client(room);
  client.send(post("/v1/payments", kCoffee) + get("/livez") + get("/v1/nothing"));
  EXPECT_THAT(client.take(), IsEmpty());
  room.decide();
  const std::string said = client.take();
  EXPECT_THAT(said, answered(200));
  EXPECT_LT(said.find("applied"), said.find("ok\n"));
  EXPECT_LT(said.find("ok\n"), said.find("HTTP/1.1 404"));
}

TEST(Http, LinesOfJsonStayLines) {
  Room room;
  ByteClient client(room);
  client.send("\n" + request(1, "server.info", "{}") + "\n");
  EXPECT_THAT(client.take(), StartsWith(R"({"jsonrpc":"2.0","id":1,"result":)"));
  ByteClient talkative(room);
  talkative.send("GETTING it wrong\n");
  EXPECT_THAT(talkative.take(), StartsWith(R"({"jsonrpc":"2.0","id":null,"error":)"));
}

TEST(Http, WhatIsRefusedHasAProblemDocumentOfTheSameCode) {
  Room room;
  ByteClient client(room);
  const auto said = [&](const std::string& bytes) {
    client.send(bytes);
    return client.take();
  };
  EXPECT_THAT(
      said(post("/v1/payments", R"({"key":"k","from":"a","to":"b","amount":0,"currency":"EUR"})")),
      AllOf(problem(400, "invalid_amount"), HasSubstr(R"("field":"amount")")));
  EXPECT_THAT(said(post("/v1/payments", R"({"x":1})")), problem(400, "unknown_field"));
  EXPECT_THAT(said(post("/v1/payments", "[")), problem(400, "malformed"));
  EXPECT_THAT(said(post("/v1/payments", "[]")), problem(400, "malformed"));
  EXPECT_THAT(said(get("/v1/payments?limit=0")), problem(400, "invalid_limit"));
  EXPECT_THAT(said(get("/v1/accounts/%zz")), problem(400, "malformed"));
  EXPECT_THAT(said(get("/v1/nothing")), problem(404, "unknown_method"));
  EXPECT_THAT(said(with_body("DELETE /v1/payments HTTP/1.1", "")),
              AllOf(problem(405, "unknown_method"), HasSubstr("Allow: POST, GET\r\n")));
  room.backend.is_full = true;
  EXPECT_THAT(said(post("/v1/payments", kCoffee)),
              AllOf(problem(503, "busy"), HasSubstr("Retry-After: 1\r\n")));
}

TEST(Http, ATargetIsAPathOrAWholeAddressAndNothingElse) {
  Room room;
  ByteClient client(room);
  const auto said = [&](const std::string& target) {
    client.send("GET " + target + " HTTP/1.1\r\nHost: g\r\n\r\n");
    return client.take();
  };
  EXPECT_THAT(said("http://giro/livez"), answered(200));
  for (const char* target :
       {"xlivez", "livez", "*", "http://giro", "ftp://giro/livez", "//livez"}) {
    EXPECT_THAT(said(target), answered(404)) << target;
  }
}

TEST(Http, AmountsAreStringsBothWaysForWhoAsksForThem) {
  Room room;
  ByteClient client(room);
  const auto asking = [](const std::string& path, const std::string& body) {
    return with_body(
        "POST " + path + " HTTP/1.1\r\nAccept: text/html, application/json; amounts=string", body);
  };
  const std::string coffee =
      R"({"key":"k1","from":"world","to":"ada","amount":"5","currency":"EUR"})";
  client.send(asking("/v1/payments", coffee));
  room.decide();
  EXPECT_THAT(client.take(),
              AllOf(answered(200), HasSubstr("Content-Type: application/json;amounts=string\r\n"),
                    HasSubstr(R"("seq":1,)"), HasSubstr(R"("to_balance":"0")")));
  const std::string line =
      R"({"jsonrpc":"2.0","id":1,"method":"payments.submit","params":{"key":"k2","from":"world",)"
      R"("to":"ada","amount":"5","currency":"EUR"}})";
  client.send(asking("/v1/rpc", line + "\n" + line));
  room.decide();
  EXPECT_THAT(client.take(), HasSubstr(R"("to_balance":"0")"));
  client.send(post("/v1/payments", coffee));
  EXPECT_THAT(client.take(), problem(400, "malformed"));
}

TEST(Http, ARefusalOfOneRequestLeavesTheConnectionAsItWas) {
  Room room;
  ByteClient client(room);
  client.send(post("/v1/payments", "{"));
  EXPECT_THAT(client.take(), answered(400));
  client.send(get("/livez"));
  EXPECT_THAT(client.take(), AllOf(answered(200), EndsWith("\r\n\r\nok\n")));
}

TEST(Http, WhatCantBeReadEndsTheConnectionAfterItWasTold) {
  Room room;
  ByteClient client(room);
  client.send("GET /livez HTTP/1.1\r\nbad header\r\n\r\n");
  EXPECT_THAT(client.take(), AllOf(problem(400, "malformed"), HasSubstr("Connection: close\r\n")));
  EXPECT_EQ(client.session().ending(), Session::Ending::refused);
  ByteClient wordy(room);
  wordy.send("GET /" + std::string(9'000, 'x'));
  EXPECT_THAT(wordy.take(), problem(413, "too_large"));
  ByteClient large(room);
  large.send("POST /v1/payments HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n");
  EXPECT_THAT(large.take(), problem(413, "too_large"));
}

TEST(Http, AClientThatLeavesWithinARequestIsLeft) {
  Room room;
  for (const char* beginning :
       {"GET /livez HTTP/1.1\r\nHos", "POST /v1/payments HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"}) {
    ByteClient client(room);
    client.send(beginning);
    client.end_input();
    EXPECT_EQ(client.session().ending(), Session::Ending::complete);
  }
}

TEST(Http, AClientThatStopsSendingIsAnsweredAndLeft) {
  Room room;
  ByteClient client(room);
  client.send(post("/v1/payments", kCoffee));
  client.end_input();
  EXPECT_EQ(client.session().ending(), Session::Ending::none);
  room.decide();
  EXPECT_THAT(client.take(), answered(200));
  EXPECT_EQ(client.session().ending(), Session::Ending::complete);
}

TEST(Http, ABodyBeyondTheUsersShareIsRefusedBeforeItComes) {
  Limits limits;
  limits.unfinished_bytes = 64 << 10;
  Room room(limits);
  ByteClient other(room);
  other.send(std::string(10'000, ' '));  // Holds some, so that the rest is bounded.
  ByteClient client(room);
  client.send("POST /v1/payments/many HTTP/1.1\r\nContent-Length: 8000000\r\n\r\n{");
  EXPECT_THAT(client.take(), problem(503, "busy"));
}

TEST(Http, AClientThatAsksFirstIsToldToSendItsBody) {
  Room room;
  ByteClient client(room);
  client.send("POST /v1/payments HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: " +
              std::to_string(kCoffee.size()) + "\r\n\r\n");
  EXPECT_EQ(client.take(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send(kCoffee);
  room.decide();
  EXPECT_THAT(client.take(), answered(200));
}

TEST(Http, HeadIsAnsweredWithoutABody) {
  Room room;
  ByteClient client(room);
  client.send("HEAD /livez HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.take(),
              AllOf(answered(200), HasSubstr("Content-Length: 3\r\n"), EndsWith("\r\n\r\n")));
}

TEST(Http, AnOldClientOrOneThatSaysSoIsLeftAfterItsAnswer) {
  Room room;
  for (const char* head :
       {"GET /livez HTTP/1.0\r\n\r\n", "GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n"}) {
    ByteClient client(room);
    client.send(head);
    EXPECT_THAT(client.take(), AllOf(answered(200), HasSubstr("Connection: close\r\n")));
    EXPECT_EQ(client.session().ending(), Session::Ending::refused);
  }
}

TEST(Http, TheIdempotencyKeyIsTheKey) {
  Room room;
  ByteClient client(room);
  const std::string unkeyed = R"( {"from":"world","to":"ada","amount":5,"currency":"EUR"})";
  for (const char* key : {"k-1", "\"k-1\""}) {
    client.send(
        with_body("POST /v1/payments HTTP/1.1\r\nIdempotency-Key: " + std::string(key), unkeyed));
    room.decide();
    EXPECT_THAT(client.take(), HasSubstr(R"("key":"k-1")"));
  }
  client.send(with_body("POST /v1/payments HTTP/1.1\r\nIdempotency-Key: k-2", kCoffee));
  EXPECT_THAT(client.take(), AllOf(problem(400, "malformed"), HasSubstr("twice")));
}

TEST(Http, APathNamesWhatItIsAbout) {
  Room room;
  ByteClient client(room);
  client.send(with_body("POST /v1/holds/room%207/capture HTTP/1.1\r\nIdempotency-Key: c-1", ""));
  ASSERT_EQ(room.backend.items.size(), 1U);
  const auto& command = std::get<Command>(room.backend.items[0].work);
  const auto& capture = std::get<CheckedCapture>(command);
  EXPECT_EQ(capture.refers_to().key.view(), "room 7");
}

// --- lines of JSON-RPC in a body ---

TEST(Http, OneRequestOfJsonRpcIsAnsweredAsOne) {
  Room room;
  ByteClient client(room);
  client.send(post("/v1/rpc", request(7, "nope", "{}")));
  EXPECT_THAT(client.take(), AllOf(answered(200), HasSubstr("Content-Type: application/json\r\n"),
                                   HasSubstr(R"({"jsonrpc":"2.0","id":7,"error":)")));
}

TEST(Http, LinesOfJsonRpcAreAnsweredInPiecesAsTheyAreDecided) {
  Room room;
  ByteClient client(room);
  client.send(
      post("/v1/rpc", pay(1) + "\n" + request(2, "server.info", "{}") + "\n[" + pay(3) + "]\n"));
  EXPECT_THAT(client.take(),
              AllOf(answered(200), HasSubstr("Transfer-Encoding: chunked\r\n"),
                    HasSubstr("\r\n{\"jsonrpc\":\"2.0\",\"id\":2,"), Not(EndsWith("0\r\n\r\n"))));
  room.decide();
  EXPECT_THAT(client.take(),
              AllOf(HasSubstr(R"("id":1,"result")"), HasSubstr(R"([{"jsonrpc":"2.0","id":3,)"),
                    EndsWith("\r\n0\r\n\r\n")));
}

TEST(Http, ALineMoreThanTheWindowHoldsWaits) {
  Limits limits;
  limits.window = 2;
  Room room(limits);
  ByteClient client(room);
  client.send(post("/v1/rpc", pay(1) + "\n" + pay(2) + "\n" + pay(3) + "\n"));
  EXPECT_EQ(room.backend.items.size(), 2U);
  room.decide();
  EXPECT_EQ(room.backend.items.size(), 1U);
  room.decide();
  EXPECT_THAT(client.take(), AllOf(HasSubstr(R"("id":3,"result")"), EndsWith("\r\n0\r\n\r\n")));
}

// --- events ---

TEST(Http, TheFeedIsEventsWithTheirSeqs) {
  Room room;
  room.head = 3;
  ByteClient client(room);
  client.send(get("/v1/events?from=2"));
  room.decide();
  EXPECT_THAT(client.take(),
              AllOf(answered(200), HasSubstr("Content-Type: text/event-stream\r\n"),
                    HasSubstr("id:1\nevent:subscribed\ndata:{\"from\":2,\"head_seq\":3}\n")));
  room.answer_events(0, 2);
  EXPECT_THAT(client.take(),
              AllOf(HasSubstr("id:2\nevent:entry\ndata:{"), HasSubstr("\n\nid:3\nevent:entry\n")));
  client.end_input();
  EXPECT_THAT(client.take(), EndsWith("0\r\n\r\n"));
  EXPECT_EQ(client.session().ending(), Session::Ending::complete);
}

TEST(Http, TheFeedGoesOnAfterTheLastEventThatCame) {
  Room room;
  room.head = 9;
  ByteClient client(room);
  client.send("GET /v1/events?from=2 HTTP/1.1\r\nLast-Event-ID: 7\r\n\r\n");
  room.decide();
  EXPECT_THAT(client.take(), HasSubstr(R"({"from":8,"head_seq":9})"));
}

TEST(Http, ASubscriptionByLineIsShownTheWayToTheFeed) {
  Room room;
  ByteClient client(room);
  client.send(post("/v1/rpc", request(1, "events.subscribe", "{}")));
  EXPECT_THAT(client.take(), AllOf(answered(200), HasSubstr("GET /v1/events")));
}

// --- metrics ---

TEST(Http, TheDocumentsOfTheApiAreThereForWhoeverMayConnect) {
  Room room;
  ByteClient stranger(room, 7);
  stranger.send(get("/v1/status"));
  EXPECT_THAT(stranger.take(), problem(403, "unauthorized"));
  stranger.send(get("/v1/openapi.json"));
  EXPECT_THAT(stranger.take(), AllOf(answered(200), HasSubstr("Content-Type: application/json\r\n"),
                                     EndsWith("\r\n\r\n{\"openapi\":\"3.1.0\"}\n")));
  stranger.send(get("/v1/openrpc.json"));
  EXPECT_THAT(stranger.take(), AllOf(answered(200), EndsWith("\r\n\r\n{\"openrpc\":\"1.3.2\"}\n")));
  stranger.send(post("/v1/openapi.json", "{}"));
  EXPECT_THAT(stranger.take(), AllOf(answered(405), HasSubstr("Allow: GET\r\n")));
}

TEST(Http, TheMetricsAreThereWhileNothingIsDecided) {
  Room room;
  room.backend.is_full = true;
  ByteClient client(room);
  client.send(post("/v1/payments", kCoffee) + get("/metrics"));
  EXPECT_THAT(client.take(), HasSubstr("\ngiro_refusals_total{code=\"busy\"} 1\n"));
}

}  // namespace
}  // namespace giro::test
