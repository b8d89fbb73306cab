// Any stock sqlite3 sees the exact truth through the views, at any moment between sweeps.
#include <map>
#include <string>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/history_model.hpp"
#include "tests/store/workload.hpp"

namespace giro::test {
namespace {

class Views : public testing::Test {
 protected:
  // Looks as a program would that knows nothing of Giro.
  [[nodiscard]] SQLite::Database look() const {
    return {ledger.file().string(), SQLite::OPEN_READWRITE};
  }

  void expect_accounts() {
    const SQLite::Database db = look();
    SQLite::Statement row(db,
                          "SELECT number, id, currency, scale, floor, ceiling, posted_in, "
                          "posted_out, balance, version, opened_seq, last_seq, balance_text, "
                          "posted_in_text FROM v_accounts "
                          "ORDER BY number");
    AccountNumber number = 0;
    while (row.executeStep()) {
      const Account& account = ledger.state().account(++number);
      const AccountLimits& limits = ledger.state().limits(account);
      const Currency& currency = ledger.state().currency(account.currency);
      ASSERT_EQ(row.getColumn(0).getInt64(), number);
      EXPECT_EQ(row.getColumn(1).getString(), ledger.state().name(number));
      EXPECT_EQ(row.getColumn(2).getString(), currency.code.view());
      EXPECT_EQ(row.getColumn(3).getInt(), currency.scale);
      EXPECT_EQ(row.getColumn(4).isNull(), limits.floor == kNoFloor);
      EXPECT_EQ(row.getColumn(5).isNull(), limits.ceiling == kNoCeiling);
      EXPECT_EQ(row.getColumn(6).getString(), format_integer(account.posted_in));
      EXPECT_EQ(row.getColumn(7).getString(), format_integer(account.posted_out()));
      ASSERT_TRUE(row.getColumn(8).isInteger());
      EXPECT_EQ(row.getColumn(8).getInt64(), account.balance);
      EXPECT_EQ(row.getColumn(9).getInt64(), static_cast<std::int64_t>(account.version));
      EXPECT_EQ(row.getColumn(10).getInt64(),
                static_cast<std::int64_t>(ledger.state().opened_seq(number)));
      EXPECT_EQ(row.getColumn(11).getInt64(), static_cast<std::int64_t>(account.last_seq));
      EXPECT_EQ(row.getColumn(12).getString(), format_decimal(account.balance, currency.scale));
      EXPECT_EQ(row.getColumn(13).getString(), format_decimal(account.posted_in, currency.scale));
    }
    ASSERT_EQ(number, ledger.state().account_count());
  }

  // Every line of every account, as the model adds them up.
  void expect_statements() {
    HistoryModel model;
    for (const Entry& entry : ledger.journal()) model.add(entry);
    const SQLite::Database db = look();
    SQLite::Statement row(
        db,
        "SELECT seq || '|' || coalesce(leg, '-') || '|' || at || '|' || key || '|' || counterparty "
        "|| '|' || amount || '|' || amount_text || '|' || balance || '|' || balance_text || '|' || "
        "coalesce(reference, '') FROM v_statement WHERE account = ? ORDER BY seq, leg");
    for (AccountNumber number = 1; number <= ledger.state().account_count(); ++number) {
      const int scale = ledger.state().currency(ledger.state().account(number).currency).scale;
      row.reset();
      row.bind(1, std::string(ledger.state().name(number)));
      for (const HistoryModel::Line& line : model.lines(number)) {
        ASSERT_TRUE(row.executeStep());
        ASSERT_EQ(row.getColumn(0).getString(),
                  std::to_string(line.seq) + "|" + (line.leg ? std::to_string(*line.leg) : "-") +
                      "|" + format_rfc3339(line.at) + "|" + line.key + "|" +
                      std::string(ledger.state().name(line.counterparty)) + "|" +
                      std::to_string(line.amount) + "|" + format_decimal(line.amount, scale) + "|" +
                      std::to_string(line.balance) + "|" + format_decimal(line.balance, scale) +
                      "|" + line.reference);
      }
      ASSERT_FALSE(row.executeStep());
    }
  }

