// At which node of a cluster an entry was asked, in the file: after a restart, to readers, in SQL, and where nobody asks at one.
#include <string>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/store/journal/author_column.hpp"
#include "tests/store/settling.hpp"
#include "tests/store/test_ledger.hpp"

namespace giro::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class NodesInTheFile : public testing::Test {
 protected:
  NodesInTheFile() { open_few_accounts(ledger); }

  void pay_at(std::string_view node, std::string_view key) {
    ledger.ledger().ask_at(node);
    ledger.pay(key, eur("world", "ada", 5));
    ledger.commit();
  }
  // The rows of a question, "a|b" each.
  [[nodiscard]] std::vector<std::string> ask(const std::string& sql) const {
    const SQLite::Database db(ledger.file().string(), SQLite::OPEN_READWRITE);
    SQLite::Statement row(db, sql);
    std::vector<std::string> rows;
    while (row.executeStep()) {
      std::string text = row.getColumn(0).getString();
      for (int i = 1; i < row.getColumnCount(); ++i) text += "|" + row.getColumn(i).getString();
      rows.push_back(std::move(text));
    }
    return rows;
  }

  TestLedger ledger;
};

TEST_F(NodesInTheFile, AreTheSameAfterARestart) {
  pay_at("two", "a");
  pay_at("one", "b");
  ledger.crash_and_reopen();
  EXPECT_THAT(ledger.state().nodes(), ElementsAre("two", "one"));
  pay_at("one", "c");
  pay_at("three", "d");
  ledger.close_and_reopen();
  EXPECT_THAT(ledger.state().nodes(), ElementsAre("two", "one", "three"));
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(NodesInTheFile, AreToldToReadersThatWereThereBefore) {
  const auto reader = ledger.reader();
  pay_at("one", "a");
  EXPECT_EQ(reader->node(reader->entry(4)->author.node), "one");
  pay_at("two", "b");
  EXPECT_EQ(reader->node(reader->entry(5)->author.node), "two");
  EXPECT_EQ(reader->node(reader->entry(1)->author.node), "");
}

TEST_F(NodesInTheFile, LeaveNoTraceOfAGroupThatWasntCommitted) {
  ledger.ledger().ask_at("one");
  ledger.pay("lost", eur("world", "ada", 5));
  ledger.crash_and_reopen();
  EXPECT_THAT(ledger.state().nodes(), IsEmpty());
  pay_at("two", "a");
  EXPECT_THAT(ask("SELECT number, name FROM nodes"), ElementsAre("1|two"));
}

TEST_F(NodesInTheFile, AreNowhereWhereNobodyAsksAtOne) {
  pay_at("", "a");
  EXPECT_THAT(ask("SELECT DISTINCT uid FROM journal"), ElementsAre("1000"));
  EXPECT_THAT(ask("SELECT * FROM nodes"), IsEmpty());
}

TEST_F(NodesInTheFile, OfAnOpenHoldAndAScheduleAreThereAfterARestart) {
  ledger.ledger().ask_at("one");
  ledger.submit(hold_of("brief", eur("world", "ada", 5), "1s"));
  ScheduleRequest once = schedule(payment(eur("world", "ada", 7)), "2001-09-09T01:46:50Z");
  once.payment.key = "once";
  ledger.submit(checked(once));
  ledger.commit();
  EXPECT_THAT(ask("SELECT uid, node FROM v_holds"), ElementsAre("1000|one"));
  EXPECT_THAT(ask("SELECT uid, node FROM v_schedules"), ElementsAre("1000|one"));
  ledger.crash_and_reopen();
  ledger.ledger().ask_at("two");
  ledger.now.ns += 100'000'000'000;
  (void)ledger.ledger().decide_due(ledger.now, 10);
  ledger.commit();
  EXPECT_THAT(ask("SELECT type, uid, node FROM v_entries WHERE seq > 5 ORDER BY seq"),
              ElementsAre("expiry|1000|one", "scheduled_payment|1000|one"));
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(NodesInTheFile, AreTheLastColumnOfViewsThatSayWhoAsked) {
  pay_at("one", "a");
  ledger.ledger().ask_at("two");
  ledger.pay("b", eur("world", "nobody", 5));
  ledger.commit();
  const SQLite::Database db(ledger.file().string(), SQLite::OPEN_READWRITE);
  for (const char* const view : {"v_entries", "v_payments", "v_statement", "v_rejections"}) {
    SQLite::Statement row(db, "SELECT * FROM " + std::string(view) + " ORDER BY seq DESC");
    ASSERT_TRUE(row.executeStep()) << view;
    const int last = row.getColumnCount() - 1;
    EXPECT_STREQ(row.getColumnName(last), "node") << view;
    EXPECT_NE(row.getColumn(last).getString(), "") << view;
    EXPECT_EQ(row.getColumn("uid").getInt(), 1000) << view;
  }
  EXPECT_THAT(ask("SELECT node FROM v_rejections"), ElementsAre("two"));
  EXPECT_THAT(ask("SELECT count(*), count(node) FROM v_entries"), ElementsAre("5|2"));
}

// A user is himself at every node (docs/CLUSTER.md), so that he may send again anywhere.
TEST_F(NodesInTheFile, OfAReplayAreThoseOfTheFirst) {
  pay_at("one", "a");
  ledger.ledger().ask_at("two");
  const Outcome again = ledger.pay("a", eur("world", "ada", 5));
  ASSERT_TRUE(std::holds_alternative<Replayed>(again));
  const Entry& entry = *std::get<Replayed>(again).entry;
  EXPECT_EQ(ledger.state().node(entry.author.node), "one");
  const Outcome other = ledger.pay("a", eur("world", "ada", 6));
  EXPECT_EQ(std::get<Refused>(other).conflict_seq, entry.seq) << "it is his own key";
  EXPECT_THAT(ledger.state().nodes(), ElementsAre("one"));
}

TEST(AuthorColumn, IsTheUidAloneWhereThereIsNoNode) {
  EXPECT_EQ(store::column_of({.uid = 0xFFFF'FFFE, .node = 0}), 0xFFFF'FFFE);
  for (const Author author : {Author{.uid = 0, .node = 1}, Author{.uid = ~0U, .node = 0x7FFF'FFFF},
                              Author{.uid = 1000, .node = 3}}) {
    EXPECT_EQ(store::author_in(store::column_of(author)), author);
  }
  EXPECT_THROW((void)store::author_in(-1), std::runtime_error);
}

}  // namespace
}  // namespace giro::test
