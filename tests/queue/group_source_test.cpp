// This machine's own order of groups.
#include "queue/group_source.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace giro {
namespace {

using Next = GroupSource<int>::Next;

class LocalSourceTest : public testing::Test {
 protected:
  Next take(std::uint64_t applied) { return source.take(applied, Timestamp{7}, group); }

  BoundedQueue<int> queue{QueueLimits{}};
  LocalSource<int> source{queue, {.items = 2, .bytes = 100}};
  Group<int> group;
};

TEST_F(LocalSourceTest, MakesAGroupOfWhatWaitsWithinItsBounds) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(queue.push(int{i}, {}), Admission::accepted);
  ASSERT_EQ(take(0), Next::group);
  EXPECT_EQ(group.items, (std::vector{0, 1}));
  ASSERT_EQ(take(1), Next::group);
  EXPECT_EQ(group.items, std::vector{2});
  EXPECT_EQ(take(2), Next::nothing);
}

TEST_F(LocalSourceTest, GivesAGroupTheNextIndexAndTheTime) {
  EXPECT_EQ(queue.push(1, {}), Admission::accepted);
  ASSERT_EQ(take(41), Next::group);
  EXPECT_EQ(group.index, 42U);
  EXPECT_EQ(group.now, Timestamp{7});
}

TEST_F(LocalSourceTest, GivesTheIndexOfAGroupThatWasNotAppliedToTheNextOne) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(queue.push(int{i}, {}), Admission::accepted);
  ASSERT_EQ(take(41), Next::group);
  ASSERT_EQ(take(41), Next::group);
  EXPECT_EQ(group.index, 42U);
}

TEST_F(LocalSourceTest, EndsOnceAllThatWasTakenOnIsTaken) {
  EXPECT_EQ(queue.push(1, {}), Admission::accepted);
  source.close();
  EXPECT_EQ(queue.push(2, {}), Admission::closed);
  EXPECT_EQ(take(0), Next::group);
  EXPECT_EQ(take(1), Next::ended);
}

}  // namespace
}  // namespace giro
