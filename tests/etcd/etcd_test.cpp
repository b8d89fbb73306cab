// What the log of a cluster needs of etcd, of a member that really runs: that it does what its pages say, in the version
// that is here, through this client.
#include <map>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "queue/etcd/client.hpp"
#include "tests/etcd/etcd_cluster.hpp"
#include "tests/etcd/log_keys.hpp"
#include "tests/store/scratch.hpp"

namespace giro::etcd::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

constexpr Clock::duration kLong = 30s;  // For a busy machine.

class EtcdTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!find_etcd()) GTEST_SKIP() << kNoEtcd;
    start({});
  }
  void start(const ClusterOptions& options) {
    client.reset();
    etcd.reset();
    folder.emplace();
    etcd.emplace(folder->path(), options);
    client.emplace(ConnectionOptions{.socket = etcd->socket()});
    must(PutRequest{kLedgerKey, "ours"});
  }

  template <class One>
  typename One::Answer must(One request) {
    auto answer = client->call(std::move(request), kLong);
    if (!answer)
      throw std::runtime_error(std::string(name_of(answer.error().code)) + ": " +
                               answer.error().message);
    return *std::move(answer);
  }
  template <class One>
  Failure must_fail(One request) {
    const auto answer = client->call(std::move(request), kLong);
    if (answer) throw std::runtime_error("it was done");
    return answer.error();
  }
  KeyValue value_of(const std::string& key) {
    const RangeAnswer answer = must(RangeRequest{.key = key});
    return answer.key_values.empty() ? KeyValue{} : answer.key_values.front();
  }
  Bell next_bell() {
    auto bell = client->next_bell(kLong);
    if (!bell) throw std::runtime_error("it doesn't ring");
    return *std::move(bell);
  }

  std::optional<giro::test::ScratchFolder> folder;
  std::optional<EtcdCluster> etcd;
  std::optional<Client> client;
};

// --- appending ---

TEST_F(EtcdTest, AppendsAGroupOnce) {
  const TxnAnswer first = must(append_request("a", 1, "one"));
  EXPECT_TRUE(first.succeeded);
  EXPECT_EQ(first.results.size(), 3U);
  EXPECT_EQ(value_of(log_key("a", 1)).value, "one");
  EXPECT_EQ(value_of(log_key("a", 1)).modified, first.revision);

  // The same again, as after an answer that was lost: it tells that the group is there.
  const TxnAnswer again = must(append_request("a", 1, "one"));
  EXPECT_FALSE(again.succeeded);
  ASSERT_EQ(again.results.size(), 1U);
  const auto& there = std::get<RangeAnswer>(again.results.front());
  EXPECT_THAT(there.key_values, ElementsAre(Field(&KeyValue::value, "one")));
  EXPECT_EQ(there.key_values.front().modified, first.revision);
  EXPECT_EQ(value_of(kHeadKey).version, 1);
}

TEST_F(EtcdTest, AppendsNoGroupBeforeTheOneBeforeIt) {
  const TxnAnswer early = must(append_request("a", 2, "two"));
  EXPECT_FALSE(early.succeeded);
  EXPECT_TRUE(std::get<RangeAnswer>(early.results.front()).key_values.empty());
  EXPECT_TRUE(must(append_request("a", 1, "one")).succeeded);
  EXPECT_TRUE(must(append_request("a", 2, "two")).succeeded);
}

TEST_F(EtcdTest, AppendsNothingToAnotherLedger) {
  EXPECT_FALSE(must(append_request("a", 1, "one", "another's")).succeeded);
  EXPECT_EQ(value_of(kHeadKey).version, 0);
}

TEST_F(EtcdTest, AppendsToTheStreamsOfNodesIndependentlyAndCountsAllOfThem) {
  for (const char* node : {"a", "b"}) {
    for (std::uint64_t n = 1; n <= 3; ++n)
      EXPECT_TRUE(must(append_request(node, n, "x")).succeeded);
  }
  EXPECT_EQ(value_of(out_key("a")).version, 3);
  EXPECT_EQ(value_of(kHeadKey).version, 6);
}

