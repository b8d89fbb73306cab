#include "protocol/line_framer.hpp"

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace giro::protocol {
namespace {

// Feeds at most `chunk` bytes at once and takes lines as they come.
std::vector<std::string> lines_of(LineFramer& framer, std::string_view bytes, std::size_t chunk) {
  std::vector<std::string> lines;
  while (!bytes.empty()) {
    const auto space = framer.space();
    const std::size_t count = std::min({chunk, space.size(), bytes.size()});
    std::memcpy(space.data(), bytes.data(), count);
    framer.received(count);
    bytes.remove_prefix(count);
    std::string_view line;
    while (framer.next(line) == LineFramer::Next::line) lines.emplace_back(line);
    framer.relax();
  }
  return lines;
}

TEST(LineFramer, GivesTheSameLinesHoweverBytesArrive) {
  std::mt19937 random(7);
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    bytes.append(random() % (i % 50 == 0 ? 200'000 : 300), static_cast<char>('a' + i % 26));
    bytes.push_back('\n');
  }
  LineFramer at_once;
  const auto expected = lines_of(at_once, bytes, bytes.size());
  ASSERT_EQ(expected.size(), 300U);
  for (int round = 0; round < 20; ++round) {
    LineFramer framer;
    EXPECT_EQ(lines_of(framer, bytes, 1 + random() % 5'000), expected);
  }
  LineFramer bytewise;
  EXPECT_EQ(lines_of(bytewise, std::string_view(bytes).substr(0, 5'000), 1),
            lines_of(at_once, std::string_view(bytes).substr(0, 5'000), 5'000));
}

TEST(LineFramer, KeepsEmptyLinesAndTheUnendedRest) {
  LineFramer framer;
  EXPECT_EQ(lines_of(framer, "\n\na\nrest", 100), (std::vector<std::string>{"", "", "a"}));
  EXPECT_FALSE(framer.empty());
  EXPECT_EQ(framer.rest(), "rest");
  EXPECT_TRUE(framer.empty());
}

TEST(LineFramer, ALineOfTheLimitPassesAndOneByteMoreDoesNot) {
  for (const std::size_t over : {0U, 1U}) {
    LineFramer framer;
    std::string_view line;
    auto next = LineFramer::Next::none;
    std::string bytes(kLineBytesMax + over, 'x');
    bytes.push_back('\n');
    for (std::string_view left = bytes; !left.empty() && next == LineFramer::Next::none;) {
      const auto space = framer.space();
      const std::size_t count = std::min(space.size(), left.size());
      std::memcpy(space.data(), left.data(), count);
      framer.received(count);
      left.remove_prefix(count);
      next = framer.next(line);
    }
    EXPECT_EQ(next, over == 0 ? LineFramer::Next::line : LineFramer::Next::too_long);
  }
}

TEST(LineFramer, GivesItsMemoryBackWhenNothingWaits) {
  LineFramer framer;
  lines_of(framer, std::string(100'000, 'x') + "\n", 100'001);
  EXPECT_LE(framer.capacity(), LineFramer::kBytesIdle);
}

TEST(LineFramer, NeverTakesMoreThanTheLargestLineNeeds) {
  LineFramer framer;
  std::string_view line;
  std::size_t received = 0;
  while (received <= kLineBytesMax) {
    const auto space = framer.space();
    std::ranges::fill(space, 'x');
    framer.received(space.size());
    received += space.size();
    ASSERT_LE(framer.capacity(), LineFramer::kBytesMax);
    if (framer.next(line) == LineFramer::Next::too_long) return;
  }
  EXPECT_EQ(framer.next(line), LineFramer::Next::too_long);
}

}  // namespace
}  // namespace giro::protocol
