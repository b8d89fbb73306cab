#include "engine/account_book.hpp"

#include <string>

#include <gtest/gtest.h>

namespace giro {
namespace {

const Currency kEuro{.code = CurrencyCode("EUR"), .scale = 2};

TEST(AccountBook, KnowsNobodyWhenItIsNew) {
  const AccountBook book;
  EXPECT_FALSE(book.has(1));
}

TEST(AccountBook, KnowsEveryAccountThatItWasTold) {
  constexpr AccountNumber kCount = 5'000;
  constexpr AccountNumber kStride = 4'096;  // Numbers that end with the same bits.
  AccountBook book;
  for (AccountNumber i = 1; i <= kCount; ++i) {
    book.add(i * kStride, "acct:" + std::to_string(i), kEuro);
  }
  for (AccountNumber i = 1; i <= kCount; ++i) {
    ASSERT_TRUE(book.has(i * kStride));
    EXPECT_EQ(book[i * kStride].id.view(), "acct:" + std::to_string(i));
    EXPECT_EQ(book[i * kStride].currency, kEuro);
    EXPECT_FALSE(book.has(i * kStride + 1));
  }
}

TEST(AccountBook, KnowsTheNodesThatItWasToldAndNoneByTheNumberZero) {
  AccountBook book;
  EXPECT_TRUE(book.has_node(0));
  EXPECT_EQ(book.node(0), "");
  EXPECT_FALSE(book.has_node(2));
  book.add_node(2, "one");
  EXPECT_EQ(book.node(2), "one");
}

TEST(AccountBook, KnowsMoreThanRoomWasMadeFor) {
  AccountBook book;
  book.reserve(3);
  for (AccountNumber number = 1; number <= 100; ++number) {
    book.add(number, std::to_string(number), kEuro);
    if (number == 50) book.reserve(60);
  }
  for (AccountNumber number = 1; number <= 100; ++number) {
    ASSERT_TRUE(book.has(number));
    EXPECT_EQ(book[number].id.view(), std::to_string(number));
  }
}

}  // namespace
}  // namespace giro
