#include "cli/submitter.hpp"

#include <array>
#include <set>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "cli/fields.hpp"
#include "tests/cli/fake_daemon.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;
using test::FakeDaemon;

// The rows k0, k1, ... as NDJSON; `bad` of them has the amount 0.
std::string rows(int count, int bad = -1) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += R"({"key":"k)" + std::to_string(i) + R"(","amount":)" + (i == bad ? "0" : "1") + "}\n";
  }
  return text;
}

json::object all_applied(const json::object& request) {
  const auto count = array_field(object_field(request, "params"), "payments").size();
  return {{"result",
           {{"applied", count}, {"rejected", 0}, {"replayed", 0}, {"not_applied", json::array{}}}}};
}

json::object error(const char* name) {
  return {{"error", {{"code", -1}, {"message", "text"}, {"data", {{"code", name}}}}}};
}

Result<Tally> submit(const FakeDaemon& daemon, const std::string& text) {
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return usage_failure("no pipe");
  if (write(ends[1], text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return usage_failure("the text is larger than a pipe");
  }
  close(ends[1]);
  Session session({.socket_path = daemon.path(), .json = false, .no_color = true});
  RowSource source{ByteSource(ends[0]), RowFormat::ndjson, [&](auto decimal, auto currency) {
                     return session.parse_amount(decimal, currency);
                   }};
  const SubmitLimits limits{.rows_a_batch = 10, .bytes_a_batch = 1'000, .batches_in_flight = 3};
  return Submitter(session, source, limits, true).run();
}

TEST(Submitter, SummaryNamesErrorsOnlyIfThereAreAny) {
  EXPECT_EQ(summary({.applied = 8, .rejected = 1, .replayed = 2}),
            "8 applied, 1 rejected, 2 replayed");
  EXPECT_EQ(summary({.errors = 3}), "0 applied, 0 rejected, 0 replayed, 3 errors");
}

TEST(Submitter, SendsEveryRowOnceInOrder) {
  std::vector<std::string> keys;
  FakeDaemon daemon([&](const json::object& request) {
    for (const json::value& payment : array_field(object_field(request, "params"), "payments")) {
      keys.push_back(text_field(payment.get_object(), "key"));
    }
    return all_applied(request);
  });
  const auto tally = submit(daemon, rows(95));
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->applied, 95U);
  EXPECT_TRUE(tally->all_applied);
  ASSERT_EQ(keys.size(), 95U);
  for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(keys[i], "k" + std::to_string(i));
}

TEST(Submitter, SendsAgainWhatTheDaemonWasTooBusyFor) {
  int calls = 0;
  FakeDaemon daemon([&](const json::object& request) {
    return ++calls % 2 == 1 ? error("busy") : all_applied(request);
  });
  const auto tally = submit(daemon, rows(60));
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->applied, 60U);
  EXPECT_EQ(tally->errors, 0U);
}

TEST(Submitter, SendsAgainSingleRowsThatWereBusy) {
  std::set<std::string> refused;
  FakeDaemon daemon([&](const json::object& request) {
    json::object reply = all_applied(request);
    json::object& result = reply["result"].as_object();
    const json::object first =
        array_field(object_field(request, "params"), "payments").front().get_object();
    if (refused.insert(text_field(first, "key")).second) {
      result["applied"] = result["applied"].to_number<int>() - 1;
      result["not_applied"] = {{{"index", 0}, {"error", {{"code", "busy"}, {"message", ""}}}}};
    }
    return reply;
  });
  const auto tally = submit(daemon, rows(30));
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->applied, 30U);
  EXPECT_EQ(tally->errors, 0U);
}

// A daemon that refuses a whole batch for one of its rows costs that row only.
TEST(Submitter, FindsTheRowThatSpoilsItsBatch) {
  FakeDaemon daemon([&](const json::object& request) {
    for (const json::value& payment : array_field(object_field(request, "params"), "payments")) {
      if (number_field(payment.get_object(), "amount") == 0) return error("malformed");
    }
    return all_applied(request);
  });
  const auto tally = submit(daemon, rows(40, 17));
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->applied, 39U);
  EXPECT_EQ(tally->errors, 1U);
  EXPECT_FALSE(tally->all_applied);
}

TEST(Submitter, SaysHowFarTheAnswersCame) {
  int calls = 0;
  FakeDaemon daemon([&](const json::object& request) -> std::optional<json::object> {
    if (++calls == 3) return std::nullopt;
    return all_applied(request);
  });
  const auto tally = submit(daemon, rows(60));
  ASSERT_FALSE(tally);
  EXPECT_EQ(tally.error().exit, ExitCode::try_again);
  EXPECT_NE(tally.error().money.find("20 applied"), std::string::npos) << tally.error().money;
  EXPECT_NE(tally.error().money.find("before line 21 "), std::string::npos) << tally.error().money;
  EXPECT_NE(tally.error().advice.find("Submit the same file again"), std::string::npos);
}

TEST(Submitter, StopsWhenTheDaemonCanTakeNothing) {
  FakeDaemon daemon([](const json::object& /*request*/) { return error("read_only"); });
  const auto tally = submit(daemon, rows(20));
  ASSERT_FALSE(tally);
  EXPECT_EQ(tally.error().exit, ExitCode::try_again);
}

}  // namespace
}  // namespace giro::cli
