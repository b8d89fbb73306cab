#include "cli/operator/check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace giro::cli {
namespace {

using ::testing::HasSubstr;

constexpr const char* kStatus =
    R"({"read_only":false,"obstacle":null,"decisions":12,"connections":3,
  "accounts":2,"clock":{"state":"agrees","ahead_ms":0},
  "queue":{"items":0,"items_max":100,"bytes":0,"bytes_max":1000},"keys":{"upkeep":"ok"},
  "files":{"wal_bytes":4096,"checkpoint":null}})";
constexpr const char* kPage = "giro_disk_free_bytes 20000000000\n";

struct Checked {
  State state;
  std::string line;
};

Checked check(
    const std::function<void(boost::json::object&)>& change = [](auto&) {},
    const std::string& page = kPage) {
  boost::json::object status = boost::json::parse(kStatus).as_object();
  change(status);
  MonitoringReport report;
  const MetricsPage before;
  const MetricsPage after = MetricsPage::parse(page);
  judge(report, {}, &status, &before, &after);
  return {report.state(), report.line("all is well")};
}

TEST(Check, AllIsWellInOneLineWithFigures) {
  const Checked found = check();
  EXPECT_EQ(found.state, State::ok);
  EXPECT_TRUE(found.line.starts_with("GIRO OK - all is well | queue=0%;50;80;0;100 "))
      << found.line;
  EXPECT_THAT(found.line, HasSubstr("disk_free=20000000000B;5368709120:;1073741824:;0"));
  EXPECT_THAT(found.line, HasSubstr("commit_p99=U;0.1;1;0"));
  EXPECT_EQ(std::ranges::count(found.line, '\n'), 1);
}

TEST(Check, AQueueHasThresholdsInPercentOfItemsOrBytesWhicheverIsFuller) {
  EXPECT_EQ(check([](auto& status) { status["queue"].as_object()["items"] = 49; }).state,
            State::ok);
  EXPECT_EQ(check([](auto& status) { status["queue"].as_object()["items"] = 50; }).state,
            State::warning);
  EXPECT_EQ(check([](auto& status) { status["queue"].as_object()["bytes"] = 800; }).state,
            State::critical);
}

TEST(Check, ANodeThatTakesNoPaymentsOrSeesAnotherOneDifferIsCritical) {
  const auto check_node = [](const char* trouble, bool differs) {
    return check([&](auto& status) {
      status["cluster"] = {{"trouble", nullptr},
                           {"groups", 12},
                           {"index", 9},
                           {"nodes", {boost::json::object{{"node", "b"}, {"differs", differs}}}}};
      if (trouble != nullptr) status["cluster"].as_object()["trouble"] = trouble;
    });
  };
  EXPECT_EQ(check_node(nullptr, false).state, State::ok);
  EXPECT_THAT(check_node(nullptr, false).line, HasSubstr("behind_groups=3;"));
  EXPECT_EQ(check_node("no quorum", false).state, State::critical);
  EXPECT_THAT(check_node("no quorum", false).line, HasSubstr("takes no payments: no quorum"));
  EXPECT_EQ(check_node(nullptr, true).state, State::critical);
  EXPECT_THAT(check_node(nullptr, true).line, HasSubstr("has the node b"));
}

TEST(Check, ReadOnlyIsCriticalAndItsReasonCantEndTheLineOrTheWords) {
  const Checked found = check([](auto& status) {
    status["read_only"] = true;
    status["obstacle"] = "disk | full\nnow";
  });
  EXPECT_EQ(found.state, State::critical);
  EXPECT_THAT(found.line, HasSubstr("disk   full now | queue="));
}

TEST(Check, TheWorstFindingComesFirst) {
  const Checked found = check([](auto& status) {
    status["files"].as_object()["checkpoint"] = "a reader holds it";
    status["read_only"] = true;
  });
  EXPECT_TRUE(found.line.starts_with("GIRO CRITICAL - nothing is decided")) << found.line;
  EXPECT_THAT(found.line, HasSubstr("; the write-ahead log can't be emptied: a reader holds it"));
}

TEST(Check, ACheckpointKeysOrAClockThatJumpedAreWarnings) {
  EXPECT_EQ(check([](auto& s) { s["files"].as_object()["checkpoint"] = "busy"; }).state,
            State::warning);
  EXPECT_EQ(check([](auto& s) { s["keys"].as_object()["upkeep"] = "no room"; }).state,
            State::warning);
  EXPECT_EQ(check([](auto& s) { s["clock"].as_object()["state"] = "held_back"; }).state,
            State::warning);
  EXPECT_EQ(check([](auto& s) { s["clock"].as_object()["ahead_ms"] = -60'000; }).state,
            State::critical);
}

TEST(Check, ADiskIsJudgedByWhatIsFreeAndUnknownWithoutThat) {
  EXPECT_EQ(check([](auto&) {}, "giro_disk_free_bytes 1073741824\n").state, State::warning);
  EXPECT_EQ(check([](auto&) {}, "giro_disk_free_bytes 1073741823\n").state, State::critical);
  EXPECT_EQ(check([](auto&) {}, "").state, State::unknown);
}

TEST(Check, WhatIsUnknownHidesNothingWorse) {
  MonitoringReport report;
  report.add(State::unknown, "?");
  EXPECT_EQ(report.state(), State::unknown);
  report.add(State::warning, "!");
  EXPECT_EQ(report.state(), State::warning);
}

TEST(Check, ASlowCommitIsFoundInTheHistogram) {
  const std::string slow = std::string(kPage) +
                           "giro_group_seconds_bucket{le=\"0.1\"} 0\n"
                           "giro_group_seconds_bucket{le=\"1\"} 100\n"
                           "giro_group_seconds_bucket{le=\"+Inf\"} 100\n";
  const Checked found = check([](auto&) {}, slow);
  EXPECT_EQ(found.state, State::warning);
  EXPECT_THAT(found.line, HasSubstr("a commit takes 991 ms (p99)"));
}

TEST(Check, BytesAndTimesHaveTheirUnits) {
  EXPECT_EQ(shown_bytes(0), "0 B");
  EXPECT_EQ(shown_bytes(1536), "1.5 KiB");
  EXPECT_EQ(shown_bytes(20e9), "19 GiB");
  EXPECT_EQ(shown_seconds(0.00012), "120 µs");
  EXPECT_EQ(shown_seconds(0.0012), "1.2 ms");
  EXPECT_EQ(shown_seconds(90), "90.0 s");
}

}  // namespace
}  // namespace giro::cli
