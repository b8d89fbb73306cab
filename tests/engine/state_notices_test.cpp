#include "engine/cluster/state_notices.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace giro {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using State = cluster::Replicator::State;

class StateNoticesTest : public testing::Test {
 protected:
  std::optional<Notice> become(State state, std::chrono::milliseconds at,
                               const std::string& trouble = {}) {
    cluster::Replicator::Figures figures;
    figures.state = state;
    figures.trouble = trouble;
    figures.given = 7;
    return notices.next(figures, cluster::Log::Moment(at));
  }
  void serve() {
    EXPECT_FALSE(become(State::starting, 0ms));
    EXPECT_FALSE(become(State::catching_up, 10ms));
    const auto up = become(State::serving, 20ms);
    ASSERT_TRUE(up);
    EXPECT_EQ(up->severity, Severity::info);
    EXPECT_THAT(up->text, HasSubstr("at group 7"));
  }

  StateNotices notices;
};

TEST_F(StateNoticesTest, SayWhyNoPaymentsAreTakenAndWhenTheyAreAgain) {
  serve();
  const auto cut_off = become(State::isolated, 1'000ms, "no quorum");
  ASSERT_TRUE(cut_off);
  EXPECT_EQ(cut_off->severity, Severity::warning);
  EXPECT_EQ(cut_off->event, Event::blocked);
  EXPECT_THAT(cut_off->text, HasSubstr("no quorum: it takes no payments"));
  EXPECT_FALSE(become(State::catching_up, 3'000ms)) << "it is on its way";
  const auto again = become(State::serving, 3'500ms);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->event, Event::unblocked);
  EXPECT_THAT(again->text, HasSubstr("after 2.5 s"));
}

TEST_F(StateNoticesTest, SayEachStateOnceHoweverOftenItIsLookedAt) {
  serve();
  EXPECT_FALSE(become(State::serving, 30ms));
  EXPECT_TRUE(become(State::isolated, 1'000ms, "no quorum"));
  EXPECT_FALSE(become(State::isolated, 2'000ms, "no quorum, and longer"));
}

TEST_F(StateNoticesTest, SayEachReasonForTakingNone) {
  serve();
  EXPECT_TRUE(become(State::clock_off, 1'000ms, "the clock is off"));
  const auto cut_off = become(State::isolated, 2'000ms, "no quorum");
  ASSERT_TRUE(cut_off);
  EXPECT_THAT(cut_off->text, HasSubstr("no quorum"));
  const auto again = become(State::serving, 4'000ms);
  ASSERT_TRUE(again);
  EXPECT_THAT(again->text, HasSubstr("after 3.0 s")) << "from the first of them";
}

TEST_F(StateNoticesTest, LeaveALedgerThatCantBeWrittenToTheCommitThread) {
  serve();
  EXPECT_FALSE(become(State::read_only, 1'000ms, "can't be written"));
  EXPECT_FALSE(become(State::serving, 2'000ms));
}

TEST_F(StateNoticesTest, LeaveAHaltToWhoeverHalts) {
  serve();
  EXPECT_FALSE(become(State::halted, 1'000ms, "diverged"));
}

}  // namespace
}  // namespace giro
