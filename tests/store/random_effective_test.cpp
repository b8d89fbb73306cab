// Balances, statements and the trial balance by effective date against the second model, drawn from a seed.
#include <array>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/store/effective_model.hpp"

namespace giro::test {
namespace {

class RandomEffectiveDates : public EffectiveDates, public testing::WithParamInterface<unsigned> {
 protected:
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  // From none over days nearby to those of other centuries.
  std::string some_day() {
    const std::int32_t today = date_of(ledger.now).days;
    constexpr std::array<int, 5> kDistances{1, 3, 40, 3'000, 700'000};
    const int distance = kDistances[static_cast<std::size_t>(pick(5))];
    return format_date(Date{today + pick(2 * distance + 1) - distance});
  }
  LegRequest some_leg(std::array<std::string, 2>& names) {
    names[0] = name(pick(kAccounts));
    do names[1] = pick(5) == 0 ? "world" : name(pick(kAccounts));
    while (names[1] == names[0]);
    return eur(names[0], names[1], 1 + pick(1'000));
  }
  void decide_something() {
    const std::string key = next_key();
    const std::string day = some_day();
    const auto date_it = [&](auto& request) {
      if (pick(5) > 1) request.effective_date = day;
    };
    std::array<std::array<std::string, 2>, 4> names;
    if (pick(6) == 0) {
      const std::string named = "k" + std::to_string(1 + pick(decided_ + 1));
      ReversalRequest request = reversal(by_key(named));
      request.key = key;
      date_it(request.options);
      ledger.submit(checked(request));
    } else if (pick(4) == 0) {
      std::vector<LegRequest> legs;
      for (int i = 2 + pick(3); i > 0; --i) {
        legs.push_back(some_leg(names[static_cast<std::size_t>(i - 1)]));
      }
      ledger.pay_all(key, legs, date_it);
    } else {
      ledger.pay(key, some_leg(names[0]), date_it);
    }
    ++decided_;
  }

  void expect_all_balances() {
    const auto reader = ledger.reader();
    for (AccountNumber account = 1; account <= kAccounts + 1; ++account) {
      const Ticket of = ticket(account);
      const std::vector<Moved> lines = model.lines(account, kFirstDate, kLastDate, of.head_seq);
      auto next = lines.begin();
      Int128 balance = 0;
      for (const Date day : model.days()) {
        for (; next != lines.end() && next->day <= day; ++next) balance += next->amount;
        ASSERT_TRUE(reader->effective_balance(of.account, of.head, of.head_seq, day) == balance)
            << "account " << account << " on " << format_date(day);
      }
    }
  }

  void expect_some_statements() {
    const auto reader = ledger.reader();
    const std::vector<Date> days(model.days().begin(), model.days().end());
    for (int i = 0; i < 16; ++i) {
      store::EffectiveQuery asked = query(ticket(static_cast<AccountNumber>(1 + pick(5))));
      asked.newest_first = i % 2 == 0;
      asked.limit = static_cast<std::uint32_t>(i % 3 == 0 ? 1 + pick(300) : 3 + pick(12));
      if (i > 3) {
        asked.from = days[static_cast<std::size_t>(pick(static_cast<int>(days.size())))];
        asked.to = days[static_cast<std::size_t>(pick(static_cast<int>(days.size())))];
        if (asked.to < asked.from) std::swap(asked.from, asked.to);
      }
      ASSERT_NO_FATAL_FAILURE(expect_statement(*reader, asked));
    }
  }

  // Debits and credits are the sums of the model's balances.
  void expect_trial_balances() {
    const auto reader = ledger.reader();
    for (int i = 0; i < 20; ++i) {
      const Date day = i == 0 ? kLastDate : *parse_date(some_day());
      Int128 credit = 0;
      for (AccountNumber account = 1; account <= kAccounts + 1; ++account) {
        credit += std::max(Int128{0}, model.balance(account, day));
      }
      const store::TrialBalance balance = reader->trial_balance({}, day);
      EXPECT_EQ(balance.effective_at, day);
      if (balance.lines.empty()) {
        EXPECT_TRUE(credit == 0);
        continue;
      }
      ASSERT_EQ(balance.lines.size(), 1U);
      EXPECT_TRUE(balance.lines.front().sums.credit == credit) << format_date(day);
      EXPECT_TRUE(balance.lines.front().sums.debit == credit) << format_date(day);
    }
  }

 private:
  std::mt19937 random_{GetParam()};
  int decided_ = 0;
};

TEST_P(RandomEffectiveDates, AreThoseOfTheModelOverRestarts) {
  open_accounts();
  for (int group = 0; group < 40; ++group) {
    for (int i = pick(60); i >= 0; --i) decide_something();
    ASSERT_NO_THROW(commit());
    ledger.now.ns += pick(40) * 3'600'000'000'000;
    if (pick(3) == 0) (void)ledger.store().idle_step();
    if (pick(6) > 0) continue;
    ASSERT_NO_THROW(ledger.crash_and_reopen());
  }
  expect_all_balances();
  expect_some_statements();
  expect_trial_balances();
  EXPECT_EQ(problems_of(ledger.file()), "");
}

// What comes between two pages changes neither their lines nor their balances.
TEST_P(RandomEffectiveDates, AreStableFromPageToPage) {
  open_accounts();
  for (int i = 0; i < 200; ++i) decide_something();
  commit();
  for (const bool newest_first : {true, false}) {
    store::EffectiveQuery asked = query(ticket(2));
    asked.newest_first = newest_first;
    asked.limit = 9;
    const auto lines_of = [&](const auto& between) {
      std::vector<std::string> lines;
      store::EffectiveQuery each = asked;
      do {
        const store::EffectivePage page = ledger.reader()->effective_statement(each);
        lines.push_back(format_integer(page.opening) + " " + format_integer(page.closing));
        for (const store::EffectiveLine& line : page.lines) {
          lines.push_back(std::to_string(line.line.seq) + " " + format_integer(line.balance));
        }
        each.after = page.next;
        between();
      } while (each.after);
      return lines;
    };
    const auto before = lines_of([] {});
    EXPECT_EQ(lines_of([&] {
                for (int i = 0; i < 5; ++i) decide_something();
                commit();
              }),
              before);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomEffectiveDates, testing::Range(1U, 5U));

}  // namespace
}  // namespace giro::test
