// A command over several nodes: which one is asked after which, what is sent again, and what is told when none took it.
#include "cli/nodes.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/texts.hpp"
#include "cli/session.hpp"
#include "tests/protocol/fake_daemon.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using test::FakeDaemon;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kNobody = "/nonexistent/giro.sock";

TEST(Sockets, AreOneTextWithColonsBetweenWholePaths) {
  EXPECT_THAT(sockets_of("/a:/b/c.sock"), ElementsAre("/a", "/b/c.sock"));
  for (const char* one : {"/run/giro/giro.sock", "var/giro.sock", "/run/a:b/giro.sock", "a:b"}) {
    EXPECT_THAT(sockets_of(one), ElementsAre(one));
  }
  EXPECT_EQ(text_of_sockets({"/a", "/b"}), "/a:/b");
}

TEST(Nodes, AskThoseQuestionsForWhatTheRunKnowsThatTakeAMinSeq) {
  Nodes nodes({"/a", "/b"});
  nodes.note(7);
  const json::value api = json::parse(api::openrpc_text());
  for (const json::value& method : api.at("methods").as_array()) {
    const bool takes_it =
        std::ranges::any_of(method.at("params").as_array(),
                            [](const json::value& param) { return param.at("name") == "min_seq"; });
    const std::string_view name = method.at("name").as_string();
    EXPECT_EQ(nodes.with_min_seq(name, "{}"), takes_it ? R"({"min_seq":7})" : "{}") << name;
  }
}

json::object applied(int seq) {
  return {{"result", {{"status", "applied"}, {"seq", seq}}}};
}

// Of each request its params, in the order in which they came, at whichever node.
class Asked {
 public:
  void note(const json::object& request) {
    const std::lock_guard lock(mutex_);
    params_.push_back(json::serialize(request.at("params")));
  }
  [[nodiscard]] std::vector<std::string> params() const {
    const std::lock_guard lock(mutex_);
    return params_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> params_;
};

class NodesTest : public testing::Test {
 protected:
  FakeDaemon::Answer answering(const json::object& answer) {
    return [this, answer](const json::object& request) {
      asked.note(request);
      return answer;
    };
  }
  // Takes the request, and is gone.
  FakeDaemon::Answer dying() {
    return [this](const json::object& request) {
      asked.note(request);
      return std::nullopt;
    };
  }
  static Session session(std::vector<std::string> sockets, std::string timeout = "2") {
    return Session({.sockets = std::move(sockets), .timeout = std::move(timeout)});
  }
  static Failure failure_of(Session session, const char* method = "payments.submit",
                            const json::object& params = {{"key", "k"}}) {
    auto answer = session.call(method, params);
    EXPECT_FALSE(answer);
    return answer ? Failure{} : std::move(answer).error();
  }

