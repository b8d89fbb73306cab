// A connection and its calls, against a server that does what the test tells it. Time is the test's.
#include "queue/etcd/connection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include "queue/etcd/protobuf.hpp"
#include "tests/etcd/fake_etcd.hpp"
#include "tests/store/scratch.hpp"

namespace giro::etcd::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::string put_answer(Revision revision) {
  std::string bytes;
  ProtoWriter(bytes).message(1, [revision](auto& header) { header.number(3, revision); });
  return bytes;
}

struct WatchTold {
  Revision revision = 0;
  bool created = false;
  bool cancelled = false;
  Revision compacted = 0;
  std::string reason = {};
  int events = 0;
};

std::string watch_answer(const WatchTold& told) {
  std::string bytes;
  ProtoWriter out(bytes);
  out.message(1, [&told](auto& header) { header.number(3, told.revision); });
  out.number(3, told.created);
  out.number(4, told.cancelled);
  out.number(5, told.compacted);
  out.bytes(6, told.reason);
  for (int i = 0; i < told.events; ++i) out.message(11, [](auto& /*event*/) {});
  return bytes;
}

class ConnectionTest : public testing::Test {
 protected:
  static constexpr std::size_t kAnswerBytesMax = 1'000;

  ConnectionTest() : ConnectionTest({.answer_bytes_max = kAnswerBytesMax}) {}
  explicit ConnectionTest(const SessionLimits& limits, std::int32_t window_bytes = 65'535)
      : server(folder.path() / "client.sock", window_bytes),
        etcd({.socket = (folder.path() / "client.sock").string(), .limits = limits}) {}

  // What both can do without time passing.
  void exchange() {
    for (int i = 0; i < 20; ++i) {
      etcd.step(now);
      server.step();
    }
    etcd.step(now);
  }
  CallId start(std::size_t value_bytes = 1, Clock::duration timeout = 1s) {
    return etcd.start(PutRequest{"key", std::string(value_bytes, 'v')}, now + timeout);
  }
  // The only call that the server has.
  FakeEtcd::Call& arrived() {
    exchange();
    EXPECT_EQ(server.calls().size(), 1U);
    return server.calls().begin()->second;
  }
  Failure failure_of(CallId call) {
    exchange();
    const auto finished = etcd.take();
    if (!finished) throw std::logic_error("the call hasn't ended");
    EXPECT_EQ(finished->call, call);
    if (finished->answer) throw std::logic_error("the call was answered");
    return finished->answer.error();
  }
  Bell next_bell() {
    exchange();
    auto bell = etcd.take_bell();
    if (!bell) throw std::logic_error("it doesn't ring");
    return *std::move(bell);
  }

  giro::test::ScratchFolder folder;
  FakeEtcd server;
  Connection etcd;
  Clock::time_point now{1h};
};

TEST_F(ConnectionTest, AnswersACall) {
  const CallId call = start();
  FakeEtcd::Call& put = arrived();
  EXPECT_EQ(put.fields[":path"], "/etcdserverpb.KV/Put");
  EXPECT_EQ(put.fields["content-type"], "application/grpc");
  EXPECT_EQ(put.fields["te"], "trailers");
  EXPECT_TRUE(put.whole);
  server.answer(put.stream, put_answer(7));
  exchange();
  const auto finished = etcd.take();
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->call, call);
  ASSERT_TRUE(finished->answer);
  EXPECT_EQ(std::get<PutAnswer>(*finished->answer).revision, 7);
  EXPECT_EQ(etcd.unfinished(), 0U);
  EXPECT_EQ(etcd.next_step(), std::nullopt);
}

TEST_F(ConnectionTest, GivesCallsInTheOrderOfTheirEnds) {
  const CallId first = start();
  const CallId second = start();
  exchange();
  ASSERT_EQ(server.calls().size(), 2U);
  const StreamId first_stream = server.calls().begin()->first;
  const StreamId second_stream = server.calls().rbegin()->first;
  server.answer(second_stream, put_answer(1));
  exchange();
  server.answer(first_stream, put_answer(2));
  exchange();
  EXPECT_EQ(etcd.take()->call, second);
  EXPECT_EQ(etcd.take()->call, first);
}

TEST_F(ConnectionTest, ARefusalHasItsCodeAndItsMessage) {
  const CallId call = start();
  server.refuse(arrived().stream, "3",
                "etcdserver: duplicate key given in txn request %28100%25%29");
  EXPECT_EQ(failure_of(call),
            (Failure{.code = Code::invalid_argument,
                     .message = "etcdserver: duplicate key given in txn request (100%)",
                     .fate = Fate::refused}));
}

