// What a reading thread finds for each question, as values: no socket, no thread, no JSON.
#include "engine/read_answers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/settling.hpp"
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
  const auto found = find<AccountAt>(
      AccountQuestion{.id = AccountId("ada"), .at = Moment(Seq{4}), .effective_at = {}},
      ticket_of("ada"));
  EXPECT_EQ(found.balance, 5);
  EXPECT_EQ(found.version, 1U);
  EXPECT_EQ(found.as_of_seq, 4U);
  EXPECT_EQ(found.currency.code.view(), "EUR");
}

TEST_F(ReadAnswers, AnAccountHasTheLimitsOfThatMoment) {
  const auto change = [&](std::string_view key, AccountAction action,
                          std::optional<std::optional<Amount>> floor,
                          std::optional<std::string_view> frozen) {
    ledger_.submit(*CheckedAccountChange::check({.action = action,
                                                 .key = key,
                                                 .id = "ada",
                                                 .floor = floor,
                                                 .ceiling = {},
                                                 .frozen = frozen,
                                                 .metadata = {},
                                                 .limits = {},
                                                 .alerts = {},
                                                 .if_version = {},
                                                 .dry_run = false}));
  };
  const auto at = [&](Seq seq) {
    return find<AccountAt>(
               AccountQuestion{.id = AccountId("ada"), .at = Moment(seq), .effective_at = {}},
               ticket_of("ada"))
        .limits;
  };
  const Seq opened = ledger_.state().opened_seq(ledger_.state().find("ada"));
  pay("k1", 5);
  const Seq paid = ledger_.state().seq();
  // Three changes in one group: each has its own.
  change("c1", AccountAction::update, std::optional<Amount>(-100), {});
  change("c2", AccountAction::update, std::optional<Amount>(), "debits");
  change("c3", AccountAction::update, std::optional<Amount>(7), "none");
  ledger_.commit();
  EXPECT_EQ(at(opened - 1), std::nullopt);
  EXPECT_EQ(at(opened), AccountLimits{});
  EXPECT_EQ(at(paid), AccountLimits{});
  EXPECT_EQ(at(paid + 1), AccountLimits{.floor = -100});
  EXPECT_EQ(at(paid + 2), (AccountLimits{.floor = kNoFloor, .frozen = Frozen::debits}));
  EXPECT_EQ(at(paid + 3), AccountLimits{.floor = 7});
  EXPECT_EQ(test::problems_of(ledger_.file()), "");
}

TEST_F(ReadAnswers, NamesTheNodesOfTheEntriesThatItFinds) {
  ledger_.ledger().ask_at("one");
  ledger_.submit(test::hold_of("hold", test::eur("world", "ada", 5)));
  ScheduleRequest later =
      test::schedule(test::payment(eur("world", "ada", 7)), "2050-01-01T00:00:00Z");
  later.payment.key = "later";
  ledger_.submit(test::checked(later));
  ledger_.commit();
  const auto expect_one = [](const Entry& entry, const AccountBook& names) {
    EXPECT_EQ(names.node(entry.author.node), "one");
  };
  const auto hold = find<PaymentFound>(PaymentQuestion{.key = {}, .seq = 4}, ticket_of());
  expect_one(*hold.entry, hold.accounts);
  const auto holds = find<HoldsFound>(HoldsQuestion{}, ticket_of());
  expect_one(holds.page.holds.at(0).entry, holds.accounts);
  const auto schedules = find<SchedulesFound>(SchedulesQuestion{}, ticket_of());
  expect_one(schedules.page.schedules.at(0).schedule, schedules.accounts);
  const auto payments = find<PaymentsFound>(PaymentsQuestion{}, ticket_of());
  for (const Entry& entry : payments.page.payments) expect_one(entry, payments.accounts);
  const auto events = find<EventsFound>(EventsQuestion{.from = 1, .until = 5}, ticket_of());
  EXPECT_EQ(events.accounts.node(events.entries.front().author.node), "");
  expect_one(events.entries.back(), events.accounts);
}

