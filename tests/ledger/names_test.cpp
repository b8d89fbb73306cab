// Short text that lives inside its owner, payments' keys, and account ids by number.
#include <compare>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include "ledger/hash.hpp"
#include "ledger/inline_text.hpp"
#include "ledger/payment_key.hpp"
#include "ledger/state/account_names.hpp"

namespace giro {
namespace {

static_assert(!std::is_convertible_v<AccountId, PaymentKey>, "an id is no key");
static_assert(!std::is_convertible_v<std::string_view, AccountId>, "made on purpose only");

TEST(InlineText, IsEmptyAtFirst) {
  EXPECT_TRUE(AccountId().empty());
  EXPECT_EQ(AccountId().view(), "");
}

TEST(InlineText, HoldsUpToItsMost) {
  const std::string longest(AccountId::kBytesMax, 'x');
  EXPECT_EQ(AccountId(longest).view(), longest);
  EXPECT_EQ(AccountId(longest).size(), 64U);
  EXPECT_EQ(CurrencyCode("POINTS2026AB").view(), "POINTS2026AB");
}

TEST(InlineText, KeepsAnyByte) {
  const std::string text("a\0b\xFF", 4);
  EXPECT_EQ(PaymentKey(text).view(), text);
}

TEST(InlineText, IsCopiedWhole) {
  const AccountId id("customers:ada");
  AccountId copy(id);
  EXPECT_EQ(copy, id);
  copy = AccountId("x");
  EXPECT_EQ(copy.view(), "x");
  copy = std::as_const(copy);
  EXPECT_EQ(copy.view(), "x");
  EXPECT_EQ(id.view(), "customers:ada");
}

TEST(InlineText, ForgetsWhatWasLongerBefore) {
  AccountId id("customers:ada");
  id = AccountId("cu");
  EXPECT_EQ(id, AccountId("cu"));
  EXPECT_NE(id, AccountId("customers:ada"));
}

// 64 bytes and less lie inside, more outside.
TEST(PaymentKey, OfEveryLengthIsCopiedMovedAndAssignedWhole) {
  const std::string text(PaymentKey::kBytesMax, 'k');
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const PaymentKey key(text.substr(0, size));
    ASSERT_EQ(key.view(), text.substr(0, size));
    for (const std::string& before : {std::string(), std::string("short"), text}) {
      PaymentKey other(before);
      other = key;
      EXPECT_EQ(other, key);
      other = std::as_const(other);
      EXPECT_EQ(other, key);
      const PaymentKey moved(std::move(other));
      EXPECT_EQ(moved.view(), text.substr(0, size));
      other = PaymentKey(before);
      EXPECT_EQ(other.view(), before);
    }
  }
}

TEST(PaymentKey, HasNoRoomForMore) {
  EXPECT_THROW(PaymentKey(std::string(PaymentKey::kBytesMax + 1, 'k')), std::length_error);
  EXPECT_THROW(PaymentKey(std::string(256, 'k')), std::length_error);
}

TEST(PaymentKey, SortsAsItsTextDoes) {
  EXPECT_LT(PaymentKey(std::string(65, 'a')), PaymentKey("b"));
  EXPECT_LT(PaymentKey(std::string(64, 'a')), PaymentKey(std::string(65, 'a')));
}

TEST(InlineText, SortsAsItsTextDoes) {
  EXPECT_LT(AccountId("a"), AccountId("aa"));
  EXPECT_LT(AccountId("aa"), AccountId("b"));
  EXPECT_EQ(AccountId("a") <=> AccountId("a"), std::strong_ordering::equal);
}

std::string id_of(std::size_t i) {
  return "customers:" + std::to_string(i);
}

TEST(AccountNames, CountFromOne) {
  AccountNames names{{}};
  EXPECT_EQ(names.size(), 0U);
  EXPECT_EQ(names.add("ada"), 1U);
  EXPECT_EQ(names.add("bob"), 2U);
  EXPECT_EQ(names.size(), 2U);
}

TEST(AccountNames, FindNothingThatWasNotAdded) {
  AccountNames names{{}};
  EXPECT_EQ(names.find("ada"), 0U);
  names.add("ada");
  EXPECT_EQ(names.find("adam"), 0U);
  EXPECT_EQ(names.find("ad"), 0U);
  EXPECT_EQ(names.find(""), 0U);
}

TEST(AccountNames, FindEveryIdAndNumberWhileGrowing) {
  AccountNames names{{1, 2, 3}};
  constexpr std::size_t kMany = 100'000;  // Past many doublings of the table and blocks of text.
  for (std::size_t i = 1; i <= kMany; ++i) ASSERT_EQ(names.add(id_of(i)), i);
  for (std::size_t i = 1; i <= kMany; ++i) {
    ASSERT_EQ(names.find(id_of(i)), i);
    ASSERT_EQ(names.name(static_cast<std::uint32_t>(i)), id_of(i));
  }
  EXPECT_EQ(names.find(id_of(kMany + 1)), 0U);
}

TEST(AccountNames, KeepTheirTextWhereItIs) {
  AccountNames names{{}};
  names.add("ada");
  const char* before = names.name(1).data();
  for (std::size_t i = 0; i < 50'000; ++i) names.add(id_of(i));
  EXPECT_EQ(names.name(1).data(), before);
}

TEST(AccountNames, OwnTheirText) {
  AccountNames names{{}};
  std::string id = "ada";
  names.add(id);
  id = "bob";
  EXPECT_EQ(names.name(1), "ada");
}

TEST(AccountNames, FindTheSameWhateverTheSecret) {
  AccountNames a{{}};
  AccountNames b{{9, 9, 9}};
  for (std::size_t i = 0; i < 5'000; ++i) EXPECT_EQ(a.add(id_of(i)), b.add(id_of(i)));
  for (std::size_t i = 0; i < 5'000; ++i) EXPECT_EQ(a.find(id_of(i)), b.find(id_of(i)));
}

TEST(Hash, DependsOnTheSecret) {
  EXPECT_NE(hash({}, "ada"), hash({1}, "ada"));
}

// The first and the second vector of the reference implementation (key 00 01 .. 0f).
TEST(Hash, IsSipHash24) {
  HashSecret secret{};
  for (std::size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(hash(secret, ""), 0x726fdb47dd0e0e31U);
  EXPECT_EQ(hash(secret, std::string_view("\0", 1)), 0x74f839c593dc67fdU);
}

}  // namespace
}  // namespace giro
