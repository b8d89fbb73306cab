// Requests one after the other over several nodes, of which one is left while answers are on their way.
#include "cli/submit/pipeline.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "cli/output/fields.hpp"
#include "tests/protocol/fake_daemon.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;
using test::FakeDaemon;

struct Job {
  std::string key;
  [[nodiscard]] std::string params() const { return R"({"key":")" + key + R"("})"; }
};
using Jobs = Pipeline<Job>;

std::string key_of(const json::object& request) {
  return text_field(object_field(request, "params"), "key");
}

json::object applied() {
  return {{"result", {{"status", "applied"}}}};
}

class PipelineTest : public testing::Test {
 protected:
  // Before the job of this number goes out, something else is asked.
  Result<void> run(const std::vector<std::string>& sockets, int asks_before = -1) {
    Session session({.sockets = sockets, .timeout = "2"});
    Jobs jobs(session, "payments.submit", 3,
              {.next = [&, made = 0](bool) mutable -> Result<std::optional<Job>> {
                 if (made == asks_before) {
                   const auto asked = session.call("accounts.get", {{"id", "a"}});
                   if (!asked) return std::unexpected(asked.error());
                 }
                 if (made == kJobs) return std::nullopt;
                 return Job{"k" + std::to_string(made++)};
               },
               .settle = [&](Job& job, const Jobs::Answer& answer) -> Result<Jobs::Again> {
                 EXPECT_TRUE(answer);
                 ++settled[job.key];
                 return Jobs::Again{};
               }});
    auto done = jobs.run();
    jobs.for_each_unanswered([&](const Job& job) { open.insert(job.key); });
    return done;
  }
  void expect_each_settled_once() const {
    EXPECT_EQ(settled.size(), kJobs);
    EXPECT_TRUE(std::ranges::all_of(settled, [](const auto& job) { return job.second == 1; }));
  }

  static constexpr std::size_t kJobs = 20;
  std::map<std::string, int> settled;
  std::set<std::string> open;
};

TEST_F(PipelineTest, SendsAgainToTheNextNodeWhatWasOnItsWay) {
  FakeDaemon first([calls = 0](const json::object&) mutable {
    return ++calls < 8 ? std::optional(applied()) : std::nullopt;
  });
  FakeDaemon second([](const json::object&) { return applied(); });
  const auto done = run({first.path(), second.path()});
  ASSERT_TRUE(done) << done.error().what;
  expect_each_settled_once();
}

// What is asked in between goes on at the next node, and so does all that was on its way.
TEST_F(PipelineTest, FollowsAQuestionThatWentOnAtTheNextNode) {
  FakeDaemon first([](const json::object& request) {
    return request.at("method") == "accounts.get" ? std::nullopt : std::optional(applied());
  });
  FakeDaemon second([](const json::object&) { return applied(); });
  const auto done = run({first.path(), second.path()}, 10);
  ASSERT_TRUE(done) << done.error().what;
  expect_each_settled_once();
}

TEST_F(PipelineTest, TakesABusyNodesOtherAnswersBeforeItLeaves) {
  FakeDaemon first([](const json::object& request) {
    return key_of(request) == "k5" ? test::error_answer("busy") : applied();
  });
  FakeDaemon second([](const json::object&) { return applied(); });
  const auto done = run({first.path(), second.path()});
  ASSERT_TRUE(done) << done.error().what;
  expect_each_settled_once();
}

TEST_F(PipelineTest, LeavesOpenWhatWasSentAndIsRefusedElsewhere) {
  FakeDaemon first([](const json::object& request) {
    return key_of(request) == "k5" ? std::nullopt : std::optional(applied());
  });
  FakeDaemon second([](const json::object&) { return test::error_answer("unauthorized"); });
  const auto done = run({first.path(), second.path()});
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().open);
  EXPECT_FALSE(settled.contains("k5"));
  EXPECT_TRUE(open.contains("k5"));
}

}  // namespace
}  // namespace giro::cli
