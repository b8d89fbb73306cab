// The log of what clients cause: a line a cause and minute, and a bound on how many causes there are.
#include "daemon/cause_log.hpp"

#include <gtest/gtest.h>

namespace giro {
namespace {

using std::chrono::seconds;

TEST(CauseLog, HasALineACauseAndMinuteWithWhatCameMeanwhile) {
  CauseLog log;
  const CauseLog::Clock::time_point start{seconds(1'000)};
  EXPECT_EQ(log.line_due("a", start), 0U);
  EXPECT_EQ(log.line_due("b", start), 0U) << "another cause has a line of its own";
  EXPECT_FALSE(log.line_due("a", start + seconds(1)));
  EXPECT_FALSE(log.line_due("a", start + seconds(59)));
  EXPECT_EQ(log.line_due("a", start + seconds(60)), 2U);
  EXPECT_FALSE(log.line_due("a", start + seconds(61)));
  EXPECT_EQ(log.line_due("a", start + seconds(120)), 1U);
}

TEST(CauseLog, GivesCausesBeyondItsBoundOneLineForAll) {
  CauseLog log;
  const CauseLog::Clock::time_point start{seconds(1'000)};
  std::size_t lines = 0;
  for (std::size_t i = 0; i < 10 * CauseLog::kCausesMax; ++i) {
    lines += log.line_due(std::to_string(i), start).has_value() ? 1 : 0;
  }
  EXPECT_EQ(lines, CauseLog::kCausesMax + 1);
  EXPECT_EQ(log.line_due("later", start + CauseLog::kEvery), 0U) << "quiet ones make room";
}

}  // namespace
}  // namespace giro