TEST_F(EtcdTest, TakesAGroupOfAMegabyte) {
  const std::string group(std::size_t{1} << 20U, '\xff');
  EXPECT_TRUE(must(append_request("a", 1, group)).succeeded);
  EXPECT_EQ(value_of(log_key("a", 1)).value, group);
}

TEST_F(EtcdTest, ComparesWhatTheyAreAskedTo) {
  must(PutRequest{"k", "v1"});
  const Revision first = value_of("k").created;
  must(PutRequest{"k", "v2"});
  const Revision last = value_of("k").modified;
  const auto holds = [this](const Compare& compare) {
    return must(TxnRequest{.compares = {compare}}).succeeded;
  };
  using enum Compare::Target;
  using enum Compare::Relation;
  EXPECT_TRUE(holds({.key = "k", .target = version, .number = 2}));
  EXPECT_TRUE(holds({.key = "k", .target = created, .number = first}));
  EXPECT_TRUE(holds({.key = "k", .target = modified, .number = last}));
  EXPECT_TRUE(holds({.key = "k", .target = value, .value = "v2"}));
  EXPECT_TRUE(holds({.key = "k", .target = version, .relation = greater, .number = 1}));
  EXPECT_TRUE(holds({.key = "k", .target = version, .relation = less, .number = 3}));
  EXPECT_TRUE(holds({.key = "k", .target = value, .relation = not_equal, .value = "v1"}));
  EXPECT_TRUE(holds({.key = "none", .target = created}));
  EXPECT_FALSE(holds({.key = "none", .target = value})) << "what isn't there equals nothing";
  EXPECT_FALSE(holds({.key = "k", .target = version, .number = 1}));
}

// --- pulling ---

TEST_F(EtcdTest, PullsTheHeadAndEachStreamAsOneSnapshot) {
  for (std::uint64_t n = 1; n <= 10; ++n) must(append_request("a", n, "a" + std::to_string(n)));
  for (std::uint64_t n = 1; n <= 3; ++n) must(append_request("b", n, "b" + std::to_string(n)));
  const auto from = [](const std::string& node, std::uint64_t n, bool keys_only) {
    return RangeRequest{.key = log_key(node, n),
                        .range_end = end_of_prefix(log_prefix(node)),
                        .limit = 8,
                        .serializable = true,
                        .keys_only = keys_only};
  };
  const TxnAnswer pull =
      must(TxnRequest{.success = {RangeRequest{.key = kHeadKey, .serializable = true},
                                  from("a", 2, true), from("b", 2, false)}});
  ASSERT_EQ(pull.results.size(), 3U);
  const auto& head = std::get<RangeAnswer>(pull.results[0]);
  EXPECT_EQ(head.key_values.at(0).version, 13);
  const auto& a = std::get<RangeAnswer>(pull.results[1]);
  EXPECT_EQ(a.key_values.size(), 8U);
  EXPECT_TRUE(a.more);
  EXPECT_EQ(a.key_values.front().key, log_key("a", 2));
  EXPECT_EQ(a.key_values.front().value, "") << "keys only";
  const auto& b = std::get<RangeAnswer>(pull.results[2]);
  EXPECT_FALSE(b.more);
  EXPECT_THAT(b.key_values,
              ElementsAre(Field(&KeyValue::value, "b2"), Field(&KeyValue::value, "b3")));
  EXPECT_LT(a.key_values.back().modified, b.key_values.front().modified)
      << "the order of all of them";
}

TEST_F(EtcdTest, PullsMuchAtOnce) {
  const std::string group(std::size_t{1} << 20U, 'x');
  for (std::uint64_t n = 1; n <= 20; ++n) must(append_request("a", n, group));
  const RangeAnswer answer = must(RangeRequest{
      .key = log_prefix("a"), .range_end = end_of_prefix(log_prefix("a")), .serializable = true});
  EXPECT_EQ(answer.key_values.size(), 20U);
}

// --- truncating ---

