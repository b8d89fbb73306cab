// Who of the others is there, and gets further: by this node's own clock, and never while it heard nothing itself.
#include "queue/cluster/presence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace giro::test {
namespace {

using namespace std::chrono_literals;
using cluster::Announcement;
using cluster::Announcements;
using cluster::Presence;
using cluster::Streams;
using testing::Key;
using testing::UnorderedElementsAre;

class Nodes : public testing::Test {
 protected:
  // "a", which looks, each second; the others say what they say.
  void look(std::chrono::seconds time) {
    for (; time.count() > 0; --time) {
      now += 1s;
      for (auto& [name, said] : all) {
        if (!silent.contains(name)) said.clock.ns += 1'000'000'000;
      }
      presence.note("a", all, now);
    }
  }
  static Announcement at(std::uint64_t group) {
    Announcement one;
    one.durable = Streams{{"a", group}};
    return one;
  }

  Presence presence;
  Announcements all{{"a", at(9)}, {"b", at(9)}, {"c", at(9)}};
  std::set<std::string> silent;
  Presence::Moment now{1h};
};

TEST_F(Nodes, AreHeardOnceEachOfThemSaidSomethingNew) {
  EXPECT_FALSE(presence.has_heard_all(now)) << "nothing was looked at";
  look(1s);
  EXPECT_FALSE(presence.has_heard_all(now)) << "what is there at first may be of any age";
  look(1s);
  EXPECT_TRUE(presence.has_heard_all(now));
}

TEST_F(Nodes, ThatDiedLongAgoAreWaitedForOnlyShortly) {
  silent = {"b"};
  look(2s);
  EXPECT_FALSE(presence.has_heard_all(now));
  look(2s);
  EXPECT_TRUE(presence.has_heard_all(now));
}

TEST_F(Nodes, AreAloneAtOnceWhereThereIsNoOther) {
  all = {{"a", at(0)}};
  look(1s);
  EXPECT_TRUE(presence.has_heard_all(now));
}

TEST_F(Nodes, AreAwayWhenTheySaidNothingForAMinute) {
  look(10s);
  silent = {"b"};
  look(60s);
  EXPECT_FALSE(presence.is_away("b", now));
  look(1s);
  EXPECT_TRUE(presence.is_away("b", now));
  EXPECT_FALSE(presence.is_away("c", now));
  EXPECT_THAT(presence.seen(), UnorderedElementsAre(Key("b"), Key("c")));
  EXPECT_EQ(now - presence.seen().at("b"), 61s) << "whatever its clock says";
}

TEST_F(Nodes, ArentAwayBecauseThisOneHeardNothing) {
  look(10s);
  silent = {"b"};
  look(40s);
  now += 100s;
  look(1s);
  EXPECT_FALSE(presence.is_away("b", now)) << "nor c, which nobody could hear";
  EXPECT_FALSE(presence.is_away("c", now));
  look(61s);
  EXPECT_TRUE(presence.is_away("b", now));
}

TEST_F(Nodes, AreStuckWhereTheirFilesLackWhatThisOneHasForAMinute) {
  look(100s);
  EXPECT_FALSE(presence.is_stuck("b", now)) << "nothing was decided for long";
  all["a"] = at(10);
  look(61s);
  EXPECT_TRUE(presence.is_stuck("b", now));
  all["b"] = at(10);
  look(1s);
  EXPECT_FALSE(presence.is_stuck("b", now));
}

TEST_F(Nodes, ArentStuckWhileTheyGetFurtherHoweverSlowly) {
  all["a"] = at(1'000);
  for (std::uint64_t group = 10; group < 20; ++group) {
    all["b"] = at(group);
    look(50s);
    EXPECT_FALSE(presence.is_stuck("b", now));
  }
}

}  // namespace
}  // namespace giro::test