  void expect_trial_balance() {
    std::map<std::string, std::array<Int128, 3>> sums;  // Accounts, debit, credit.
    for (AccountNumber number = 1; number <= ledger.state().account_count(); ++number) {
      const Account& account = ledger.state().account(number);
      auto& sum = sums[std::string(ledger.state().currency(account.currency).code.view())];
      ++sum[0];
      sum[account.balance < 0 ? 1 : 2] += std::abs(account.balance);
    }
    const SQLite::Database db = look();
    SQLite::Statement row(db, "SELECT currency, accounts, debit, credit, net FROM v_trial_balance");
    std::size_t rows = 0;
    for (; row.executeStep(); ++rows) {
      const auto& sum = sums.at(row.getColumn(0).getString());
      EXPECT_EQ(row.getColumn(1).getString(), format_integer(sum[0]));
      EXPECT_EQ(row.getColumn(2).getString(), format_integer(sum[1]));
      EXPECT_EQ(row.getColumn(3).getString(), format_integer(sum[2]));
      EXPECT_TRUE(row.getColumn(4).isInteger());
      EXPECT_EQ(row.getColumn(4).getInt64(), 0);
    }
    EXPECT_EQ(rows, sums.size());
  }

  [[nodiscard]] std::string name_or_null(AccountNumber number) const {
    return number == 0 ? "NULL" : std::string(ledger.state().name(number));
  }

  // The entry as one line, as v_payments has it.
  [[nodiscard]] std::string expected_row(const Entry& entry) const {
    const Posting posting = entry.row_posting();
    std::string line = std::to_string(entry.seq) + "|" + format_rfc3339(entry.at) + "|";
    line += entry.applied() ? "applied|NULL" : "rejected|" + std::string(name(entry.outcome));
    line += "|" + std::string(entry.key.view()) + "|" + name_or_null(posting.from) + "|";
    line += name_or_null(posting.to) + "|" + std::to_string(posting.amount) + "|";
    line += std::to_string(posting.from_after) + "|" + std::to_string(posting.to_after) + "|";
    return line + (entry.kind() == EntryKind::multi_leg ? "1" : "0");
  }

  void expect_payments() {
    const SQLite::Database db = look();
    SQLite::Statement row(
        db,
        "SELECT seq || '|' || at || '|' || status || '|' || coalesce(code, 'NULL') || '|' || key "
        "|| '|' || coalesce(from_id, 'NULL') || '|' || coalesce(to_id, 'NULL') || '|' || amount "
        "|| '|' || from_after || '|' || to_after || '|' || has_legs FROM v_payments ORDER BY seq");
    SQLite::Statement leg(db,
                          "SELECT from_id, to_id, amount, from_after, to_after FROM v_legs "
                          "WHERE seq = ? ORDER BY leg");
    for (const Entry& entry : ledger.journal()) {
      if (entry.kind() == EntryKind::account) continue;
      ASSERT_TRUE(row.executeStep());
      ASSERT_EQ(row.getColumn(0).getString(), expected_row(entry));
      leg.reset();
      leg.bind(1, static_cast<std::int64_t>(entry.seq));
      const bool has_legs = entry.kind() == EntryKind::multi_leg;
      for (const Posting& posting :
           entry.postings().first(has_legs ? entry.postings().size() : 0)) {
        ASSERT_TRUE(leg.executeStep());
        EXPECT_EQ(leg.getColumn(0).getString(), ledger.state().name(posting.from));
        EXPECT_EQ(leg.getColumn(1).getString(), ledger.state().name(posting.to));
        EXPECT_EQ(leg.getColumn(2).getInt64(), posting.amount);
        EXPECT_EQ(leg.getColumn(3).getInt64(), posting.from_after);
        EXPECT_EQ(leg.getColumn(4).getInt64(), posting.to_after);
      }
      ASSERT_FALSE(leg.executeStep());
    }
    EXPECT_FALSE(row.executeStep());
  }

