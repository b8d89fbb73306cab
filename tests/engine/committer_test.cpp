// The committer, step by step: when it does what, and when it wants to be called again.
#include "engine/committer.hpp"

#include <chrono>
#include <string>

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/engine_fixture.hpp"
#include "tests/store/faulty_vfs.hpp"

namespace giro::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class CommitterTest : public testing::Test {
 protected:
  CommitterTest() {
    {
      TestLedger made(options());
      open_few_accounts(made);
      made.close();
    }
    committer.emplace(parts_of(must_open(Ledger::open(options())), source, time, heard));
  }

  [[nodiscard]] store::StoreOptions options() {
    return {.directory = folder.path() / "ledger",
            .surroundings = {.vfs = disk.vfs(), .clock = [this] { return time.moment(); }}};
  }
  Committer::Next step() { return committer->step(time.moment()); }
  // How long it may be left alone.
  [[nodiscard]] std::chrono::nanoseconds wait(const Committer::Next& next) const {
    return *next.at - time.moment();
  }
  void send(std::string_view key, Amount amount = 5) {
    PaymentRequest request = payment(eur("world", "ada", amount));
    request.key = key;
    ASSERT_EQ(queue.push({.reply_to = {}, .uid = 1000, .work = checked(request)}, {}),
              Admission::accepted);
  }
  void hold(const std::string& key, std::string_view timeout) {
    HoldRequest request{
        .payment = payment(eur("world", "ada", 5)), .timeout = timeout, .expires_at = {}};
    request.payment.key = key;
    ASSERT_EQ(queue.push({.reply_to = {}, .uid = 1000, .work = *CheckedHold::check(request)}, {}),
              Admission::accepted);
  }
  void schedule(std::string_view key, std::chrono::nanoseconds after,
                const std::vector<LegRequest>& legs = {eur("world", "ada", 5)}) {
    PaymentRequest paid = payment(legs);
    paid.key = key;
    const std::string at = format_rfc3339({time.real().ns + after.count()});
    ASSERT_EQ(
        queue.push({.reply_to = {}, .uid = 1000, .work = checked(test::schedule(paid, at))}, {}),
        Admission::accepted);
  }
  [[nodiscard]] const Outcome& last_outcome() const {
    return std::get<Outcome>(heard.groups.back()->answers.back().body);
  }

  ScratchFolder folder;
  FaultyDisk disk;
  FakeTime time;
  WorkQueue queue{QueueLimits{}};
  LocalWork source{queue, kGroupMax};
  Heard heard;
  std::optional<Committer> committer;
};

TEST_F(CommitterTest, CommitsWhatWaitsAsOneGroup) {
  send("a");
  send("b");
  (void)step();
  ASSERT_EQ(heard.groups.size(), 1U);
  EXPECT_EQ(heard.groups[0]->entries.size(), 2U);
  EXPECT_EQ(heard.groups[0]->head_seq, 5U);
  EXPECT_EQ(committer->ledger().store().applied_index(), 2U) << "the accounts were the first";
}

TEST_F(CommitterTest, CountsNoGroupOfNothingNew) {
  send("a");
  (void)step();
  send("a");
  (void)step();
  EXPECT_TRUE(std::holds_alternative<Replayed>(last_outcome()));
  EXPECT_EQ(committer->ledger().store().applied_index(), 2U);
}

TEST_F(CommitterTest, DoesUpkeepOnceNothingCameForAMomentThenSleeps) {
  send("a");
  EXPECT_EQ(wait(step()), 50ms);
  time.pass(49ms);
  EXPECT_EQ(wait(step()), 1ms) << "too early: still the same moment";
  time.pass(1ms);
  auto next = step();
  EXPECT_EQ(wait(next), 1ms) << "the accounts that changed were swept";
  for (int steps = 0; next.at; ++steps) {
    ASSERT_LT(steps, 100);
    time.pass(1ms);
    next = step();
  }
  EXPECT_FALSE(next.ended) << "asleep until a group comes";
}

TEST_F(CommitterTest, StampsEntriesWithTheClockThatItWasGiven) {
  time.pass(7s);
  send("a");
  (void)step();
  EXPECT_EQ(heard.groups[0]->entries[0].at, time.real());
}

