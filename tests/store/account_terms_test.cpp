// What an account may do, and since when: a row for each change of it, and for nothing else.
#include "ledger/store/history/account_terms.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/test_ledger.hpp"

namespace giro::test {
namespace {

class AccountTermsTest : public testing::Test {
 protected:
  AccountTermsTest() {
    (void)ledger.open("ada");                                                         // 1
    update("floor", [](auto& change) { change.floor = -50; });                        // 2
    update("note", [](auto& change) { change.metadata = R"({"note":"first"})"; });    // 3
    update("frozen", [](auto& change) { change.frozen = "debits"; });                 // 4
    update("note2", [](auto& change) { change.metadata = R"({"note":"second"})"; });  // 5
    update("alerts",
           [](auto& change) { change.alerts = AlertLines{.below = 20, .above = {}}; });  // 6
    update("thawed", [](auto& change) { change.frozen = "none"; });                      // 7
    submit("closed", account_change(AccountAction::close, "ada"));                       // 8
    ledger.commit();
  }
  template <class Change>
  void update(std::string_view key, Change change) {
    submit(key, account_change(AccountAction::update, "ada", change));
  }
  void submit(std::string_view key, AccountChangeRequest request) {
    request.key = key;
    ASSERT_TRUE(std::holds_alternative<Decided>(ledger.submit(checked(request))));
  }
  [[nodiscard]] std::vector<Seq> rows() const {
    const SQLite::Database db = open_to_change(ledger.file());
    SQLite::Statement all(db, "SELECT seq FROM account_terms ORDER BY seq");
    std::vector<Seq> seqs;
    while (all.executeStep()) seqs.push_back(static_cast<Seq>(all.getColumn(0).getInt64()));
    return seqs;
  }
  void write_row(const std::string& values) {
    ledger.close();
    open_to_change(ledger.file()).exec("INSERT INTO account_terms VALUES (" + values + ")");
  }

  TestLedger ledger;
};

TEST_F(AccountTermsTest, AreWrittenOnlyWhereTheyChange) {
  EXPECT_THAT(rows(), testing::ElementsAre(2, 4, 7, 8));
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(AccountTermsTest, AreThoseOfAnyMoment) {
  const SQLite::Database db = open_to_change(ledger.file());
  store::JournalReader journal(db);
  store::AccountTermsReader terms(db, journal);
  const auto text = [&](Seq seq) {
    const AccountLimits limits = terms.at(1, seq).value();
    return std::to_string(limits.floor) + " " + std::string(name(limits.frozen)) +
           (limits.closed ? " closed" : "");
  };
  EXPECT_EQ(text(1), "0 none");
  EXPECT_EQ(text(2), "-50 none");
  EXPECT_EQ(text(3), "-50 none");
  EXPECT_EQ(text(4), "-50 debits");
  EXPECT_EQ(text(6), "-50 debits");
  EXPECT_EQ(text(7), "-50 none");
  EXPECT_EQ(text(8), "-50 none closed");
}

TEST_F(AccountTermsTest, MayHaveARowForAnyChangeInALedgerOfAnEarlierRelease) {
  write_row("1, 5, -50, NULL, 1, 0");
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(AccountTermsTest, AreMissedWhereARowIsGoneOrChanged) {
  ledger.close();
  SQLite::Database db = open_to_change(ledger.file());
  db.exec("DELETE FROM account_terms WHERE seq = 4");
  db.exec("UPDATE account_terms SET closed = 0 WHERE seq = 8");
  EXPECT_THAT(problems_of(ledger.file()),
              testing::AllOf(testing::HasSubstr("seq 4: it isn't in table account_terms as it was"),
                             testing::HasSubstr("seq 8: it isn't in table account_terms")));
}

TEST_F(AccountTermsTest, MustBeRightInSuchARow) {
  write_row("1, 5, -51, NULL, 1, 0");
  EXPECT_THAT(problems_of(ledger.file()), testing::HasSubstr("table account_terms has 5 rows"));
}

}  // namespace
}  // namespace giro::test
