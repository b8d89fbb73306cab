// Questions that name a seq which the ledger must have (`min_seq`): they wait for it, not for ever, and nobody else waits
// for them. And how old the answers of a cluster's node say that they are.
#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/session/room.hpp"

namespace giro::test {
namespace {

using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::string ask_account(int id, int min_seq) {
  return request(id, "accounts.get", R"({"id":"ada","min_seq":)" + std::to_string(min_seq) + "}") +
         "\n";
}

class MinSeq : public testing::Test {
 protected:
  MinSeq() { reach(5); }

  void reach(Seq head) {
    room_.head = head;
    room_.decide(0);
  }
  std::string answer() {
    auto lines = client_.take_lines();
    return lines.size() == 1 ? lines.front() : std::to_string(lines.size()) + " lines";
  }

  Room room_;
  ByteClient client_{room_};
};

TEST_F(MinSeq, AQuestionForWhatTheLedgerHasIsAskedAtOnce) {
  client_.send(ask_account(1, 5));
  EXPECT_THAT(room_.backend.items, SizeIs(1));
  EXPECT_FALSE(room_.backend.look_at);
}

TEST_F(MinSeq, AQuestionForMoreWaitsUntilTheLedgerHasIt) {
  client_.send(ask_account(1, 7));
  EXPECT_THAT(room_.backend.items, IsEmpty());
  reach(6);
  EXPECT_THAT(room_.backend.items, IsEmpty());
  reach(7);
  ASSERT_THAT(room_.backend.items, SizeIs(1));
  room_.decide();
  EXPECT_THAT(answer(), HasSubstr(R"("id":1)"));
}

TEST_F(MinSeq, EveryKindOfQuestionWaits) {
  const std::vector<std::pair<std::string, std::string>> questions{
      {"payments.get", R"({"seq":2,"min_seq":9})"},
      {"payments.list", R"({"min_seq":9})"},
      {"holds.list", R"({"min_seq":9})"},
      {"schedules.list", R"({"min_seq":9})"},
      {"accounts.get", R"({"id":"ada","at":3,"min_seq":9})"},
      {"accounts.list", R"({"min_seq":9})"},
      {"accounts.statement", R"({"id":"ada","min_seq":9})"},
      {"ledger.trial_balance", R"({"min_seq":9})"},
      {"ledger.totals", R"({"min_seq":9})"}};
  int id = 0;
  for (const auto& [method, params] : questions) {
    client_.send(request(++id, method, params) + "\n");
    EXPECT_THAT(room_.backend.items, IsEmpty()) << method;
  }
  reach(9);
  EXPECT_THAT(room_.backend.items, SizeIs(questions.size()));
}

TEST_F(MinSeq, OthersOfTheConnectionDontWaitForIt) {
  client_.send(ask_account(1, 9) + pay(2) + "\n");
  ASSERT_THAT(room_.backend.items, SizeIs(1));
  room_.decide();
  EXPECT_THAT(answer(), HasSubstr(R"("id":2)"));
}

TEST_F(MinSeq, ThoseThatWaitAreAskedInTheOrderOfTheirSeqs) {
  client_.send(ask_account(1, 8) + ask_account(2, 7) + ask_account(3, 9));
  reach(8);
  room_.decide();
  EXPECT_THAT(client_.take_lines(), ElementsAre(HasSubstr(R"("id":2)"), HasSubstr(R"("id":1)")));
}

TEST_F(MinSeq, OneThatWaitsForTenSecondsIsRefusedAndTheNextOneLater) {
  const auto start = room_.backend.time;
  client_.send(ask_account(1, 7));
  ASSERT_EQ(room_.backend.look_at, start + seconds(10));
  room_.backend.time += seconds(4);
  client_.send(ask_account(2, 7));
  room_.backend.time = start + seconds(10);
  room_.answers.refuse_late();
  EXPECT_THAT(answer(), AllOf(HasSubstr(R"("id":1)"), HasSubstr(R"("code":"busy")"),
                              HasSubstr("this ledger is at seq 5, and didn't get to 7")));
  EXPECT_EQ(room_.backend.look_at, start + seconds(14));
  reach(7);
  room_.decide();
  EXPECT_THAT(answer(), HasSubstr(R"("id":2)"));
}

TEST_F(MinSeq, WhatFindsTheQueueFullOnceItIsTimeIsRefused) {
  client_.send(ask_account(1, 7));
  room_.backend.is_full = true;
  reach(7);
  EXPECT_THAT(answer(), HasSubstr(R"("code":"busy")"));
  EXPECT_EQ(client_.session().slots().used(), 0U);
}

TEST_F(MinSeq, QuestionsThatWaitTakeOfTheWindowLikeAllOthers) {
  Limits limits;
  limits.window = 2;
  Room room(limits);
  ByteClient client(room);
  client.send(ask_account(1, 7) + ask_account(2, 7) + pay(3) + "\n");
  EXPECT_THAT(room.backend.items, IsEmpty());
  room.head = 7;
  room.decide(0);
  room.decide();
  EXPECT_THAT(room.backend.items, SizeIs(1)) << "the payment";
}

TEST_F(MinSeq, AClientThatHangsUpLeavesNothingBehind) {
  client_.send(ask_account(1, 7));
  client_.hang_up();
  EXPECT_EQ(room_.sessions.size(), 1U);
  room_.backend.time += seconds(10);
  room_.answers.refuse_late();
  EXPECT_EQ(room_.sessions.size(), 0U);
}

TEST_F(MinSeq, WhatStillWaitsWhenTheDaemonStopsIsToldSo) {
  client_.send(ask_account(1, 7));
  room_.answers.abandon_undecided();
  EXPECT_THAT(answer(), HasSubstr(R"("code":"shutting_down")"));
}

TEST_F(MinSeq, ASeqBelowZeroOrATextIsMalformed) {
  client_.send(request(1, "accounts.get", R"({"id":"ada","min_seq":-1})") + "\n");
  EXPECT_THAT(answer(), HasSubstr(R"("field":"min_seq")"));
  client_.send(request(2, "accounts.get", R"({"id":"ada","min_seq":"7"})") + "\n");
  EXPECT_THAT(answer(), HasSubstr(R"("field":"min_seq")"));
}

TEST_F(MinSeq, IsNoFieldOfWhatChangesTheLedger) {
  client_.send(request(1, "payments.void", R"({"key":"k","hold":"h","min_seq":3})") + "\n");
  EXPECT_THAT(answer(), HasSubstr(R"("code":"unknown_field")"));
}

TEST_F(MinSeq, InAQueryOfHttpItIsANumber) {
  client_.send("GET /v1/payments?min_seq=7 HTTP/1.1\r\nHost: giro\r\n\r\n");
  EXPECT_THAT(room_.backend.items, IsEmpty());
  reach(7);
  EXPECT_THAT(room_.backend.items, SizeIs(1));
}

// --- the age of answers ---

std::string list_payments(Room& room, ByteClient& client) {
  client.send(request(1, "payments.list", "{}") + "\n");
  room.decide();
  room.answer(0, PaymentsFound{});
  return client.take();
}

TEST_F(MinSeq, AnswersOfALedgerOfOneMachineHaveNoAge) {
  EXPECT_THAT(list_payments(room_, client_), Not(HasSubstr("age_ms")));
}

TEST_F(MinSeq, AnswersOfANodeOfAClusterSayHowOldTheyMayBe) {
  room_.backend.age = ReadAge{.at_most = std::chrono::milliseconds(1'234)};
  EXPECT_THAT(list_payments(room_, client_), HasSubstr(R"("age_ms":1234})"));
}

TEST_F(MinSeq, ThoseOfANodeThatWasntUpWithTheLogYetSayThatTheyDontKnow) {
  room_.backend.age = ReadAge();
  EXPECT_THAT(list_payments(room_, client_), HasSubstr(R"("age_ms":null})"));
}

}  // namespace
}  // namespace giro::test
