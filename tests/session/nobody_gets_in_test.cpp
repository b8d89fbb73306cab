// Every method is asked for by everybody: what may be asked gets through, and all else is refused as unauthorized, is
// logged, and never reaches the queue or a reader, so that no refusal can tell what the ledger has.
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/algorithm/string/replace.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "session/http/gate.hpp"
#include "tests/session/room.hpp"

namespace giro::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// What rules tell apart, in the order of Role::may.
enum class Kind : std::uint8_t {
  tells_nothing,  // Of the ledger.
  reads,
  pays,     // Names the account that pays, and how much.
  follows,  // Names a payment alone.
  changes,  // Accounts or the books: operators' alone.
  opens,
  audits,
};

struct Sample {
  Kind kind;
  std::string params;  // KEY, FROM and AMOUNT stand for what a rule may be about.
};

const std::string kPays =  // NOLINT(cert-err58-cpp)
    R"("key":"KEY","from":"FROM","to":"sink","amount":AMOUNT,"currency":"EUR")";

// One request of each method.
std::map<std::string_view, Sample> samples() {
  return {
      {"payments.submit", {Kind::pays, "{" + kPays + "}"}},
      {"payments.submit_many", {Kind::pays, R"({"payments":[{)" + kPays + "}]}"}},
      {"payments.submit_group",
       {Kind::pays, R"({"members":[{"method":"payments.submit","params":{)" + kPays + "}}]}"}},
      {"payments.hold", {Kind::pays, "{" + kPays + R"(,"expires_at":"2099-12-31T12:00:00Z"})"}},
      {"payments.capture", {Kind::follows, R"({"key":"KEY","hold":"room-7"})"}},
      {"payments.void", {Kind::follows, R"({"key":"KEY","hold":"room-7"})"}},
      {"payments.reverse", {Kind::follows, R"({"key":"KEY","original":"rent-1"})"}},
      {"payments.schedule", {Kind::pays, "{" + kPays + R"(,"at":"2099-01-31T09:00:00Z"})"}},
      {"payments.cancel", {Kind::follows, R"({"key":"KEY","schedule":"rent"})"}},
      {"payments.get", {Kind::reads, R"({"key":"rent-1"})"}},
      {"payments.list", {Kind::reads, R"({"account":"till"})"}},
      {"holds.list", {Kind::reads, R"({"account":"till"})"}},
      {"schedules.list", {Kind::reads, R"({"account":"till"})"}},
      {"accounts.open", {Kind::opens, R"({"id":"till","currency":"EUR"})"}},
      {"accounts.update", {Kind::changes, R"({"key":"KEY","id":"till","frozen":"debits"})"}},
      {"accounts.close", {Kind::changes, R"({"key":"KEY","id":"till"})"}},
      {"accounts.reopen", {Kind::changes, R"({"key":"KEY","id":"till"})"}},
      {"accounts.get", {Kind::reads, R"({"id":"till"})"}},
      {"accounts.list", {Kind::reads, R"({"prefix":"till"})"}},
      {"accounts.statement", {Kind::reads, R"({"id":"till"})"}},
      {"ledger.close_books", {Kind::changes, R"({"key":"KEY","until":"2001-12-31"})"}},
      {"ledger.open_books", {Kind::changes, R"({"key":"KEY","until":null})"}},
      {"ledger.trial_balance", {Kind::reads, "{}"}},
      {"ledger.totals", {Kind::reads, "{}"}},
      {"ledger.verify", {Kind::audits, "{}"}},
      {"ledger.status", {Kind::reads, "{}"}},
      {"server.info", {Kind::reads, "{}"}},
      {"rpc.discover", {Kind::tells_nothing, "{}"}},
      {"events.subscribe", {Kind::reads, "{}"}},
      {"events.unsubscribe", {Kind::reads, "{}"}},
  };
}

// What a request is about.
struct About {
  std::string from = "shop:till";
  std::string key = "shop-1";
  std::string amount = "100";
};
const About kWithin;  // What the rules below cover. NOLINT(cert-err58-cpp)

struct Role {
  std::string name;
  // A letter for each Kind: yes, no, or what is within a rule and nothing else.
  std::string may;
  Peer peer;
  Rules rules = default_rules(kOwnUser, kSocketGroup);
  About beyond = {};  // What its rule doesn't cover.
  // Of TCP: the token that girod keeps (empty: none), and what a request shows.
  std::optional<http::Gate> gate = {};
  std::string headers = {};

  static constexpr uid_t kOwnUser = 500;
  static constexpr gid_t kSocketGroup = 60;
  static constexpr uid_t kUser = 1'000;
};

Role ruled(std::string name, std::string may, Rule rule, About beyond = {}) {
  rule.users = {Role::kUser};
  return {.name = std::move(name),
          .may = std::move(may),
          .peer = {.uid = Role::kUser, .groups = {Role::kSocketGroup}},
          .rules = {std::move(rule)},
          .beyond = std::move(beyond)};
}

// As a member of the socket's group.
Role over_tcp(std::string name, std::string may, const std::string& token, std::string headers) {
  return {.name = std::move(name),
          .may = std::move(may),
          .peer = {.uid = Role::kUser, .groups = {Role::kSocketGroup}, .only_reads = token.empty()},
          .gate = http::Gate(token),
          .headers = std::move(headers)};
}

