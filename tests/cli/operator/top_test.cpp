#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/operator/space_saving.hpp"
#include "cli/operator/top_figures.hpp"

namespace giro::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::map<std::string, SpaceSaving::Count> counts_of(const SpaceSaving& sketch) {
  std::map<std::string, SpaceSaving::Count> found;
  for (const auto& count : sketch.counts()) found[count.name] = count;
  return found;
}

TEST(SpaceSaving, CountsExactlyAsLongAsThereIsACounterForEachName) {
  SpaceSaving sketch(3);
  for (const char* name : {"a", "b", "a", "c", "a"}) sketch.add(name);
  const auto counts = counts_of(sketch);
  EXPECT_EQ(counts.at("a").count, 3U);
  EXPECT_EQ(counts.at("a").error, 0U);
  EXPECT_EQ(counts.at("c").count, 1U);
}

TEST(SpaceSaving, KeepsWhatIsFrequentAndNeverCountsTooLow) {
  constexpr std::size_t kCounters = 20;
  SpaceSaving sketch(kCounters);
  std::map<std::string, std::uint64_t> truth;
  std::uint32_t random = 1;
  for (int i = 0; i < 20'000; ++i) {
    random = random * 1'664'525 + 1'013'904'223;
    const std::uint32_t which = random >> 16;
    const std::string name = which % 4 == 0   ? "hot"
                             : which % 4 == 1 ? "warm"
                                              : std::to_string(which);
    ++truth[name];
    sketch.add(name);
  }
  const auto counts = counts_of(sketch);
  EXPECT_EQ(counts.size(), kCounters);
  for (const char* name : {"hot", "warm"}) ASSERT_TRUE(counts.contains(name)) << name;
  for (const auto& [name, count] : counts) {
    EXPECT_GE(count.count, truth[name]);
    EXPECT_LE(count.count - count.error, truth[name]);
  }
}

TEST(BusyAccounts, AnEntryIsAboutEachOfItsAccountsOnce) {
  const auto entry = [](const char* text) {
    return accounts_of_entry(boost::json::parse(text).as_object());
  };
  EXPECT_THAT(entry(R"({"from":"a","to":"b","amount":1})"), ElementsAre("a", "b"));
  EXPECT_THAT(entry(R"({"legs":[{"from":"a","to":"b"},{"from":"b","to":"c"}]})"),
              ElementsAre("a", "b", "c"));
  EXPECT_THAT(entry(R"({"type":"account","account":{"id":"a"}})"), ElementsAre("a"));
  EXPECT_THAT(entry(R"({"type":"account_update","id":"a"})"), ElementsAre("a"));
  EXPECT_THAT(entry(R"({"type":"books_close"})"), ElementsAre());
}

constexpr const char* kBefore =
    "giro_decisions_total{type=\"payment\",status=\"applied\"} 100\n"
    "giro_decisions_total{type=\"payment\",status=\"rejected\"} 5\n"
    "giro_decisions_total{type=\"hold\",status=\"applied\"} 7\n"
    "giro_commits_total 10\n";
constexpr const char* kAfter =
    "giro_decisions_total{type=\"payment\",status=\"applied\"} 300\n"
    "giro_decisions_total{type=\"payment\",status=\"rejected\"} 25\n"
    "giro_decisions_total{type=\"hold\",status=\"applied\"} 7\n"
    "giro_rejections_total{code=\"insufficient_funds\"} 20\n"
    "giro_commits_total 20\ngiro_connections{uid=\"7\"} 2\ngiro_deciding 1\n";

TEST(Top, RatesAreDifferencesAndWhatDoesntMoveIsLeftOut) {
  const TopFigures figures =
      top_figures(MetricsPage::parse(kBefore), MetricsPage::parse(kAfter), 2, {{"a", 0.5}});
  ASSERT_EQ(figures.types.size(), 1U);
  EXPECT_EQ(figures.types[0].applied, 100);
  EXPECT_EQ(figures.types[0].rejected, 10);
  EXPECT_EQ(figures.decisions(), 110);
  EXPECT_EQ(figures.commits, 5);
  EXPECT_EQ(figures.accounts.at(0).rate, 55);
  EXPECT_EQ(as_json(figures).at("connections_by_uid").at("7"), 2.0);
}

TEST(Top, AfterARestartCountersCountFromZero) {
  const TopFigures figures =
      top_figures(MetricsPage::parse(kAfter), MetricsPage::parse(kBefore), 1, {});
  EXPECT_EQ(figures.types.at(0).applied, 100);
}

TEST(Top, TheScreenSaysWhatIsInTheWay) {
  TopFigures figures;
  figures.now = MetricsPage::parse("giro_deciding 0\ngiro_checkpoint_ok 1\n");
  std::string text;
  for (const ScreenLine& line : as_lines(figures, "/s", "disk full")) text += line.text + "\n";
  EXPECT_THAT(text, HasSubstr("NOTHING IS DECIDED: disk full"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("write-ahead log can't")));
}

TEST(Screen, TextIsCutByCharactersAndControlCharactersAreLeftOut) {
  EXPECT_EQ(cut_to_width("µµµ", 2), "µµ");
  EXPECT_EQ(cut_to_width("a\x1b[31mb", 10), "a[31mb");
  EXPECT_EQ(cut_to_width("abc", 0), "");
}

}  // namespace
}  // namespace giro::cli
