// A page costs a bounded number of steps, wherever in the ledger it is and however large its entries.
#include <string>

#include <gtest/gtest.h>

#include "tests/store/test_ledger.hpp"

namespace giro::test {
namespace {

using store::Reader;

constexpr std::uint64_t kStepsOfAShortPage = 1'000;
constexpr std::uint64_t kStepsOfAnyPage = 400'000;

// What a call costs, in steps of SQLite's.
template <class Call>
std::uint64_t steps_of(Reader& reader, Call call) {
  const std::uint64_t before = reader.steps();
  call();
  return reader.steps() - before;
}

std::string numbered(const std::string& name, int number) {
  const std::string digits = std::to_string(number);
  return name + std::string(6 - digits.size(), '0') + digits;
}

void open_many(TestLedger& ledger, const std::string& name, int count) {
  for (int i = 0; i < count; ++i) ledger.open(numbered(name, i));
  ledger.commit();
}

TEST(Pages, OfAccountsCostTheSameWhereverTheyBegin) {
  TestLedger ledger;
  open_many(ledger, "b:", 20'000);
  ledger.open("a:only");
  ledger.commit();
  const auto reader = ledger.reader();
  const auto cost = [&](std::string_view prefix, std::string_view after) {
    return steps_of(*reader, [&] { (void)reader->accounts(prefix, after, 10); });
  };
  EXPECT_LT(cost("", ""), kStepsOfAShortPage);
  EXPECT_LT(cost("b:", "b:019980"), kStepsOfAShortPage) << "near the end of the prefix";
  EXPECT_LT(cost("b:", "a"), kStepsOfAShortPage) << "before the prefix";
  EXPECT_LT(cost("b:", "c"), kStepsOfAShortPage) << "behind the prefix";
  EXPECT_LT(cost("a:", ""), kStepsOfAShortPage) << "many accounts behind the prefix's last";
}

TEST(Pages, OfPaymentsAreShortRatherThanWalkThroughAllAccounts) {
  TestLedger ledger;
  ledger.open("world", without_floor);
  open_many(ledger, "a:", 20'000);
  ledger.pay("last", eur("world", "a:000000", 1));
  ledger.commit();
  const auto reader = ledger.reader();
  std::size_t pages = 0;
  std::size_t payments = 0;
  for (std::optional<Seq> after = 0; after; ++pages) {
    const std::uint64_t cost = steps_of(*reader, [&] {
      const auto page = reader->payments({.after = after, .limit = 10});
      payments += page->payments.size();
      after = page->next;
    });
    ASSERT_LT(cost, kStepsOfAnyPage);
  }
  EXPECT_EQ(payments, 1U) << "next leads to it";
  EXPECT_EQ(pages, 1 + 20'002 / store::kPageRowsMax);
}

// A ledger of payments with 500 legs each, all of which `shop` receives one of.
class LargePages : public ::testing::Test {
 protected:
  static constexpr int kPayments = 300;

  LargePages() {
    ledger_.open("world", without_floor);
    ledger_.open("shop");
    ledger_.open("other");
    ledger_.commit();
    for (int i = 0; i < kPayments; ++i) {
      std::vector<LegRequest> legs(499, eur("world", "other", 1));
      legs.push_back(eur("world", "shop", 1));
      ledger_.pay_all(numbered("p", i), legs,
                      [](PaymentRequest& request) { request.reference = "many"; });
      ledger_.commit();
    }
    reader_ = ledger_.reader();
  }

  store::StatementQuery statement(bool newest_first) const {
    const AccountNumber shop = ledger_.state().find("shop");
    const store::AccountPoint head = ledger_.point(shop);
    return {.account = shop,
            .head = head,
            .after_entry = 0,
            .until_entry = head.version,
            .limit = 1'000,
            .newest_first = newest_first};
  }

  TestLedger ledger_;
  std::unique_ptr<Reader> reader_;
};

TEST_F(LargePages, OfPaymentsEndWhereTheyAreLargeEnough) {
  for (const std::optional<std::string>& reference :
       {std::optional<std::string>(), std::optional<std::string>("many")}) {
    std::size_t payments = 0;
    std::size_t pages = 0;
    for (std::optional<Seq> after = 0; after; ++pages) {
      const std::uint64_t cost = steps_of(*reader_, [&] {
        const auto page =
            reader_->payments({.reference = reference, .after = after, .limit = 1'000});
        payments += page->payments.size();
        after = page->next;
      });
      ASSERT_LT(cost, kStepsOfAnyPage);
    }
    EXPECT_EQ(payments, static_cast<std::size_t>(kPayments)) << "none is lost between two pages";
    EXPECT_GT(pages, 10U);
  }
}

TEST_F(LargePages, OfEventsEndWhereTheyAreLargeEnough) {
  Seq next = 1;
  while (next <= ledger_.state().seq()) {
    std::vector<Entry> page;
    EXPECT_LT(steps_of(*reader_, [&] { page = reader_->entries(next, 512); }), kStepsOfAnyPage);
    ASSERT_FALSE(page.empty());
    ASSERT_EQ(page.front().seq, next);
    next = page.back().seq + 1;
  }
}

TEST_F(LargePages, OfAStatementEndWhereTheyAreLargeEnoughAndLoseNoLine) {
  for (const bool newest_first : {true, false}) {
    store::StatementQuery query = statement(newest_first);
    std::vector<std::uint64_t> numbers;
    while (query.after_entry < query.until_entry) {
      std::vector<store::StatementLine> lines;
      // Finding a page's place and trying a shorter one cost some more, all of it bounded.
      ASSERT_LT(steps_of(*reader_, [&] { lines = reader_->statement(query); }),
                4 * kStepsOfAnyPage);
      ASSERT_FALSE(lines.empty());
      for (const auto& line : lines) numbers.push_back(line.entry_number);
      if (newest_first) {
        query.until_entry = lines.back().entry_number - 1;
      } else {
        query.after_entry = lines.back().entry_number;
      }
    }
    ASSERT_EQ(numbers.size(), static_cast<std::size_t>(kPayments));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      ASSERT_EQ(numbers[i], newest_first ? kPayments - i : i + 1);
    }
  }
}

TEST_F(LargePages, PointsInTimeCostABoundedNumberOfStepsEach) {
  const store::StatementQuery query = statement(true);
  for (Seq seq = 1; seq < ledger_.state().seq(); seq += 37) {
    EXPECT_LT(
        steps_of(*reader_, [&] { (void)reader_->account_at(query.account, query.head, seq); }),
        4 * kStepsOfAnyPage);
  }
  EXPECT_LT(steps_of(*reader_, [&] { (void)reader_->seq_at(ledger_.now, ledger_.state().seq()); }),
            kStepsOfAShortPage);
}

TEST(CancelledReader, GivesUpALongScan) {
  TestLedger ledger;
  open_many(ledger, "a:", 20'000);
  bool cancelled = false;
  const auto reader = must_open(Reader::open(ledger.file(), [&cancelled] { return cancelled; }));
  EXPECT_NO_THROW((void)reader->trial_balance(std::nullopt));
  cancelled = true;
  EXPECT_ANY_THROW((void)reader->trial_balance(std::nullopt));
  cancelled = false;
  EXPECT_EQ(reader->trial_balance(std::nullopt).lines.front().sums.accounts, 20'000U)
      << "of use again afterwards";
}

}  // namespace
}  // namespace giro::test
