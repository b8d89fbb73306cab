#include <array>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "tests/ledger/bodies.hpp"
#include "tests/ledger/builders.hpp"

namespace giro::test {
namespace {

constexpr auto in_points_of_scale(std::int64_t scale) {
  return [scale](OpenAccountRequest& open) { open.currency = "PTS", open.scale = scale; };
}

TEST(OpeningAnAccount, IsAnEntryOfTheJournal) {
  Book book;
  const Entry& entry = book.open("ada", [](auto& o) { o.metadata = R"({"name":"Ada"})"; });
  EXPECT_EQ(entry.seq, 1U);
  EXPECT_EQ(entry.at, book.now);
  EXPECT_EQ(entry.kind(), EntryKind::account);
  EXPECT_EQ(entry.outcome, Rejection::none);
  EXPECT_EQ(entry.author.uid, Book::kUid);
  EXPECT_EQ(entry.key.view(), "ada");
  EXPECT_EQ(opening_of(entry).number, 1U);
  EXPECT_EQ(opening_of(entry).opened,
            (OpenedAccount{AccountId("ada"), Currency{CurrencyCode("EUR"), 2}, 0, std::nullopt,
                           R"({"name":"Ada"})"}));
  EXPECT_TRUE(entry.postings().empty());
}

TEST(OpeningAnAccount, MakesAnEmptyOneWithItsLimits) {
  Book book;
  book.open("ada", [](auto& o) { o.floor = -100, o.ceiling = 500; });
  EXPECT_EQ(book.limits("ada"), (AccountLimits{.floor = -100, .ceiling = 500}));
  EXPECT_EQ(book.state().opened_seq(1), 1U);
  EXPECT_EQ(book["ada"].balance, 0);
  EXPECT_EQ(book.available("ada"), 100);
}

TEST(OpeningAnAccount, NumbersThemInTheirOrder) {
  Book book;
  for (const AccountNumber number : {1U, 2U, 3U}) {
    const std::string id = "a" + std::to_string(number);
    EXPECT_EQ(opening_of(book.open(id)).number, number);
    EXPECT_EQ(book.state().find(id), number);
    EXPECT_EQ(book.state().name(number), id);
  }
  EXPECT_EQ(book.state().account_count(), 3U);
}

TEST(OpeningAnAccount, KeepsOneListOfCurrencies) {
  Book book;
  book.open("a");
  book.open("b", in_dollars);
  book.open("c");
  EXPECT_EQ(book.state().currencies().size(), 2U);
  EXPECT_EQ(book["a"].currency, book["c"].currency);
  EXPECT_EQ(book.state().currency(book["b"].currency).code.view(), "USD");
}

TEST(OpeningAnAccount, IsRejectedInADeclaredCurrencyWithAnotherScale) {
  Book book;
  book.open("a", in_points_of_scale(2));
  const Snapshot before = snapshot(book.state());
  const Entry& entry = book.open("b", in_points_of_scale(3));
  EXPECT_EQ(entry.outcome, Rejection::currency_mismatch);
  EXPECT_EQ(entry.seq, 2U);
  EXPECT_EQ(opening_of(entry).number, 0U);
  EXPECT_EQ(opening_of(entry).opened.id.view(), "b");
  EXPECT_EQ(book.state().find("b"), 0U);
  EXPECT_EQ(snapshot(book.state()).accounts, before.accounts);
  EXPECT_EQ(snapshot(book.state()).currencies, before.currencies);
}

TEST(OpeningAnAccount, CanTellMoreThan65536CurrenciesApart) {
  State state;
  CurrencyIndex last = 0;
  constexpr int kMany = 65'537;  // Past 16 bits, where an index would begin again at 0.
  for (int i = 0; i < kMany; ++i) {
    last = state.restore_currency({CurrencyCode("C" + std::to_string(i)), 0});
  }
  EXPECT_EQ(state.currency(last).code.view(), "C65536");
}

// --- an account that exists ---

using Change = std::function<void(OpenAccountRequest&)>;

struct Difference {
  Rejection code;
  Change change;
};

const std::array<Difference, 4> kDifferences{{
    {Rejection::account_exists_with_different_currency, [](auto& o) { o.currency = "USD"; }},
    {Rejection::account_exists_with_different_floor, [](auto& o) { o.floor = -1; }},
    {Rejection::account_exists_with_different_ceiling, [](auto& o) { o.ceiling = 9; }},
    {Rejection::account_exists_with_different_metadata, [](auto& o) { o.metadata = "{}"; }},
}};

TEST(OpeningAnAccountAgain, IsRejectedWithTheFirstDifference) {
  for (unsigned subset = 1; subset < 1U << kDifferences.size(); ++subset) {
    Book book;
    book.open("ada");
    Rejection first = Rejection::none;
    const Entry& entry = book.open("ada", [&](OpenAccountRequest& o) {
      for (std::size_t i = 0; i < kDifferences.size(); ++i) {
        if ((subset >> i & 1U) == 0) continue;
        kDifferences[i].change(o);
        if (first == Rejection::none) first = kDifferences[i].code;
      }
    });
    EXPECT_EQ(entry.outcome, first) << subset;
  }
}

TEST(OpeningAnAccountAgain, TellsNoLimitFromALimit) {
  Book book;
  book.open("ada", [](auto& o) { o.ceiling = 9; });
  EXPECT_EQ(book.open("ada", [](auto& o) { o.floor.reset(), o.ceiling = 9; }).outcome,
            Rejection::account_exists_with_different_floor);
  EXPECT_EQ(book.open("ada").outcome, Rejection::account_exists_with_different_ceiling);
}

TEST(OpeningAnAccountAgain, SaysThatItExistsBeforeAnythingAboutTheLedgersCurrencies) {
  Book book;
  book.open("a", in_points_of_scale(2));
  EXPECT_EQ(book.open("a", in_points_of_scale(3)).outcome,
            Rejection::account_exists_with_different_currency);
}

TEST(OpeningAnAccountAgain, IsDecidedAndChangesNothingElse) {
  Book book;
  book.open("ada");
  const Snapshot before = snapshot(book.state());
  const Entry& entry = book.open("ada", in_dollars);
  EXPECT_EQ(entry.seq, 2U);
  EXPECT_EQ(opening_of(entry).number, 1U);
  EXPECT_EQ(opening_of(entry).opened.currency.code.view(), "USD");
  EXPECT_EQ(book.state().seq(), 2U);
  EXPECT_EQ(book["ada"], before.accounts.front());
  EXPECT_EQ(book.state().currencies(), before.currencies);
}

}  // namespace
}  // namespace giro::test