TEST_F(ConnectionTest, AMemberThatLostTheLeaderLeavesItOpen) {
  const CallId call = start();
  server.answer(arrived().stream, "", "14", "etcdserver: leader changed");
  EXPECT_EQ(failure_of(call).fate, Fate::unknown);
}

TEST_F(ConnectionTest, AnAnswerBeforeTheRequestIsWholeEndsIt) {
  const CallId call = start(1'000'000);
  FakeEtcd::Call& put = arrived();
  EXPECT_FALSE(put.whole);
  server.refuse(put.stream, "3", "etcdserver: request is too large");
  EXPECT_EQ(failure_of(call).code, Code::invalid_argument);
  EXPECT_FALSE(server.calls().contains(put.stream)) << "it was told that no more comes";
}

TEST_F(ConnectionTest, ARequestThatIsTooLargeForEtcdIsntSent) {
  const CallId call = start(kRequestBytesMax);
  const Failure failure = failure_of(call);
  EXPECT_EQ(failure.code, Code::invalid_argument);
  EXPECT_EQ(failure.fate, Fate::not_sent);
  EXPECT_EQ(server.connections(), 0U);
}

TEST_F(ConnectionTest, AWebServerIsNoEtcd) {
  const CallId call = start();
  server.refuse_as_a_web_server(arrived().stream, "404");
  const Failure failure = failure_of(call);
  EXPECT_EQ(failure.code, Code::unimplemented);
  EXPECT_THAT(failure.message, HasSubstr("404"));
}

// --- deadlines ---

