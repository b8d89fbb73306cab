#include "cli/submit/submitter.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <set>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/output/fields.hpp"
#include "tests/protocol/fake_daemon.hpp"

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

Result<Tally> submit(const std::vector<std::string>& sockets, const std::string& text,
                     RejectsFile* rejects = nullptr) {
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return usage_failure("no pipe");
  if (write(ends[1], text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return usage_failure("the text is larger than a pipe");
  }
  close(ends[1]);
  Session session({.sockets = sockets, .json = false, .timeout = "2", .no_color = true});
  RowSource source{ByteSource(ends[0]), RowFormat::ndjson, [&](auto decimal, auto currency) {
                     return session.parse_amount(decimal, currency);
                   }};
  const SubmitLimits limits{.rows_a_batch = 10, .bytes_a_batch = 1'000};
  return Submitter(session, source, limits, true, rejects).run();
}

Result<Tally> submit(const FakeDaemon& daemon, const std::string& text,
                     RejectsFile* rejects = nullptr) {
  return submit(std::vector{daemon.path()}, text, rejects);
}

std::vector<std::string> keys_of(const json::object& request) {
  std::vector<std::string> keys;
  for (const json::value& payment : array_field(object_field(request, "params"), "payments")) {
    keys.push_back(text_field(payment.get_object(), "key"));
  }
  return keys;
}

std::vector<std::string> keys_of_rows(int count) {
  std::vector<std::string> keys(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = "k" + std::to_string(i);
  return keys;
}

// All but these indexes are applied.
json::object rejecting(const json::object& request, const std::vector<int>& indexes,
                       bool replayed) {
  json::object reply = all_applied(request);
  json::object& result = reply["result"].as_object();
  result["applied"] = result["applied"].to_number<int>() - static_cast<int>(indexes.size());
  result[replayed ? "replayed" : "rejected"] = indexes.size();
  json::array exceptions;
  for (const int index : indexes) {
    exceptions.push_back({{"index", index},
                          {"key", "k"},
                          {"status", "rejected"},
                          {"code", "insufficient_funds"},
                          {"replayed", replayed}});
  }
  result["not_applied"] = std::move(exceptions);
  return reply;
}

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Submitter, SummaryNamesErrorsOnlyIfThereAreAny) {
  EXPECT_EQ(summary({.applied = 8, .rejected = 1, .replayed = 2}),
            "8 applied, 1 rejected, 2 replayed");
  EXPECT_EQ(summary({.errors = 3}), "0 applied, 0 rejected, 0 replayed, 3 errors");
}

TEST(Submitter, SummaryTellsReplaysOfRejectionsApart) {
  EXPECT_EQ(summary({.replayed = 2, .replayed_rejected = 1}),
            "0 applied, 0 rejected, 2 replayed (1 of them rejected)");
  EXPECT_EQ(advice({.replayed = 2}), "");
  EXPECT_NE(advice({.replayed = 2, .replayed_rejected = 1}).find("under new keys"),
            std::string::npos);
}

TEST(Submitter, SendsEveryRowOnceInOrder) {
  std::vector<std::string> keys;
  FakeDaemon daemon([&](const json::object& request) {
    for (std::string& key : keys_of(request)) keys.push_back(std::move(key));
    return all_applied(request);
  });
  const auto tally = submit(daemon, rows(95));
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->applied, 95U);
  EXPECT_TRUE(tally->all_applied());
  EXPECT_EQ(keys, keys_of_rows(95));
}

// Busy at every second request, and a row that has its batch refused: nothing overtakes.
TEST(Submitter, DecidesInTheFilesOrderWhateverTheDaemonRefuses) {
  std::vector<std::string> decided;
  int calls = 0;
  FakeDaemon daemon([&](const json::object& request) {
    if (++calls % 2 == 1) return test::error_answer("busy");
    const auto keys = keys_of(request);
    if (keys.size() > 1 && std::ranges::find(keys, "k37") != keys.end())
      return test::error_answer("malformed");
    decided.insert(decided.end(), keys.begin(), keys.end());
    return all_applied(request);
  });
  const auto tally = submit(daemon, rows(60));
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->applied, 60U);
  EXPECT_EQ(tally->errors, 0U);
  EXPECT_EQ(decided, keys_of_rows(60));
}

