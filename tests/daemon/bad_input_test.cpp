// What bad input gets: a clear error, nothing lost, nothing half done, and nobody else notices.
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/daemon/daemon_process.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;

struct Case {
  std::string name;
  std::string line;
  int code;            // error.code
  std::string symbol;  // error.data.code
  std::string field;   // error.data.field; empty: none.
};

std::string submit(const std::string& params) {
  return R"({"jsonrpc":"2.0","id":1,"method":"payments.submit","params":)" + params + "}";
}

std::string pay_amount(const std::string& amount) {
  return submit(R"({"key":"k","from":"world","to":"acct:a","amount":)" + amount +
                R"(,"currency":"EUR"})");
}

std::string pay_key(const std::string& key) {
  return submit(R"({"key":")" + key +
                R"(","from":"world","to":"acct:a","amount":1,"currency":"EUR"})");
}

std::vector<Case> cases() {
  const std::string long_id(65, 'x');
  return {
      {"BrokenJson", R"({"jsonrpc":"2.0","id":1,"method":)", -32700, "malformed", ""},
      {"NotJson", "hello", -32700, "malformed", ""},
      {"BadUtf8", pay_key("\xff\xfe"), -32700, "malformed", ""},
      {"DeepNesting", std::string(100, '[') + std::string(100, ']'), -32700, "malformed", ""},
      {"EmptyArray", "[]", -32600, "malformed", ""},
      {"NoMethod", R"({"jsonrpc":"2.0","id":1})", -32600, "malformed", ""},
      {"NoVersion", R"({"id":1,"method":"server.info"})", -32600, "malformed", ""},
      {"UnknownMethod", R"({"jsonrpc":"2.0","id":1,"method":"payments.sumbit"})", -32601,
       "unknown_method", ""},
      {"UnknownField",
       submit(R"({"key":"k","from":"world","to":"acct:a","amount":1,"currency":"EUR","amuont":2})"),
       -32602, "unknown_field", "amuont"},
      {"DuplicateField",
       submit(R"({"key":"k","from":"world","to":"acct:a","amount":1,"amount":2,"currency":"EUR"})"),
       -32602, "malformed", "amount"},
      {"MissingField", submit(R"({"key":"k","from":"world","to":"acct:a","currency":"EUR"})"),
       -32602, "malformed", "amount"},
      {"FloatAmount", pay_amount("12.5"), -32602, "malformed", "amount"},
      {"WholeFloatAmount", pay_amount("12.0"), -32602, "malformed", "amount"},
      {"ExponentAmount", pay_amount("1e3"), -32602, "malformed", "amount"},
      {"TextAmount", pay_amount(R"("12")"), -32602, "malformed", "amount"},
      {"ZeroAmount", pay_amount("0"), -32602, "invalid_amount", "amount"},
      {"NegativeAmount", pay_amount("-5"), -32602, "invalid_amount", "amount"},
      {"AmountOverInt64", pay_amount("9223372036854775808"), -32602, "invalid_amount", "amount"},
      {"AmountOverUint64", pay_amount("99999999999999999999999"), -32602, "invalid_amount",
       "amount"},
      {"LongKey", pay_key(std::string(129, 'x')), -32602, "invalid_key", "key"},
      {"EmptyKey", pay_key(""), -32602, "invalid_key", "key"},
      {"BlankAtTheEndOfAKey", pay_key("a "), -32602, "invalid_key", "key"},
      {"ZeroWidthSpaceInKey", pay_key("a\\u200bb"), -32602, "invalid_key", "key"},
      {"KeyNotInNormalForm", pay_key("cafe\\u0301"), -32602, "invalid_key", "key"},
      {"ControlCharacterInKey", pay_key("a\\u0001b"), -32602, "invalid_key", "key"},
      {"LongAccountId",
       submit(R"({"key":"k","from":")" + long_id +
              R"(","to":"acct:a","amount":1,"currency":"EUR"})"),
       -32602, "invalid_from", "from"},
      {"SameAccount",
       submit(R"({"key":"k","from":"acct:a","to":"acct:a","amount":1,"currency":"EUR"})"), -32602,
       "same_account", "to"},
      {"SmallLettersInCurrency",
       submit(R"({"key":"k","from":"world","to":"acct:a","amount":1,"currency":"eur"})"), -32602,
       "invalid_currency", "currency"},
      {"BadAmountInALeg",
       submit(R"({"key":"k","legs":[{"from":"world","to":"acct:a","amount":1,"currency":"EUR"},)"
              R"({"from":"world","to":"acct:a","amount":0,"currency":"EUR"}]})"),
       -32602, "invalid_amount", "legs[1].amount"},
      {"QuestionAboutUnknownAccount",
       R"({"jsonrpc":"2.0","id":1,"method":"accounts.get","params":{"id":"nobody"}})", -32007,
       "account_unknown", "id"},
  };
}