  Asked asked;
};

TEST_F(NodesTest, ThatArentThereArePassedOver) {
  const FakeDaemon daemon(answering(applied(7)));
  Session nodes = session({kNobody, kNobody, daemon.path()});
  const auto answer = nodes.call("payments.submit", {{"key", "k"}});
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(nodes.socket_path(), daemon.path());
}

TEST_F(NodesTest, AreSentTheSameBytesWhereAnAnswerWasLost) {
  const FakeDaemon first(dying());
  const FakeDaemon second(answering(applied(7)));
  Session nodes = session({first.path(), second.path()});
  ASSERT_TRUE(nodes.call("payments.submit", {{"key", "k"}, {"amount", 5}}));
  ASSERT_EQ(asked.params().size(), 2U);
  EXPECT_EQ(asked.params()[0], asked.params()[1]);
}

TEST_F(NodesTest, AreAskedInTurnWhatOneIsTooBusyFor) {
  for (const char* refusal : {"busy", "read_only", "shutting_down", "outcome_unknown"}) {
    const FakeDaemon first(answering(test::error_answer(refusal)));
    const FakeDaemon second(answering(applied(7)));
    Session nodes = session({first.path(), second.path()});
    EXPECT_TRUE(nodes.call("payments.submit", {{"key", "k"}})) << refusal;
  }
}

TEST_F(NodesTest, ArentAskedWhatOneDecided) {
  const FakeDaemon first(answering(test::error_answer("key_conflict")));
  const FakeDaemon second(answering(applied(7)));
  EXPECT_EQ(failure_of(session({first.path(), second.path()})).code, "key_conflict");
  EXPECT_EQ(asked.params().size(), 1U);
}

TEST_F(NodesTest, GetNoChangeWithoutAKeyTwice) {
  const FakeDaemon first(dying());
  const FakeDaemon second(answering(applied(7)));
  const Failure failure =
      failure_of(session({first.path(), second.path()}), "accounts.update", {{"id", "a"}});
  EXPECT_TRUE(failure.open);
  EXPECT_EQ(failure.code, "connection_lost");
  EXPECT_EQ(asked.params().size(), 1U);
}

TEST_F(NodesTest, GetWhatHasItsKeyElsewhere) {
  EXPECT_TRUE(is_repeatable("accounts.open", R"({"id":"a"})"));
  EXPECT_TRUE(is_repeatable("payments.submit_many", R"({"payments":[]})"));
  EXPECT_TRUE(is_repeatable("accounts.get", R"({"id":"a"})"));
  EXPECT_TRUE(is_repeatable("payments.submit", R"({"key":"k"})"));
  EXPECT_FALSE(is_repeatable("payments.submit", R"({"metadata":{"key":"k"}})"));
}

// The second one's refusal says nothing of what the first one was sent.
TEST_F(NodesTest, LeaveAnOutcomeOpenThatOneMayHaveDecided) {
  const FakeDaemon first(dying());
  const FakeDaemon second(answering(test::error_answer("unauthorized")));
  const Failure failure = failure_of(session({first.path(), second.path()}));
  EXPECT_TRUE(failure.open);
  EXPECT_EQ(failure.exit, ExitCode::try_again);
  EXPECT_THAT(failure.what, HasSubstr(first.path()));
  EXPECT_THAT(failure.what, HasSubstr("unauthorized"));
  EXPECT_THAT(failure.money, HasSubstr("may or may not"));
  EXPECT_THAT(failure.advice, HasSubstr("the same key"));
}

TEST_F(NodesTest, AreToldEachWithWhatItMet) {
  const FakeDaemon second(answering(test::error_answer("busy")));
  const Failure failure = failure_of(session({kNobody, second.path()}, "200ms"));
  EXPECT_EQ(failure.exit, ExitCode::try_again);
  EXPECT_FALSE(failure.open);
  EXPECT_THAT(failure.what, HasSubstr(std::string("no daemon answers at ") + kNobody));
  EXPECT_THAT(failure.what, HasSubstr("(at " + second.path() + ")"));
  EXPECT_THAT(failure.money, HasSubstr("decided nothing"));
}

TEST_F(NodesTest, OfWhichNoneIsThereEndAtOnce) {
  const auto begun = std::chrono::steady_clock::now();
  const Failure failure = failure_of(session({kNobody, "/nonexistent/other.sock"}, "30"));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
  EXPECT_EQ(failure.exit, ExitCode::no_daemon);
  EXPECT_THAT(failure.what, HasSubstr(kNobody));
  EXPECT_THAT(failure.what, HasSubstr("/nonexistent/other.sock"));
  EXPECT_EQ(failure.money, "Nothing was sent and no money moved.");
}

TEST_F(NodesTest, AreWaitedForAsLongAsToldTo) {
  Session nodes({.sockets = {kNobody, kNobody}, .timeout = "300ms", .wait = true});
  const auto begun = std::chrono::steady_clock::now();
  const auto answer = nodes.call("ledger.status", {});
  ASSERT_FALSE(answer);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds(50));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(3));
  EXPECT_THAT(answer.error().what, HasSubstr("(waited 0.3 s)"));
}

TEST_F(NodesTest, ThatAreSilentHaveAShareOfTheTime) {
  const FakeDaemon first([](const json::object&) {
    std::this_thread::sleep_for(milliseconds(1'500));
    return json::object{{"result", json::object{}}};
  });
  const FakeDaemon second(answering(applied(7)));
  Session nodes = session({first.path(), second.path()}, "1");
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(nodes.call("payments.submit", {{"key", "k"}}));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, milliseconds(1'400));
}

TEST_F(NodesTest, KnowWhatThisRunWasAnswered) {
  const FakeDaemon daemon(answering(applied(41)));
  Session nodes = session({daemon.path(), kNobody});
  ASSERT_TRUE(nodes.call("accounts.get", {{"id", "a"}}));
  ASSERT_TRUE(nodes.call("accounts.get", {{"id", "a"}}));
  ASSERT_TRUE(nodes.call("payments.submit", {{"key", "k"}}));
  ASSERT_TRUE(nodes.call_with_text("ledger.totals", "{ }"));
  ASSERT_TRUE(nodes.call_with_text("accounts.get", R"({"id":"a","min_seq":1})"));
  EXPECT_THAT(asked.params(),
              ElementsAre(R"({"id":"a"})", R"({"min_seq":41,"id":"a"})", R"({"key":"k"})",
                          R"({"min_seq":41})", R"({"id":"a","min_seq":1})"));
}

TEST_F(NodesTest, ThatAreBehindAreNoAnswerToWhatTakesNoMinSeq) {
  const FakeDaemon first([](const json::object& request) {
    const bool is_change = request.at("method") == "payments.submit";
    return is_change ? std::optional(applied(41)) : std::nullopt;
  });
  const FakeDaemon second([calls = 0](const json::object&) mutable {
    return json::object{{"result", {{"seq", ++calls == 1 ? 40 : 41}}}};
  });
  Session nodes = session({first.path(), second.path()});
  ASSERT_TRUE(nodes.call("payments.submit", {{"key", "k"}}));
  const auto status = nodes.call("ledger.status", {});
  ASSERT_TRUE(status) << status.error().what;
  EXPECT_EQ(status->at("seq"), 41);
}

TEST_F(NodesTest, OfOneSocketNothingIsAskedTwiceOrOtherwise) {
  const FakeDaemon busy(answering(test::error_answer("busy")));
  EXPECT_EQ(failure_of(session({busy.path()})).what, "busy: text");
  EXPECT_EQ(asked.params().size(), 1U);
}

}  // namespace
}  // namespace giro::cli
