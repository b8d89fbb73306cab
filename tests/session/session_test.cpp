// A session by itself: what it takes on, what it answers and when it ends, whatever pieces its bytes come
// in and whatever order its answers.
#include "session/session.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/session/room.hpp"

namespace giro::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr std::size_t kMiB = std::size_t{1} << 20;

std::string ask(int id) {
  return request(id, "payments.list", "{}");
}

auto result_of(int id) {
  return StartsWith(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"result":)");
}
auto refusal_of_id(const std::string& id, const std::string& code) {
  return AllOf(StartsWith(R"({"jsonrpc":"2.0","id":)" + id + R"(,"error":)"),
               HasSubstr(R"("data":{"code":")" + code + '"'));
}

ReadResult no_payments() {
  return PaymentsFound{};
}

Limits window_of(std::size_t window) {
  Limits limits;
  limits.window = window;
  return limits;
}

// --- bytes and lines ---

TEST(Session, ALineIsTheSameInWhateverPiecesItComes) {
  Room room;
  ByteClient client(room);
  client.piece_bytes = 1;
  client.send(pay(1) + "\n" + pay(2) + "\n");
  room.decide();
  EXPECT_THAT(client.take_lines(), ElementsAre(result_of(1), result_of(2)));
}

TEST(Session, BlankLinesAreNothing) {
  Room room;
  ByteClient client(room);
  client.send("\n \t\r\n");
  EXPECT_THAT(client.take_lines(), IsEmpty());
  EXPECT_TRUE(client.session().is_idle());
}

TEST(Session, ALineThatIsNoRequestIsRefusedAndTheNextOneTaken) {
  Room room;
  ByteClient client(room);
  client.send("nonsense\n" + pay(1) + "\n");
  room.decide();
  EXPECT_THAT(client.take_lines(), ElementsAre(refusal_of_id("null", "malformed"), result_of(1)));
}

TEST(Session, TheLastLineNeedsNoLineFeedOnceTheInputEnds) {
  Room room;
  ByteClient client(room);
  client.send(pay(1));
  EXPECT_THAT(room.backend.items, IsEmpty());
  client.end_input();
  EXPECT_THAT(room.backend.items, SizeIs(1));
}

TEST(Session, AfterTheEndOfItsInputItGoesOnUntilEverythingIsAnswered) {
  Room room;
  ByteClient client(room);
  client.send(pay(1) + "\n");
  client.end_input();
  EXPECT_EQ(client.session().ending(), Session::Ending::none);
  room.decide();
  EXPECT_THAT(client.take_lines(), ElementsAre(result_of(1)));
  EXPECT_EQ(client.session().ending(), Session::Ending::complete);
}

TEST(Session, ALineOfOver16MiBIsRefusedAndWhatFollowsDropped) {
  Room room;
  ByteClient client(room);
  client.send(std::string(17 * kMiB, 'x') + "\n" + pay(1) + "\n");
  EXPECT_THAT(client.take_lines(), ElementsAre(refusal_of_id("null", "too_large")));
  EXPECT_EQ(client.session().ending(), Session::Ending::refused);
  EXPECT_TRUE(client.session().space().empty());
  EXPECT_THAT(room.backend.items, IsEmpty());
}

TEST(Session, ALineOverItsUsersShareIsRefusedAsBusyAndOthersAreServed) {
  Limits limits;
  limits.unfinished_bytes = kMiB;
  Room room(limits);
  ByteClient other(room);
  other.send(R"({"jsonrpc":)" +
             std::string(100'000, ' '));  // Holds some, so that the rest is bounded.
  ByteClient client(room);
  client.send(std::string(2 * kMiB, ' '));
  EXPECT_THAT(client.take_lines(), ElementsAre(refusal_of_id("null", "busy")));
  EXPECT_EQ(client.session().ending(), Session::Ending::refused);
  other.send(R"("2.0","id":7,"method":"server.info"})"
             "\n");
  EXPECT_THAT(other.take_lines(), ElementsAre(result_of(7)));
}

TEST(Session, ALineThatGrowsBy64KiBInItsTimeIsWaitedFor) {
  Room room;
  ByteClient client(room);
  client.send("{");
  ASSERT_TRUE(client.session().has_unfinished_line());
  client.session().watch_line();
  client.send(std::string(64 << 10, ' '));
  client.session().judge_line();
  EXPECT_EQ(client.session().ending(), Session::Ending::none);
  EXPECT_TRUE(client.session().has_unfinished_line());
}

TEST(Session, ALineThatGrowsTooSlowlyIsRefused) {
  Room room;
  ByteClient client(room);
  client.send(std::string(3'000, ' '));
  client.session().watch_line();
  client.send(" ");
  client.session().judge_line();
  client.wake();
  EXPECT_THAT(client.take_lines(), ElementsAre(refusal_of_id("null", "too_large")));
  EXPECT_EQ(client.session().ending(), Session::Ending::refused);
}

TEST(Session, AnotherLineThatIsUnfinishedHasATimeOfItsOwn) {
  Room room;
  ByteClient client(room);
  client.send("{");
  client.session().watch_line();
  client.send("}\n{");
  client.session().judge_line();
  EXPECT_EQ(client.session().ending(), Session::Ending::none);
}

// A read that is under way when its line is refused still ends.
TEST(Session, WhatItLentToAReadStaysThereUntilTheReadEnds) {
  Room room;
  ByteClient client(room);
  client.send(std::string(3'000, ' '));
  const std::span<char> lent = client.session().space();
  client.session().watch_line();
  client.session().judge_line();
  client.wake();
  ASSERT_EQ(client.session().ending(), Session::Ending::refused);
  std::ranges::fill(lent, ' ');
  client.session().received(lent.size());
  EXPECT_FALSE(client.session().has_unfinished_line());
}

// --- requests and answers ---

TEST(Session, AnswersFindTheirRequestsInWhateverOrderTheyCome) {
  Room room;
  ByteClient client(room);
  client.send(ask(1) + "\n" + ask(2) + "\n" + ask(3) + "\n");
  room.decide();
  room.answer(1, no_payments());
  room.answer(1, no_payments());
  room.answer(0, no_payments());
  EXPECT_THAT(client.take_lines(), ElementsAre(result_of(2), result_of(3), result_of(1)));
}

TEST(Session, AGroupWakesEachClientOnce) {
  Room room;
  ByteClient one(room);
  ByteClient two(room);
  one.send(pay(1) + "\n" + pay(2) + "\n");
  two.send(pay(3) + "\n");
  room.decide();
  EXPECT_EQ(one.wakes, 1);
  EXPECT_EQ(two.wakes, 1);
}

TEST(Session, WhatTheQueueHasNoRoomForIsBusyAndTheNextRequestIsTaken) {
  Room room;
  ByteClient client(room);
  room.backend.is_full = true;
  client.send(pay(1) + "\n");
  room.backend.is_full = false;
  client.send(pay(2) + "\n");
  room.decide();
  EXPECT_THAT(client.take_lines(), ElementsAre(refusal_of_id("1", "busy"), result_of(2)));
}

TEST(Session, AQuestionThatNoReaderHasRoomForIsBusy) {
  Room room;
  ByteClient client(room);
  client.send(ask(1) + "\n");
  room.backend.is_full = true;
  room.decide();
  EXPECT_THAT(client.take_lines(), ElementsAre(refusal_of_id("1", "busy")));
}

TEST(Session, WhatNoRuleAllowsIsRefusedAndTheOperatorTold) {
  Room room;
  ByteClient stranger(room, 4'711);
  stranger.send(pay(1) + "\n");
  EXPECT_THAT(stranger.take_lines(), ElementsAre(refusal_of_id("1", "unauthorized")));
  EXPECT_THAT(room.backend.warnings, ElementsAre(StartsWith("payments.submit refused: ")));
  EXPECT_THAT(room.backend.items, IsEmpty());
}

TEST(Session, APaymentThatIsReceivedIsAnsweredAtOnceAndItsOutcomeFollows) {
  Room room;
  ByteClient client(room);
  client.send(request(1, "payments.submit",
                      R"({"key":"r","from":"world","to":"ada","amount":5,"currency":"EUR",)"
                      R"("ack":"received"})") +
              "\n");
  EXPECT_THAT(client.take_lines(), ElementsAre(HasSubstr(R"("status":"queued","key":"r")")));
  room.decide();
  EXPECT_THAT(client.take_lines(), ElementsAre(HasSubstr(R"("method":"payment.decided")")));
}

TEST(Session, WithoutAnIdNothingIsAnswered) {
  Room room;
  ByteClient client(room);
  client.send(R"({"jsonrpc":"2.0","method":"server.info"})"
              "\n"
              R"({"jsonrpc":"2.0","method":"nothing"})"
              "\n");
  EXPECT_THAT(client.take_lines(), IsEmpty());
}

TEST(Session, WhoWaitsWhenTheCommitThreadIsGoneIsToldThatTheOutcomeIsUnknown) {
  Room room;
  ByteClient client(room);
  client.send(pay(1) + "\n");
  room.answers.abandon_undecided();
  EXPECT_THAT(client.take_lines(), ElementsAre(refusal_of_id("1", "outcome_unknown")));
}

// --- the window ---

TEST(Session, NothingIsReadWhileTheWindowIsFull) {
  Room room(window_of(2));
  ByteClient client(room);
  client.send(pay(1) + "\n" + pay(2) + "\n" + pay(3) + "\n");
  EXPECT_THAT(room.backend.items, SizeIs(2));
  client.send(pay(4) + "\n");
  EXPECT_GT(client.unread(), 0U);
  room.decide(1);
  EXPECT_THAT(room.backend.items, SizeIs(2));
  room.decide();
  room.decide();
  EXPECT_THAT(client.take_lines(),
              ElementsAre(result_of(1), result_of(2), result_of(3), result_of(4)));
  EXPECT_EQ(client.unread(), 0U);
}

TEST(Session, APageTakesMoreOfTheWindow) {
  Room room(window_of(3));
  ByteClient client(room);
  client.send(request(1, "payments.list", R"({"limit":64})") + "\n" + pay(2) + "\n");
  EXPECT_THAT(room.backend.items, SizeIs(1));
}

TEST(Session, NothingIsTakenOnWhileTheClientDoesNotTakeItsReplies) {
  Room room;
  ByteClient client(room);
  client.takes_replies = false;
  std::string lines;
  for (int i = 0; i < 5'000; ++i) lines += request(i, "server.info", "{}") + "\n";
  client.send(lines);
  EXPECT_GE(client.session().unsent().size(), kMiB);
  EXPECT_LT(client.session().unsent().size(), 2 * kMiB);
  EXPECT_GT(client.unread(), 0U);
  client.takes_replies = true;
  client.wake();
  EXPECT_THAT(client.take_lines(), SizeIs(5'000));
}

TEST(Session, AClientWhoseRepliesAreMoreThanItsUsersShareIsCutOff) {
  Limits limits;
  limits.reply_bytes = 10'000;
  Room room(limits);
  ByteClient other(room);
  other.takes_replies = false;
  other.send(request(1, "server.info", "{}") + "\n");
  ByteClient client(room);
  client.takes_replies = false;
  for (int i = 0; i < 20; ++i) client.send(request(i, "server.info", "{}") + "\n");
  ASSERT_EQ(client.session().ending(), Session::Ending::cut_off);
  EXPECT_THAT(client.session().why().why,
              AllOf(StartsWith("connection 2 of user 0 doesn't read its replies: "),
                    HasSubstr("more than its user's share, cut off")));
  EXPECT_FALSE(client.session().why().is_our_fault);
  EXPECT_EQ(other.session().ending(), Session::Ending::none);
}

// --- arrays ---

TEST(Session, AnArrayIsAnsweredAsAWholeInTheOrderOfItsAnswers) {
  Room room;
  ByteClient client(room);
  client.send("[" + ask(1) + "," + pay(2) + ",17]\n");
  EXPECT_THAT(client.take_lines(), IsEmpty());
  room.decide();
  EXPECT_THAT(client.take_lines(), IsEmpty());
  room.answer(0, no_payments());
  EXPECT_THAT(client.take_lines(),
              ElementsAre(AllOf(StartsWith(R"([{"jsonrpc":"2.0","id":null,"error":)"),
                                HasSubstr(R"(,{"jsonrpc":"2.0","id":2,"result":)"),
                                HasSubstr(R"(,{"jsonrpc":"2.0","id":1,"result":)"))));
}

TEST(Session, MembersOfAnArrayAreTakenOnAsTheWindowHasRoomAndWhatFollowsWaits) {
  Room room(window_of(2));
  ByteClient client(room);
  client.send("[" + pay(1) + "," + pay(2) + "," + pay(3) + "]\n" + pay(4) + "\n");
  EXPECT_THAT(room.backend.items, SizeIs(2));
  room.decide();
  EXPECT_THAT(room.backend.items, SizeIs(2));
  room.decide();
  EXPECT_THAT(client.take_lines(), ElementsAre(StartsWith("[{"), result_of(4)));
}

TEST(Session, AnArrayOfNotificationsHasNoReply) {
  Room room;
  ByteClient client(room);
  client.send(R"([{"jsonrpc":"2.0","method":"server.info"}])"
              "\n");
  EXPECT_THAT(client.take_lines(), IsEmpty());
}

TEST(Session, AnEmptyArrayAndOneOfTooManyAreRefusedAsAWhole) {
  Room room;
  ByteClient client(room);
  std::string many = "[0";
  for (int i = 0; i < 10'000; ++i) many += ",0";
  client.send("[]\n" + many + "]\n");
  EXPECT_THAT(client.take_lines(),
              ElementsAre(refusal_of_id("null", "malformed"), refusal_of_id("null", "too_large")));
}

TEST(Session, OnceAnArraysReplyHas16MiBItsQuestionsAreRefusedAndItsPaymentsAreNot) {
  Room room(window_of(1));
  ByteClient client(room);
  client.send("[" + ask(1) + "," + request(2, "server.info", "{}") + "," + pay(3) + "]\n");
  room.decide();
  PaymentsFound found{.page = {}, .accounts = Room::accounts()};
  constexpr std::size_t kEntryBytesMin = 128;
  for (Seq seq = 1; seq <= 16 * kMiB / kEntryBytesMin; ++seq) {
    found.page.payments.push_back(Room::entry(seq, "k"));
  }
  room.answer(0, std::move(found));
  room.decide();
  const auto lines = client.take_lines();
  ASSERT_THAT(lines, SizeIs(1));
  const std::string end = lines[0].substr(lines[0].size() - 1'000);
  EXPECT_THAT(end, HasSubstr(R"({"jsonrpc":"2.0","id":2,"error":{"code":-32602)"));
  EXPECT_THAT(end, HasSubstr(R"("data":{"code":"too_large"}})"));
  EXPECT_THAT(end, HasSubstr(R"({"jsonrpc":"2.0","id":3,"result":)"));
}

// --- the end ---

TEST(Session, AClientThatHangsUpHoldsItsPlaceUntilAllItAskedIsDecided) {
  Room room;
  ByteClient client(room);
  client.send(pay(1) + "\n" + ask(2) + "\n");
  client.hang_up();
  EXPECT_EQ(room.sessions.size(), 1U);
  room.decide(1);
  EXPECT_EQ(room.sessions.size(), 1U);
  room.decide();
  EXPECT_EQ(room.sessions.size(), 0U);
  EXPECT_THAT(room.backend.jobs, IsEmpty());
  EXPECT_THAT(client.take_lines(), IsEmpty());
}

TEST(Session, TheReadersAreToldOfAClientThatHungUp) {
  Room room;
  ByteClient client(room);
  ByteClient other(room);
  for (ByteClient* asking : {&client, &other}) asking->send(ask(1) + "\n");
  room.decide();
  ASSERT_EQ(room.backend.jobs.size(), 2U);
  client.hang_up();
  EXPECT_TRUE(*room.backend.jobs[0].is_left);
  EXPECT_FALSE(*room.backend.jobs[1].is_left);
}

TEST(Session, WhenTheDaemonEndsItNothingMoreIsTakenOn) {
  Room room;
  ByteClient client(room);
  client.session().end();
  client.send(pay(1) + "\n");
  EXPECT_THAT(room.backend.items, IsEmpty());
  EXPECT_EQ(client.session().ending(), Session::Ending::complete);
}

}  // namespace
}  // namespace giro::test