TEST_F(ReadAnswers, AnUnknownAccountIsRefused) {
  const auto refusal = find<Refusal>(
      AccountQuestion{.id = AccountId("nobody"), .at = Moment(Seq{1}), .effective_at = {}},
      ticket_of("nobody"));
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
    EXPECT_EQ(page.end.balance, 15);
    EXPECT_TRUE(page.end.posted_in == 15 && page.begin.posted_in == 0);
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

// What happens to holds and payments; `ask_seq` asks for an entry with all that became of it.
class Lives : public ReadAnswers {
 protected:
  Lives() { pay("start", 1'000); }

  Seq decide(const Command& command) {
    ledger_.submit(command);
    ledger_.commit();
    return ledger_.state().seq();
  }
  Seq hold(Amount amount, std::optional<std::string_view> timeout = {}) {
    HoldRequest request{
        .payment = test::payment(eur("ada", "bob", amount)), .timeout = timeout, .expires_at = {}};
    const std::string key = new_key();
    request.payment.key = key;
    return decide(*CheckedHold::check(request));
  }
  Seq capture(Seq hold, Amount amount, bool final = false) {
    return decide(
        *CheckedCapture::check({.key = new_key(),
                                .hold = {.key = {}, .seq = static_cast<std::int64_t>(hold)},
                                .amount = amount,
                                .final = final,
                                .dry_run = false}));
  }
  Seq release(Seq hold) {
    return decide(*CheckedVoid::check({.key = new_key(),
                                       .hold = {.key = {}, .seq = static_cast<std::int64_t>(hold)},
                                       .dry_run = false}));
  }
  Seq reverse(Seq original, Amount amount) {
    return decide(*CheckedReversal::check(
        {.key = new_key(),
         .original = {.key = {}, .seq = static_cast<std::int64_t>(original)},
         .amount = amount,
         .options = {},
         .dry_run = false}));
  }
  PaymentFound ask_seq(Seq seq) {
    return find<PaymentFound>(PaymentQuestion{.key = {}, .seq = seq}, ticket_of());
  }
  static std::vector<Seq> life(const PaymentFound& found) { return seqs_of(found.family.entries); }

  std::string new_key() { return "key-" + std::to_string(++keys_); }

 private:
  int keys_ = 0;
};

TEST_F(Lives, OfAHoldHasItsCapturesTheirReversalsAndWhatIsLeft) {
  const Seq held = hold(100);
  EXPECT_EQ(ask_seq(held).left, 100);
  EXPECT_THAT(life(ask_seq(held)), ElementsAre());
  const Seq first = capture(held, 30);
  const Seq back = reverse(first, 10);
  const Seq second = capture(held, 20);
  EXPECT_EQ(ask_seq(held).left, 50);
  EXPECT_EQ(ask_seq(held).status, "held");
  for (const Seq member : {held, first, back, second}) {
    EXPECT_THAT(life(ask_seq(member)), ElementsAre(held, first, back, second)) << member;
  }
  EXPECT_EQ(ask_seq(first).reversed, 10);
  EXPECT_EQ(ask_seq(second).reversed, std::nullopt);
  EXPECT_EQ(ask_seq(second).left, std::nullopt) << "what was left then stands in the entry";
}

TEST_F(Lives, OfAClosedHoldSayHowItEnded) {
  const Seq captured = hold(10);
  const Seq voided = hold(10);
  const Seq expired = hold(10, "1s");
  const Seq finished = hold(10);
  capture(captured, 10);
  release(voided);
  capture(finished, 1, true);
  ledger_.now.ns += 2'000'000'000;
  EXPECT_FALSE(ledger_.ledger().decide_due(ledger_.now, 10));
  ledger_.commit();
  EXPECT_EQ(ask_seq(captured).status, "captured");
  EXPECT_EQ(ask_seq(voided).status, "voided");
  EXPECT_EQ(ask_seq(expired).status, "expired");
  EXPECT_EQ(ask_seq(finished).status, "captured");
  for (const Seq hold : {captured, voided, expired, finished}) EXPECT_EQ(ask_seq(hold).left, 0);
}

TEST_F(Lives, OfAPaymentHasItsReversals) {
  const Seq paid = ledger_.state().seq();
  EXPECT_EQ(ask_seq(paid).reversed, std::nullopt);
  const Seq first = reverse(paid, 100);
  const Seq second = reverse(paid, 50);
  EXPECT_EQ(ask_seq(paid).status, "applied");
  EXPECT_EQ(ask_seq(paid).reversed, 150);
  EXPECT_THAT(life(ask_seq(paid)), ElementsAre(paid, first, second));
  EXPECT_THAT(life(ask_seq(first)), ElementsAre(paid, first, second));
}

TEST_F(Lives, OfWhatWasRejectedIsItselfAlone) {
  const Seq rejected = capture(hold(10), 11);
  const auto found = ask_seq(rejected);
  EXPECT_EQ(found.status, "rejected");
  EXPECT_THAT(life(found), ElementsAre());
}

TEST_F(Lives, OfThousandsOfStepsAreCutAndSayWhatIsLeftAllTheSame) {
  const Seq held = hold(1'000);
  for (int i = 0; i < 990; ++i) {
    ledger_.submit(
        *CheckedCapture::check({.key = new_key(),
                                .hold = {.key = {}, .seq = static_cast<std::int64_t>(held)},
                                .amount = 1,
                                .final = false,
                                .dry_run = false}));
  }
  ledger_.commit();
  EXPECT_FALSE(ask_seq(held).family.more);
  for (int i = 0; i < 10; ++i) capture(held, 1);
  const auto found = ask_seq(held);
  EXPECT_EQ(found.family.entries.size(), 1'000U);
  EXPECT_TRUE(found.family.more);
  EXPECT_EQ(found.left, 0);
}

TEST_F(Lives, OpenHoldsAreListedByAccountAndPaged) {
  const Seq one = hold(1);
  const Seq two = hold(2);
  const Seq three = hold(3);
  capture(two, 1);
  release(three);
  const Seq four = hold(4);
  const auto seqs = [&](const HoldsQuestion& question, std::string_view account = {}) {
    std::vector<Seq> found;
    for (const auto& hold : find<HoldsFound>(question, ticket_of(account)).page.holds) {
      found.push_back(hold.entry.seq);
    }
    return found;
  };
  EXPECT_THAT(seqs({}), ElementsAre(one, two, four));
  EXPECT_THAT(seqs({.newest_first = true}), ElementsAre(four, two, one));
  EXPECT_THAT(seqs({.account = AccountId("bob")}, "bob"), ElementsAre(one, two, four));
  EXPECT_THAT(seqs({.account = AccountId("world")}, "world"), ElementsAre());
  const auto page = find<HoldsFound>(HoldsQuestion{.limit = 2}, ticket_of()).page;
  EXPECT_EQ(page.next, two);
  EXPECT_EQ(page.holds.back().left, 1);
  EXPECT_THAT(seqs({.after = page.next}), ElementsAre(four));
  EXPECT_THAT(seqs({.after = four, .newest_first = true}), ElementsAre(two, one));
  EXPECT_EQ(find<Refusal>(HoldsQuestion{.account = AccountId("nobody")}, ticket_of("nobody")).field,
            "account");
}

TEST_F(ReadAnswers, AListOfPaymentsGoesFromTimeToTime) {
  for (int i = 1; i <= 5; ++i) pay("k" + std::to_string(i), i);
  PaymentsQuestion question;
  question.from = Moment(Seq{5});
  question.to = Moment(ledger_.journal()[6].at);
  EXPECT_THAT(seqs_of(find<PaymentsFound>(question, ticket_of()).page.payments),
              ElementsAre(5, 6, 7));
  question.account = AccountId("nobody");
  EXPECT_EQ(find<Refusal>(question, ticket_of("nobody")).field, "account");
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
