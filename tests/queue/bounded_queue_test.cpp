// The queue's promises: bounds by items and by bytes, order of each producer, close and drain.
#include "queue/bounded_queue.hpp"

#include <chrono>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace giro {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kAnyBytes = std::numeric_limits<std::size_t>::max();

TEST(BoundedQueue, RefusesTheItemOverTheBoundAndTakesItAfterAPop) {
  BoundedQueue<int> queue({.items_max = 2, .bytes_max = 1'000});
  EXPECT_EQ(queue.push(1, {}), Admission::accepted);
  EXPECT_EQ(queue.push(2, {}), Admission::accepted);
  EXPECT_EQ(queue.push(3, {}), Admission::full);
  std::vector<int> group;
  EXPECT_EQ(queue.pop_group(group, {.items = 1, .bytes = kAnyBytes}), Popped::items);
  EXPECT_EQ(group, std::vector{1});
  EXPECT_EQ(queue.push(3, {}), Admission::accepted);
}

TEST(BoundedQueue, CountsBytesToo) {
  BoundedQueue<int> queue({.items_max = 100, .bytes_max = 10});
  EXPECT_EQ(queue.push(1, {.items = 1, .bytes = 6}), Admission::accepted);
  EXPECT_EQ(queue.push(2, {.items = 1, .bytes = 6}), Admission::full);
  EXPECT_EQ(queue.push(3, {.items = 1, .bytes = 4}), Admission::accepted);
  EXPECT_EQ(queue.load().bytes, 10U);
}

TEST(BoundedQueue, TakesAnItemHeavierThanTheBoundIntoAnEmptyQueueOnly) {
  BoundedQueue<int> queue({.items_max = 10, .bytes_max = 10});
  EXPECT_EQ(queue.push(1, {.items = 1'000, .bytes = 1'000}), Admission::accepted);
  EXPECT_EQ(queue.push(2, {}), Admission::full);
  std::vector<int> group;
  EXPECT_EQ(queue.pop_group(group, {.items = 5, .bytes = kAnyBytes}), Popped::items);
  EXPECT_EQ(queue.load().items, 0U);
  EXPECT_EQ(queue.push(2, {}), Admission::accepted);
}

TEST(BoundedQueue, LeavesARefusedItemToItsOwner) {
  BoundedQueue<std::unique_ptr<int>> queue({.items_max = 1});
  EXPECT_EQ(queue.push(std::make_unique<int>(1), {}), Admission::accepted);
  auto second = std::make_unique<int>(2);
  EXPECT_EQ(queue.push(std::move(second), {}), Admission::full);
  // NOLINTBEGIN(bugprone-use-after-move, clang-analyzer-cplusplus.Move): that is the promise.
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(*second, 2);
  // NOLINTEND(bugprone-use-after-move, clang-analyzer-cplusplus.Move)
}

TEST(BoundedQueue, LimitsAGroupByWeight) {
  BoundedQueue<int> queue({.items_max = 100});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(queue.push(int{i}, {.items = 3}), Admission::accepted);
  std::vector<int> group;
  EXPECT_EQ(queue.pop_group(group, {.items = 5, .bytes = kAnyBytes}), Popped::items);
  EXPECT_EQ(group, (std::vector{0, 1}));
  EXPECT_EQ(queue.pop_group(group, {.items = 100, .bytes = kAnyBytes}), Popped::items);
  EXPECT_EQ(group, (std::vector{2, 3}));
}

TEST(BoundedQueue, LimitsAGroupByBytesToo) {
  BoundedQueue<int> queue({.items_max = 100});
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(queue.push(int{i}, {.items = 1, .bytes = 10}), Admission::accepted);
  }
  std::vector<int> group;
  EXPECT_EQ(queue.pop_group(group, {.items = 100, .bytes = 11}), Popped::items);
  EXPECT_EQ(group, (std::vector{0, 1}));
}

TEST(BoundedQueue, WaitsNoLongerThanUntilTheMoment) {
  BoundedQueue<int> queue(QueueLimits{});
  queue.wait(std::chrono::steady_clock::now() + 1ms);
  queue.wait(std::chrono::steady_clock::now() - 1ms);
}

TEST(BoundedQueue, DoesNotWaitForWhatIsThere) {
  BoundedQueue<int> queue(QueueLimits{});
  for (int i = 0; i < 2; ++i) EXPECT_EQ(queue.push(int{i}, {}), Admission::accepted);
  std::vector<int> group;
  queue.wait({});
  EXPECT_EQ(queue.pop_group(group, {.items = 1, .bytes = kAnyBytes}), Popped::items);
  queue.wait({});
  EXPECT_EQ(queue.pop_group(group, {.items = 1, .bytes = kAnyBytes}), Popped::items);
  EXPECT_EQ(group, std::vector{1});
}

TEST(BoundedQueue, GivesNothingWhileItIsEmpty) {
  BoundedQueue<int> queue(QueueLimits{});
  std::vector<int> group{7};
  EXPECT_EQ(queue.pop_group(group, {.items = 10, .bytes = kAnyBytes}), Popped::nothing);
  EXPECT_TRUE(group.empty());
}

TEST(BoundedQueue, DrainsWhatWasAcceptedBeforeItSaysClosed) {
  BoundedQueue<int> queue(QueueLimits{});
  EXPECT_EQ(queue.push(1, {}), Admission::accepted);
  queue.close();
  EXPECT_EQ(queue.push(2, {}), Admission::closed);
  std::vector<int> group;
  EXPECT_EQ(queue.pop_group(group, {.items = 10, .bytes = kAnyBytes}), Popped::items);
  EXPECT_EQ(group, std::vector{1});
  EXPECT_EQ(queue.pop_group(group, {.items = 10, .bytes = kAnyBytes}), Popped::closed);
}

TEST(BoundedQueue, WakesASleepingConsumerOnClose) {
  BoundedQueue<int> queue(QueueLimits{});
  std::thread consumer([&queue] {
    std::vector<int> group;
    queue.wait({});
    EXPECT_EQ(queue.pop_group(group, {.items = 10, .bytes = kAnyBytes}), Popped::closed);
  });
  std::this_thread::sleep_for(5ms);
  queue.close();
  consumer.join();
}

TEST(BoundedQueue, KeepsTheOrderOfEachProducerAndLosesNothing) {
  constexpr int kProducers = 4;
  constexpr int kItemsEach = 20'000;
  struct Item {
    int producer;
    int number;
  };
  BoundedQueue<Item> queue({.items_max = 512});
  std::vector<std::thread> producers;
  producers.reserve(kProducers);
  for (int producer = 0; producer < kProducers; ++producer) {
    producers.emplace_back([&queue, producer] {
      for (int number = 0; number < kItemsEach; ++number) {
        while (queue.push(Item{producer, number}, {}) != Admission::accepted) {
          std::this_thread::yield();
        }
      }
    });
  }
  std::vector<int> next(kProducers, 0);
  std::vector<Item> group;
  for (int total = 0; total < kProducers * kItemsEach;) {
    queue.wait({});
    ASSERT_EQ(queue.pop_group(group, {.items = 100, .bytes = kAnyBytes}), Popped::items);
    total += static_cast<int>(group.size());
    for (const Item& item : group) {
      ASSERT_EQ(item.number, next[static_cast<std::size_t>(item.producer)]++);
    }
  }
  for (std::thread& producer : producers) producer.join();
  EXPECT_EQ(queue.load().items, 0U);
}

}  // namespace
}  // namespace giro