// The first node dies with a batch on its way, the second one is busy at every second request.
TEST(Submitter, GoesOnAtTheNextNodeWithWhatHasNoOutcome) {
  std::vector<std::string> decided;
  std::vector<std::string> lost;
  const auto decide = [&](const json::object& request) {
    for (std::string& key : keys_of(request)) decided.push_back(std::move(key));
    return all_applied(request);
  };
  FakeDaemon first([&, calls = 0](const json::object& request) mutable {
    if (++calls < 3) return std::optional(decide(request));
    lost = keys_of(request);
    return std::optional<json::object>();
  });
  FakeDaemon second([&, calls = 0](const json::object& request) mutable {
    return ++calls == 1 ? test::error_answer("read_only") : decide(request);
  });
  FakeDaemon third(decide);
  const auto tally = submit({first.path(), second.path(), third.path()}, rows(60));
  ASSERT_TRUE(tally) << tally.error().what;
  EXPECT_EQ(tally->applied, 60U);
  EXPECT_EQ(lost.size(), 10U);
  EXPECT_EQ(decided, keys_of_rows(60));
}

TEST(Submitter, SaysOfNoNodeTookItWhichRowsAreOpen) {
  FakeDaemon first([](const json::object&) { return std::nullopt; });
  FakeDaemon second([](const json::object&) { return test::error_answer("busy"); });
  const auto tally = submit({first.path(), second.path()}, rows(30));
  ASSERT_FALSE(tally);
  EXPECT_TRUE(tally.error().open);
  EXPECT_EQ(tally.error().exit, ExitCode::try_again);
  EXPECT_NE(tally.error().money.find("The answers to 10 rows"), std::string::npos)
      << tally.error().money;
  EXPECT_NE(tally.error().what.find(second.path()), std::string::npos) << tally.error().what;
}