TEST_F(ConnectionTest, EtcdIsToldTheDeadline) {
  start(1, 1'500ms);
  EXPECT_EQ(arrived().fields["grpc-timeout"], "1500m");
}

TEST_F(ConnectionTest, ACallEndsAtItsDeadlineWhateverEtcdDoes) {
  const CallId call = start();
  const StreamId stream = arrived().stream;
  EXPECT_EQ(etcd.next_step(), now + 1s);
  now += 999ms;
  exchange();
  EXPECT_FALSE(etcd.take());
  now += 1ms;
  const Failure failure = failure_of(call);
  EXPECT_EQ(failure.code, Code::deadline_exceeded);
  EXPECT_EQ(failure.fate, Fate::unknown);
  EXPECT_FALSE(server.calls().contains(stream)) << "etcd was told that nobody waits any more";
  start();
  exchange();
  EXPECT_EQ(server.connections(), 1U) << "the connection goes on";
}

TEST_F(ConnectionTest, AnAnswerThatIsThereComesBeforeTheDeadline) {
  start();
  server.answer(arrived().stream, put_answer(7));
  server.step();
  now += 1h;
  etcd.step(now);
  EXPECT_TRUE(etcd.take()->answer);
}

TEST_F(ConnectionTest, AnAnswerBehindTheDeadlineIsNobodys) {
  const CallId call = start();
  const StreamId stream = arrived().stream;
  now += 1s;
  server.answer(stream, put_answer(7));
  etcd.step(now);
  EXPECT_EQ(failure_of(call).code, Code::deadline_exceeded);
  EXPECT_FALSE(etcd.take());
}

TEST_F(ConnectionTest, WhatCouldntLeaveUntilItsDeadlineWasNotSent) {
  const CallId call = start(1'000'000);
  EXPECT_FALSE(arrived().whole);
  now += 1s;
  const Failure failure = failure_of(call);
  EXPECT_EQ(failure.code, Code::deadline_exceeded);
  EXPECT_EQ(failure.fate, Fate::not_sent);
  EXPECT_TRUE(server.calls().empty());
}

// --- connections ---

TEST_F(ConnectionTest, WithoutEtcdACallWaitsUntilItsDeadline) {
  server.stop_listening();
  const CallId call = start();
  exchange();
  EXPECT_EQ(etcd.fd(), -1);
  EXPECT_EQ(etcd.next_step(), now + 100ms);
  now += 1s;
  const Failure failure = failure_of(call);
  EXPECT_EQ(failure.code, Code::unavailable);
  EXPECT_EQ(failure.fate, Fate::not_sent);
  EXPECT_THAT(failure.message, HasSubstr("client.sock: No such file or directory"));
}

TEST_F(ConnectionTest, ACallGoesOutOnceEtcdIsThere) {
  server.stop_listening();
  start();
  exchange();
  server.listen();
  now += 100ms;
  EXPECT_TRUE(arrived().whole);
  EXPECT_EQ(server.calls().begin()->second.fields["grpc-timeout"], "900m")
      << "what is left of its time";
}

TEST_F(ConnectionTest, ACallWhoseConnectionIsLostMayHaveBeenDone) {
  const CallId call = start();
  EXPECT_TRUE(arrived().whole);
  server.hang_up();
  const Failure failure = failure_of(call);
  EXPECT_EQ(failure.code, Code::unavailable);
  EXPECT_EQ(failure.fate, Fate::unknown);
}

TEST_F(ConnectionTest, ACallThatCouldntBeSentWholeWasNotSent) {
  const CallId call = start(1'000'000);
  EXPECT_FALSE(arrived().whole);
  server.hang_up();
  EXPECT_EQ(failure_of(call).fate, Fate::not_sent);
}

class WideWindow : public ConnectionTest {
 protected:
  static constexpr std::size_t kCalls = 100;

  WideWindow() : ConnectionTest({}, 16 << 20) {}
  // Nobody reads; what fits is written, and the rest waits.
  void fill_the_socket() {
    start();
    arrived();
    server.read(false);
    for (std::size_t i = 1; i < kCalls; ++i) start(10'000);
    exchange();
    EXPECT_TRUE(etcd.wants_write());
  }
  // How many may have been done, and how many weren't sent.
  std::pair<std::size_t, std::size_t> ends() {
    std::size_t open = 0;
    std::size_t not_sent = 0;
    etcd.step(now);
    while (const auto finished = etcd.take()) {
      EXPECT_FALSE(finished->answer);
      ++(finished->answer.error().fate == Fate::unknown ? open : not_sent);
    }
    EXPECT_EQ(open + not_sent, kCalls);
    return {open, not_sent};
  }
};

TEST_F(WideWindow, WhatLiesInTheSocketMayBeDoneYetAndWhatDidntFitWasNotSent) {
  fill_the_socket();
  server.hang_up();
  const auto [open, not_sent] = ends();
  EXPECT_GT(open, 1U);
  EXPECT_GT(not_sent, 1U);
}

TEST_F(WideWindow, WhatIsOnItsWayIntoTheSocketAtItsDeadlineMayBeDoneYet) {
  fill_the_socket();
  now += 1s;
  const auto [open, not_sent] = ends();
  EXPECT_GT(not_sent, 1U);
  server.read(true);
  exchange();
  EXPECT_EQ(server.whole_calls(), open) << "and nothing that was said not to be sent came";
}

TEST_F(ConnectionTest, ALostConnectionIsMadeAnewAndNothingIsSentAgain) {
  start();
  arrived();
  server.hang_up();
  exchange();
  now += 100ms;
  exchange();
  EXPECT_EQ(server.connections(), 1U) << "nobody needs it";
  start();
  EXPECT_TRUE(arrived().whole);
  EXPECT_EQ(server.connections(), 2U);
}

TEST_F(ConnectionTest, WhatEtcdPromisesNotToHaveSeenWasNotSent) {
  const CallId call = start();
  server.reset(arrived().stream, NGHTTP2_REFUSED_STREAM);
  const Failure failure = failure_of(call);
  EXPECT_EQ(failure.code, Code::unavailable);
  EXPECT_EQ(failure.fate, Fate::not_sent);
}

TEST_F(ConnectionTest, AResetLeavesItOpen) {
  const CallId call = start();
  server.reset(arrived().stream, NGHTTP2_INTERNAL_ERROR);
  EXPECT_EQ(failure_of(call).fate, Fate::unknown);
}

TEST_F(ConnectionTest, AConnectionThatEtcdClosesEndsWithItsLastCall) {
  start();
  const StreamId stream = arrived().stream;
  server.go_away();
  exchange();
  const CallId second = start();
  exchange();
  EXPECT_EQ(server.calls().size(), 1U) << "nothing new goes out on it";
  server.answer(stream, put_answer(7));
  exchange();
  EXPECT_TRUE(etcd.take()->answer);
  now += 100ms;
  exchange();
  EXPECT_EQ(server.connections(), 2U);
  server.answer(arrived().stream, put_answer(8));
  exchange();
  EXPECT_EQ(etcd.take()->call, second);
}

TEST_F(ConnectionTest, WhatIsNoHttp2EndsTheConnection) {
  const CallId call = start();
  arrived();
  server.write_nonsense();
  EXPECT_THAT(failure_of(call).message, HasSubstr("isn't HTTP/2"));
}

class FewStreams : public ConnectionTest {
 protected:
  FewStreams() : ConnectionTest({.streams_max = 2}) {}
};

TEST_F(FewStreams, AConnectionThatIsUsedUpIsReplaced) {
  for (int i = 0; i < 5; ++i) {
    now += 100ms;
    start();
    server.answer(arrived().stream, put_answer(i));
    exchange();
    EXPECT_TRUE(etcd.take()->answer);
    server.calls().clear();
  }
  EXPECT_EQ(server.connections(), 3U);
}

// --- answers ---

TEST_F(ConnectionTest, LetsEtcdSendMuchAtOnce) {
  start();
  arrived();
  EXPECT_EQ(server.answer_window_bytes(), 16 << 20) << "with less, catching up crawls";
}

TEST_F(ConnectionTest, AnAnswerThatIsTooLargeEndsTheCallAndNothingElse) {
  const CallId call = start();
  const StreamId stream = arrived().stream;
  server.answer(stream, std::string(kAnswerBytesMax + 1, 'x'));
  const Failure failure = failure_of(call);
  EXPECT_EQ(failure.code, Code::resource_exhausted);
  EXPECT_EQ(failure.fate, Fate::unknown) << "it was carried out";
  EXPECT_THAT(failure.message, HasSubstr("1001 bytes"));
  start();
  exchange();
  EXPECT_EQ(server.connections(), 1U);
}

TEST_F(ConnectionTest, AnAnswerThatCantBeReadIsAFailure) {
  const CallId call = start();
  server.answer(arrived().stream, "\x0a");
  const Failure failure = failure_of(call);
  EXPECT_EQ(failure.code, Code::internal);
  EXPECT_EQ(failure.fate, Fate::unknown);
}

TEST_F(ConnectionTest, ACompressedAnswerIsAFailure) {
  const CallId call = start();
  server.send_bytes(arrived().stream, std::string("\1\0\0\0\1x", 6));
  EXPECT_EQ(failure_of(call).code, Code::internal);
}

// --- the watch ---

class WatchTest : public ConnectionTest {
 protected:
  WatchTest() { etcd.watch("head"); }
  void tell(const WatchTold& told) { server.send(stream, watch_answer(told)); }
  void begin() {
    stream = arrived().stream;
    tell({.revision = 5, .created = true});
    EXPECT_EQ(next_bell().what, Bell::What::began);
  }
  StreamId stream = 0;
};

TEST_F(WatchTest, BeginsWithTheRevisionThatItIsBehind) {
  FakeEtcd::Call& watch = arrived();
  EXPECT_EQ(watch.fields[":path"], "/etcdserverpb.Watch/Watch");
  EXPECT_EQ(watch.fields["hasleader"], "true");
  EXPECT_FALSE(watch.whole) << "etcd ends the watch where its client ends the stream";
  server.send(watch.stream, watch_answer({.revision = 5, .created = true}));
  const Bell bell = next_bell();
  EXPECT_EQ(bell.what, Bell::What::began);
  EXPECT_EQ(bell.revision, 5);
}

TEST_F(WatchTest, RingsOnceForAllThatNobodyHeardYet) {
  begin();
  for (const Revision revision : {6, 7, 8}) tell({.revision = revision, .events = 2});
  const Bell bell = next_bell();
  EXPECT_EQ(bell.what, Bell::What::rang);
  EXPECT_EQ(bell.revision, 8);
  EXPECT_FALSE(etcd.take_bell());
}

TEST_F(WatchTest, TellsThatThereIsNothing) {
  begin();
  tell({.revision = 9});
  EXPECT_EQ(next_bell().what, Bell::What::progress);
}

TEST_F(WatchTest, ThatEtcdCancelsEndsAndBeginsAnew) {
  begin();
  tell({.cancelled = true, .reason = "etcdserver: no leader"});
  const Bell bell = next_bell();
  EXPECT_EQ(bell.what, Bell::What::ended);
  EXPECT_EQ(bell.reason, "etcdserver: no leader");
  EXPECT_TRUE(server.calls().empty());
  EXPECT_EQ(etcd.next_step(), now + 100ms);
  now += 100ms;
  begin();
  EXPECT_EQ(server.connections(), 1U);
}

TEST_F(WatchTest, OfWhatIsCompactedEndsWithThatReason) {
  begin();
  tell({.cancelled = true, .compacted = 4});
  EXPECT_THAT(next_bell().reason, HasSubstr("compacted"));
}

TEST_F(WatchTest, WhoseStreamEndsEnds) {
  begin();
  server.answer(stream, watch_answer({.revision = 6, .events = 1}), "14", "etcdserver: no leader");
  EXPECT_EQ(next_bell().what, Bell::What::rang);
  EXPECT_EQ(next_bell().reason, "etcdserver: no leader");
}

TEST_F(WatchTest, OutlivesItsConnectionsAndTellsEachLoss) {
  begin();
  server.hang_up();
  EXPECT_EQ(next_bell().what, Bell::What::ended);
  now += 100ms;
  begin();
  EXPECT_EQ(server.connections(), 2U);
}

TEST_F(WatchTest, HoldsUpNoConnectionThatEtcdCloses) {
  begin();
  server.go_away();
  EXPECT_EQ(next_bell().what, Bell::What::ended);
  now += 100ms;
  begin();
  EXPECT_EQ(server.connections(), 2U);
}

}  // namespace
}  // namespace giro::etcd::test
