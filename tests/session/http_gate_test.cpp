// By TCP: who is let in, and what they may do.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "session/http/gate.hpp"
#include "tests/session/room.hpp"

namespace giro::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

using http::Gate;
using http::Verdict;

const std::string kToken = "0123456789abcdef";  // NOLINT(cert-err58-cpp)

http::Request asked_of(std::string_view host) {
  http::Request request;
  request.method = "GET";
  request.target = "/v1/status";
  request.host = host;
  return request;
}

TEST(Gate, TakesRequestsThatNameThisMachine) {
  const Gate gate("");
  for (const char* host :
       {"localhost", "LocalHost:8480", "127.0.0.1", "127.0.0.1:1", "[::1]:8480"}) {
    EXPECT_EQ(gate.judge(asked_of(host)), Verdict::let_in) << host;
  }
  for (const char* host : {"", "evil.example", "localhost.evil.example",
                           "127.0.0.1.evil.example:80", "[::2]", "::1", "[", "10.0.0.1"}) {
    EXPECT_EQ(gate.judge(asked_of(host)), Verdict::other_host) << host;
  }
}

TEST(Gate, TakesRequestsOfItsOwnPagesAlone) {
  const Gate gate("");
  http::Request request = asked_of("localhost:8480");
  request.origin = "http://localhost:8480";
  EXPECT_EQ(gate.judge(request), Verdict::let_in);
  for (const char* origin : {"http://localhost:3000", "https://localhost:8480", "null",
                             "http://evil.example", "http://127.0.0.1:8480"}) {
    request.origin = origin;
    EXPECT_EQ(gate.judge(request), Verdict::other_origin) << origin;
  }
}

TEST(Gate, AsksForItsTokenWhereItHasOne) {
  Gate gate(kToken);
  http::Request request = asked_of("localhost");
  EXPECT_EQ(gate.judge(request), Verdict::no_token);
  for (const std::string& wrong : std::initializer_list<std::string>{
           kToken, "Bearer", "Bearer ", "Bearer " + kToken + "x", "Bearer " + kToken.substr(1),
           "Basic " + kToken, "Bearer 0123456789abcdeF"}) {
    request.authorization = wrong;
    EXPECT_EQ(gate.judge(request), Verdict::no_token) << wrong;
  }
  const std::string right = "bearer " + kToken;
  request.authorization = right;
  EXPECT_EQ(gate.judge(request), Verdict::let_in);
  gate.set_token("another-token-of-16");
  EXPECT_EQ(gate.judge(request), Verdict::no_token);
  for (const char* open : {"/livez", "/readyz", "/", "/page/app.js", "/page/rejections.json"}) {
    request.target = open;
    EXPECT_EQ(gate.judge(request), Verdict::let_in) << open;
  }
  for (const char* closed : {"/metrics", "/v1/rpc", "/page/none.js", "/page/../v1/status"}) {
    request.target = closed;
    EXPECT_EQ(gate.judge(request), Verdict::no_token) << closed;
  }
}

std::string asking(const std::string& line, const std::string& more = "") {
  return line + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n";
}

TEST(Gate, AnswersAProblemToWhomItTurnsAwayAndTheConnectionGoesOn) {
  Room room;
  const Gate gate(kToken);
  ByteClient client(room, {}, &gate);
  client.send(asking("POST /v1/rpc", "Content-Length: 2\r\n") + "{}");
  EXPECT_THAT(client.take(),
              testing::AllOf(StartsWith("HTTP/1.1 401 "), HasSubstr("WWW-Authenticate: Bearer\r\n"),
                             HasSubstr(R"("code":"unauthorized")")));
  client.send("GET /v1/info HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  EXPECT_THAT(client.take(), StartsWith("HTTP/1.1 403 "));
  client.send(asking("GET /v1/info", "Authorization: Bearer " + kToken + "\r\n"));
  EXPECT_THAT(client.take(), StartsWith("HTTP/1.1 200 "));
}

TEST(Gate, KnowsNoLinesOfJson) {
  Room room;
  const Gate gate("");
  ByteClient client(room, {}, &gate);
  client.send(request(1, "server.info", "{}") + "\n");
  EXPECT_THAT(client.take(), HasSubstr("this port speaks HTTP/1.1 alone"));
  EXPECT_EQ(client.session().ending(), Session::Ending::refused);
}

TEST(Gate, WhoOnlyReadsChangesNothingWhateverTheRulesSay) {
  Room room;
  const Gate gate("");
  ByteClient client(room, Peer{.uid = 0, .groups = {}, .only_reads = true}, &gate);
  const std::string coffee = R"({"key":"k","from":"world","to":"ada","amount":5,"currency":"EUR"})";
  const auto post = [&](const std::string& path, const std::string& body) {
    client.send(asking("POST " + path, "Content-Length: " + std::to_string(body.size()) + "\r\n") +
                body);
    return client.take();
  };
  for (const std::string path : {"/v1/payments", "/v1/holds", "/v1/accounts", "/v1/books/open"}) {
    EXPECT_THAT(post(path, coffee),
                testing::AllOf(StartsWith("HTTP/1.1 403 "), HasSubstr("http.token_file")))
        << path;
  }
  EXPECT_THAT(post("/v1/payments/many", R"({"payments":[)" + coffee + "]}"),
              StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(post("/v1/groups", R"({"members":[]})"), StartsWith("HTTP/1.1 403 "));
  client.send(asking("GET /v1/verification"));
  EXPECT_THAT(client.take(), StartsWith("HTTP/1.1 403 "));
  client.send(asking("GET /v1/info"));
  EXPECT_THAT(client.take(), StartsWith("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace giro::test
