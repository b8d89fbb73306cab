// What a reading thread finds for each question, as values: no socket, no thread, no JSON.
#include "engine/read_answers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/test_ledger.hpp"

namespace giro {
namespace {

using test::eur;
using ::testing::ElementsAre;

class ReadAnswers : public ::testing::Test {
 protected:
  ReadAnswers() { test::open_few_accounts(ledger_); }

  void pay(std::string_view key, Amount amount) {
    ledger_.pay(key, eur("world", "ada", amount));
    ledger_.commit();
  }
  // What the commit thread would stamp on a question about this account.
  [[nodiscard]] Ticket ticket_of(std::string_view account = {}) const {
    Ticket ticket{.head_seq = ledger_.state().seq(), .account = 0, .head = {}, .entry = {}};
    if (account.empty()) return ticket;
    ticket.account = ledger_.state().find(account);
    if (ticket.account != 0) ticket.head = ledger_.point(ticket.account);
    return ticket;
  }
  ReadResult ask(Question question, Ticket ticket) {
    const ReadJob job{
        .to = {}, .uid = 0, .ticket = std::move(ticket), .question = std::move(question)};
    return answer_question(*reader_, ledger_.file(), job, [this] { return cancelled_; });
  }
  template <class Found>
  Found find(Question question, Ticket ticket) {
    return std::get<Found>(ask(std::move(question), std::move(ticket)));
  }
  static std::vector<Seq> seqs_of(const std::vector<Entry>& entries) {
    std::vector<Seq> seqs;
    seqs.reserve(entries.size());
    for (const Entry& entry : entries) seqs.push_back(entry.seq);
    return seqs;
  }

  test::TestLedger ledger_;
  std::unique_ptr<store::Reader> reader_ = ledger_.reader();
  bool cancelled_ = false;
};

TEST_F(ReadAnswers, AnAccountIsFoundAsItWasAtAMoment) {
  pay("k1", 5);
  pay("k2", 7);
  const auto found = find<AccountAt>(AccountQuestion{.id = AccountId("ada"), .at = Moment(Seq{4})},
                                     ticket_of("ada"));
  EXPECT_EQ(found.balance, 5);
  EXPECT_EQ(found.version, 1U);
  EXPECT_EQ(found.as_of_seq, 4U);
  EXPECT_EQ(found.currency.code.view(), "EUR");
}

TEST_F(ReadAnswers, AnUnknownAccountIsRefused) {
  const auto refusal = find<Refusal>(
      AccountQuestion{.id = AccountId("nobody"), .at = Moment(Seq{1})}, ticket_of("nobody"));
  EXPECT_EQ(refusal.code, ErrorCode::account_unknown);
  StatementQuestion statement;
  statement.id = AccountId("nobody");
  EXPECT_EQ(find<Refusal>(statement, ticket_of("nobody")).code, ErrorCode::account_unknown);
}

TEST_F(ReadAnswers, AStatementGoesOnWhereItsCursorSaysWhateverCameSince) {
  for (int i = 1; i <= 5; ++i) pay("k" + std::to_string(i), i);
  StatementQuestion question;
  question.id = AccountId("ada");
  question.limit = 2;
  std::vector<Amount> amounts;
  do {
    const auto page = find<StatementView>(question, ticket_of("ada"));
    EXPECT_EQ(page.closing_balance, 15);
    for (const auto& line : page.lines) {
      amounts.push_back(line.amount);
      EXPECT_EQ(page.counterparties[line.counterparty].id.view(), "world");
    }
    question.cursor = page.next;
    pay("later-" + std::to_string(amounts.size()), 1'000);
  } while (question.cursor);
  EXPECT_THAT(amounts, ElementsAre(5, 4, 3, 2, 1));
}

TEST_F(ReadAnswers, APaymentIsFoundBySeqWithTheAccountsThatItIsAbout) {
  pay("k1", 5);
  const auto found = find<PaymentFound>(PaymentQuestion{.key = {}, .seq = 4}, ticket_of());
  ASSERT_NE(found.entry, nullptr);
  EXPECT_EQ(found.entry->key.view(), "k1");
  EXPECT_EQ(found.accounts[found.entry->postings()[0].to].id.view(), "ada");
}

TEST_F(ReadAnswers, APaymentPastTheTicketIsUnknown) {
  const Ticket before = ticket_of();
  pay("k1", 5);
  EXPECT_EQ(find<PaymentFound>(PaymentQuestion{.key = {}, .seq = 4}, before).entry, nullptr);
}

TEST_F(ReadAnswers, EventsNeverGoPastWhatIsDurable) {
  for (int i = 1; i <= 3; ++i) pay("k" + std::to_string(i), i);
  const auto found = find<EventsFound>(EventsQuestion{.from = 3, .until = 5}, ticket_of());
  EXPECT_THAT(seqs_of(found.entries), ElementsAre(3, 4, 5));
}

TEST_F(ReadAnswers, EventsTellWhoIsMeantAlsoWhereAPaymentWasRejected) {
  ledger_.pay("poor", eur("ada", "bob", 1));
  ledger_.pay("lost", eur("ada", "nobody", 1));
  ledger_.commit();
  const auto found = find<EventsFound>(EventsQuestion{.from = 4, .until = 5}, ticket_of());
  ASSERT_EQ(found.entries.size(), 2U);
  const Posting poor = found.entries[0].row_posting();
  EXPECT_EQ(found.accounts[poor.from].id.view(), "ada");
  EXPECT_EQ(found.accounts[poor.to].id.view(), "bob");
  EXPECT_FALSE(found.accounts.has(0));
}

TEST_F(ReadAnswers, AnAuditThatAStopBrokeOffSaysNothingOfTheLedger) {
  cancelled_ = true;
  EXPECT_EQ(find<Refusal>(VerifyQuestion{}, ticket_of()).code, ErrorCode::shutting_down);
}

}  // namespace
}  // namespace giro