MethodSet methods_that_read() {
  MethodSet set = 0;
  for (const auto& [name, sample] : samples()) {
    if (sample.kind == Kind::reads) set |= methods_matching(name);
  }
  return set;
}

std::vector<Role> roles() {
  const std::string token = "0123456789abcdef0123456789abcdef";
  const std::string here = "Host: localhost\r\n";
  const std::string bears = "Authorization: Bearer " + token + "\r\n";
  Rule none;
  Rule reads;
  reads.methods = methods_that_read();
  Rule debit;
  debit.methods = kAllMethods;
  debit.debit = {"shop"};
  Rule max_amount;
  max_amount.methods = kAllMethods;
  max_amount.max_amount = {{CurrencyCode("EUR"), 100}};
  Rule keys;
  keys.methods = kAllMethods;
  keys.keys = {"shop-"};
  return {
      {.name = "root", .may = "yyyyyyy", .peer = {.uid = 0, .groups = {}}},
      {.name = "girod's own user", .may = "yyyyyyy", .peer = {.uid = Role::kOwnUser, .groups = {}}},
      {.name = "a member of the socket's group",
       .may = "yyyynnn",
       .peer = {.uid = Role::kUser, .groups = {100, Role::kSocketGroup}}},
      {.name = "a stranger", .may = "ynnnnnn", .peer = {.uid = Role::kUser, .groups = {100}}},
      ruled("by a rule without methods", "ynnnnnn", none),
      ruled("by a rule for reading", "yynnnnn", reads),
      ruled("by a rule with debit", "yywnnyy", debit, {.from = "bank"}),
      ruled("by a rule with max_amount", "yywnnyy", max_amount, {.amount = "101"}),
      ruled("by a rule with keys", "yywwwyy", keys, {.key = "bank-1"}),
      over_tcp("by TCP, the right token", "yyyynnn", token, here + bears),
      over_tcp("by TCP, no token where there is none", "yynnnnn", "", here),
      over_tcp("by TCP, without the token", "nnnnnnn", token, here),
      over_tcp("by TCP, a wrong token", "nnnnnnn", token,
               here + "Authorization: Bearer " + std::string(token.size(), 'x') + "\r\n"),
      over_tcp("by TCP, a wrong Host", "nnnnnnn", token, "Host: evil.example\r\n" + bears),
      over_tcp("by TCP, a wrong Origin", "nnnnnnn", token,
               here + "Origin: http://evil.example\r\n" + bears),
  };
}

// In HTTP the events are at a path of their own.
std::string as_http(const Role& role, std::string_view method, const std::string& line) {
  if (method.starts_with("events.")) {
    return "GET /v1/events HTTP/1.1\r\n" + role.headers + "\r\n";
  }
  return "POST /v1/rpc HTTP/1.1\r\n" + role.headers +
         "Content-Length: " + std::to_string(line.size()) + "\r\n\r\n" + line;
}

class NobodyGetsIn : public testing::Test {
 protected:
  // The request, in a room of its own, and whether it must get through.
  void ask(const Role& role, std::string_view method, const Sample& sample, const About& about,
           bool is_allowed) {
    Room room;
    room.rules = role.rules;
    ByteClient client(room, role.peer, role.gate ? &*role.gate : nullptr);
    std::string params = sample.params;
    boost::replace_all(params, "KEY", about.key);
    boost::replace_all(params, "FROM", about.from);
    boost::replace_all(params, "AMOUNT", about.amount);
    const std::string line = request(1, method, params) + "\n";
    client.send(role.gate ? as_http(role, method, line) : line);
    const std::string said = client.take();
    const bool got_through = !room.backend.items.empty() || !room.backend.jobs.empty();
    if (is_allowed) {
      EXPECT_THAT(said, Not(HasSubstr("error")));
      EXPECT_TRUE(got_through || said.find("\"result\"") != std::string::npos) << said;
      EXPECT_THAT(room.backend.warnings, IsEmpty());
      return;
    }
    EXPECT_FALSE(got_through) << "what the ledger has may be told by an answer, or by its time";
    EXPECT_THAT(said, HasSubstr(R"("code":"unauthorized")"));
    EXPECT_THAT(said, AnyOf(HasSubstr("decided nothing"), HasSubstr("nothing was decided")));
    ASSERT_THAT(room.backend.warnings, SizeIs(1)) << "it isn't logged";
    EXPECT_THAT(room.backend.warnings[0], HasSubstr("refused: "));
  }
};

TEST_F(NobodyGetsIn, ToAnyMethodButWhoTheTableSays) {
  const auto all = samples();
  ASSERT_EQ(all.size(), all_methods().size());
  for (const Role& role : roles()) {
    for (const std::string_view method : method_names()) {
      ASSERT_TRUE(all.contains(method)) << method << " is new: who may ask for it?";
      const Sample& sample = all.at(method);
      const char may = role.may.at(static_cast<std::size_t>(sample.kind));
      SCOPED_TRACE(std::string(method) + ", " + role.name);
      ask(role, method, sample, kWithin, may != 'n');
      ask(role, method, sample, role.beyond, may == 'y');
    }
  }
}

}  // namespace
}  // namespace giro::test
