#include "cli/failure.hpp"

#include <cerrno>

#include <gtest/gtest.h>

namespace giro::cli {
namespace {

using client::TransportError;

TEST(ExitCode, FollowsTheClassOfTheError) {
  for (const char* again : {"busy", "read_only", "shutting_down", "outcome_unknown"}) {
    EXPECT_EQ(exit_code_of(again), ExitCode::try_again) << again;
  }
  for (const char* wrong : {"malformed", "unknown_method", "unknown_field", "too_large",
                            "same_account", "invalid_amount", "invalid_anything"}) {
    EXPECT_EQ(exit_code_of(wrong), ExitCode::usage) << wrong;
  }
  EXPECT_EQ(exit_code_of("key_conflict"), ExitCode::rejected);
  EXPECT_EQ(exit_code_of("account_unknown"), ExitCode::rejected);
  EXPECT_EQ(exit_code_of("unauthorized"), ExitCode::no_permission);
  EXPECT_EQ(exit_code_of("internal"), ExitCode::internal);
  EXPECT_EQ(exit_code_of(""), ExitCode::internal);
}

TEST(Failure, WithoutADaemonNamesTheSocketAndHowToStart) {
  const Failure failure = explain(TransportError{TransportError::Kind::connect, ECONNREFUSED, {}},
                                  "/x/giro.sock", true);
  EXPECT_EQ(failure.exit, ExitCode::no_daemon);
  EXPECT_NE(failure.what.find("/x/giro.sock"), std::string::npos);
  EXPECT_NE(failure.advice.find("systemctl start girod"), std::string::npos);
  EXPECT_NE(failure.advice.find("girod --data DIR --socket /x/giro.sock"), std::string::npos);
}

TEST(Failure, WithoutPermissionNamesTheGroup) {
  const Failure failure =
      explain(TransportError{TransportError::Kind::connect, EACCES, {}}, "/etc/giro.sock", false);
  EXPECT_EQ(failure.exit, ExitCode::no_permission);
  // /etc belongs to root's group, which nobody is told to join.
  EXPECT_NE(failure.advice.find("use sudo"), std::string::npos);

  // Nothing there to look at: the group of the packaged service.
  const Failure elsewhere = explain(TransportError{TransportError::Kind::connect, EACCES, {}},
                                    "/nonexistent/giro.sock", false);
  EXPECT_NE(elsewhere.advice.find("sudo usermod -aG giro "), std::string::npos);
}

TEST(Failure, OfAPaymentWhoseAnswerWasLostIsOpen) {
  const TransportError lost{TransportError::Kind::lost, 0, {}};
  const Failure payment = explain(lost, "/s", true);
  EXPECT_EQ(payment.exit, ExitCode::try_again);
  EXPECT_NE(payment.money.find("may or may not"), std::string::npos);
  EXPECT_NE(payment.advice.find("giro get KEY"), std::string::npos);
  EXPECT_EQ(explain(lost, "/s", false).money, "It was only a question: no money moved.");
}

TEST(Failure, OutcomeUnknownIsTheOneErrorThatLeavesItOpen) {
  const auto money = [](const char* name) {
    return explain(client::RpcError{0, name, "text"}, "/s", true).money;
  };
  EXPECT_NE(money("outcome_unknown").find("may or may not"), std::string::npos);
  EXPECT_EQ(money("busy"), "Nothing was decided and no money moved.");
  EXPECT_EQ(money("invalid_amount"), "Nothing was decided and no money moved.");
}

TEST(Failure, IsOneLineOfJsonForPrograms) {
  const Failure failure{ExitCode::usage, "a \"b\"", "", "c"};
  EXPECT_EQ(render(failure, true),
            "{\"error\":{\"exit\":64,\"what\":\"a \\\"b\\\"\",\"money\":\"\",\"advice\":\"c\"}}\n");
  EXPECT_EQ(render(failure, false), "giro: a \"b\"\n      c\n");
}

}  // namespace
}  // namespace giro::cli
