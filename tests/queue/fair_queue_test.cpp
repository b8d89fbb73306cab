#include "queue/fair_queue.hpp"

#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace giro {
namespace {

std::string popped(FairQueue<char>& queue, int count) {
  std::string all;
  while (count-- > 0) all.push_back(*queue.pop());
  return all;
}

void push(FairQueue<char>& queue, Asker asker, const std::string& items) {
  for (const char item : items) ASSERT_EQ(queue.push(asker, char{item}), Admission::accepted);
}

TEST(FairQueue, ServesUsersInTurnsHoweverMuchOneOfThemAsks) {
  FairQueue<char> queue(100);
  push(queue, {.user = 1, .connection = 1}, "aaa");
  push(queue, {.user = 1, .connection = 2}, "bbb");
  push(queue, {.user = 2, .connection = 3}, "x");
  EXPECT_EQ(popped(queue, 7), "axbabab");
}

TEST(FairQueue, KeepsTheOrderOfEachConnection) {
  FairQueue<char> queue(100);
  push(queue, {.user = 1, .connection = 1}, "12");
  push(queue, {.user = 1, .connection = 2}, "9");
  EXPECT_EQ(popped(queue, 2), "19");
  push(queue, {.user = 1, .connection = 1}, "3");
  EXPECT_EQ(popped(queue, 2), "23");
}

TEST(FairQueue, RefusesAtOnceWhatIsTooMuch) {
  FairQueue<char> queue(2);
  push(queue, {.user = 1, .connection = 1}, "ab");
  EXPECT_EQ(queue.push({.user = 2, .connection = 2}, 'c'), Admission::full);
  EXPECT_EQ(popped(queue, 1), "a");
  EXPECT_EQ(queue.push({.user = 2, .connection = 2}, 'c'), Admission::accepted);
}

TEST(FairQueue, GivesOutWhatItTookBeforeItSaysThatItIsClosed) {
  FairQueue<char> queue(2);
  push(queue, {.user = 1, .connection = 1}, "a");
  queue.close();
  EXPECT_EQ(queue.push({.user = 1, .connection = 1}, 'b'), Admission::closed);
  EXPECT_EQ(queue.pop(), 'a');
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(FairQueue, WakesItsReaderAtAPushAndAtTheEnd) {
  FairQueue<char> queue(2);
  std::string read;
  std::thread reader([&] {
    while (const auto item = queue.pop()) read.push_back(*item);
  });
  push(queue, {.user = 1, .connection = 1}, "a");
  queue.close();
  reader.join();
  EXPECT_EQ(read, "a");
}

}  // namespace
}  // namespace giro