TEST_F(CommitterTest, LooksEverySecondWhetherAnObstacleIsGone) {
  disk.fail_at(1, FaultyDisk::Failure::full);
  send("a");
  auto next = step();
  EXPECT_EQ(std::get<Refused>(last_outcome()).refusal.code, ErrorCode::read_only);
  EXPECT_EQ(wait(next), 1s);
  time.pass(1s);
  EXPECT_EQ(wait(step()), 1s) << "still full";
  disk.heal();
  time.pass(999ms);
  send("b");
  (void)step();
  EXPECT_TRUE(std::holds_alternative<Refused>(last_outcome())) << "nobody looked yet";
  time.pass(1ms);
  send("c");
  (void)step();
  EXPECT_TRUE(std::holds_alternative<Decided>(last_outcome()));
  EXPECT_THAT(heard.told, testing::Contains(HasSubstr("payments go on")));
  EXPECT_EQ(heard.failure, "");
}

TEST_F(CommitterTest, TellsEachDurableDecisionOnlyToWhoListens) {
  send("a");
  (void)step();
  EXPECT_THAT(heard.decisions, testing::IsEmpty());
  heard.listens_to_decisions = true;
  send("b");
  PaymentRequest too_much = payment(eur("ada", "world", 1'000));
  too_much.key = "too-much";
  ASSERT_EQ(queue.push({.reply_to = {}, .uid = 1000, .work = checked(too_much)}, {}),
            Admission::accepted);
  (void)step();
  ASSERT_EQ(heard.decisions.size(), 2U);
  EXPECT_EQ(heard.decisions[0].text, "seq 5: payment b applied");
  EXPECT_EQ(heard.decisions[0].seq, 5U);
  EXPECT_EQ(heard.decisions[0].uid, 1000U);
  EXPECT_EQ(heard.decisions[0].key, "b");
  EXPECT_THAT(heard.decisions[0].accounts, testing::ElementsAre("world", "ada"));
  EXPECT_THAT(heard.decisions[1].text, HasSubstr("payment too-much rejected: "));
  EXPECT_THAT(heard.decisions[1].accounts, testing::ElementsAre("ada", "world"));
  disk.fail_at(1, FaultyDisk::Failure::full);
  send("c");
  (void)step();
  EXPECT_EQ(heard.decisions.size(), 2U) << "nothing was decided";
}

TEST_F(CommitterTest, TellsSinceWhenAReaderKeepsTheLogFromBeingEmptied) {
  auto short_log = options();
  short_log.wal_pages_max = 4;
  committer.reset();
  committer.emplace(parts_of(must_open(Ledger::open(short_log)), source, time, heard));
  const auto held_since = [this] { return committer->metrics().held_since_ns.value(); };
  int sent = 0;
  // The figures are looked at once a second.
  const auto pay_after_a_second = [&] {
    time.pass(1s);
    send("p" + std::to_string(++sent));
    (void)step();
  };
  pay_after_a_second();
  EXPECT_EQ(held_since(), 0);
  {
    SQLite::Database reader((options().directory / "ledger.db").string(), SQLite::OPEN_READONLY);
    reader.exec("BEGIN");
    reader.execAndGet("SELECT count(*) FROM journal");
    for (int tries = 0; held_since() == 0 && tries < 100; ++tries) pay_after_a_second();
    const std::int64_t since = time.real().ns;
    EXPECT_EQ(held_since(), since);
    pay_after_a_second();
    EXPECT_EQ(held_since(), since) << "it is the same reader";
  }
  for (int tries = 0; held_since() != 0 && tries < 100; ++tries) pay_after_a_second();
  EXPECT_EQ(held_since(), 0);
}

TEST_F(CommitterTest, EndsAfterTheLastGroupAndClosesTheLedger) {
  send("a");
  queue.close();
  EXPECT_FALSE(step().ended);
  EXPECT_TRUE(step().ended);
  EXPECT_EQ(std::filesystem::file_size(folder.path() / "ledger" / "ledger.db-wal"), 0U);
}

TEST_F(CommitterTest, EndsWhenNobodyKnowsWhetherACommitTookEffectAndRefusesWhatCameBehind) {
  disk.fail_at(2, FaultyDisk::Failure::broken);
  send("a");
  for (std::uint64_t fail = 1; heard.failure.empty() && fail < 20; ++fail) {
    disk.fail_at(fail, FaultyDisk::Failure::broken_once);
    send("k" + std::to_string(fail));
    if (step().ended) break;
  }
  ASSERT_NE(heard.failure, "");
  EXPECT_EQ(queue.push({.reply_to = {}, .uid = 0, .work = Heartbeat{}}, {}), Admission::closed);
}

// --- what falls due ---

TEST_F(CommitterTest, EndsAHoldAtItsTimeWhenNothingElseCame) {
  hold("hold", "5s");
  const Committer::Next next = step();
  ASSERT_TRUE(next.at);
  EXPECT_LE(wait(next), 1s) << "it looks at the clock in between, which may jump";
  time.pass(4s);
  step();
  EXPECT_EQ(committer->ledger().state().holds().size(), 1U);
  time.pass(1s);
  step();
  EXPECT_EQ(committer->ledger().state().holds().size(), 0U);
  ASSERT_EQ(heard.groups.back()->entries.size(), 1U);
  EXPECT_EQ(heard.groups.back()->entries.front().kind(), EntryKind::expiry);
  EXPECT_EQ(heard.groups.back()->head_seq, committer->ledger().state().seq());
}

TEST_F(CommitterTest, AsksForNoStepOnceNothingWillFallDue) {
  hold("hold", "5s");
  step();
  time.pass(5s);
  while (step().at) time.pass(50ms);
  EXPECT_EQ(committer->ledger().state().holds().size(), 0U);
}

TEST_F(CommitterTest, DecidesWhatIsDueBeforeWhatCame) {
  hold("hold", "5s");
  step();
  time.pass(6s);
  send("after");
  step();
  const std::vector<Entry>& entries = heard.groups.back()->entries;
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].kind(), EntryKind::expiry);
  EXPECT_EQ(entries[1].key.view(), "after");
}

