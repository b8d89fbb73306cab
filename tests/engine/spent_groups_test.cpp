#include "engine/spent_groups.hpp"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace giro::test {
namespace {

std::unique_ptr<CommittedGroup> delivered(std::size_t entries) {
  auto group = std::make_unique<CommittedGroup>();
  group->entries.resize(entries);
  group->answers.resize(1);
  group->items.push_back({.reply_to = {}, .uid = 0, .work = StatusQuery{}});
  return group;
}

TEST(SpentGroups, ComeBackEmptyWithTheirMemory) {
  SpentGroups spent;
  spent.give(delivered(100));
  const auto group = spent.take();
  EXPECT_TRUE(group->entries.empty());
  EXPECT_TRUE(group->answers.empty());
  EXPECT_TRUE(group->items.empty());
  EXPECT_GE(group->entries.capacity(), 100U);
}

TEST(SpentGroups, AreMadeWhereNoneCameBack) {
  SpentGroups spent;
  EXPECT_NE(spent.take(), nullptr);
}

TEST(SpentGroups, AreKeptInAFewOnly) {
  SpentGroups spent;
  for (int i = 0; i < 100; ++i) spent.give(delivered(100));
  int kept = 0;
  while (spent.take()->entries.capacity() != 0) ++kept;
  EXPECT_GT(kept, 0);
  EXPECT_LT(kept, 10);
}

}  // namespace
}  // namespace giro::test
