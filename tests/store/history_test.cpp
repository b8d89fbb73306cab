// Statements and balances of any moment, against plain lists of what happened.
#include <map>
#include <string>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/history_model.hpp"
#include "tests/store/workload.hpp"

namespace giro::store {

static bool operator==(const AccountPoint& a, const AccountPoint& b) {
  return a.balance == b.balance && a.posted_in == b.posted_in && a.version == b.version &&
         a.last_seq == b.last_seq;
}

static void PrintTo(const AccountPoint& point, std::ostream* out) {
  *out << "balance " << point.balance << " after " << point.version << " entries, the last at seq "
       << point.last_seq;
}

}  // namespace giro::store

namespace giro::test {
namespace {

using store::AccountPoint;
using store::StatementLine;
using store::StatementQuery;
using testing::ElementsAre;

HistoryModel::Line as_model_line(const StatementLine& line) {
  return {.seq = line.seq,
          .at = line.at,
          .key = std::string(line.key.view()),
          .amount = line.amount,
          .balance = line.balance,
          .counterparty = line.counterparty,
          .leg = line.leg,
          .number = line.entry_number,
          .reference = line.reference};
}

std::vector<HistoryModel::Line> ask(store::Reader& reader, const StatementQuery& query) {
  std::vector<HistoryModel::Line> lines;
  for (const StatementLine& line : reader.statement(query)) lines.push_back(as_model_line(line));
  return lines;
}

// What the query should answer.
std::vector<HistoryModel::Line> expected(const HistoryModel& model, const StatementQuery& query) {
  std::vector<HistoryModel::Line> lines;
  for (const HistoryModel::Line& line : model.lines(query.account)) {
    if (line.number > query.after_entry && line.number <= query.until_entry) lines.push_back(line);
  }
  if (query.newest_first) std::ranges::reverse(lines);
  if (lines.size() > query.limit) lines.resize(query.limit);
  return lines;
}

void expect_points(const TestLedger& ledger, const HistoryModel& model, AccountNumber account,
                   Seq step) {
  const auto reader = ledger.reader();
  for (Seq seq = 0; seq <= ledger.state().seq() + 1; seq += step) {
    ASSERT_EQ(reader->account_at(account, ledger.point(account), seq), model.at(account, seq))
        << "account " << account << " at seq " << seq;
  }
}

// An account `ada` with so many entries, others among them.
TestLedger& with_entries(TestLedger& ledger, std::size_t entries) {
  open_few_accounts(ledger);
  for (std::size_t i = 0; i < entries; ++i) {
    ledger.pay("k" + std::to_string(i), eur("world", "ada", 1 + static_cast<Amount>(i)));
    if (i % 3 == 0) ledger.pay("b" + std::to_string(i), eur("world", "bob", 1));
  }
  ledger.commit();
  return ledger;
}

class HistoryOfEntries : public testing::TestWithParam<std::size_t> {};

TEST_P(HistoryOfEntries, HasTheBalanceOfEverySeq) {
  TestLedger ledger;
  with_entries(ledger, GetParam());
  const HistoryModel model = model_of(ledger);
  for (const AccountNumber account : {1U, 2U, 3U}) expect_points(ledger, model, account, 1);
}

TEST_P(HistoryOfEntries, HasEveryPageOfEveryLimit) {
  TestLedger ledger;
  with_entries(ledger, GetParam());
  const HistoryModel model = model_of(ledger);
  const auto reader = ledger.reader();
  StatementQuery query{.account = 2, .head = ledger.point(2)};
  const std::uint64_t version = query.head.version;
  const std::uint64_t step = version > 100 ? 61 : 1;
  for (const bool newest_first : {true, false}) {
    for (const std::uint32_t limit : {1U, 2U, 63U, 64U, 65U, 5'000U}) {
      for (std::uint64_t border = 0; border <= version; border += step) {
        query.newest_first = newest_first;
        query.limit = limit;
        query.after_entry = newest_first ? 0 : border;
        query.until_entry = newest_first ? border : version + 5;
        ASSERT_TRUE(ask(*reader, query) == expected(model, query))
            << "limit " << limit << ", border " << border << ", newest first " << newest_first;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Of, HistoryOfEntries, testing::Values(0, 1, 63, 64, 65, 66, 128, 1'300),
                         testing::PrintToStringParamName());

TEST(History, OfAPaymentThatTouchesAnAccountManyTimesAcrossAMark) {
  TestLedger ledger;
  open_few_accounts(ledger);
  for (int i = 0; i < 60; ++i) ledger.pay("k" + std::to_string(i), eur("world", "ada", 100));
  std::vector<LegRequest> legs;
  legs.reserve(150);
  for (int i = 0; i < 150; ++i) {
    legs.push_back(i % 3 == 2 ? eur("ada", "bob", 1) : eur("world", "ada", 2));
  }
  ledger.pay_all("big", legs);
  for (int i = 0; i < 70; ++i) ledger.pay("l" + std::to_string(i), eur("ada", "bob", 1));
  ledger.pay_all("big2", legs);
  ledger.commit();
  const HistoryModel model = model_of(ledger);
  ASSERT_EQ(model.lines(2).size(), 60U + 150 + 70 + 150);
  for (const AccountNumber account : {1U, 2U, 3U}) expect_points(ledger, model, account, 1);
  const auto reader = ledger.reader();
  StatementQuery query{.account = 2, .head = ledger.point(2), .limit = 7};
  for (std::uint64_t border = 0; border < 430; ++border) {
    query.newest_first = false, query.after_entry = border, query.until_entry = 430;
    ASSERT_TRUE(ask(*reader, query) == expected(model, query)) << "after " << border;
    query.newest_first = true, query.after_entry = 0, query.until_entry = border;
    ASSERT_TRUE(ask(*reader, query) == expected(model, query)) << "until " << border;
  }
}

TEST(History, OfARandomLedgerAtEverySeq) {
  TestLedger ledger({.wal_pages_max = 60});
  Workload workload(20);
  workload.open_accounts(ledger, 3);
  workload.run(ledger, 1'500, 60);
  const HistoryModel model = model_of(ledger);
  for (AccountNumber account = 1; account <= ledger.state().account_count(); ++account) {
    expect_points(ledger, model, account, 7);
    const auto reader = ledger.reader();
    for (const bool newest_first : {true, false}) {
      const StatementQuery query{.account = account,
                                 .head = ledger.point(account),
                                 .until_entry = ledger.point(account).version,
                                 .limit = 10'000,
                                 .newest_first = newest_first};
      ASSERT_TRUE(ask(*reader, query) == expected(model, query)) << "account " << account;
    }
  }
}

TEST(History, StaysAsATicketSawItWhilePaymentsGoOn) {
  TestLedger ledger;
  with_entries(ledger, 100);
  const AccountPoint head = ledger.point(2);
  const HistoryModel model = model_of(ledger);
  for (int i = 0; i < 200; ++i) ledger.pay("later" + std::to_string(i), eur("ada", "bob", 1));
  ledger.commit();
  const auto reader = ledger.reader();
  const StatementQuery query{
      .account = 2, .head = head, .until_entry = 1'000, .limit = 1'000, .newest_first = true};
  EXPECT_TRUE(ask(*reader, query) == expected(model, query));
  EXPECT_EQ(reader->account_at(2, head, 50), model.at(2, 50));
}

// The entries that an answer may not need are taken away: it still comes.
TEST(History, OfAnyPageAndPointIsFoundWithinSixtyFourEntriesOfIt) {
  TestLedger ledger;
  with_entries(ledger, 1'300);
  const HistoryModel model = model_of(ledger);
  const std::vector<HistoryModel::Line>& lines = model.lines(2);
  for (const std::uint64_t until : {10U, 64U, 65U, 200U, 640U, 1'000U, 1'200U}) {
    const auto reader = ledger.reader();
    const Seq first = lines[until - 10].seq;
    const Seq last = lines[until - 1 + 64].seq;
    // A statement that ends in the past begins its search at a point that was found before.
    const AccountPoint past = reader->account_at(2, ledger.point(2), lines[1'250].seq);
    SQLite::Database db(ledger.file().string(), SQLite::OPEN_READWRITE);
    db.exec("CREATE TABLE kept AS SELECT * FROM journal");
    db.exec("DELETE FROM journal WHERE seq NOT BETWEEN " + std::to_string(first) + " AND " +
            std::to_string(last));
    const StatementQuery query{.account = 2,
                               .head = ledger.point(2),
                               .after_entry = until - 10,
                               .until_entry = until,
                               .limit = 10};
    EXPECT_TRUE(ask(*reader, query) == expected(model, query)) << "until " << until;
    StatementQuery past_query = query;
    past_query.head = past;
    EXPECT_TRUE(ask(*reader, past_query) == expected(model, query)) << "until " << until;
    EXPECT_EQ(reader->account_at(2, ledger.point(2), lines[until - 1].seq),
              model.at(2, lines[until - 1].seq));
    db.exec("DELETE FROM journal; INSERT INTO journal SELECT * FROM kept; DROP TABLE kept");
  }
}

TEST(History, FindsTheSeqOfEveryTime) {
  TestLedger ledger;
  with_entries(ledger, 40);
  const HistoryModel model = model_of(ledger);
  const auto reader = ledger.reader();
  const Seq head = ledger.state().seq();
  EXPECT_EQ(reader->seq_at(Timestamp{0}, head), 0U);
  for (Seq seq = 1; seq <= head; ++seq) {
    const Timestamp at = model.times()[seq - 1];
    ASSERT_EQ(reader->seq_at(at, head), seq);
    ASSERT_EQ(reader->seq_at(Timestamp{at.ns - 1}, head), seq - 1);
    ASSERT_EQ(reader->seq_at(Timestamp{at.ns + 1}, head), seq);
    ASSERT_EQ(reader->seq_at(at, seq - 1), seq - 1);  // Never after the head that is asked for.
    ASSERT_EQ(reader->seq_at(seq, head), seq);
  }
  EXPECT_EQ(reader->seq_at(head + 5, head), head);
}

TEST(Reader, PagesAccountIdsByPrefix) {
  TestLedger ledger;
  for (const char* id : {"b", "a:2", "a:1", "a", "a:10", "ab", "A", "z", "a@"}) {
    ledger.open(id);
  }
  ledger.commit();
  const auto reader = ledger.reader();
  const auto ids = [&](std::string_view prefix, std::string_view after, std::uint32_t limit) {
    std::vector<std::string> texts;
    for (const auto& account : reader->accounts(prefix, after, limit).accounts) {
      texts.emplace_back(account.id.view());
    }
    return texts;
  };
  EXPECT_THAT(ids("a:", "", 10), ElementsAre("a:1", "a:10", "a:2"));
  EXPECT_THAT(ids("a:", "a:1", 10), ElementsAre("a:10", "a:2"));
  EXPECT_THAT(ids("a:", "a:1", 1), ElementsAre("a:10"));
  EXPECT_THAT(ids("a", "a:2", 10), ElementsAre("a@", "ab"));
  EXPECT_THAT(ids("", "a:2", 10), ElementsAre("a@", "ab", "b", "z"));
  EXPECT_THAT(ids({}, {}, 2), ElementsAre("A", "a"));
  EXPECT_THAT(ids("c", "", 10), ElementsAre());
}

TEST(Reader, PagesPaymentsByReference) {
  TestLedger ledger;
  Workload workload(22);
  workload.open_accounts(ledger);
  workload.run(ledger, 800, 50);
  const auto reader = ledger.reader();
  for (const std::string reference : Workload::kReferences) {
    std::vector<Seq> carried;
    for (const Entry& entry : ledger.journal()) {
      if (entry.options() != nullptr && entry.options()->reference == reference) {
        carried.push_back(entry.seq);
      }
    }
    ASSERT_GT(carried.size(), 5U);
    std::vector<Seq> paged;
    for (Seq after = 0;;) {
      const auto page = reader->payments({.reference = reference, .after = after, .limit = 3});
      for (const Entry& entry : page->payments) paged.push_back(entry.seq);
      if (!page->next) break;
      after = *page->next;
    }
    EXPECT_EQ(paged, carried);
  }
  EXPECT_TRUE(reader->payments({.reference = "inv"})->payments.empty());
}

TEST(Reader, PagesEntriesAndPaymentsInOrder) {
  TestLedger ledger;
  Workload workload(23);
  workload.open_accounts(ledger);
  workload.run(ledger, 300, 50);
  const auto reader = ledger.reader();
  Seq next = 1;
  for (auto page = reader->entries(next, 40); !page.empty(); page = reader->entries(next, 40)) {
    for (const Entry& entry : page) ASSERT_EQ(entry.seq, next++);
  }
  EXPECT_EQ(next, ledger.state().seq() + 1);
  std::vector<Seq> payments;
  for (std::optional<Seq> after = 0; after;) {
    const auto page = reader->payments({.after = after, .limit = 70});
    for (const Entry& entry : page->payments) payments.push_back(entry.seq);
    after = page->next;
  }
  std::vector<Seq> expected_payments;
  for (const Entry& entry : ledger.journal()) {
    if (entry.kind() != EntryKind::account) expected_payments.push_back(entry.seq);
  }
  EXPECT_EQ(payments, expected_payments);
}

}  // namespace
}  // namespace giro::test
