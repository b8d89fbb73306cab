// Groups that are decided all or none: what they decide, what they leave, and what they answer again.
#include "engine/atomic_group.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/settling.hpp"
#include "tests/store/test_ledger.hpp"

namespace giro::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

CheckedPayment pay(std::string_view key, const LegRequest& leg) {
  PaymentRequest request = payment(leg);
  request.key = key;
  return checked(request);
}
CheckedAccountChange close_of(std::string_view key, std::string_view id) {
  AccountChangeRequest request;
  request.action = AccountAction::close;
  request.key = key, request.id = id;
  return checked(request);
}
// A command can't be copied.
template <class... Kinds>
std::vector<Command> members(Kinds&&... kinds) {
  std::vector<Command> made;
  (made.emplace_back(std::forward<Kinds>(kinds)), ...);
  return made;
}
std::vector<Command> of_all_kinds() {
  return members(checked(account("eve")), pay("1", eur("ada", "eve", 50)),
                 hold_of("2", eur("eve", "bob", 30)), capture_of("3", by_key("2"), 10),
                 void_of("4", by_key("2")), reversal_of("5", by_key("3")),
                 pay("6", eur("eve", "bob", 50)), close_of("7", "eve"));
}
// Whose last member fails.
std::vector<Command> failing() {
  std::vector<Command> made = of_all_kinds();
  made.emplace_back(pay("8", eur("ada", "bob", 51)));
  return made;
}

class AtomicGroups : public testing::Test {
 protected:
  AtomicGroups() {
    open_few_accounts(ledger);
    ledger.pay("start", eur("world", "ada", 100));
    ledger.commit();
    start = ledger.state().seq();
  }

  // What became of each: its code, "applied" or "replayed ..."; or why nothing was decided.
  std::vector<std::string> decide(const std::vector<Command>& members, bool dry_run = false) {
    AtomicGroup group(ledger.ledger(), members, TestLedger::kUid);
    ledger.now.ns += 1'000;
    auto outcome = group.find_decision();
    if (!outcome) outcome = dry_run ? group.rehearse(ledger.now) : group.decide(ledger.now);
    if (!*outcome) {
      const Refusal& refusal = outcome->error().refusal;
      return {std::string(name(refusal.code)) + " " + refusal.field};
    }
    std::vector<std::string> texts;
    for (const Outcome& one : **outcome) {
      const Entry& entry = entry_of(one, ledger.store().group());
      std::string text = std::holds_alternative<Replayed>(one) ? "replayed " : "";
      texts.push_back(text.append(entry.applied() ? "applied" : name(entry.outcome)));
    }
    return texts;
  }
  // Whom a capture or a void means.
  static Seq hold_in(const Entry& entry) {
    if (const auto* capture = std::get_if<std::unique_ptr<CaptureBody>>(&entry.body)) {
      return (*capture)->hold;
    }
    const auto* release = std::get_if<std::unique_ptr<ReleaseBody>>(&entry.body);
    return release == nullptr ? 0 : (*release)->hold;
  }
  [[nodiscard]] Amount balance(std::string_view id) const {
    return ledger.state().account(ledger.state().find(id)).balance;
  }

  TestLedger ledger;
  Seq start = 0;
};

