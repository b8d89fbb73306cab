// Balances, statements and the trial balance by effective date, against a second model: a list of what moved, which
// is sorted and added up anew for every question.
#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/test_ledger.hpp"

namespace giro::test {
namespace {

// What one leg did to one account.
struct Moved {
  Date day;  // On which it counts.
  Seq seq = 0;
  std::size_t leg = 0;
  Amount amount = 0;
};

class Model {
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
  Model model;

 private:
  int keys_ = 0;
  std::size_t known_ = 0;
};

auto on(std::string_view day) {
  return [day](auto& payment) { payment.effective_date = day; };
}

// --- what is promised, one by one; the day of the tests is 2001-09-09 ---

TEST_F(EffectiveDates, CountFromTheirDayOn) {
  open_accounts();
  pay(eur("world", "a0", 10));
  pay(eur("world", "a0", 100), on("2001-08-31"));
  pay(eur("world", "a0", 1'000), on("2001-10-01"));
  commit();
  EXPECT_TRUE(balance("a0", "2001-08-30") == 0);
  EXPECT_TRUE(balance("a0", "2001-08-31") == 100);
  EXPECT_TRUE(balance("a0", "2001-09-08") == 100);
  EXPECT_TRUE(balance("a0", "2001-09-09") == 110);
  EXPECT_TRUE(balance("a0", "2001-09-30") == 110);
  EXPECT_TRUE(balance("a0", "2001-10-01") == 1'110);
  EXPECT_TRUE(balance("world", "2001-10-01") == -1'110);
  EXPECT_TRUE(balance("a0", "0000-01-01") == 0);
  EXPECT_TRUE(balance("a0", "9999-12-31") == 1'110);
}

TEST_F(EffectiveDates, ThatAreTheDayOfTheDecisionLeaveNoRow) {
  open_accounts();
  pay(eur("world", "a0", 10), on("2001-09-09"));
  pay(eur("world", "a0", 10));
  commit();
  SQLite::Database db(ledger.file().string());
  EXPECT_EQ(db.execAndGet("SELECT count(*) FROM effective_days").getInt(), 0);
  EXPECT_EQ(db.execAndGet("SELECT count(*) FROM effective_entries").getInt(), 0);
  EXPECT_TRUE(balance("a0", "2001-09-09") == 20);
}

TEST_F(EffectiveDates, OfHoldsMoveNothingAndCapturesCountOnTheirOwnDay) {
  open_accounts();
  HoldRequest hold = test::hold(eur("world", "a0", 10));
  hold.payment.key = "h";
  hold.payment.effective_date = "2001-08-31";
  ledger.submit(checked(hold));
  CaptureRequest capture = test::capture(by_key("h"));
  capture.key = "c";
  ledger.submit(checked(capture));
  commit();
  EXPECT_TRUE(balance("a0", "2001-08-31") == 0);
  EXPECT_TRUE(balance("a0", "2001-09-09") == 10);
  expect_statement(*ledger.reader(), query(ticket(number("a0"))));
}

TEST_F(EffectiveDates, AreShownToStockSqlite) {
  open_accounts();
  pay(eur("world", "a0", 10), on("2001-08-31"));
  commit();
  SQLite::Database db(ledger.file().string());
  EXPECT_EQ(
      db.execAndGet("SELECT effective_date FROM v_effective WHERE account = 'a0'").getString(),
      "2001-08-31");
}

// Sums of what counts on a day alone can go where no balance can.
TEST_F(EffectiveDates, MayAddUpPast64Bits) {
  open_accounts();
  for (int i = 0; i < 5; ++i) {
    pay(eur("a0", "a1", kAmountMax), on("2001-08-01"));
    pay(eur("a1", "a0", kAmountMax), on("2001-08-31"));
    commit();
  }
  EXPECT_TRUE(balance("a1", "2001-08-15") == 5 * Int128{kAmountMax});
  EXPECT_TRUE(balance("a0", "2001-08-15") == -5 * Int128{kAmountMax});
  EXPECT_TRUE(balance("a1", "2001-08-31") == 0);
  EXPECT_EQ(problems_of(ledger.file()), "");
  expect_statement(*ledger.reader(), query(ticket(number("a1"))));
}

TEST_F(EffectiveDates, AreThoseThatAnOlderTicketKnew) {
  open_accounts();
  pay(eur("world", "a0", 10), on("2001-08-31"));
  commit();
  const Ticket before = ticket(number("a0"));
  for (const char* day : {"2001-08-30", "2001-08-31", "2001-09-09", "2001-09-10", "2002-01-01"}) {
    pay(eur("world", "a0", 100), on(day));
    commit();
  }
  ledger.now.ns += 86'400'000'000'000;  // Another day.
  pay(eur("world", "a0", 1'000), on("2001-09-09"));
  pay(eur("world", "a0", 1'000), on("2003-01-01"));
  commit();
  for (const Date day : model.days()) {
    EXPECT_TRUE(balance(before, day) == model.balance(before.account, day, before.head_seq))
        << format_date(day);
  }
}

TEST_F(EffectiveDates, OfManyDaysTakeBoundedStepsToAddUp) {
  open_accounts();
  const std::int32_t first = parse_date("1000-01-01")->days;
  for (int i = 0; i < 20'000; ++i) {
    const std::string day = format_date(Date{first + i * 150});
    pay(eur("world", "a0", 1), on(day));
    if (i % 1'000 == 0) commit();
  }
  commit();
  const auto reader = ledger.reader();
  const Ticket of = ticket(number("a0"));
  const auto steps_of = [&](Date day) {
    const std::uint64_t before = reader->steps();
    EXPECT_TRUE(reader->effective_balance(of.account, of.head, of.head_seq, day) ==
                model.balance(of.account, day));
    return reader->steps() - before;
  };
  EXPECT_LT(steps_of(kLastDate), 60'000U) << "all of them in their spans";
  EXPECT_LT(steps_of(Date{first + 1'000'001}), 60'000U);
}

// --- everything, drawn from a seed ---

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

// A page looks at a bounded number of entries: here nearly all of them count elsewhere.
TEST_F(EffectiveDates, OfPagesWithNothingToShowGetOn) {
  open_accounts();
  pay(eur("world", "a0", 1));
  for (int i = 0; i < 9'000; ++i) pay(eur("world", "a0", 1), on("2001-01-01"));
  pay(eur("world", "a0", 1));
  commit();
  store::EffectiveQuery asked = query(ticket(number("a0")));
  asked.from = *parse_date("2001-09-01");
  for (const bool newest_first : {true, false}) {
    asked.newest_first = newest_first;
    const store::EffectivePage page = ledger.reader()->effective_statement(asked);
    EXPECT_EQ(page.lines.size(), 1U);
    EXPECT_TRUE(page.next) << "it broke off";
    expect_statement(*ledger.reader(), asked);
  }
}

// --- closed books in the file ---

TEST(ClosedBooks, AreKnownAfterARestart) {
  TestLedger ledger;
  open_few_accounts(ledger);
  const auto submit = [&](std::string_view key, BooksRequest request) {
    request.key = key;
    (void)ledger.submit(checked(request));
    ledger.commit();
  };
  submit("close-1", close_books("2001-07-31"));
  submit("close-2", close_books("2001-08-31"));
  submit("not-over", close_books("2099-08-31"));
  ledger.crash_and_reopen();
  EXPECT_EQ(ledger.state().closed_until(), parse_date("2001-08-31"));
  ledger.pay("p", eur("world", "ada", 5), on("2001-08-31"));
  ledger.commit();
  EXPECT_EQ(ledger.journal().back().outcome, Rejection::books_closed);
  const auto replay = ledger.submit(checked([] {
    BooksRequest request = close_books("2001-07-31");
    request.key = "close-1";
    return request;
  }()));
  EXPECT_TRUE(std::holds_alternative<Replayed>(replay));
  submit("open", open_books());
  ledger.crash_and_reopen();
  EXPECT_EQ(ledger.state().closed_until(), std::nullopt);
  EXPECT_EQ(problems_of(ledger.file()), "");
  SQLite::Database db(ledger.file().string());
  EXPECT_EQ(db.execAndGet("SELECT group_concat(type || ' ' || status, ', ') FROM v_entries "
                          "WHERE type LIKE 'books%'")
                .getString(),
            "books_close applied, books_close applied, books_close rejected, books_open applied");
  EXPECT_EQ(db.execAndGet("SELECT count(*) FROM v_payments").getInt(), 1);
}

// --- tampering ---

class TamperedEffectiveDates : public EffectiveDates {
 protected:
  TamperedEffectiveDates() {
    open_accounts();
    for (const char* day : {"2001-08-31", "1990-01-01", "2001-10-01", "2001-08-31"}) {
      pay(eur("world", "a0", 10), on(day));
    }
    (void)ledger.submit(checked(close_books("1980-12-31")));
    commit();
    ledger.close();
  }
  [[nodiscard]] std::string after(const std::string& sql) const {
    SQLite::Database db(ledger.file().string(), SQLite::OPEN_READWRITE);
    db.exec(sql);
    return problems_of(ledger.file());
  }
};

TEST_F(TamperedEffectiveDates, AreFoundByVerify) {
  ASSERT_EQ(after(""), "");
  using testing::HasSubstr;
  const std::vector<std::string> changes{
      "UPDATE effective_days SET change = change + 1 WHERE account = 2 AND day = 11565",
      "UPDATE effective_days SET change_high = change_high + 1 WHERE account = 1 AND days = 1024",
      // From one day of the account to another.
      "UPDATE effective_days SET change = change + CASE day WHEN 11565 THEN 5 ELSE -5 END "
      "WHERE account = 2 AND days = 1 AND day IN (11565, 11596)",
      "DELETE FROM effective_days WHERE account = 2 AND day = 11565",
      "INSERT INTO effective_days VALUES (3, 1, 5, 7, 0, 1)",
      "UPDATE effective_days SET latest = 0 WHERE account = 2 AND day = 11565",
      "DELETE FROM effective_entries WHERE account = 2 AND seq = 6",
      "INSERT INTO effective_entries VALUES (2, 3, 4)",
      "UPDATE effective_entries SET day = day + 1 WHERE account = 2 AND seq = 6",
      "DELETE FROM meta WHERE name = 'books_seq'",
      "UPDATE meta SET value = 6 WHERE name = 'books_seq'",
  };
  const std::string whole = read_file(ledger.file());
  for (const std::string& change : changes) {
    EXPECT_NE(after(change), "") << change;
    std::filesystem::remove(ledger.file().string() + "-wal");
    std::filesystem::remove(ledger.file().string() + "-shm");
    write_file(ledger.file(), whole);
  }
  EXPECT_EQ(after(""), "");
}

}  // namespace
}  // namespace giro::test