// While the ledger is locked, a batch has its replays answered and its new rows refused.
TEST(Submitter, SendsAgainSingleRowsThatWereBusy) {
  std::set<std::string> refused;
  FakeDaemon daemon([&](const json::object& request) {
    json::object reply = all_applied(request);
    json::object& result = reply["result"].as_object();
    if (refused.insert(keys_of(request).front()).second) {
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
  for (const char* why : {"malformed", "unauthorized", "invalid_amount"}) {
    FakeDaemon daemon([&](const json::object& request) {
      for (const json::value& payment : array_field(object_field(request, "params"), "payments")) {
        if (number_field(payment.get_object(), "amount") == 0) return test::error_answer(why);
      }
      return all_applied(request);
    });
    const auto tally = submit(daemon, rows(40, 17));
    ASSERT_TRUE(tally) << why;
    EXPECT_EQ(tally->applied, 39U) << why;
    EXPECT_EQ(tally->errors, 1U) << why;
    EXPECT_FALSE(tally->all_applied()) << why;
  }
}

// An answer without the request's id is of the one request that is on its way.
TEST(Submitter, FindsTheRowThatTheDaemonCantEvenRead) {
  FakeDaemon daemon([&](const json::object& request) {
    json::object reply = all_applied(request);
    for (const json::value& payment : array_field(object_field(request, "params"), "payments")) {
      if (number_field(payment.get_object(), "amount") != 0) continue;
      reply = test::error_answer("malformed");
      reply["without_id"] = true;
    }
    return reply;
  });
  const auto tally = submit(daemon, rows(40, 17));
  ASSERT_TRUE(tally) << tally.error().what;
  EXPECT_EQ(tally->applied, 39U);
  EXPECT_EQ(tally->errors, 1U);
}

TEST(Submitter, TellsReplaysOfRejectionsApart) {
  FakeDaemon daemon(
      [](const json::object& request) { return rejecting(request, {1, 4}, /*replayed=*/true); });
  const auto tally = submit(daemon, rows(10));
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->replayed, 2U);
  EXPECT_EQ(tally->replayed_rejected, 2U);
  EXPECT_FALSE(tally->all_applied());
}

TEST(Submitter, TellsAKeyThatComesAgainInTheFile) {
  FakeDaemon daemon([](const json::object& request) { return all_applied(request); });
  const auto tally =
      submit(daemon, rows(25) + "{\"amount\":1,\"key\":\"k3\"}\n{\"key\":\"\\u006b24\"}\n");
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->same_key_in_file, 2U);
  EXPECT_FALSE(tally->all_applied());
}

TEST(Submitter, WritesTheRowsThatWerentAppliedInTheFilesOrder) {
  FakeDaemon daemon(
      [](const json::object& request) { return rejecting(request, {0, 2}, /*replayed=*/false); });
  const std::string path = daemon.path() + ".rejects";
  auto rejects = RejectsFile::create(path);
  ASSERT_TRUE(rejects);
  const std::string rejected = "{ \"key\" : \"first\" }\n";
  const auto tally =
      submit(daemon, rejected + "{\"key\":\"x\"}\n[\"bad\"]\n{\"key\":\"last\"}", &*rejects);
  ASSERT_TRUE(tally) << tally.error().what;
  ASSERT_TRUE(rejects->keep());
  EXPECT_EQ(content_of(path), rejected + "[\"bad\"]\n{\"key\":\"last\"}\n");
  struct stat status{};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_FALSE(RejectsFile::create(path)) << "It must not overwrite a file.";
}

TEST(Submitter, LeavesNoRejectsFileWhereAllIsAppliedOrTheRunStopped) {
  FakeDaemon daemon([](const json::object& request) { return all_applied(request); });
  const std::string path = daemon.path() + ".rejects";
  {
    auto rejects = RejectsFile::create(path);
    ASSERT_TRUE(rejects);
    ASSERT_TRUE(submit(daemon, rows(3), &*rejects));
    ASSERT_TRUE(rejects->keep());
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  FakeDaemon other([](const json::object& request) { return rejecting(request, {0}, false); });
  {
    auto rejects = RejectsFile::create(path);
    ASSERT_TRUE(rejects);
    EXPECT_FALSE(submit(other, rows(3) + "{", &*rejects));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Submitter, SendsWhatStandsBeforeABrokenRowAndSaysWhereItStopped) {
  FakeDaemon daemon([](const json::object& request) { return all_applied(request); });
  const auto tally = submit(daemon, rows(25) + "{\"key\":\"k25\n" + rows(5));
  ASSERT_FALSE(tally);
  EXPECT_EQ(tally.error().exit, ExitCode::usage);
  EXPECT_TRUE(tally.error().what.starts_with("line 26: ")) << tally.error().what;
  EXPECT_EQ(tally.error().money,
            "Every row before line 26 has its answer: 25 applied, 0 rejected, 0 replayed. This run "
            "decided nothing from there on.");
  EXPECT_NE(tally.error().advice.find("submit the same file again"), std::string::npos);
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
  EXPECT_NE(tally.error().money.find("10 rows from there on were lost"), std::string::npos);
  EXPECT_EQ(tally.error().money.find("decided nothing"), std::string::npos) << tally.error().money;
  EXPECT_NE(tally.error().advice.find("submit the same file again"), std::string::npos);
}

// Definitely refused, and definitely not known: one sentence each, and never both.
TEST(Submitter, StopsWhenTheDaemonCanTakeNothing) {
  for (const char* name : {"read_only", "shutting_down", "outcome_unknown"}) {
    int calls = 0;
    FakeDaemon daemon([&](const json::object& request) {
      return ++calls == 2 ? test::error_answer(name) : all_applied(request);
    });
    const auto tally = submit(daemon, rows(30));
    ASSERT_FALSE(tally);
    EXPECT_EQ(tally.error().exit, ExitCode::try_again);
    const bool open = std::string_view(name) == "outcome_unknown";
    const std::string all = render(tally.error(), false);
    EXPECT_NE(all.find("before line 11 "), std::string::npos) << all;
    EXPECT_EQ(all.find("may or may not") != std::string::npos, open) << all;
    EXPECT_EQ(all.find("decided nothing") != std::string::npos, !open) << all;
  }
}

TEST(KeysSeen, FindsTheLineOfAnEarlierRow) {
  KeysSeen keys;
  EXPECT_EQ(keys.earlier("a", 2), std::nullopt);
  EXPECT_EQ(keys.earlier("b", 3), std::nullopt);
  EXPECT_EQ(keys.earlier("a", 4), 2U);
  EXPECT_EQ(keys.earlier("a", 5), 2U);
}

TEST(KeysSeen, RemembersABoundedNumberOfRows) {
  KeysSeen keys(100);
  for (std::uint64_t i = 0; i < 300; ++i) {
    EXPECT_EQ(keys.earlier("k" + std::to_string(i), i), std::nullopt);
    if (i >= 100) {
      EXPECT_EQ(keys.earlier("k" + std::to_string(i - 99), i), i - 99);
    }
  }
  EXPECT_EQ(keys.earlier("k0", 300), std::nullopt);
}

TEST(KeysSeen, ReadsTheKeyOfAPayment) {
  EXPECT_EQ(key_of_params(R"({"key":"a b","from":"x"})"), "a b");
  EXPECT_EQ(key_of_params(R"({"key":"\u0061"})"), "a");
  EXPECT_EQ(key_of_params(R"({ "from":"x", "key" : "a\"b" })"), "a\"b");
  EXPECT_EQ(key_of_params(R"({"key":7})"), "");
  EXPECT_EQ(key_of_params(R"({"from":"x"})"), "");
}

}  // namespace
}  // namespace giro::cli
