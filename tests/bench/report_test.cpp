#include "bench/load/report.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace giro::load {
namespace {

namespace json = boost::json;

Report small_report() {
  Report report;
  report.machine.processor = "A & B <C>";
  report.sqlite_version = "3.40.1";
  Outcome outcome;
  outcome.workload = find_workload("W3");
  outcome.pace = Pace{.done = 20,
                      .seconds = 2,
                      .per_second = 10,
                      .first_tenth_per_second = 8,
                      .last_tenth_per_second = 12,
                      .over_time = {{1, 8}, {2, 12}}};
  Latency latency{"a payment", {}};
  for (int count = 0; count < 20; ++count) latency.nanoseconds.record(1'500'000);
  outcome.latencies.push_back(std::move(latency));
  report.outcomes.push_back(std::move(outcome));
  return report;
}

TEST(Report, IsOneLineOfJson) {
  const std::string text = report_json(small_report());
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const json::value report = json::parse(text);
  const json::value& workload = report.at("workloads").at(0);
  EXPECT_EQ(workload.at("id").as_string(), "W3");
  EXPECT_EQ(workload.at("payments").at("done").to_number<int>(), 20);
  EXPECT_EQ(workload.at("payments").at("over_time").as_array().size(), 2U);
  EXPECT_EQ(workload.at("latencies").at(0).at("p99.9_ms").to_number<double>(), 1.5);
  EXPECT_FALSE(workload.as_object().contains("idle"));
}

TEST(Report, EscapesWhatThePictureShows) {
  const std::string picture = report_svg(small_report());
  EXPECT_TRUE(picture.starts_with("<svg "));
  EXPECT_TRUE(picture.ends_with("</svg>\n"));
  EXPECT_NE(picture.find("A &amp; B &lt;C>"), std::string::npos);
  EXPECT_NE(picture.find("1.50 ms"), std::string::npos);
}

TEST(Report, ShowsDurationsInTheirUnit) {
  EXPECT_EQ(shown_duration(0), "0.00 us");
  EXPECT_EQ(shown_duration(1'234), "1.23 us");
  EXPECT_EQ(shown_duration(56'789), "56.8 us");
  EXPECT_EQ(shown_duration(123'456'789), "123 ms");
  EXPECT_EQ(shown_duration(2'500'000'000), "2.50 s");
}

TEST(Workload, IsFoundByItsName) {
  EXPECT_EQ(all_workloads().size(), 14U);
  ASSERT_NE(find_workload("w4"), nullptr);
  EXPECT_EQ(find_workload("W4")->connections, 8U);
  EXPECT_EQ(find_workload("W15"), nullptr);
  EXPECT_EQ(find_workload(""), nullptr);
}

}  // namespace
}  // namespace giro::load
