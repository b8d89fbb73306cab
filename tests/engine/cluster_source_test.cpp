// A node's groups on their way through a log that is the test's: who is answered, when, with what, and what is applied.
#include "engine/cluster/cluster_source.hpp"

#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/cluster/rules.hpp"
#include "engine/group_codec.hpp"
#include "tests/engine/engine_fixture.hpp"
#include "tests/store/faulty_vfs.hpp"

namespace giro::test {
namespace {

using namespace std::chrono_literals;
using cluster::LedgerSide;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint32_t kUser = 1000;

class ClusterSourceTest : public testing::Test {
 protected:
  ClusterSourceTest() {
    {
      TestLedger fresh(options());
      open_few_accounts(fresh);
      fresh.close();
    }
    start();
  }

  [[nodiscard]] store::StoreOptions options() {
    return {.directory = folder.path() / "ledger",
            .surroundings = {.vfs = disk.vfs(), .clock = [this] { return time.moment(); }}};
  }
  void start() {
    committer.emplace(parts_of(must_open(Ledger::open(options())), source, time, heard));
    last = committer->ledger().store().applied_index();
  }

  // --- this node's clients ---
  void ask(Work work) {
    ASSERT_EQ(
        queue.push(
            {.reply_to = {.connection = 1, .slot = ++slots}, .uid = kUser, .work = std::move(work)},
            {}),
        Admission::accepted);
  }
  void pay(std::string_view key) { ask(command(key)); }
  void ask_balance() { ask(AccountsQuery{.ids = {AccountId("ada")}}); }
  void ask_dry_run() { ask(checked(payment(eur("world", "ada", 5), dry))); }
  static Command command(std::string_view key) {
    PaymentRequest request = payment(eur("world", "ada", 5));
    request.key = key;
    return checked(request);
  }

  // --- the log ---
  LedgerSide::Made make() { return source.make(made, time.moment()); }
  // This node's next group is in the log.
  void append() {
    ASSERT_EQ(make(), LedgerSide::Made::group);
    source.appended(++number);
  }
  // The next group of the order.
  void give(bool is_own, std::uint64_t its_number, std::string commands) {
    ++streams[is_own ? "a" : "b"];
    source.give(
        {.index = ++last,
         .node = is_own ? "a" : "b",
         .is_own = is_own,
         .number = its_number,
         .rules = rules,
         .now = Timestamp{time.real().ns + clock_ahead.count() + static_cast<std::int64_t>(last)},
         .commands = std::move(commands),
         .streams = streams});
  }
  void give_own() { give(true, number, made); }
  void give_other(std::string_view key) {
    WorkGroup group;
    group.items.push_back({.reply_to = {}, .uid = 7, .work = command(key)});
    std::string bytes;
    write_group(group, bytes);
    give(false, ++others, std::move(bytes));
  }

  // --- the commit thread ---
  Committer::Next step() { return committer->step(time.moment()); }
  void step_until_idle() {
    for (int i = 0; i < 20; ++i) (void)step();
  }
  // What the clients were told, in order: "1: seq 4", "2: busy", "3: balance -5".
  std::vector<std::string> told() {
    std::vector<std::string> all;
    for (const auto& group : std::exchange(heard.groups, {})) {
      for (const Answer& answer : group->answers) {
        if (answer.to.connection != 0) all.push_back(word_for(answer));
      }
    }
    return all;
  }
  static std::string word_for(const Answer& answer) {
    const std::string slot = std::to_string(answer.to.slot) + ": ";
    if (const auto* accounts = std::get_if<AccountsAnswer>(&answer.body)) {
      return slot + "as of " + std::to_string(accounts->as_of_seq);
    }
    const auto* outcome = std::get_if<Outcome>(&answer.body);
    if (outcome == nullptr) return slot + "something";
    if (const auto* refused = std::get_if<Refused>(outcome)) {
      return slot + std::string(name(refused->refusal.code));
    }
    return slot + (std::holds_alternative<Replayed>(*outcome) ? "replayed" : "decided");
  }
  // At which node the entries were asked, from the first one that isn't every test's on: "b", "" where they don't say it.
  [[nodiscard]] std::vector<std::string> nodes() {
    const auto reader = must_open(store::Reader::open(committer->ledger().store().ledger_file()));
    std::vector<std::string> names;
    for (const Entry& entry : reader->entries(4, 100)) {
      names.emplace_back(reader->node(entry.author.node));
    }
    return names;
  }
  [[nodiscard]] Seq seq() const { return committer->ledger().state().seq(); }
  [[nodiscard]] std::uint64_t applied() const {
    return committer->ledger().store().applied_index();
  }

