// What a node says of itself, and what follows from what all of them say.
#include "queue/cluster/announcement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace giro::test {
namespace {

using cluster::Announcement;
using cluster::Announcements;
using cluster::ClockGuard;
using cluster::read_announcement;
using cluster::Streams;
using std::chrono::seconds;

Announcement with(Streams durable, std::uint16_t rules = 1) {
  return {.applied = {.index = 19, .digest = {0xab, 0x01}},
          .clock = Timestamp{1'700'000'000'000'000'000},
          .rules = rules,
          .version = "0.1.0",
          .state = "serving",
          .durable = std::move(durable)};
}

TEST(AnAnnouncement, IsALineThatIsReadBack) {
  for (const Announcement& one : {with({{"a", 12}, {"b", 7}}), with({})}) {
    EXPECT_EQ(read_announcement(text_of(one)), one) << text_of(one);
  }
}

TEST(AnAnnouncement, OfAnOlderReleaseDoesntNameItsProcessAndOfANewerOneMaySayMore) {
  Announcement one = with({{"a", 12}});
  one.run = 0x5f0e'1234'5678'9abcU;
  const std::string text = text_of(one);
  EXPECT_EQ(read_announcement(text), one);
  EXPECT_EQ(read_announcement(text + " more=7"), one);
  one.run = 0;
  EXPECT_EQ(read_announcement(text.substr(0, text.find(" run="))), one);
  EXPECT_FALSE(read_announcement(text + "x"));
}

TEST(AnAnnouncement, OfAnotherFormIsNone) {
  const std::string text = text_of(with({{"a", 12}}));
  for (std::size_t i = 0; i < text.find(" streams="); ++i) {
    EXPECT_FALSE(read_announcement(text.substr(0, i))) << text.substr(0, i);
  }
  EXPECT_FALSE(read_announcement("index=x" + text.substr(8)));
}

TEST(TheLog, IsNeededDownToTheNodeThatHasLeast) {
  EXPECT_EQ(
      cluster::all_have({{"a", with({{"a", 5}, {"b", 3}})}, {"b", with({{"a", 4}, {"b", 9}})}}),
      (Streams{{"a", 4}, {"b", 3}}));
  EXPECT_EQ(cluster::all_have({{"a", with({{"a", 5}})}, {"b", with({})}}), Streams());
  EXPECT_EQ(cluster::all_have({}), Streams());
}

TEST(NewRules, AreUsedOnceEveryNodeKnowsThem) {
  EXPECT_EQ(cluster::rules_of_all({{"a", with({}, 2)}, {"b", with({}, 1)}}), 1);
  EXPECT_EQ(cluster::rules_of_all({{"a", with({}, 2)}, {"b", with({}, 2)}}), 2);
}

class AClock : public testing::Test {
 protected:
  // Each second all nodes say their time, up to a second ago; "a" is this one.
  void tell(seconds of_a, seconds of_b, seconds of_c, int times = 12) {
    for (; times > 0; --times) {
      now += seconds(1);
      Announcements all{{"a", with({})}, {"b", with({})}, {"c", with({})}};
      all["b"].clock = Timestamp{(now + of_b - std::chrono::milliseconds(700)).count()};
      all["c"].clock = Timestamp{(now + of_c - std::chrono::milliseconds(10 * times)).count()};
      guard.note("a", all, Timestamp{(now + of_a).count()});
    }
  }

  std::chrono::nanoseconds now{seconds(1'000'000)};
  ClockGuard guard;
};

TEST_F(AClock, ThatAgreesWithTheOthersIsRight) {
  tell(seconds(0), seconds(0), seconds(0));
  EXPECT_FALSE(guard.is_off(true));
}

TEST_F(AClock, ThatIsAheadOfOrBehindMostIsOff) {
  tell(seconds(5), seconds(0), seconds(0));
  EXPECT_TRUE(guard.is_off(true));
  EXPECT_LT(guard.offset(true), -seconds(3));
  tell(seconds(-5), seconds(0), seconds(0));
  EXPECT_TRUE(guard.is_off(true));
}

TEST_F(AClock, IsNotOffBecauseAnotherOneIs) {
  tell(seconds(0), seconds(60), seconds(0));
  EXPECT_FALSE(guard.is_off(true));
}

TEST_F(AClock, OfANodeThatHasntServedIsHeldToThatOfASingleOneThatServes) {
  for (int i = 0; i < 3; ++i) {
    now += seconds(1);
    Announcements all{{"a", with({})}, {"b", with({})}};
    all["b"].clock = Timestamp{(now + seconds(600)).count()};
    guard.note("a", all, Timestamp{now.count()});
  }
  EXPECT_TRUE(guard.is_off(false));
  EXPECT_FALSE(guard.is_off(true)) << "between two that serve nobody can tell whose is off";
}

TEST_F(AClock, OfANodeThatHasntServedIsntHeldToThoseOfOthersThatDont) {
  for (int i = 0; i < 3; ++i) {
    now += seconds(1);
    Announcements all{{"a", with({})}, {"b", with({})}};
    all["b"].clock = Timestamp{(now + seconds(600)).count()};
    all["b"].state = "clock_off";
    guard.note("a", all, Timestamp{now.count()});
  }
  EXPECT_FALSE(guard.is_off(false));
}

TEST_F(AClock, IsntHeldToWhatANodeSaidBeforeThisOneLooked) {
  Announcements all{{"a", with({})}, {"b", with({})}, {"c", with({})}};
  for (int i = 0; i < 20; ++i) guard.note("a", all, Timestamp{now.count()});
  EXPECT_FALSE(guard.is_off(true)) << "nodes that died long ago";
}

}  // namespace
}  // namespace giro::test
