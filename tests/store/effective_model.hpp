// What counts on which day, a second time: a list of what moved, which is sorted and added up anew for every question.
// And a ledger beside it, to be asked the same.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "tests/store/test_ledger.hpp"

namespace giro::test {

// What one leg did to one account.
struct Moved {
  Date day;  // On which it counts.
  Seq seq = 0;
  std::size_t leg = 0;
  Amount amount = 0;
};

class EffectiveModel {
 public:
  void add(const Entry& entry) {
    Date day = date_of(entry.at);
    if (entry.options() != nullptr) day = entry.options()->effective_date.value_or(day);
    const auto postings = entry.postings();
    for (std::size_t leg = 0; leg < postings.size(); ++leg) {
      if (postings[leg].amount == 0) continue;
      moved_[postings[leg].from].push_back({day, entry.seq, leg, -postings[leg].amount});
      moved_[postings[leg].to].push_back({day, entry.seq, leg, postings[leg].amount});
      days_.insert({day, Date{day.days - 1}, Date{day.days + 1}, date_of(entry.at)});
    }
  }
  [[nodiscard]] Int128 balance(AccountNumber account, Date day, Seq until = ~Seq{0}) const {
    Int128 sum = 0;
    for (const Moved& moved : of(account)) {
      if (moved.day <= day && moved.seq <= until) sum += moved.amount;
    }
    return sum;
  }
  [[nodiscard]] std::vector<Moved> lines(AccountNumber account, Date from, Date to,
                                         Seq until) const {
    std::vector<Moved> lines;
    for (const Moved& moved : of(account)) {
      if (moved.day >= from && moved.day <= to && moved.seq <= until) lines.push_back(moved);
    }
    std::ranges::sort(lines, {}, [](const Moved& m) { return std::tuple(m.day, m.seq, m.leg); });
    return lines;
  }
  [[nodiscard]] const std::set<Date>& days() const { return days_; }

 private:
  [[nodiscard]] const std::vector<Moved>& of(AccountNumber account) const {
    static const std::vector<Moved> kNone;
    const auto found = moved_.find(account);
    return found == moved_.end() ? kNone : found->second;
  }

  std::map<AccountNumber, std::vector<Moved>> moved_;
  std::set<Date> days_;
};

// What a question is asked with: how far the ledger had got.
struct Ticket {
  AccountNumber account = 0;
  store::AccountPoint head;
  Seq head_seq = 0;
};

class EffectiveDates : public testing::Test {
 protected:
  static constexpr int kAccounts = 4;

  void open_accounts() {
    ledger.open("world", without_floor);
    for (int i = 0; i < kAccounts; ++i) ledger.open(name(i), without_floor);
    commit();
  }
  static std::string name(int i) { return "a" + std::to_string(i); }
  std::string next_key() { return "k" + std::to_string(++keys_); }

  template <class Change = decltype(unchanged)>
  void pay(const LegRequest& leg, const Change& change = {}) {
    ledger.pay(next_key(), leg, change);
  }
  void commit() {
    ledger.commit();
    for (; known_ < ledger.journal().size(); ++known_) model.add(ledger.journal()[known_]);
  }
  [[nodiscard]] Ticket ticket(AccountNumber account) const {
    return {.account = account, .head = ledger.point(account), .head_seq = ledger.state().seq()};
  }
  [[nodiscard]] AccountNumber number(std::string_view id) const { return ledger.state().find(id); }
  [[nodiscard]] Int128 balance(const Ticket& of, Date day) const {
    return ledger.reader()->effective_balance(of.account, of.head, of.head_seq, day);
  }
  [[nodiscard]] Int128 balance(std::string_view id, std::string_view day) const {
    return balance(ticket(number(id)), *parse_date(day));
  }
  [[nodiscard]] store::EffectiveQuery query(const Ticket& of) const {
    return {.account = of.account,
            .head = of.head,
            .head_seq = of.head_seq,
            .from = kFirstDate,
            .to = kLastDate,
            .limit = 100,
            .newest_first = false,
            .after = {}};
  }

  // All pages, with the balances of each line; that they are those of the model.
  void expect_statement(store::Reader& reader, store::EffectiveQuery query) {
    std::vector<Moved> expected = model.lines(query.account, query.from, query.to, query.head_seq);
    Int128 running = model.balance(query.account, Date{query.from.days - 1}, query.head_seq);
    const Int128 opening = running;
    std::vector<Int128> balances;
    balances.reserve(expected.size());
    for (const Moved& moved : expected) balances.push_back(running += moved.amount);
    if (query.newest_first) std::ranges::reverse(expected), std::ranges::reverse(balances);
    std::size_t shown = 0;
    for (int pages = 0;; ++pages) {
      ASSERT_LE(pages, 2 * static_cast<int>(expected.size()) + 10) << "it gets nowhere";
      const store::EffectivePage page = reader.effective_statement(query);
      ASSERT_TRUE(page.opening == opening);
      ASSERT_TRUE(page.closing == running);
      ASSERT_LE(page.lines.size(), query.limit);
      for (const store::EffectiveLine& line : page.lines) {
        ASSERT_LT(shown, expected.size());
        const Moved& moved = expected[shown];
        ASSERT_EQ(line.line.seq, moved.seq);
        ASSERT_EQ(line.day, moved.day);
        ASSERT_EQ(line.leg, moved.leg);
        ASSERT_EQ(line.line.amount, moved.amount);
        ASSERT_TRUE(line.balance == balances[shown]) << "line " << shown;
        ++shown;
      }
      if (!page.next) break;
      query.after = page.next;
    }
    ASSERT_EQ(shown, expected.size());
  }

  TestLedger ledger{{.keys_in_run = 300, .wal_pages_max = 60}};
  EffectiveModel model;

 private:
  int keys_ = 0;
  std::size_t known_ = 0;
};

inline auto on(std::string_view day) {
  return [day](auto& payment) { payment.effective_date = day; };
}

}  // namespace giro::test