TEST_F(AtomicGroups, AreAppliedInOrderSoThatLaterMembersSeeEarlierOnes) {
  EXPECT_THAT(decide(of_all_kinds()), testing::Each("applied"));
  ledger.commit();
  EXPECT_EQ(balance("ada"), 50);
  EXPECT_EQ(balance("bob"), 50);
  EXPECT_EQ(ledger.state().seq(), start + 8);
  const Entry& last = ledger.journal().back();
  EXPECT_EQ(last.group, (Membership{.count = 8, .index = 7, .place = 7, .failed = 0}));
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(AtomicGroups, AreRejectedAsAWholeWhenTheirLastMemberFails) {
  std::vector<std::string> expected(8, "group_failed");
  expected.emplace_back("insufficient_funds");
  EXPECT_EQ(decide(failing()), expected);
  ledger.commit();
  EXPECT_EQ(balance("ada"), 100);
  EXPECT_EQ(ledger.state().find("eve"), 0U);
  EXPECT_EQ(ledger.state().holds().size(), 0U);
  EXPECT_EQ(ledger.state().seq(), start + 9) << "each is kept with its seq";
  EXPECT_EQ(ledger.journal().back().group.failed, 8);
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(AtomicGroups, AnswerTheSameAgainAsAWholeAlsoAfterARestart) {
  decide(failing());
  const std::vector<Command> good =
      members(checked(account("dan")), checked(account("bob")), pay("9", eur("ada", "dan", 1)));
  EXPECT_THAT(decide(good), ElementsAre("applied", "replayed applied", "applied"));
  for (const char* when : {"in the same group", "after it", "after a restart"}) {
    SCOPED_TRACE(when);
    std::vector<std::string> expected(8, "replayed group_failed");
    expected.emplace_back("replayed insufficient_funds");
    EXPECT_EQ(decide(failing()), expected);
    EXPECT_THAT(decide(good), testing::Each("replayed applied"));
    ledger.commit();
    if (when == std::string("after it")) ledger.crash_and_reopen();
  }
  EXPECT_EQ(ledger.state().seq(), start + 9 + 2);
}

TEST_F(AtomicGroups, ThatFailedAnswerSoAlsoOnceTheirAccountWasOpenedByItself) {
  decide(failing());
  ledger.open("eve");
  ledger.commit();
  std::vector<std::string> expected(8, "replayed group_failed");
  expected.emplace_back("replayed insufficient_funds");
  EXPECT_EQ(decide(failing()), expected);
}

TEST_F(AtomicGroups, WithAnotherMemberInPlaceOfOneThatDecidedAreInConflict) {
  decide(members(pay("1", eur("ada", "bob", 5)), checked(account("eve"))));
  EXPECT_THAT(decide(members(pay("1", eur("ada", "bob", 5)), checked(account("bob")))),
              ElementsAre("key_conflict members[1]"));
}

TEST_F(AtomicGroups, ThatShareAKeyWithAnythingElseDecideNothing) {
  ledger.submit(Command(pay("1", eur("ada", "bob", 5))));
  const auto same = [] { return pay("1", eur("ada", "bob", 5)); };
  const auto other = [] { return pay("1", eur("ada", "bob", 6)); };
  const auto fresh = [] { return pay("2", eur("ada", "bob", 5)); };
  EXPECT_THAT(decide(members(same(), fresh())), ElementsAre("key_conflict members[0]"));
  EXPECT_THAT(decide(members(fresh(), other())), ElementsAre("key_conflict members[1].amount"));
  EXPECT_THAT(decide(members(hold_of("1", eur("ada", "bob", 5)))),
              ElementsAre("key_conflict members[0].method"));
  EXPECT_THAT(decide(members(fresh(), pay("3", eur("ada", "bob", 1)))), testing::Each("applied"));
  EXPECT_THAT(decide(members(fresh())), ElementsAre("key_conflict members[0]"))
      << "a part of a group";
  EXPECT_THAT(decide(members(pay("3", eur("ada", "bob", 1)), fresh())),
              ElementsAre("key_conflict members[0]"))
      << "in another order";
  EXPECT_THAT(
      decide(members(fresh(), pay("3", eur("ada", "bob", 1)), pay("4", eur("ada", "bob", 1)))),
      ElementsAre("key_conflict members[0]"))
      << "with one more";
  const Outcome alone = ledger.submit(Command(fresh()));
  EXPECT_TRUE(std::holds_alternative<Replayed>(alone)) << "a member's key by itself";
}

TEST_F(AtomicGroups, CanNameWhatWasDecidedBeforeThem) {
  ledger.submit(Command(hold_of("hold", eur("ada", "bob", 20))));
  const Seq payment = ledger.seq_of(PaymentKey("start"));
  EXPECT_THAT(decide(members(capture_of("1", by_key("hold"), 5),
                             capture_of("2", by_key("hold"), 15), reversal_of("3", by_key("1")),
                             reversal_of("4", by_seq(ledger.state().seq() + 2)))),
              testing::Each("applied"));
  EXPECT_THAT(decide(members(void_of("5", by_key("hold")))), ElementsAre("hold_captured"));
  EXPECT_THAT(decide(members(reversal_of("6", by_seq(payment)), reversal_of("7", by_seq(payment)))),
              ElementsAre("group_failed", "reversal_exceeds_original"));
  EXPECT_THAT(decide(members(hold_of("8", eur("ada", "bob", 1)), void_of("9", by_key("8")),
                             capture_of("10", by_key("8"), 1))),
              ElementsAre("group_failed", "group_failed", "hold_voided"));
  ledger.commit();
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(AtomicGroups, SayWhichLegOfAMemberFailed) {
  const std::vector<LegRequest> two{eur("ada", "bob", 10), eur("bob", "ada", 5'000)};
  PaymentRequest request = payment(two);
  request.key = "legs";
  EXPECT_THAT(decide(members(pay("1", eur("ada", "bob", 1)), checked(request))),
              ElementsAre("group_failed", "leg_failed"));
  ledger.commit();
  EXPECT_EQ(ledger.journal().back().legs()->failed_leg, 1);
  EXPECT_EQ(ledger.journal().back().legs()->leg_code, Rejection::insufficient_funds);
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(AtomicGroups, LeaveNoTraceOfADryRun) {
  EXPECT_THAT(decide(of_all_kinds(), true), testing::Each("applied"));
  EXPECT_THAT(
      decide(members(pay("1", eur("ada", "bob", 60)), pay("2", eur("ada", "bob", 60))), true),
      ElementsAre("group_failed", "insufficient_funds"));
  EXPECT_EQ(ledger.state().seq(), start);
  EXPECT_EQ(ledger.state().find("eve"), 0U);
  EXPECT_EQ(balance("ada"), 100);
  EXPECT_THAT(decide(of_all_kinds()), testing::Each("applied")) << "its keys are unused";
}

// The seqs of members that were only rehearsed lie behind the end of the journal: they were looked
// for there all the same.
TEST_F(AtomicGroups, ThatFailAreRehearsedAsDecidedAlsoWhereAMemberNamesAnEarlierOne) {
  const auto named_by = [this](bool dry_run) {
    const std::vector<Command> all =
        members(pay("1", eur("ada", "bob", 101)), capture_of("2", by_seq(start + 1), 10),
                void_of("3", by_key("1")), capture_of("4", by_seq(start + 3), 1),
                void_of("5", by_seq(start + 5)), void_of("6", by_seq(start + 7)));
    AtomicGroup group(ledger.ledger(), all, TestLedger::kUid);
    const auto past = group.find_decision();
    EXPECT_FALSE(past);
    const auto outcome = dry_run ? group.rehearse(ledger.now) : group.decide(ledger.now);
    std::vector<std::string> named;
    for (const Outcome& one : outcome.value()) {
      const Entry& entry = entry_of(one, ledger.store().group());
      named.push_back(std::string(name(entry.outcome)) + " " + std::to_string(hold_in(entry)));
    }
    return named;
  };
  const std::vector<std::string> rehearsed = named_by(true);
  EXPECT_EQ(rehearsed[0], "insufficient_funds 0");
  EXPECT_EQ(rehearsed, named_by(false));
}

TEST_F(AtomicGroups, OfOneMemberAreDecidedAsThatMember) {
  EXPECT_THAT(decide(members(pay("1", eur("ada", "bob", 101)))), ElementsAre("insufficient_funds"));
  EXPECT_THAT(decide(members(pay("2", eur("ada", "bob", 100)))), ElementsAre("applied"));
}

}  // namespace
}  // namespace giro::test
