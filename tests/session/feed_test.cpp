// A subscriber's events: each once, in order, and the end of the connection where one can't be had.
#include "session/feed.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/session/room.hpp"

namespace giro::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SessionFeed : public ::testing::Test {
 protected:
  SessionFeed() {
    room_.head = 3;
    room_.decide(0);
    client_.send(request(1, "events.subscribe", R"({"from":1})") + "\n");
    room_.decide();
  }
  // The seqs of the events that came.
  std::vector<int> events() {
    std::vector<int> seqs;
    for (const std::string& line : client_.take_lines()) {
      if (!line.starts_with(R"({"jsonrpc":"2.0","method":"event")")) continue;
      seqs.push_back(std::stoi(line.substr(line.find(R"("seq":)") + 6)));
    }
    return seqs;
  }

  Room room_;
  ByteClient client_{room_};
};

TEST_F(SessionFeed, ASubscriberGetsEveryEntryInOrderPieceByPiece) {
  ASSERT_THAT(room_.backend.jobs, SizeIs(1));
  room_.answer_events(0, 2);
  ASSERT_THAT(room_.backend.jobs, SizeIs(1));
  room_.answer_events(0, 2);
  EXPECT_THAT(events(), ElementsAre(1, 2, 3));
  EXPECT_THAT(room_.backend.jobs, IsEmpty());
}

TEST_F(SessionFeed, WhatIsDecidedLaterFollowsOnceItIsDurable) {
  room_.answer_events(0, 3);
  ByteClient other(room_);
  other.send(pay(9) + "\n");
  EXPECT_THAT(room_.backend.jobs, IsEmpty());
  room_.decide();
  room_.answer_events(0, 3);
  EXPECT_THAT(events(), ElementsAre(1, 2, 3, 4));
}

// The end of a connection can't be overlooked; a seq that is missing can.
TEST_F(SessionFeed, APieceThatLacksItsFirstEntryCutsTheSubscriberOff) {
  EventsFound found{.entries = {}, .accounts = Room::accounts()};
  found.entries.push_back(Room::entry(2, "k"));
  room_.answer(0, std::move(found));
  EXPECT_EQ(client_.session().ending(), Session::Ending::cut_off);
}

TEST_F(SessionFeed, APieceThatLacksAnEntryInItsMiddleCutsTheSubscriberOff) {
  EventsFound found{.entries = {}, .accounts = Room::accounts()};
  found.entries.push_back(Room::entry(1, "k"));
  found.entries.push_back(Room::entry(3, "k"));
  room_.answer(0, std::move(found));
  EXPECT_EQ(client_.session().ending(), Session::Ending::cut_off);
}

TEST_F(SessionFeed, APieceOfAnEarlierSubscriptionIsDropped) {
  client_.send(request(2, "events.subscribe", R"({"from":3})") + "\n");
  room_.decide();
  ASSERT_THAT(room_.backend.jobs, SizeIs(2));
  room_.answer_events(0, 3);
  room_.answer_events(0, 3);
  EXPECT_THAT(events(), ElementsAre(3));
}

TEST_F(SessionFeed, WhoUnsubscribedGetsNoMore) {
  EXPECT_EQ(room_.feed.count(), 1U);
  client_.send(request(2, "events.unsubscribe", "{}") + "\n");
  room_.decide();
  room_.answer_events(0, 3);
  EXPECT_THAT(events(), IsEmpty());
  EXPECT_EQ(room_.feed.count(), 0U);
}

TEST_F(SessionFeed, WhoEndedItsInputGetsNoMoreAndIsDone) {
  client_.end_input();
  room_.answer_events(0, 3);
  EXPECT_THAT(events(), IsEmpty());
  EXPECT_EQ(client_.session().ending(), Session::Ending::complete);
}

TEST_F(SessionFeed, NothingIsFetchedForASubscriberThatDoesNotReadUntilItDoes) {
  client_.takes_replies = false;
  room_.head = 20'000;
  room_.decide(0);
  std::size_t pieces = 0;
  for (; !room_.backend.jobs.empty(); ++pieces) room_.answer_events(0, 512);
  EXPECT_LT(pieces, 40U);
  EXPECT_EQ(client_.session().ending(), Session::Ending::none);
  client_.takes_replies = true;
  client_.wake();
  EXPECT_THAT(room_.backend.jobs, SizeIs(1));
}

TEST_F(SessionFeed, AJournalThatCannotBeReadCutsTheSubscriberOffAndIsNotItsFault) {
  room_.answer(0, Refusal{});
  ASSERT_EQ(client_.session().ending(), Session::Ending::cut_off);
  EXPECT_EQ(client_.session().why().why,
            "the journal can't be read at seq 1: a subscriber of user 0 is cut off");
  EXPECT_TRUE(client_.session().why().is_our_fault);
}

}  // namespace
}  // namespace giro::test