  ScratchFolder folder;
  FaultyDisk disk;
  FakeTime time;
  WorkQueue queue{QueueLimits{}};
  int woken = 0;
  ClusterSource source{queue, "main;", {}, [this] { ++woken; }};
  Heard heard;
  std::optional<Committer> committer;
  cluster::Streams streams;
  std::uint64_t last = 0;    // The index of the order's last group.
  std::uint64_t number = 0;  // Of this node's last group.
  std::uint64_t others = 0;
  std::uint32_t slots = 0;
  std::uint16_t rules = kRulesKnown;        // Of the next groups.
  std::chrono::nanoseconds clock_ahead{0};  // Of who makes the next groups.
  std::string made;
};

TEST_F(ClusterSourceTest, AnswersItsClientsOnceTheirGroupIsAppliedInItsPlace) {
  pay("mine");
  append();
  give_other("theirs");
  step_until_idle();
  EXPECT_THAT(told(), IsEmpty()) << "appended isn't ordered";
  give_own();
  step_until_idle();
  EXPECT_THAT(told(), ElementsAre("1: decided"));
  EXPECT_EQ(seq(), 5U);
  EXPECT_EQ(committer->ledger().store().source(), "main;a=1 b=1");
}

TEST_F(ClusterSourceTest, SaysInEntriesAtWhichNodeTheyWereAskedFromRulesTwoOn) {
  rules = 1;
  give_other("first");
  rules = 2;
  pay("mine");
  append();
  give_other("theirs");
  give_own();
  rules = 1;
  give_other("by a node that was just started");
  step_until_idle();
  EXPECT_THAT(nodes(), ElementsAre("", "b", "a", ""));
}

TEST_F(ClusterSourceTest, AnswersWhatAnotherNodeDecidedWithThatNodesEntry) {
  give_other("same");
  pay("same");
  append();
  give_own();
  step_until_idle();
  EXPECT_THAT(told(), ElementsAre("1: replayed"));
  EXPECT_THAT(nodes(), ElementsAre("b"));
}

TEST_F(ClusterSourceTest, KnowsNoNodeByWhatRidesAlongNorByAGroupWithoutRequests) {
  give(false, ++others, {});
  ask_dry_run();
  ask_balance();
  EXPECT_EQ(make(), LedgerSide::Made::nothing);
  step_until_idle();
  EXPECT_THAT(committer->ledger().state().nodes(), IsEmpty());
}

// A group that another node made later may come before it.
TEST_F(ClusterSourceTest, DecidesNothingByATimeBeforeThatOfTheEntryBeforeIt) {
  PaymentRequest request = payment(eur("world", "ada", 5));
  request.key = "mine";
  const std::string deadline = format_rfc3339(Timestamp{time.real().ns + 5'000'000'000});
  request.deadline = deadline;
  ask(checked(request));
  append();
  clock_ahead = 10s;
  give_other("theirs");
  clock_ahead = 0s;
  give_own();
  step_until_idle();
  const Entry last_one =
      *must_open(store::Reader::open(options().directory / "ledger.db"))->entry(5);
  EXPECT_EQ(last_one.key.view(), "mine");
  EXPECT_EQ(last_one.outcome, Rejection::deadline_passed);
}

TEST_F(ClusterSourceTest, KeepsQuestionsBehindWhatTheirConnectionAskedBefore) {
  pay("first");
  ask_balance();
  append();
  ask_balance();
  ASSERT_EQ(make(), LedgerSide::Made::nothing) << "it rides along with the group before";
  step_until_idle();
  EXPECT_THAT(told(), IsEmpty());
  source.give({.index = ++last,
               .node = "a",
               .is_own = true,
               .number = number,
               .now = time.real(),
               .commands = made,
               .streams = {{"a", 1}}});
  ask_balance();
  ASSERT_EQ(make(), LedgerSide::Made::nothing);
  step_until_idle();
  EXPECT_THAT(told(), ElementsAre("1: decided", "2: as of 4", "3: as of 4", "4: as of 4"));
}

TEST_F(ClusterSourceTest, RefusesWhatNeverWentOut) {
  pay("never");
  ask_balance();
  ASSERT_EQ(make(), LedgerSide::Made::group);
  source.refuse_made("no quorum");
  step_until_idle();
  EXPECT_THAT(told(), ElementsAre("1: busy", "2: as of 3"));
  EXPECT_EQ(applied(), last);
}

TEST_F(ClusterSourceTest, AppliesAGroupThatWasGivenUpAndAnswersItOnce) {
  pay("lost");
  ASSERT_EQ(make(), LedgerSide::Made::group);
  source.give_up_own();
  step_until_idle();
  EXPECT_THAT(told(), ElementsAre("1: outcome_unknown"));
  source.appended(++number);
  give_own();
  step_until_idle();
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(seq(), 4U) << "it was decided";
}

TEST_F(ClusterSourceTest, GivesUpGroupsThatAreInTheLogAndDontComeInTheirOrder) {
  pay("one");
  append();
  const std::string first = made;
  pay("two");
  append();
  source.give_up_own();
  step_until_idle();
  EXPECT_THAT(told(), ElementsAre("1: outcome_unknown", "2: outcome_unknown"));
  give(true, 1, first);
  give(true, 2, made);
  step_until_idle();
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(seq(), 5U);
}

TEST_F(ClusterSourceTest, AppliesWhatAnEarlierRunOfThisNodeAppended) {
  give(false, 1, {});
  pay("mine");
  ASSERT_EQ(make(), LedgerSide::Made::group);
  std::string bytes;
  WorkGroup earlier;
  earlier.items.push_back({.reply_to = {}, .uid = kUser, .work = command("earlier")});
  write_group(earlier, bytes);
  source.give({.index = ++last,
               .node = "a",
               .is_own = false,
               .number = 1,
               .now = time.real(),
               .commands = bytes,
               .streams = {{"a", 1}, {"b", 1}}});
  source.appended(number = 2);
  source.give({.index = ++last,
               .node = "a",
               .is_own = true,
               .number = 2,
               .now = time.real(),
               .commands = made,
               .streams = {{"a", 2}, {"b", 1}}});
  step_until_idle();
  EXPECT_THAT(told(), ElementsAre("1: decided"));
  EXPECT_EQ(seq(), 5U);
}

TEST_F(ClusterSourceTest, AppliesGroupsWithoutRequests) {
  give(false, ++others, {});
  step_until_idle();
  pay("behind");
  append();
  give_own();
  step_until_idle();
  EXPECT_THAT(told(), ElementsAre("1: decided"));
  EXPECT_EQ(applied(), last);
  EXPECT_EQ(source.take_progress().applied.size(), 2U);
}

TEST_F(ClusterSourceTest, GivesAGroupAgainWhoseCommitWasRefusedAndItsClientsAreTold) {
  pay("full");
  append();
  disk.fail_at(1, FaultyDisk::Failure::full);
  give_own();
  give_other("behind");
  step_until_idle();
  EXPECT_THAT(told(), ElementsAre("1: outcome_unknown")) << "the others decide it";
  EXPECT_TRUE(source.take_progress().stands_still);
  disk.heal();
  time.pass(1s);
  step_until_idle();
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(seq(), 5U);
  EXPECT_EQ(applied(), last);
  EXPECT_THAT(nodes(), ElementsAre("a", "b"));
  EXPECT_FALSE(source.take_progress().stands_still);
  EXPECT_EQ(heard.failure, "");
}

TEST_F(ClusterSourceTest, LetsNobodyWaitForADiskThatIsFull) {
  disk.fail_at(1, FaultyDisk::Failure::full);
  pay("first");
  append();
  give_own();
  step_until_idle();
  pay("behind");
  append();
  give_own();
  step_until_idle();
  EXPECT_THAT(told(), ElementsAre("1: outcome_unknown", "2: outcome_unknown"));
  disk.heal();
  time.pass(1s);
  step_until_idle();
  EXPECT_EQ(seq(), 5U) << "both are decided, once each";
}

TEST_F(ClusterSourceTest, EndsTheLogThreadWhenNothingIsAppliedAnyMore) {
  for (std::uint64_t fail = 1; heard.failure.empty() && fail < 20; ++fail) {
    disk.fail_at(fail, FaultyDisk::Failure::broken_once);
    pay("k" + std::to_string(fail));
    append();
    give_own();
    step_until_idle();
  }
  ASSERT_NE(heard.failure, "");
  EXPECT_TRUE(source.is_abandoned()) << "who waits for room in it would wait for ever";
}

// --- small groups, whose clients come again ---

class SmallGroups : public ClusterSourceTest {
 protected:
  SmallGroups() {
    pay("1");
    pay("2");
    append();
    pay("3");
    give_own();
  }
};

TEST_F(SmallGroups, AreFollowedByOneOfAllWhoWaitAndWhoAreAnswered) {
  EXPECT_EQ(make(), LedgerSide::Made::nothing) << "1 and 2 aren't answered yet";
  step_until_idle();
  EXPECT_EQ(woken, 1) << "once they are, the log thread is told";
  EXPECT_EQ(make(), LedgerSide::Made::nothing);
  pay("4");
  EXPECT_EQ(make(), LedgerSide::Made::group) << "as many as before";
}

TEST_F(SmallGroups, DontWaitLongForThoseWhoWereAnswered) {
  step_until_idle();
  EXPECT_EQ(make(), LedgerSide::Made::nothing);
  EXPECT_EQ(source.waits_until(), time.moment() + ClusterSource::kTurn);
  time.pass(ClusterSource::kTurn);
  EXPECT_EQ(make(), LedgerSide::Made::group);
  EXPECT_FALSE(source.waits_until());
}

TEST_F(SmallGroups, DontWaitForALedgerThatIsntWritten) {
  EXPECT_EQ(make(), LedgerSide::Made::nothing);
  time.pass(ClusterSource::kHeldMax);
  EXPECT_EQ(make(), LedgerSide::Made::group);
}

TEST_F(ClusterSourceTest, AClientByItselfNeverWaitsForOthers) {
  pay("1");
  append();
  pay("2");
  give_own();
  EXPECT_EQ(make(), LedgerSide::Made::group);
}

// --- groups that are too large ---

// As good as incompressible.
Command large_command(const std::string& key, std::size_t bytes) {
  std::mt19937_64 random(std::hash<std::string>()(key));
  std::string noise;
  while (noise.size() < bytes) {
    noise += static_cast<char>('0' + random() % 75 + (random() % 75 == 44 ? 1 : 0));
  }
  std::erase(noise, '\\');
  PaymentRequest request = payment(eur("world", "ada", 5));
  request.key = key;
  const std::string metadata = R"({"noise":")" + noise + "\"}";
  request.metadata = metadata;
  return checked(request);
}

TEST_F(ClusterSourceTest, RefusesARequestThatTheLogDoesntTakeAndNoOther) {
  auto batch = std::make_unique<CommandBatch>();
  for (int i = 0; i < 600; ++i) {
    batch->commands.push_back(
        large_command("large-" + std::to_string(i), 3'900 + static_cast<std::size_t>(i % 50)));
  }
  pay("small");
  ask(std::move(batch));
  pay("behind");
  ask_balance();
  for (int i = 0; i < 10; ++i) {
    if (make() != LedgerSide::Made::group) continue;
    source.appended(++number);
    give_own();
  }
  step_until_idle();
  EXPECT_THAT(told(), testing::UnorderedElementsAre("1: decided", "2: too_large", "3: decided",
                                                    HasSubstr("4: as of ")));
  EXPECT_EQ(seq(), 5U);
}

// --- what falls due ---

TEST_F(ClusterSourceTest, AsksTheLogForATickRatherThanLookAtItsOwnClock) {
  HoldRequest request{
      .payment = payment(eur("world", "ada", 5)), .timeout = "5s", .expires_at = {}};
  request.payment.key = "hold";
  ask(*CheckedHold::check(request));
  append();
  give_own();
  step_until_idle();
  ASSERT_EQ(committer->ledger().state().holds().size(), 1U);
  woken = 0;
  time.pass(6s);
  step_until_idle();
  EXPECT_EQ(committer->ledger().state().holds().size(), 1U)
      << "every node must end it in one group";
  EXPECT_EQ(woken, 1) << "it isn't asked again and again";
  EXPECT_TRUE(source.take_tick());
  EXPECT_FALSE(source.take_tick());
  give(true, ++number, {});
  step_until_idle();
  EXPECT_EQ(committer->ledger().state().holds().size(), 0U);
}

// --- the end ---

TEST_F(ClusterSourceTest, EndsOnceWhatIsInTheLogIsGiven) {
  pay("last");
  append();
  source.close();
  EXPECT_EQ(make(), LedgerSide::Made::nothing);
  give_own();
  EXPECT_EQ(make(), LedgerSide::Made::ended);
  source.end();
  while (!step().ended) {
  }
  EXPECT_THAT(told(), ElementsAre("1: decided"));
}

TEST_F(ClusterSourceTest, HasNoRoomForMoreThanIsApplied) {
  while (source.has_room()) give_other("k" + std::to_string(others));
  EXPECT_EQ(others, ClusterSource::kGivenMax);
  woken = 0;
  step_until_idle();
  EXPECT_TRUE(source.has_room());
  for (std::size_t i = 0; i < ClusterSource::kGivenMax; ++i) (void)step();
  EXPECT_GE(woken, 1);
  EXPECT_EQ(applied(), last);
}

}  // namespace
}  // namespace giro::test
