// Balances and statements by effective date, and closed books in the file: what is promised, one by one. Everything
// drawn from a seed is in random_effective_test.cpp.
#include <string>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/effective_model.hpp"

namespace giro::test {
namespace {

// The day of the tests is 2001-09-09.

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

TEST_F(EffectiveDates, OfOneEntryMayLieOnSeveralPages) {
  open_accounts();
  const std::vector<LegRequest> legs(150, eur("world", "a0", 1));
  ledger.pay_all("own", legs);
  ledger.pay_all("other", legs, on("2001-09-08"));
  pay(eur("world", "a0", 1));
  commit();
  store::EffectiveQuery asked = query(ticket(number("a0")));
  for (const std::uint32_t limit : {1U, 70U}) {
    for (const bool newest_first : {true, false}) {
      asked.limit = limit;
      asked.newest_first = newest_first;
      expect_statement(*ledger.reader(), asked);
    }
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
      ("UPDATE effective_days SET change = change + CASE day WHEN 11565 THEN 5 ELSE -5 END "
       "WHERE account = 2 AND days = 1 AND day IN (11565, 11596)"),
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
