// A clock that is wrong for a moment must not be wrong for ever, nor pass deadlines.
#include "engine/ledger_clock.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace giro::test {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kHour = 3'600 * kSecond;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kYear = 365 * kDay;
constexpr std::int64_t kStart = 1'800'000'000 * kSecond;

class Clock : public testing::Test {
 protected:
  void pass(std::int64_t ns) { real_ += ns, steady_ += ns; }
  void jump(std::int64_t ns) { real_ += ns; }
  // How far the ledger's time is from the right one, which no jump moves.
  std::int64_t off() { return clock_.now().ns - (kStart + steady_ - kSteadyStart); }
  std::string news() { return clock_.take_news().value_or(""); }

  static constexpr std::int64_t kSteadyStart = 5'000 * kSecond;
  std::int64_t real_ = kStart;
  std::int64_t steady_ = kSteadyStart;
  LedgerClock clock_{{.real = [this] { return Timestamp{real_}; },
                      .steady = [this] { return Timestamp{steady_}; }}};
};

TEST_F(Clock, IsTheSystemsWhileThatRunsEvenly) {
  for (int i = 0; i < 100; ++i) {
    pass(kSecond / 3);
    ASSERT_EQ(off(), 0);
  }
  EXPECT_EQ(clock_.state(), LedgerClock::State::agrees);
  EXPECT_EQ(news(), "");
}

TEST_F(Clock, DoesNotFollowAJumpAheadAtOnce) {
  jump(74 * kYear);
  EXPECT_EQ(off(), 0);
  EXPECT_EQ(clock_.state(), LedgerClock::State::held_back);
  EXPECT_THAT(news(), HasSubstr("jumped ahead by 27010 days"));
  pass(100 * kSecond);
  EXPECT_EQ(off(), 10 * kSecond) << "a tenth of what passed";
  EXPECT_EQ(news(), "") << "it is said once";
}

TEST_F(Clock, IsRightAgainAsSoonAsTheSystemsIs) {
  jump(74 * kYear);
  EXPECT_EQ(off(), 0);
  pass(kSecond);
  (void)off();
  (void)news();
  jump(-74 * kYear);
  EXPECT_EQ(off(), 0);
  EXPECT_EQ(clock_.state(), LedgerClock::State::agrees);
  EXPECT_THAT(news(), HasSubstr("agree again"));
}

TEST_F(Clock, CatchesUpWithAJumpThatStays) {
  jump(10 * kSecond);
  for (int i = 0; i < 100; ++i) {
    pass(kSecond);
    (void)clock_.now();
  }
  EXPECT_EQ(off(), 10 * kSecond);
  EXPECT_EQ(clock_.state(), LedgerClock::State::agrees);
}

TEST_F(Clock, FollowsTheSystemsBackAndReturnsAtOnce) {
  pass(10 * kSecond);
  (void)off();
  jump(-kHour);
  EXPECT_EQ(off(), -kHour);
  EXPECT_EQ(clock_.state(), LedgerClock::State::set_back);
  EXPECT_THAT(news(), HasSubstr("went back by 60 minutes"));
  jump(kHour);
  EXPECT_EQ(off(), 0) << "it was there before: that is no jump";
  jump(1);
  EXPECT_EQ(off(), 0);
}

TEST_F(Clock, TakesTheTimeThatAMachineSleptAsPassed) {
  pass(3 * kDay);  // The steady clock goes on while it sleeps.
  EXPECT_EQ(off(), 0);
}

TEST_F(Clock, SaysNothingOfSmallSteps) {
  jump(kSecond / 2);
  (void)off();
  jump(-kSecond);
  (void)off();
  EXPECT_EQ(news(), "");
}

TEST(StartClockCheck, TellsAndRefusesByWhatCanBeForEver) {
  const auto check = [](std::int64_t ahead, ClockSync sync) {
    return check_start_clock(Timestamp{kStart}, Timestamp{kStart + ahead}, sync);
  };
  EXPECT_EQ(check(kHour, ClockSync::not_synchronised).words, "");
  EXPECT_EQ(check(30 * kDay, ClockSync::synchronised).words, "");
  EXPECT_TRUE(check(2 * kDay, ClockSync::not_synchronised).refused);
  EXPECT_THAT(check(2 * kDay, ClockSync::not_synchronised).words,
              testing::AllOf(HasSubstr("2 days ahead"), HasSubstr("--accept-clock")));
  EXPECT_FALSE(check(2 * kDay, ClockSync::unknown).refused);
  EXPECT_NE(check(2 * kDay, ClockSync::unknown).words, "");
  EXPECT_FALSE(check(-30 * kSecond, ClockSync::synchronised).refused);
  EXPECT_THAT(check(-30 * kSecond, ClockSync::synchronised).words, HasSubstr("30 seconds behind"));
  EXPECT_TRUE(check(-61 * kSecond, ClockSync::synchronised).refused);
  EXPECT_EQ(check(-1, ClockSync::unknown).words, "");
}

}  // namespace
}  // namespace giro::test