TEST_F(EtcdTest, CompactsAtTheRevisionOfItsOwnDelete) {
  for (std::uint64_t n = 1; n <= 5; ++n) must(append_request("a", n, std::string(100'000, 'x')));
  const DeleteRangeAnswer gone = must(DeleteRangeRequest{log_prefix("a"), log_key("a", 4)});
  EXPECT_EQ(gone.deleted, 3);
  EXPECT_TRUE(client->call(CompactRequest{.revision = gone.revision, .physical = true}, kLong));
  EXPECT_EQ(
      must(RangeRequest{.key = log_prefix("a"), .range_end = end_of_prefix(log_prefix("a"))}).count,
      2);
  EXPECT_EQ(value_of(out_key("a")).version, 5) << "what counts the groups survives";
  EXPECT_TRUE(must(append_request("a", 6, "six")).succeeded);

  EXPECT_EQ(must_fail(CompactRequest{.revision = gone.revision}).code, Code::out_of_range)
      << "once";
  EXPECT_EQ(must_fail(CompactRequest{.revision = gone.revision + 1'000}).code, Code::out_of_range);
}

TEST_F(EtcdTest, RefusesEveryWriteAtItsQuotaUntilItIsDefragmentedAndDisarmed) {
  start({.arguments = {"--quota-backend-bytes=" + std::to_string(4 << 20)}});
  std::uint64_t n = 0;
  std::optional<Failure> full;
  // It learns how large its file is some tenths of a second later.
  const auto deadline = std::chrono::steady_clock::now() + kLong;
  while (!full && std::chrono::steady_clock::now() < deadline) {
    const auto appended = client->call(append_request("a", ++n, std::string(200'000, 'x')), kLong);
    if (!appended) full = appended.error();
  }
  ASSERT_TRUE(full);
  EXPECT_EQ(full->code, Code::resource_exhausted);
  EXPECT_THAT(must(AlarmRequest{}).alarms, ElementsAre(Field(&Alarm::type, AlarmType::no_space)));
  const StatusAnswer status = must(StatusRequest{});
  EXPECT_GT(status.database_bytes, 3 << 20);
  EXPECT_THAT(status.errors, ElementsAre(HasSubstr("NOSPACE")));
  EXPECT_EQ(value_of(out_key("a")).version, static_cast<std::int64_t>(n) - 1) << "reads go on";

  const Revision gone =
      must(DeleteRangeRequest{log_prefix("a"), end_of_prefix(log_prefix("a"))}).revision;
  must(CompactRequest{.revision = gone, .physical = true});
  EXPECT_EQ(must_fail(append_request("a", n, "x")).code, Code::resource_exhausted)
      << "room alone isn't enough";
  must(DefragmentRequest{});
  EXPECT_LT(must(StatusRequest{}).database_bytes, 1 << 20);
  for (const Alarm& alarm : must(AlarmRequest{}).alarms) {
    EXPECT_THAT(must(AlarmRequest{.action = AlarmRequest::Action::disarm, .alarm = alarm}).alarms,
                ElementsAre(alarm));
  }
  EXPECT_TRUE(must(append_request("a", n, "x")).succeeded);
  EXPECT_TRUE(must(AlarmRequest{}).alarms.empty());
}

// --- the bell ---

TEST_F(EtcdTest, RingsForEachAppend) {
  client->watch(kHeadKey);
  const Bell began = next_bell();
  EXPECT_EQ(began.what, Bell::What::began);
  EXPECT_EQ(began.revision, value_of(kLedgerKey).modified);
  for (std::uint64_t n = 1; n <= 3; ++n) {
    const Revision appended = must(append_request("a", n, "x")).revision;
    const Bell bell = next_bell();
    EXPECT_EQ(bell.what, Bell::What::rang);
    EXPECT_EQ(bell.revision, appended);
  }
  must(PutRequest{"another", "key"});
  EXPECT_FALSE(client->next_bell(100ms));
}

TEST_F(EtcdTest, RingsThroughCompaction) {
  client->watch(kHeadKey);
  next_bell();
  const Revision first = must(append_request("a", 1, "x")).revision;
  must(CompactRequest{.revision = first, .physical = true});
  EXPECT_EQ(next_bell().what, Bell::What::rang);
  const Revision second = must(append_request("a", 2, "x")).revision;
  EXPECT_EQ(next_bell().revision, second);
}

// --- the member ---

TEST_F(EtcdTest, TellsOfItselfAndItsCluster) {
  const StatusAnswer status = must(StatusRequest{});
  EXPECT_THAT(status.version, testing::StartsWith("3."));
  EXPECT_NE(status.member, 0U);
  EXPECT_EQ(status.leader, status.member);
  EXPECT_GT(status.raft_index, 0U);
  EXPECT_GE(status.raft_index, status.raft_applied_index);
  EXPECT_GT(status.database_bytes, 0);
  EXPECT_GT(status.database_bytes_in_use, 0);
  EXPECT_FALSE(status.is_learner);
  EXPECT_TRUE(status.errors.empty());
  const MemberListAnswer list = must(MemberListRequest{});
  ASSERT_EQ(list.members.size(), 1U);
  EXPECT_EQ(list.members.front().id, status.member);
  EXPECT_EQ(list.members.front().name, "m0");
  EXPECT_THAT(list.members.front().peer_urls, ElementsAre(HasSubstr("http://127.")));
}

TEST_F(EtcdTest, RefusesWhatIsNoRequest) {
  const Failure failure = must_fail(PutRequest{""});
  EXPECT_EQ(failure.code, Code::invalid_argument);
  EXPECT_EQ(failure.message, "etcdserver: key is not provided");
}

TEST_F(EtcdTest, ComesBackUnderALiveConnection) {
  client->watch(kHeadKey);
  next_bell();
  must(append_request("a", 1, "one"));
  EXPECT_EQ(next_bell().what, Bell::What::rang);
  etcd->kill();
  EXPECT_EQ(next_bell().what, Bell::What::ended);
  const auto meanwhile = client->call(append_request("a", 2, "two"), 200ms);
  ASSERT_FALSE(meanwhile);
  EXPECT_EQ(meanwhile.error().code, Code::unavailable);
  EXPECT_EQ(meanwhile.error().fate, Fate::not_sent);
  etcd->start();
  EXPECT_EQ(next_bell().what, Bell::What::began);
  etcd->await();
  EXPECT_TRUE(must(append_request("a", 2, "two")).succeeded);
  EXPECT_EQ(next_bell().what, Bell::What::rang);
}

TEST_F(EtcdTest, StopsUnderALiveConnectionWithoutWaitingForItsWatch) {
  client->watch(kHeadKey);
  next_bell();
  std::thread stopper([this] { etcd->stop(); });
  EXPECT_EQ(next_bell().what, Bell::What::ended);
  stopper.join();
}

TEST_F(EtcdTest, MayCarryOutWhatItGotWhileItStoodStill) {
  must(append_request("a", 1, "one"));
  etcd->pause();
  const auto lost = client->call(append_request("a", 2, "two"), 200ms);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Code::deadline_exceeded);
  EXPECT_EQ(lost.error().fate, Fate::unknown);
  etcd->resume();
  // Once or not at all before, and once behind this: the compares make it so.
  const TxnAnswer again = must(append_request("a", 2, "two"));
  if (!again.succeeded) {
    EXPECT_THAT(std::get<RangeAnswer>(again.results.front()).key_values,
                ElementsAre(Field(&KeyValue::value, "two")));
  }
  EXPECT_EQ(value_of(out_key("a")).version, 2);
}

TEST_F(EtcdTest, ThatDoesntStartIsToldAtOnce) {
  const giro::test::ScratchFolder another;
  const auto begin = Clock::now();
  EXPECT_THAT(
      [&another] { const EtcdCluster none(another.path(), {.arguments = {"--no-such-setting"}}); },
      testing::ThrowsMessage<std::runtime_error>(HasSubstr("no-such-setting")));
  EXPECT_LT(Clock::now() - begin, kLong);
}

// --- three members ---

class ThreeMembers : public EtcdTest {
 protected:
  void SetUp() override {
    if (!find_etcd()) GTEST_SKIP() << kNoEtcd;
    start({.members = 3});
  }
};

TEST_F(ThreeMembers, AgreeAndOutliveTheirLeader) {
  const std::size_t leader = etcd->leader();
  const std::size_t other = (leader + 1) % etcd->size();
  client.emplace(ConnectionOptions{.socket = etcd->socket(other)});
  EXPECT_EQ(must(MemberListRequest{}).members.size(), 3U);
  must(append_request("a", 1, "one"));
  etcd->kill(leader);
  // Its answer may be lost with the leader: sent again as it is, it is there once.
  Clock::time_point deadline = Clock::now() + kLong;
  while (!client->call(append_request("a", 2, "two"), 1s) && Clock::now() < deadline) {
  }
  EXPECT_EQ(value_of(out_key("a")).version, 2);
  etcd->start(leader);
  etcd->await(leader);
  client.emplace(ConnectionOptions{.socket = etcd->socket(leader)});
  EXPECT_EQ(value_of(log_key("a", 2)).value, "two");
}

TEST_F(ThreeMembers, MayHaveDoneWhatTheySayThereIsNoRoomFor) {
  start({.members = 3,
         .arguments = {"--quota-backend-bytes=" + std::to_string(4 << 20),
                       "--backend-batch-limit=1"}});
  const std::size_t leader = etcd->leader();
  client.emplace(ConnectionOptions{.socket = etcd->socket(leader)});
  Connection connection({.socket = etcd->socket(leader)});
  const auto let_pass = [&connection](Clock::duration time) {
    for (const auto until = Clock::now() + time; Clock::now() < until;
         std::this_thread::sleep_for(1ms)) {
      connection.step(Clock::now());
    }
  };
  // While nothing is carried out there is room for each of them.
  for (std::size_t i = 0; i < 3; ++i) {
    if (i != leader) etcd->pause(i);
  }
  std::map<CallId, std::string> keys;
  for (const char* key : {"0", "1", "2", "3", "4", "5", "6", "7"}) {
    keys[connection.start(PutRequest{key, std::string(900'000, 'x')}, Clock::now() + kLong)] = key;
  }
  let_pass(200ms);
  for (std::size_t i = 0; i < 3; ++i) etcd->resume(i);
  int done_and_refused = 0;
  while (connection.unfinished() > 0) {
    let_pass(10ms);
    while (const auto finished = connection.take()) {
      if (finished->answer) continue;
      EXPECT_EQ(finished->answer.error().code, Code::resource_exhausted)
          << finished->answer.error().message;
      EXPECT_EQ(finished->answer.error().fate, Fate::unknown);
      if (value_of(keys[finished->call]).version == 1) ++done_and_refused;
    }
  }
  EXPECT_GT(done_and_refused, 0);
}

TEST_F(ThreeMembers, OneAloneAnswersFromWhatItHasAndTakesNothing) {
  must(append_request("a", 1, "one"));
  etcd->pause(1);
  etcd->pause(2);
  const auto append = client->call(append_request("a", 2, "two"), 500ms);
  ASSERT_FALSE(append);
  EXPECT_EQ(append.error().fate, Fate::unknown) << "it may be carried out once the others are back";
  EXPECT_TRUE(client->call(RangeRequest{.key = log_key("a", 1), .serializable = true}, 1s));
  etcd->resume(1);
  etcd->resume(2);
  etcd->await(0);
}

TEST_F(ThreeMembers, TheBellOfOneWithoutALeaderEnds) {
  client->watch(kHeadKey);
  next_bell();
  etcd->kill(1);
  etcd->kill(2);
  const Bell bell = next_bell();
  EXPECT_EQ(bell.what, Bell::What::ended);
  EXPECT_THAT(bell.reason, HasSubstr("no leader"));
}

}  // namespace
}  // namespace giro::etcd::test
