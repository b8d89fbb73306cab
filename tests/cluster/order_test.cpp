// The one order of what a pull found: by revision, without gaps, and no further than every stream is known.
#include "queue/cluster/order.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace giro::test {
namespace {

using cluster::in_order;
using cluster::OrderTrouble;
using cluster::Pulled;
using cluster::Record;
using cluster::Streams;
using testing::ElementsAre;

// Groups as "a1" at their revisions.
Pulled pulled(Streams streams,
              const std::vector<std::pair<std::string, cluster::Revision>>& groups) {
  Pulled all{.ok = true};
  all.groups = cluster::index_of(streams);
  all.streams = std::move(streams);
  for (const auto& [name, revision] : groups) {
    all.groups_found.push_back({.node = name.substr(0, 1),
                                .number = std::stoull(name.substr(1)),
                                .revision = revision,
                                .sealed = {}});
  }
  return all;
}

std::vector<std::string> names(const std::expected<cluster::InOrder, cluster::WrongOrder>& order) {
  std::vector<std::string> all;
  for (const Record& record : order.value().records) {
    all.push_back(record.node + std::to_string(record.number));
  }
  return all;
}

TEST(TheOrder, IsThatOfTheRevisions) {
  const auto order =
      in_order({}, pulled({{"a", 2}, {"b", 2}}, {{"a1", 5}, {"a2", 9}, {"b1", 4}, {"b2", 7}}));
  EXPECT_THAT(names(order), ElementsAre("b1", "a1", "b2", "a2"));
  EXPECT_FALSE(order->more);
}

TEST(TheOrder, EndsWhereAStreamsNextGroupsArentKnown) {
  Pulled found = pulled({{"a", 3}, {"b", 2}}, {{"a1", 5}, {"b1", 4}, {"b2", 7}});
  found.cut = {"a"};
  const auto order = in_order({}, std::move(found));
  EXPECT_THAT(names(order), ElementsAre("b1", "a1")) << "a2 may be before b2";
  EXPECT_TRUE(order->more);
}

TEST(TheOrder, HasNothingBehindAStreamOfWhichNothingIsKnown) {
  Pulled found = pulled({{"a", 1}, {"b", 1}}, {{"a1", 5}});
  found.cut = {"b"};
  const auto order = in_order({}, std::move(found));
  EXPECT_THAT(names(order), ElementsAre());
  EXPECT_TRUE(order->more);
}

TEST(TheOrder, GoesOnBehindWhatIsApplied) {
  const auto order = in_order({{"a", 7}, {"b", 1}}, pulled({{"a", 8}, {"b", 1}}, {{"a8", 20}}));
  EXPECT_THAT(names(order), ElementsAre("a8"));
}

OrderTrouble trouble_of(const Streams& applied, Pulled found) {
  return in_order(applied, std::move(found)).error().trouble;
}

TEST(ALog, WithAGapOrAWrongCountIsDamaged) {
  EXPECT_EQ(trouble_of({}, pulled({{"a", 3}}, {{"a1", 5}, {"a3", 6}})), OrderTrouble::damaged);
  EXPECT_EQ(trouble_of({{"a", 1}}, pulled({{"a", 2}}, {{"a3", 6}})), OrderTrouble::damaged);
  EXPECT_EQ(trouble_of({}, pulled({{"a", 2}}, {{"a1", 5}, {"a2", 4}})), OrderTrouble::damaged)
      << "a stream's groups keep its order";
  EXPECT_EQ(trouble_of({}, pulled({{"a", 1}}, {{"a1", 5}, {"a2", 6}})), OrderTrouble::damaged);
  EXPECT_EQ(trouble_of({{"a", 1}}, pulled({{"a", 2}}, {})), OrderTrouble::damaged)
      << "somebody deleted the last one";
  EXPECT_EQ(trouble_of({}, pulled({{"a", 1}, {"b", 2}}, {{"a1", 5}, {"b1", 6}})),
            OrderTrouble::damaged);
  Pulled miscounted = pulled({{"a", 1}}, {{"a1", 5}});
  miscounted.groups = 2;
  EXPECT_EQ(trouble_of({}, std::move(miscounted)), OrderTrouble::damaged);
}

TEST(ALog, ThatLacksWhatIsAppliedIsAnOlderOne) {
  EXPECT_EQ(trouble_of({{"a", 4}}, pulled({{"a", 3}}, {})), OrderTrouble::older);
  EXPECT_EQ(trouble_of({{"a", 4}}, pulled({}, {})), OrderTrouble::older);
}

TEST(ALog, WithoutWhatFollowsLeftTheLedgerBehind) {
  Pulled truncated = pulled({{"a", 9}}, {});
  truncated.truncated = {{"a", 5}};
  EXPECT_EQ(trouble_of({{"a", 4}}, std::move(truncated)), OrderTrouble::behind);
}

}  // namespace
}  // namespace giro::test