TEST_F(CommitterTest, DecidesAScheduledPaymentAtItsTimeWhenNothingElseCame) {
  schedule("rent", 5s);
  const Committer::Next next = step();
  ASSERT_TRUE(next.at);
  EXPECT_LE(wait(next), 1s);
  time.pass(4s);
  step();
  EXPECT_EQ(heard.groups.back()->entries.back().kind(), EntryKind::schedule);
  time.pass(1s);
  step();
  ASSERT_EQ(heard.groups.back()->entries.size(), 1U);
  EXPECT_EQ(heard.groups.back()->entries.front().kind(), EntryKind::scheduled);
  EXPECT_EQ(heard.groups.back()->head_seq, committer->ledger().state().seq());
  while (step().at) time.pass(50ms);
}

TEST_F(CommitterTest, DecidesHoldsAndSchedulesBeforeWhatCameInTheOrderOfTheirTimes) {
  schedule("late", 7s);
  hold("hold", "6s");
  schedule("early", 5s);
  step();
  time.pass(8s);
  send("after");
  step();
  std::vector<std::string> keys;
  for (const Entry& entry : heard.groups.back()->entries) keys.emplace_back(entry.key.view());
  EXPECT_THAT(keys, testing::ElementsAre("early", "hold", "late", "after"));
}

TEST_F(CommitterTest, TakesNothingElseWhileMoreLegsAreDueThanAGroupMayHave) {
  const std::vector<LegRequest> legs(1'000, eur("world", "ada", 1));
  for (int i = 0; i < 25; ++i) schedule("s" + std::to_string(i), 5s, legs);
  step();
  time.pass(5s);
  heard.groups.clear();
  send("after");
  while (heard.groups.empty() || heard.groups.back()->answers.empty()) step();
  ASSERT_EQ(heard.groups.size(), 3U);
  EXPECT_EQ(heard.groups[0]->entries.size(), 10U);
  EXPECT_EQ(heard.groups[1]->entries.size(), 10U);
  EXPECT_EQ(heard.groups[2]->entries.size(), 6U);
  EXPECT_EQ(heard.groups[2]->entries.back().key.view(), "after");
}

TEST_F(CommitterTest, DecidesAllThatItSleptThroughBeforeAnythingElseABoundedNumberInAGroup) {
  constexpr int kHolds = 25'000;
  for (int i = 0; i < kHolds; ++i) hold("hold" + std::to_string(i), "1s");
  while (committer->ledger().state().holds().size() < kHolds) step();
  committer.reset();
  time.pass(1h);
  committer.emplace(parts_of(must_open(Ledger::open(options())), source, time, heard));
  heard.groups.clear();
  send("after");
  while (heard.groups.empty() || heard.groups.back()->answers.empty()) step();
  ASSERT_EQ(heard.groups.size(), 3U);
  EXPECT_EQ(heard.groups[0]->entries.size(), 10'000U);
  EXPECT_EQ(heard.groups[1]->entries.size(), 10'000U);
  EXPECT_EQ(heard.groups[2]->entries.size(), 5'001U);
  EXPECT_EQ(heard.groups[2]->entries.back().key.view(), "after");
}

}  // namespace
}  // namespace giro::test
