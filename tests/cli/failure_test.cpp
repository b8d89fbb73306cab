#include "cli/failure.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <gtest/gtest.h>
#include <unistd.h>

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
  for (const char* name : {"busy", "read_only", "shutting_down", "malformed", "invalid_amount"}) {
    EXPECT_EQ(money(name), "This request decided nothing and moved no money.") << name;
  }
}

// A refusal is about this request alone: one before it with the same key may have been decided.
TEST(Failure, ARefusalTellsHowToFindAnEarlierDecision) {
  for (const char* name : {"busy", "read_only", "shutting_down", "outcome_unknown"}) {
    const Failure failure = explain(client::RpcError{0, name, "text"}, "/s", true);
    EXPECT_NE(failure.advice.find("giro get KEY"), std::string::npos) << name;
    EXPECT_NE(failure.advice.find("the same key"), std::string::npos) << name;
  }
}

TEST(Failure, OfAQuestionMovesNoMoneyWhateverItsName) {
  for (const char* name : {"busy", "outcome_unknown", "internal", "unauthorized"}) {
    const Failure failure = explain(client::RpcError{0, name, "text"}, "/s", false);
    EXPECT_EQ(failure.money, "It was only a question: no money moved.") << name;
    EXPECT_EQ(failure.advice.find("same key"), std::string::npos) << name;
  }
}

// The daemon's message says it for those who have nothing but the message.
TEST(Failure, SaysOnceWhatItMeansForTheMoney) {
  for (const char* message : {
           "the queue of payments is full; this request decided nothing (an earlier one with its "
           "key may have been decided). Try again in a moment",
           "the ledger's disk is full; nothing was decided, and nothing was decided under its key "
           "before. Make room on it",
           "amount must be above 0; nothing was decided, mend the request and send it again",
           "the key k already decided another request; that outcome stands",
           "the commit failed, and whether it took effect shows after the restart; ask by key then",
       }) {
    const std::string text =
        render(explain(client::RpcError{0, "busy", message}, "/s", true), false);
    const std::size_t first = text.find("decided nothing");
    EXPECT_EQ(text.find("nothing was decided"), std::string::npos) << text;
    EXPECT_EQ(text.find("decided nothing", first + 1), std::string::npos) << text;
  }
  EXPECT_EQ(what_happened("the key is full; stop; nothing was decided"), "the key is full; stop");
}

TEST(Failure, AMemberOfTheGroupIsntToldToJoinIt) {
  char folder[] = "/tmp/giro-group-XXXXXX";  // Of this process's own group.
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string socket = std::string(folder) + "/giro.sock";
  const Failure connect =
      explain(TransportError{TransportError::Kind::connect, EACCES, {}}, socket, false);
  const Failure call = explain(client::RpcError{0, "unauthorized", "text"}, socket, true);
  rmdir(folder);
  EXPECT_EQ(connect.advice.find("Join"), std::string::npos) << connect.advice;
  EXPECT_EQ(call.advice.find("Join"), std::string::npos) << call.advice;
}

TEST(Failure, NamesWhoServesASocketThatAnybodyCouldHavePutThere) {
  const Failure failure =
      explain(TransportError{TransportError::Kind::untrusted, 0, "1234"}, "/tmp/s", true);
  EXPECT_EQ(failure.exit, ExitCode::no_permission);
  EXPECT_NE(failure.what.find("1234"), std::string::npos);
  EXPECT_EQ(failure.money, "Nothing was sent and no money moved.");
}

TEST(Failure, IsOneLineOfJsonForPrograms) {
  const Failure failure{ExitCode::usage, "a \"b\"", "", "c"};
  EXPECT_EQ(
      render(failure, true),
      "{\"error\":{\"code\":\"usage\",\"retry\":false,\"message\":\"a \\\"b\\\". c\",\"exit\":64,"
      "\"what\":\"a \\\"b\\\"\",\"money\":\"\",\"advice\":\"c\"}}\n");
  EXPECT_EQ(render(failure, false), "giro: a \"b\"\n      c\n");
}

TEST(Failure, NamesInJsonItsCauseAndField) {
  const client::RpcError refusal{-32602, "invalid_amount", "amount must be above 0", "amount"};
  const std::string text = render(explain(refusal, "/s", true), true);
  EXPECT_NE(text.find(R"("code":"invalid_amount","field":"amount","retry":false)"),
            std::string::npos)
      << text;
  const TransportError lost{TransportError::Kind::lost, 0, {}};
  EXPECT_NE(
      render(explain(lost, "/s", true), true).find(R"("code":"connection_lost","retry":true)"),
      std::string::npos);
}

TEST(ExitCode, HasAMeaningEach) {
  for (const ExitCode code :
       {ExitCode::ok, ExitCode::rejected, ExitCode::usage, ExitCode::no_daemon, ExitCode::internal,
        ExitCode::no_output, ExitCode::try_again, ExitCode::no_permission, ExitCode::interrupted}) {
    const auto is_it = [code](const ExitCodeMeaning& each) { return each.exit == code; };
    EXPECT_EQ(std::ranges::count_if(exit_codes(), is_it), 1) << static_cast<int>(code);
  }
}

}  // namespace
}  // namespace giro::cli