  TestLedger ledger{{.keys_in_run = 500, .wal_pages_max = 60}};
};

TEST_F(Views, ShowAccountsAndTotalsExactlyAtManyMomentsBetweenSweeps) {
  Workload workload(60);
  workload.open_accounts(ledger);
  for (int moment = 0; moment < 60; ++moment) {
    workload.decide(ledger, 1 + workload.pick(60));
    ledger.commit();
    if (moment % 7 == 3) (void)ledger.store().idle_step();
    ASSERT_NO_FATAL_FAILURE(expect_accounts()) << moment;
    expect_trial_balance();
    ASSERT_FALSE(HasFailure()) << "moment " << moment;
  }
}

// Groups so large that each commit sweeps some of the accounts.
TEST_F(Views, ShowAccountsAndTotalsExactlyInTheMiddleOfASweep) {
  Workload workload(62);
  workload.open_accounts(ledger, 60);
  for (int moment = 0; moment < 8; ++moment) {
    workload.decide(ledger, 5'000);
    ledger.commit();
    ASSERT_NO_FATAL_FAILURE(expect_accounts()) << moment;
    expect_trial_balance();
    ASSERT_FALSE(HasFailure()) << "moment " << moment;
  }
  EXPECT_GT(look().execAndGet("SELECT count(DISTINCT as_of_seq) FROM accounts").getInt(), 3)
      << "no round was caught half way";
}

// Turnover of many times 64 bits, and balances whose sum is past them, swept and unswept.
TEST_F(Views, ShowTotalsExactlyFarPast64Bits) {
  constexpr auto kWei = [](OpenAccountRequest& open) {
    open.currency = "WEI", open.scale = 18, open.floor.reset();
  };
  constexpr int kAccounts = 12;
  for (int i = 0; i < kAccounts; ++i) ledger.open("wei:" + std::to_string(i), kWei);
  ledger.commit();
  std::mt19937_64 random(63);
  for (int moment = 0; moment < 120; ++moment) {
    for (int payment = 0; payment < 10; ++payment) {
      const std::size_t from = random() % kAccounts;
      const std::size_t to = (from + 1 + random() % (kAccounts - 1)) % kAccounts;
      const Amount most = random() % 3 == 0 ? 2'000 : kAmountMax;
      const LegRequest leg{.from = ledger.state().name(static_cast<AccountNumber>(from + 1)),
                           .to = ledger.state().name(static_cast<AccountNumber>(to + 1)),
                           .amount = kAmountMax - static_cast<Amount>(random() % most),
                           .currency = "WEI"};
      ledger.pay(std::to_string(moment) + "-" + std::to_string(payment), leg);
    }
    ledger.commit();
    if (moment % 5 == 3) ledger.settle();
    if (moment % 9 == 4) ledger.crash_and_reopen();
    ASSERT_NO_FATAL_FAILURE(expect_accounts()) << moment;
    expect_trial_balance();
    ASSERT_FALSE(HasFailure()) << "moment " << moment;
  }
  EXPECT_GT(look().execAndGet("SELECT max(length(posted_in)) FROM v_accounts").getInt(), 19);
  EXPECT_GT(look().execAndGet("SELECT length(debit) FROM v_trial_balance").getInt(), 19);
  EXPECT_EQ(problems_of(ledger.file()), "");
}

// Around the end of 64 bits, where an integer becomes text.
TEST_F(Views, ShowATotalAsAnIntegerAsLongAsItFits64Bits) {
  ledger.open("a", without_floor);
  ledger.open("b", without_floor);
  ledger.pay("1", eur("a", "b", kAmountMax - 1));
  ledger.pay("2", eur("b", "a", kAmountMax - 1));
  ledger.pay("3", eur("a", "b", 1));
  ledger.commit();
  const auto posted_in = [&] {
    const SQLite::Database db = look();
    SQLite::Statement row(
        db, "SELECT typeof(posted_in) || ' ' || posted_in FROM v_accounts WHERE id = 'b'");
    row.executeStep();
    return row.getColumn(0).getString();
  };
  EXPECT_EQ(posted_in(), "integer 9223372036854775807");
  ledger.pay("4", eur("a", "b", 1));
  ledger.commit();
  EXPECT_EQ(posted_in(), "text 9223372036854775808");
  ledger.settle();
  EXPECT_EQ(posted_in(), "text 9223372036854775808");
}

// A euro account that is asked for bitcoin: the amount is bitcoin, the balance that it saw is euro.
TEST_F(Views, ShowAmountsInTheCurrencyAskedForAndBalancesInTheAccounts) {
  constexpr auto kBtc = [](OpenAccountRequest& open) {
    open.currency = "BTC", open.scale = 8, open.floor.reset();
  };
  ledger.open("eur", without_floor);
  ledger.open("ada");
  ledger.open("btc", kBtc);
  ledger.pay("top-up", eur("eur", "ada", 700));
  const LegRequest five{.from = "ada", .to = "btc", .amount = 500'000'000, .currency = "BTC"};
  ledger.pay("from-differs", five);
  ledger.pay("to-differs", eur("ada", "btc", 300));
  ledger.pay_all("leg-differs", {eur("ada", "eur", 100), five});
  ledger.commit();
  const SQLite::Database db = look();
  SQLite::Statement row(
      db,
      "SELECT key || ': ' || amount || ' ' || currency || ', ' || from_after || ' ' "
      "|| from_currency || ', ' || to_after || ' ' || to_currency "
      "FROM v_payments WHERE status = 'rejected' ORDER BY seq");
  std::vector<std::string> rows;
  while (row.executeStep()) rows.push_back(row.getColumn(0).getString());
  EXPECT_THAT(rows, testing::ElementsAre("from-differs: 500000000 BTC, 700 EUR, 0 BTC",
                                         "to-differs: 300 EUR, 700 EUR, 0 BTC",
                                         "leg-differs: 500000000 BTC, 600 EUR, 0 BTC"));
}

TEST_F(Views, ShowEveryPaymentAndItsLegs) {
  Workload workload(61);
  workload.open_accounts(ledger);
  workload.run(ledger, 800, 50);
  expect_payments();
}

TEST_F(Views, ShowEveryLineOfEveryStatement) {
  Workload workload(64);
  workload.open_accounts(ledger, 3);
  workload.run(ledger, 400, 50);
  expect_statements();
}

TEST_F(Views, ShowWhatWasRejectedAndWhatIsHeld) {
  ledger.open("world", without_floor);
  ledger.open("ada");
  ledger.pay("p", eur("world", "ada", 705));
  HoldRequest hold{.payment = payment(eur("ada", "world", 501)), .timeout = {}, .expires_at = {}};
  hold.payment.key = "h";
  ledger.submit(*CheckedHold::check(hold));
  ledger.submit(*CheckedCapture::check({.key = "c",
                                        .hold = {.key = "h", .seq = {}},
                                        .amount = 500,
                                        .final = false,
                                        .dry_run = false}));
  ledger.pay("poor", eur("ada", "world", 9'999));
  ledger.pay_all("legs", {eur("world", "ada", 1), eur("ada", "world", 9'999)});
  ledger.commit();
  const SQLite::Database db = look();
  const auto rows = [&db](const std::string& sql) {
    SQLite::Statement row(db, sql);
    std::vector<std::string> found;
    while (row.executeStep()) found.push_back(row.getColumn(0).getString());
    return found;
  };
  EXPECT_THAT(
      rows("SELECT key || ' ' || amount_text || ' ' || left_text || ' ' || left FROM v_holds"),
      testing::ElementsAre("h 5.01 0.01 1"));
  EXPECT_THAT(
      rows("SELECT key || ' ' || code || ' ' || coalesce(leg || ' ' || leg_code, '-') || ' ' "
           "|| amount_text || ' ' || from_after_text FROM v_rejections ORDER BY seq"),
      testing::ElementsAre("poor insufficient_funds - 99.99 2.05",
                           "legs leg_failed 1 insufficient_funds 99.99 2.06"));
  EXPECT_THAT(rows("SELECT type || ' ' || status || ' ' || amount_text || ' ' || held_text "
                   "FROM v_payments WHERE status <> 'rejected' ORDER BY seq"),
              testing::ElementsAre("payment applied 7.05 0.00", "hold held 0.00 5.01",
                                   "capture captured 5.00 -5.00"));
  EXPECT_THAT(rows("SELECT type || ' ' || balance_text || ' ' || held_out_text FROM v_statement "
                   "WHERE account = 'ada' ORDER BY seq"),
              testing::ElementsAre("payment 7.05 0.00", "hold 7.05 5.01", "capture 2.05 0.01"));
}

}  // namespace
}  // namespace giro::test