class BadInput : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder();
    daemon_ = new DaemonProcess(folder_->path());
    client::Connection connection = daemon_->connect();
    open_account(connection, "world", true);
    open_account(connection, "acct:a");
  }
  static void TearDownTestSuite() {
    delete daemon_;
    delete folder_;
  }

  static std::int64_t seq() {
    client::Connection connection = daemon_->connect();
    return call(connection, "ledger.status").at("seq").as_int64();
  }

  static inline ScratchFolder* folder_ = nullptr;
  static inline DaemonProcess* daemon_ = nullptr;
};

TEST_F(BadInput, GetsAnErrorThatNamesWhatIsWrongAndDecidesNothing) {
  const std::int64_t before = seq();
  for (const Case& bad : cases()) {
    SCOPED_TRACE(bad.name);
    RawConnection connection(daemon_->socket());
    connection.send(bad.line + "\n");
    const std::string line = connection.read_line();
    ASSERT_FALSE(line.empty()) << "no answer";
    const json::object reply = json::parse(line).as_object();
    ASSERT_TRUE(reply.contains("error")) << line;
    const json::object& error = reply.at("error").as_object();
    EXPECT_EQ(error.at("code").as_int64(), bad.code) << line;
    EXPECT_EQ(error.at("data").at("code").as_string(), bad.symbol) << line;
    const json::value* field = error.at("data").as_object().if_contains("field");
    EXPECT_EQ(field == nullptr ? "" : std::string(field->as_string()), bad.field) << line;
    EXPECT_FALSE(error.at("message").as_string().empty());

    // The connection is still of use.
    connection.send(R"({"jsonrpc":"2.0","id":2,"method":"server.info"})"
                    "\n");
    EXPECT_NE(connection.read_line().find(R"("result")"), std::string::npos);
  }
  EXPECT_EQ(seq(), before);
}

TEST_F(BadInput, LeavesTheKeyUnused) {
  RawConnection connection(daemon_->socket());
  connection.send(
      submit(R"({"key":"again","from":"world","to":"acct:a","amount":0,"currency":"EUR"})") + "\n");
  EXPECT_NE(connection.read_line().find("invalid_amount"), std::string::npos);
  connection.send(
      submit(R"({"key":"again","from":"world","to":"acct:a","amount":7,"currency":"EUR"})") + "\n");
  EXPECT_NE(connection.read_line().find(R"("status":"applied")"), std::string::npos);
}

TEST_F(BadInput, ALineOverTheLimitIsRefusedAndTheConnectionClosed) {
  RawConnection connection(daemon_->socket());
  connection.send(std::string((std::size_t{17} << 20), 'x'));
  const std::string line = connection.read_line();
  EXPECT_NE(line.find("too_large"), std::string::npos) << line;
  EXPECT_EQ(connection.read_line(), "") << "the connection goes on in the middle of a line";
}

TEST_F(BadInput, OfOneClientNeverTouchesAnother) {
  client::Connection good = daemon_->connect();
  std::vector<std::unique_ptr<RawConnection>> bad;
  for (int i = 0; i < 20; ++i) {
    bad.push_back(std::make_unique<RawConnection>(daemon_->socket()));
    bad.back()->send(R"({"jsonrpc":"2.0","id":1,"method":"payments.sub)");  // And no end.
    bad.push_back(std::make_unique<RawConnection>(daemon_->socket()));
    bad.back()->send(std::string(i + 1, '\xff') + "\n[[[[\n\n\n" + '\0' + "\x01\n");
    const std::string key = "good-" + std::to_string(i);
    const json::object result =
        call(good, "payments.submit",
             json::parse(payment_params(key, "world", "acct:a", 1)).as_object());
    EXPECT_EQ(result.at("status").as_string(), "applied");
  }
}

}  // namespace
}  // namespace giro::test
