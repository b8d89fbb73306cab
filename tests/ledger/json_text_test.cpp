// Bytes that are looked for eight at a time, against one at a time.
#include "ledger/json_text.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace giro::test {
namespace {

bool is_special(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F || c == '"' || c == '\\';
}

TEST(JsonText, EachByteIsSpecialOrNotWhereverItStands) {
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t place = 0; place < 20; ++place) {
      std::string text(20, 'x');
      text[place] = static_cast<char>(byte);
      const std::size_t expected = is_special(text[place]) ? place : text.size();
      EXPECT_EQ(find_special_in_json(text, 0), expected) << "byte " << byte << " at " << place;
    }
  }
}

TEST(JsonText, FindsTheFirstSpecialByteFromAnyPlaceOn) {
  std::mt19937 random(1);
  for (int round = 0; round < 500; ++round) {
    std::string text(random() % 40, ' ');
    for (char& c : text) c = static_cast<char>(random() % 8 == 0 ? random() : 'a' + random() % 26);
    for (std::size_t from = 0; from <= text.size(); ++from) {
      std::size_t expected = from;
      while (expected < text.size() && !is_special(text[expected])) ++expected;
      EXPECT_EQ(find_special_in_json(text, from), expected);
    }
  }
}

}  // namespace
}  // namespace giro::test
