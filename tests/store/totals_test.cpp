// Sums of the whole ledger and of its branches at any moment, swept or not, against plain lists of what
// happened.
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/history_model.hpp"
#include "tests/store/workload.hpp"

namespace giro::test {
namespace {

using store::BranchSums;
using store::Sums;
using store::TotalsQuery;
using testing::ElementsAre;
using testing::IsEmpty;

bool is_below(std::string_view id, std::string_view branch) {
  return branch.empty() || id == branch || id.starts_with(std::string(branch) + ':');
}

class Totals : public testing::Test {
 protected:
  // Of a branch by currency, as the model adds it up.
  [[nodiscard]] std::map<std::string, Sums> sums(const HistoryModel& model, std::string_view branch,
                                                 Seq seq) const {
    std::map<std::string, Sums> found;
    for (AccountNumber number = 1; number <= model.accounts_at(seq); ++number) {
      if (!is_below(ledger.state().name(number), branch)) continue;
      const Account& account = ledger.state().account(number);
      const auto code = ledger.state().currency(account.currency).code;
      found[std::string(code.view())].add(model.at(number, seq).balance);
    }
    return found;
  }
  static void expect_sums(const Sums& told, const Sums& sum, const std::string& what) {
    EXPECT_TRUE(told.accounts == sum.accounts && told.debit == sum.debit &&
                told.credit == sum.credit)
        << what;
  }
  void expect_every_moment(Seq step) {
    const HistoryModel model = model_of(ledger);
    const auto reader = ledger.reader();
    for (Seq seq = 0; seq <= ledger.state().seq() + step; seq += step) {
      const bool now = seq > ledger.state().seq();
      const std::optional<Seq> at = now ? std::nullopt : std::optional(seq);
      const auto told = reader->trial_balance(at);
      ASSERT_EQ(told.as_of_seq, std::min(seq, ledger.state().seq()));
      const auto all = sums(model, {}, seq);
      ASSERT_EQ(told.lines.size(), all.size());
      for (const store::TrialBalanceLine& line : told.lines) {
        EXPECT_EQ(line.sums.debit, line.sums.credit);
        expect_sums(line.sums, all.at(std::string(line.currency.code.view())),
                    "seq " + std::to_string(seq));
      }
      for (const char* branch : {"", "EUR", "EUR:0", "JPY:2"}) {
        for (const BranchSums& row : reader->totals({.branch = branch, .at = at}).rows) {
          expect_sums(row.sums,
                      sums(model, row.branch, seq).at(std::string(row.currency.code.view())),
                      row.branch + " at seq " + std::to_string(seq));
        }
      }
      ASSERT_FALSE(HasFailure());
    }
  }
  // Their branches, by pages of `limit`.
  std::vector<std::string> branches(TotalsQuery query, std::uint32_t limit = 1'000) {
    std::vector<std::string> found;
    query.limit = limit;
    for (;;) {
      const auto totals = ledger.reader()->totals(query);
      for (const BranchSums& row : totals.rows) {
        found.push_back(row.branch + " " + std::string(row.currency.code.view()));
      }
      if (!totals.more) return found;
      query.after = {.branch = totals.rows.back().branch,
                     .currency = totals.rows.back().currency.code};
    }
  }

  TestLedger ledger;
};

TEST_F(Totals, OfEveryMomentAreTheSumsOfBalances) {
  Workload workload(21);
  workload.open_accounts(ledger, 3);
  workload.run(ledger, 400, 30);
  expect_every_moment(9);
  ledger.settle();
  expect_every_moment(13);
}

// Groups so large that each commit sweeps some of the accounts; single accounts are looked up in their history.
TEST_F(Totals, OfEveryMomentAreTheSumsOfBalancesInTheMiddleOfASweep) {
  Workload workload(22);
  workload.open_accounts(ledger, 60);
  for (int group = 0; group < 3; ++group) {
    workload.decide(ledger, 3'000);
    ledger.commit();
    expect_every_moment(1'700);
  }
  ledger.settle();
  workload.decide(ledger, 500);
  ledger.commit();
  expect_every_moment(1'900);
}

TEST_F(Totals, HaveABranchBeforeWhatIsBelowItAndThatBeforeItsNeighbours) {
  for (const char* id :
       {"world", "shop", "shop-2", "shop:a", "shop:a:1", "shop:a:2", "shop:b", ":odd"}) {
    ledger.open(id, without_floor);
  }
  ledger.open("shop:a:usd", in_dollars);
  ledger.commit();
  EXPECT_THAT(branches({.depth = 0}), ElementsAre(" EUR", " USD"));
  EXPECT_THAT(branches({.depth = 1}), ElementsAre(" EUR", " USD", ":odd EUR", "shop EUR",
                                                  "shop USD", "shop-2 EUR", "world EUR"));
  const std::vector<std::string> below_shop{"shop EUR",       "shop USD",     "shop:a EUR",
                                            "shop:a USD",     "shop:a:1 EUR", "shop:a:2 EUR",
                                            "shop:a:usd USD", "shop:b EUR"};
  for (const std::uint32_t limit : {1U, 2U, 3U, 8U, 9U}) {
    EXPECT_EQ(branches({.branch = "shop", .depth = 9}, limit), below_shop) << limit;
  }
  EXPECT_THAT(branches({.branch = "shop:a:1"}), ElementsAre("shop:a:1 EUR"));
  EXPECT_THAT(branches({.branch = "sho"}), IsEmpty());
}

TEST_F(Totals, OfABranchAreThoseOfAllBelowIt) {
  ledger.open("world", without_floor);
  for (const char* id : {"shop", "shop:a", "shop:a:1"}) ledger.open(id);
  ledger.pay("1", eur("world", "shop", 1));
  ledger.pay("2", eur("world", "shop:a", 10));
  ledger.pay("3", eur("world", "shop:a:1", 100));
  ledger.commit();
  std::vector<std::string> found;
  for (const BranchSums& row : ledger.reader()->totals({.branch = {}, .depth = 3}).rows) {
    found.push_back(row.branch + " " + std::to_string(row.depth) + " " +
                    format_integer(row.sums.debit) + " " + format_integer(row.sums.credit));
  }
  EXPECT_THAT(found, ElementsAre(" 0 111 111", "shop 1 0 111", "shop:a 2 0 110", "shop:a:1 3 0 100",
                                 "world 1 111 0"));
}

}  // namespace
}  // namespace giro::test
