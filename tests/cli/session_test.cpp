// Waiting for a daemon, and what is known when it is over.
#include "cli/session.hpp"

#include <chrono>

#include <gtest/gtest.h>

#include "tests/protocol/fake_daemon.hpp"

namespace giro::cli {
namespace {

using std::chrono::milliseconds;
using test::FakeDaemon;

TEST(Patience, IsANumberOfSecondsOrHasAUnit) {
  EXPECT_EQ(parse_patience("5"), milliseconds(5'000));
  EXPECT_EQ(parse_patience("0.05"), milliseconds(50));
  EXPECT_EQ(parse_patience("500ms"), milliseconds(500));
  EXPECT_EQ(parse_patience("90s"), milliseconds(90'000));
  EXPECT_EQ(parse_patience("2m"), milliseconds(120'000));
  EXPECT_EQ(parse_patience("1.5h"), milliseconds(5'400'000));
  EXPECT_EQ(parse_patience("0"), milliseconds(0));
  EXPECT_EQ(parse_patience("none"), kEndless);
  for (const char* wrong : {"", "x", "-1", "5 s", "5x", "1e3", "nan", "inf", "367d", "none5"}) {
    EXPECT_EQ(parse_patience(wrong), std::nullopt) << wrong;
  }
}

Failure failure_of(const FakeDaemon& daemon, const char* method) {
  Session session({.sockets = {daemon.path()}, .timeout = "100ms"});
  auto answer = session.call(method, {{"key", "k"}});
  EXPECT_FALSE(answer);
  return answer ? Failure{} : std::move(answer).error();
}

// Takes every request and answers the one that comes after it.
TEST(Session, SaysWhatWasSentAndThatItsOutcomeIsntKnownWhenTheAnswerIsTooLate) {
  const FakeDaemon daemon([](const boost::json::object&) {
    std::this_thread::sleep_for(milliseconds(400));
    return boost::json::object{{"result", boost::json::object{}}};
  });
  const Failure failure = failure_of(daemon, "payments.submit");
  EXPECT_EQ(failure.exit, ExitCode::try_again);
  EXPECT_EQ(failure.code, "timed_out");
  EXPECT_TRUE(failure.open);
  EXPECT_NE(failure.what.find("payments.submit"), std::string::npos) << failure.what;
  EXPECT_NE(failure.what.find("within 0.1 s"), std::string::npos) << failure.what;
  EXPECT_NE(failure.money.find("was sent, and its outcome isn't known"), std::string::npos);
  EXPECT_NE(failure.advice.find("the same key"), std::string::npos);
}

TEST(Session, OfAQuestionThatIsAnsweredTooLateNothingIsOpen) {
  const FakeDaemon daemon([](const boost::json::object&) {
    std::this_thread::sleep_for(milliseconds(400));
    return boost::json::object{{"result", boost::json::object{}}};
  });
  const Failure failure = failure_of(daemon, "accounts.get");
  EXPECT_EQ(failure.exit, ExitCode::try_again);
  EXPECT_FALSE(failure.open);
  EXPECT_EQ(failure.money, "It was only a question: no money moved.");
}

TEST(Session, WaitsForADaemonNoLongerThanItIsTold) {
  Session session({.sockets = {"/nonexistent/giro.sock"}, .timeout = "200ms", .wait = true});
  const auto begun = std::chrono::steady_clock::now();
  const auto answer = session.call("ledger.status", {});
  EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds(120));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().exit, ExitCode::no_daemon);
  EXPECT_NE(answer.error().what.find("(waited 0.2 s)"), std::string::npos) << answer.error().what;
}

// An error's field is the daemon's.
TEST(Session, NamesTheFieldThatTheDaemonNames) {
  const FakeDaemon daemon([](const boost::json::object&) {
    boost::json::object data{{"code", "invalid_amount"}, {"field", "amount"}};
    return boost::json::object{
        {"error", {{"code", -32602}, {"message", "amount must be above 0"}, {"data", data}}}};
  });
  const Failure failure = failure_of(daemon, "payments.submit");
  EXPECT_EQ(failure.code, "invalid_amount");
  EXPECT_EQ(failure.field, "amount");
  EXPECT_FALSE(failure.open);
}

TEST(Failure, MayBeRunAgainUnlessItsKeyWasMadeAndItsOutcomeIsOpen) {
  Failure failure{.exit = ExitCode::try_again, .what = {}, .money = {}, .advice = {}};
  EXPECT_TRUE(may_be_run_again(failure));
  failure.open = true;
  EXPECT_TRUE(may_be_run_again(failure));
  failure.new_key = "0191";
  EXPECT_FALSE(may_be_run_again(failure));
  failure.open = false;
  EXPECT_TRUE(may_be_run_again(failure));
  EXPECT_FALSE(may_be_run_again({.exit = ExitCode::usage, .what = {}, .money = {}, .advice = {}}));
}

}  // namespace
}  // namespace giro::cli
