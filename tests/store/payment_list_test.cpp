// Lists of payments by every filter, in both directions, against the whole journal looked through.
#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/entry/amounts.hpp"
#include "ledger/entry/names.hpp"
#include "tests/store/workload.hpp"

namespace giro::test {
namespace {

using store::PaymentsQuery;
using testing::ElementsAre;
using testing::IsEmpty;

using Meant = std::function<bool(const Entry&)>;

bool touches(const Entry& entry, AccountNumber account) {
  return std::ranges::any_of(entry.postings(), [&](const Posting& posting) {
    return posting.from == account || posting.to == account;
  });
}

class PaymentLists : public testing::Test {
 protected:
  PaymentLists() {
    Workload workload(71);
    workload.open_accounts(ledger);
    workload.run(ledger, 1'500, 50);
    reader = ledger.reader();
  }

  // All pages of it, one after the other.
  std::vector<Seq> pages(PaymentsQuery query) {
    std::vector<Seq> seqs;
    for (;;) {
      const auto page = reader->payments(query);
      for (const Entry& entry : page.value().payments) seqs.push_back(entry.seq);
      if (!page->next) return seqs;
      query.after = page->next;
    }
  }
  void expect(PaymentsQuery query, const Meant& meant) {
    std::vector<Seq> expected;
    for (const Entry& entry : ledger.journal()) {
      if (facts_of(entry.kind()).payment && meant(entry)) expected.push_back(entry.seq);
    }
    EXPECT_GT(expected.size(), 3U) << "the test says little";
    for (const bool newest_first : {false, true}) {
      query.newest_first = newest_first;
      for (const std::uint32_t limit : {1U, 7U, 1'000U}) {
        query.limit = limit;
        EXPECT_EQ(pages(query), expected) << "limit " << limit;
      }
      std::ranges::reverse(expected);
    }
  }
  PaymentsQuery of_account(AccountNumber account) {
    return {.filter = {.account = account}, .head = ledger.point(account)};
  }

  TestLedger ledger;
  std::unique_ptr<store::Reader> reader;
};

TEST_F(PaymentLists, HaveEveryPaymentWithoutAFilter) {
  expect({}, [](const Entry&) { return true; });
}

TEST_F(PaymentLists, ByStatusAndCode) {
  expect({.filter = {.status = "rejected"}}, [](const Entry& entry) { return !entry.applied(); });
  expect({.filter = {.status = "applied"}}, [](const Entry& entry) { return entry.applied(); });
  expect({.filter = {.code = Rejection::insufficient_funds}}, [](const Entry& entry) {
    return entry.outcome == Rejection::insufficient_funds ||
           (entry.outcome == Rejection::leg_failed &&
            entry.legs()->leg_code == Rejection::insufficient_funds);
  });
}

TEST_F(PaymentLists, ByAmountInOneOfItsLegs) {
  expect({.filter = {.amount_gte = 100, .amount_lte = 300}}, [](const Entry& entry) {
    const auto lies_there = [](Amount amount) { return amount >= 100 && amount <= 300; };
    if (const auto amount = amount_of(entry)) return lies_there(*amount);
    if (entry.applied()) {
      return std::ranges::any_of(entry.postings(), lies_there, &Posting::amount);
    }
    const auto& payment = *std::get<std::unique_ptr<MultiLegBody>>(entry.body);
    return std::ranges::any_of(payment.requested, lies_there, &Leg::amount);
  });
}

TEST_F(PaymentLists, ByCurrencyAskedFor) {
  const CurrencyCode yen("JPY");
  std::set<AccountNumber> in_yen;
  for (AccountNumber number = 1; number <= ledger.state().account_count(); ++number) {
    const Account& account = ledger.state().account(number);
    if (ledger.state().currency(account.currency).code == yen) in_yen.insert(number);
  }
  expect({.filter = {.status = "applied", .currency = yen}}, [&](const Entry& entry) {
    return entry.applied() && std::ranges::any_of(entry.postings(), [&](const Posting& posting) {
             return in_yen.contains(posting.from);
           });
  });
}

TEST_F(PaymentLists, ByAccountOnEitherSideOfAnyLeg) {
  for (const AccountNumber account : {1U, 2U, 5U}) {
    expect(of_account(account), [&](const Entry& entry) { return touches(entry, account); });
  }
}

TEST_F(PaymentLists, ByAccountHaveWhatWasRejectedWhereItIsAskedFor) {
  PaymentsQuery query = of_account(2);
  query.filter.status = "rejected";
  expect(query, [](const Entry& entry) {
    const Posting seen = entry.row_posting();
    return !entry.applied() && (seen.from == 2 || seen.to == 2);
  });
}

TEST_F(PaymentLists, ByAccountAndWhatElseIsAskedFor) {
  PaymentsQuery query = of_account(1);
  query.filter.amount_gte = 500;
  query.first = 200;
  query.last = 1'200;
  expect(query, [](const Entry& entry) {
    return entry.seq >= 200 && entry.seq <= 1'200 && touches(entry, 1) &&
           has_amount_between(entry, 500, kAmountMax);
  });
}

TEST_F(PaymentLists, ByRangeOfSeqs) {
  expect({.first = 100, .last = 130},
         [](const Entry& entry) { return entry.seq >= 100 && entry.seq <= 130; });
}

TEST_F(PaymentLists, ByReferenceAndRange) {
  expect({.reference = "inv-2", .first = 100, .last = 1'400}, [](const Entry& entry) {
    return entry.seq >= 100 && entry.seq <= 1'400 && entry.options() != nullptr &&
           entry.options()->reference == "inv-2";
  });
}

TEST_F(PaymentLists, ByPrefixOfReferencesComeInTheirOrder) {
  ledger.pay("other", eur("EUR:0", "EUR:1", 1), [](PaymentRequest& pay) { pay.reference = "ino"; });
  ledger.pay("last", eur("EUR:0", "EUR:1", 1), [](PaymentRequest& pay) { pay.reference = "inw"; });
  ledger.commit();
  std::vector<std::pair<std::string, Seq>> carried;
  for (const Entry& entry : ledger.journal()) {
    if (entry.options() == nullptr || !entry.options()->reference.starts_with("inv-")) continue;
    carried.emplace_back(entry.options()->reference, entry.seq);
  }
  std::ranges::sort(carried);
  std::vector<Seq> expected;
  expected.reserve(carried.size());
  for (const auto& [reference, seq] : carried) expected.push_back(seq);
  for (const bool newest_first : {false, true}) {
    for (const std::uint32_t limit : {1U, 9U, 1'000U}) {
      EXPECT_EQ(pages({.reference_prefix = "inv-", .limit = limit, .newest_first = newest_first}),
                expected);
    }
    std::ranges::reverse(expected);
  }
  EXPECT_THAT(pages({.reference_prefix = "inx"}), IsEmpty());
}

TEST_F(PaymentLists, ByPrefixOfReferencesGoOnOnlyFromOneOfThem) {
  EXPECT_FALSE(reader->payments({.reference_prefix = "inv-", .after = 1}));
  EXPECT_FALSE(reader->payments({.reference_prefix = "inv-", .after = 1'000'000}));
}

TEST_F(PaymentLists, HaveChangesOfAccountsWhereTheirTypeIsAskedFor) {
  const auto opened = pages({.filter = {.type = "account"}});
  EXPECT_GT(opened.size(), 20U);
  ledger.submit(*CheckedAccountChange::check({.action = AccountAction::update,
                                              .key = "f",
                                              .id = "EUR:1",
                                              .floor = {},
                                              .ceiling = {},
                                              .frozen = "all",
                                              .metadata = {},
                                              .limits = {},
                                              .alerts = {},
                                              .if_version = {},
                                              .dry_run = false}));
  ledger.commit();
  EXPECT_THAT(pages({.filter = {.type = "account_update"}}), ElementsAre(ledger.state().seq()));
  EXPECT_THAT(pages({.filter = {.type = "account_close"}}), IsEmpty());
}

// Payments of so many legs that a page of the oldest can't hold a whole stretch of them.
TEST(PaymentList, OfAnAccountLosesNothingWhereEntriesAreLarge) {
  TestLedger ledger;
  open_few_accounts(ledger);
  for (int i = 0; i < 60; ++i) {
    ledger.pay_all("p" + std::to_string(i), std::vector<LegRequest>(400, eur("world", "ada", 1)));
    ledger.pay("q" + std::to_string(i), eur("world", "ada", 1));
  }
  ledger.commit();
  const auto reader = ledger.reader();
  for (const bool newest_first : {false, true}) {
    PaymentsQuery query{.filter = {.account = 2},
                        .head = ledger.point(2),
                        .limit = 1'000,
                        .newest_first = newest_first};
    std::vector<Seq> seqs;
    std::size_t count = 0;
    do {
      const auto page = reader->payments(query);
      for (const Entry& entry : page->payments) seqs.push_back(entry.seq);
      query.after = page->next;
      ++count;
    } while (query.after);
    if (newest_first) std::ranges::reverse(seqs);
    ASSERT_EQ(seqs.size(), 120U);
    EXPECT_TRUE(std::ranges::is_sorted(seqs));
    EXPECT_EQ(std::ranges::adjacent_find(seqs), seqs.end());
    EXPECT_GT(count, 3U);
  }
}

}  // namespace
}  // namespace giro::test
