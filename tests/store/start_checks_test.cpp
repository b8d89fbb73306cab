// A start checks what it reads: a ledger that doesn't add up decides nothing, says what is wrong, and is
// left as it is.
#include <ostream>
#include <string>

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/workload.hpp"

namespace giro::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct Damage {
  const char* name;
  const char* sql;
  const char* words;  // What the start says.
};

void PrintTo(const Damage& damage, std::ostream* out) {
  *out << damage.name;
}

// The account is a quiet one: none of its entries is newer than its row.
constexpr Damage kDamages[] = {
    {"ABitOfABalance", "UPDATE accounts SET posted_in = posted_in + 4096 WHERE number = 3",
     "don't sum to zero"},
    {"ABitOfTheMoneyOut", "UPDATE accounts SET posted_out = posted_out + 1 WHERE number = 3",
     "don't sum to zero"},
    {"ABalanceThatCantBe", "UPDATE accounts SET posted_in_high = 10 WHERE number = 3",
     "balance that can't be"},
    {"ATotalBelowZero", "UPDATE accounts SET posted_out = -1 WHERE number = 3",
     "total that can't be"},
    {"ATotalThatIsntCarried",
     "UPDATE accounts SET posted_in = 2000000000000000000, posted_out = 2000000000000000000 WHERE "
     "number = 3",
     "total that can't be"},
    {"TwoBalancesThatCancelOut",
     "UPDATE accounts SET posted_in = posted_in - 7, version = version - 1 WHERE number = 3;"
     "UPDATE accounts SET posted_out = posted_out - 7, version = version - 1 WHERE number = 1",
     "the row of an account is wrong"},
    {"AVersion", "UPDATE accounts SET version = version + 1 WHERE number = 3",
     "the row of an account is wrong"},
    {"AMissingRow", "DELETE FROM accounts WHERE number = 2", "row of account 2 is missing"},
    {"ANumberThatJumps",
     "UPDATE accounts SET number = 900 WHERE number = (SELECT max(number) FROM "
     "accounts)",
     "is missing"},
    {"ACurrencyThatIsNot", "UPDATE accounts SET currency = 77 WHERE number = 3",
     "currency that isn't there"},
    {"ACurrencyBelowTheFirst", "UPDATE accounts SET currency = 0 WHERE number = 3",
     "currency that isn't there"},
    {"AnotherCurrency", "UPDATE accounts SET currency = 2 WHERE number = 3", "don't sum to zero"},
    {"AScaleThatIsNot", "UPDATE currencies SET scale = 77 WHERE id = 1", "isn't one"},
    {"AnIdThatIsNot", "UPDATE accounts SET id = 'EUR 3' WHERE number = 3", "id that none can have"},
    {"NoMarks", "UPDATE accounts SET marks = x'' WHERE number = 1", "marks"},
    {"AMarkAhead",
     "UPDATE accounts SET marks = CAST(x'ffffff0000000000' || substr(marks, 9) AS BLOB) WHERE "
     "number = 1",
     "marks"},
    {"AnEntryAhead", "UPDATE accounts SET last_seq = 1000000 WHERE number = 3",
     "past the journal's end"},
    {"NoRowOfTheLastAccount",
     "DELETE FROM accounts WHERE number = (SELECT max(number) FROM accounts)", "rows of accounts"},
    {"AMissingEntry", "DELETE FROM journal WHERE seq = (SELECT max(seq) - 5 FROM journal)",
     "is missing"},
    {"AnAmount",
     "UPDATE journal SET amount = amount + 1 WHERE seq = (SELECT max(seq) - 5 FROM journal)",
     "don't lead to its digest"},
    {"AKey", "UPDATE journal SET key = 'x' || key WHERE seq = (SELECT max(seq) - 5 FROM journal)",
     "don't lead to its digest"},
    {"ADigest",
     "UPDATE journal SET digest = zeroblob(32) WHERE seq = (SELECT max(seq) FROM journal)",
     "digest"},
    {"NoDigest", "UPDATE journal SET digest = NULL WHERE seq = (SELECT max(seq) FROM journal)",
     "ends no commit"},
    {"ATimeThatFalls", "UPDATE journal SET at = 5 WHERE seq = (SELECT max(seq) - 5 FROM journal)",
     ""},
};

class StartOnDamage : public testing::TestWithParam<Damage> {};

TEST_P(StartOnDamage, SaysWhatIsWrongAndChangesNothing) {
  TestLedger ledger({.keys_in_run = 200});
  Workload workload(17);
  workload.open_accounts(ledger);
  workload.run(ledger, 900, 30);
  ledger.settle();
  ledger.close();
  {
    SQLite::Database db = open_to_change(ledger.file());
    db.exec(GetParam().sql);
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  const std::string before = read_file(ledger.file());
  const auto opened = Ledger::open(ledger.options());
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened.error(), AllOf(HasSubstr(GetParam().words), HasSubstr("nothing was changed"),
                                    HasSubstr("giro verify --data")));
  EXPECT_TRUE(read_file(ledger.file()) == before) << "the file was changed";
}

INSTANTIATE_TEST_SUITE_P(Start, StartOnDamage, testing::ValuesIn(kDamages),
                         [](const auto& test) { return std::string(test.param.name); });

// A row that a sweep never reached is no damage: the journal says what it lacks.
TEST(Start, AtAnyMomentBetweenSweepsCountsTheAccountsEntriesRight) {
  TestLedger ledger({.keys_in_run = 100, .wal_pages_max = 50});
  Workload workload(18);
  workload.open_accounts(ledger);
  for (int group = 0; group < 60; ++group) {
    workload.run(ledger, 1 + workload.pick(60), 30);
    if (workload.pick(3) == 0) (void)ledger.store().idle_step();
    ASSERT_NO_THROW(ledger.crash_and_reopen()) << "after group " << group;
  }
  SQLite::Database db(ledger.file().string());
  EXPECT_GT(db.execAndGet("SELECT value FROM meta WHERE name = 'swept_entries'").getInt64(), 0);
}

}  // namespace
}  // namespace giro::test
