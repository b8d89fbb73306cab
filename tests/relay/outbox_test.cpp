// What waits for an endpoint: its order, its retries and its bounds, by a clock and a poster of the test's own.
#include "relay/outbox.hpp"

#include <algorithm>
#include <map>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace giro::relay {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

const Time kStart{std::chrono::hours(500'000)};

Delivery delivery_for(DeliveryId id, std::vector<std::string> accounts, Time now = kStart) {
  return {.id = id,
          .seq = id,
          .webhook_id = "w" + std::to_string(id),
          .body = "{}",
          .accounts = std::move(accounts),
          .taken_at = now,
          .next_at = now,
          .last_error = {}};
}

Outbox outbox_with(const OutboxPolicy& policy) {
  return {policy, [] { return 0.5; }};  // Three quarters of the whole wait.
}

// All that may be posted now.
std::vector<DeliveryId> started(Outbox& outbox, Time now) {
  std::vector<DeliveryId> ids;
  while (const Delivery* delivery = outbox.start(now)) ids.push_back(delivery->id);
  return ids;
}

TEST(Outbox, PostsAnAccountsEventsOneAfterTheOther) {
  Outbox outbox = outbox_with({});
  for (const DeliveryId id : {1, 2, 3}) outbox.add(delivery_for(id, {"a"}));
  EXPECT_THAT(started(outbox, kStart), ElementsAre(1));
  outbox.delivered(1, kStart);
  EXPECT_THAT(started(outbox, kStart), ElementsAre(2));
}

TEST(Outbox, PostsDifferentAccountsAtOnce) {
  Outbox outbox = outbox_with({});
  outbox.add(delivery_for(1, {"a", "b"}));
  outbox.add(delivery_for(2, {"c", "d"}));
  EXPECT_THAT(started(outbox, kStart), ElementsAre(1, 2));
}

TEST(Outbox, AnEventWaitsForAllOfItsAccounts) {
  Outbox outbox = outbox_with({});
  outbox.add(delivery_for(1, {"a"}));
  outbox.add(delivery_for(2, {"b"}));
  outbox.add(delivery_for(3, {"a", "b"}));
  outbox.add(delivery_for(4, {"b"}));
  EXPECT_THAT(started(outbox, kStart), ElementsAre(1, 2));
  outbox.delivered(2, kStart);
  EXPECT_THAT(started(outbox, kStart), IsEmpty());
  outbox.delivered(1, kStart);
  EXPECT_THAT(started(outbox, kStart), ElementsAre(3));
  outbox.delivered(3, kStart);
  EXPECT_THAT(started(outbox, kStart), ElementsAre(4));
}

TEST(Outbox, EventsWithoutAccountsKeepTheirOrder) {
  Outbox outbox = outbox_with({});
  outbox.add(delivery_for(1, {}));
  outbox.add(delivery_for(2, {}));
  outbox.add(delivery_for(3, {"a"}));
  EXPECT_THAT(started(outbox, kStart), ElementsAre(1, 3));
}

TEST(Outbox, OneStuckAccountHoldsUpNoOther) {
  Outbox outbox = outbox_with({});
  outbox.add(delivery_for(1, {"stuck"}));
  outbox.add(delivery_for(2, {"stuck"}));
  started(outbox, kStart);
  EXPECT_EQ(outbox.failed(1, {.what = "500"}, kStart).first, Outbox::Fate::retried);
  for (DeliveryId id = 3; id < 20; ++id) {
    outbox.add(delivery_for(id, {"fine"}));
    EXPECT_THAT(started(outbox, kStart), ElementsAre(id));
    outbox.delivered(id, kStart);
  }
  EXPECT_EQ(outbox.size(), 2U);
}

TEST(Outbox, TriesAgainTwiceAsLateEachTime) {
  Outbox outbox = outbox_with({});
  outbox.add(delivery_for(1, {"a"}));
  outbox.add(delivery_for(99, {"other"}));
  Time now = kStart;
  for (const auto wait : {750, 1'500, 3'000, 6'000}) {
    started(outbox, now);
    outbox.failed(1, {.what = "500"}, now);
    if (outbox.contains(99)) outbox.delivered(99, now);
    EXPECT_EQ(outbox.next_start(), now + milliseconds(wait));
    EXPECT_THAT(started(outbox, now + milliseconds(wait - 1)), IsEmpty());
    now += milliseconds(wait);
  }
}

TEST(Outbox, WaitsAsLongAsTheEndpointAsks) {
  Outbox outbox = outbox_with({});
  outbox.add(delivery_for(1, {"a"}));
  outbox.add(delivery_for(2, {"b"}));
  ASSERT_EQ(outbox.start(kStart)->id, 1);
  outbox.failed(1, {.what = "429", .retry_after = Millis(seconds(60))}, kStart);
  // It asks for all of them: nothing else is posted either.
  EXPECT_THAT(started(outbox, kStart + seconds(59)), IsEmpty());
  EXPECT_THAT(started(outbox, kStart + seconds(60)), ElementsAre(2, 1));
}

TEST(Outbox, ASuccessOfWhatWasOnItsWayDoesntEndTheWaitThatTheEndpointAskedFor) {
  Outbox outbox = outbox_with({});
  outbox.add(delivery_for(1, {"a"}));
  outbox.add(delivery_for(2, {"b"}));
  started(outbox, kStart);
  outbox.failed(1, {.what = "503", .retry_after = Millis(seconds(60))}, kStart);
  outbox.delivered(2, kStart);
  EXPECT_EQ(outbox.next_start(), kStart + seconds(60));
}

TEST(Outbox, AnEndpointThatIsDownIsAskedByOnePostAtATime) {
  Outbox outbox = outbox_with({});
  for (DeliveryId id = 1; id <= 20; ++id) outbox.add(delivery_for(id, {std::to_string(id)}));
  const auto first = started(outbox, kStart);
  EXPECT_EQ(first.size(), OutboxPolicy().concurrency);
  for (const DeliveryId id : first) outbox.failed(id, {.what = "refused"}, kStart);
  EXPECT_TRUE(outbox.is_down());
  EXPECT_THAT(started(outbox, kStart), IsEmpty());
  Time now = *outbox.next_start();
  EXPECT_EQ(started(outbox, now).size(), 1U);
}

TEST(Outbox, TheFirstSuccessBringsEverythingBack) {
  Outbox outbox = outbox_with({});
  for (DeliveryId id = 1; id <= 8; ++id) outbox.add(delivery_for(id, {std::to_string(id)}));
  Time now = kStart;
  for (int round = 0; round < 20; ++round) {
    for (const DeliveryId id : started(outbox, now)) outbox.failed(id, {.what = "no"}, now);
    now = *outbox.next_start();
  }
  const auto probe = started(outbox, now);
  ASSERT_EQ(probe.size(), 1U);
  outbox.delivered(probe.front(), now);
  EXPECT_EQ(started(outbox, now).size(), 7U);
}

TEST(Outbox, GivesUpAfterSoManyAttempts) {
  Outbox outbox = outbox_with({.attempts_max = 3});
  outbox.add(delivery_for(1, {"a"}));
  outbox.add(delivery_for(2, {"a"}));
  Time now = kStart;
  std::vector<Outbox::Fate> fates;
  for (int attempt = 0; attempt < 3; ++attempt) {
    started(outbox, now);
    fates.push_back(outbox.failed(1, {.what = "500"}, now).first);
    now += hours(2);
  }
  using enum Outbox::Fate;
  EXPECT_THAT(fates, ElementsAre(retried, retried, dead));
  EXPECT_THAT(started(outbox, now), ElementsAre(2)) << "the next of the account has its turn";
}

TEST(Outbox, GivesUpWhatIsTooOldButNotBeforeItFailed) {
  Outbox outbox = outbox_with({});
  outbox.add(delivery_for(1, {"a"}));
  const Time late = kStart + hours(24 * 30);
  EXPECT_THAT(started(outbox, late), ElementsAre(1));
  EXPECT_EQ(outbox.failed(1, {.what = "500"}, late).first, Outbox::Fate::dead);
}

TEST(Outbox, GivesNothingUpWithoutRoomForDeadLetters) {
  Outbox outbox = outbox_with({.attempts_max = 1, .dead_max = 1});
  outbox.set_dead(1);
  outbox.add(delivery_for(1, {"a"}));
  started(outbox, kStart);
  EXPECT_EQ(outbox.failed(1, {.what = "500"}, kStart).first, Outbox::Fate::retried);
}

TEST(Outbox, AnEndpointThatIsGoneGetsNothingUntilItIsEnabled) {
  Outbox outbox = outbox_with({});
  outbox.add(delivery_for(1, {"a"}));
  outbox.add(delivery_for(2, {"b"}));
  started(outbox, kStart);
  EXPECT_EQ(outbox.failed(1, {.what = "410", .gone = true}, kStart).first, Outbox::Fate::refused);
  outbox.delivered(2, kStart);
  EXPECT_EQ(outbox.next_start(), std::nullopt);
  outbox.enable();
  EXPECT_THAT(started(outbox, kStart), ElementsAre(1));
}

TEST(Outbox, HasRoomForSoManyAndSoMuch) {
  Outbox few = outbox_with({.deliveries_max = 2});
  few.add(delivery_for(1, {"a"}));
  EXPECT_TRUE(few.has_room());
  few.add(delivery_for(2, {"a"}));
  EXPECT_FALSE(few.has_room());
  Outbox small = outbox_with({.bytes_max = 5'000});
  EXPECT_TRUE(small.has_room());
  Delivery large = delivery_for(1, {"a"});
  large.body.assign(6'000, 'x');
  small.add(std::move(large));
  EXPECT_FALSE(small.has_room());
  started(small, kStart);
  small.delivered(1, kStart);
  EXPECT_TRUE(small.has_much_room());
}

// A poster that fails by chance, and remembers what came through.
class Outboxes : public testing::TestWithParam<unsigned> {};

TEST_P(Outboxes, LoseNothingAndKeepTheOrderOfEachAccountWhateverFails) {
  std::mt19937 random(GetParam());
  const auto chance = [&random](unsigned of) { return random() % of == 0; };
  Outbox outbox({.deliveries_max = 50, .concurrency = 4},
                [&random] { return static_cast<double>(random() % 1'000) / 1'000; });
  constexpr DeliveryId kEvents = 600;
  std::map<std::string, std::vector<DeliveryId>> arrived;
  std::vector<DeliveryId> on_their_way;
  DeliveryId last = 0;
  Time now = kStart;
  while (last < kEvents || outbox.size() > 0) {
    while (last < kEvents && outbox.has_room() && !chance(8)) {
      std::vector<std::string> accounts;
      for (unsigned account = 0; account < random() % 4; ++account) {
        const std::string name(1, static_cast<char>('a' + random() % 6));
        if (std::ranges::find(accounts, name) == accounts.end()) accounts.push_back(name);
      }
      outbox.add(delivery_for(++last, accounts, now));
    }
    ASSERT_LE(outbox.size(), 50U);
    for (const DeliveryId id : started(outbox, now)) on_their_way.push_back(id);
    ASSERT_LE(on_their_way.size(), 4U);
    if (on_their_way.empty()) {
      const auto next = outbox.next_start();
      if (next) now = std::max(now, *next);
      continue;
    }
    std::swap(on_their_way[random() % on_their_way.size()], on_their_way.back());
    const DeliveryId id = on_their_way.back();
    on_their_way.pop_back();
    if (chance(3)) {
      ASSERT_EQ(outbox.failed(id, {.what = "no"}, now).first, Outbox::Fate::retried);
    } else {
      for (const std::string& account : outbox.delivered(id, now).accounts) {
        arrived[account].push_back(id);
      }
    }
    if (chance(5)) now += milliseconds(random() % 3'000);
  }
  for (const auto& [account, ids] : arrived) EXPECT_TRUE(std::ranges::is_sorted(ids)) << account;
}

INSTANTIATE_TEST_SUITE_P(BySeed, Outboxes, testing::Range(1U, 21U));

TEST(Backoff, GrowsToItsBoundWithHalfOfItByChance) {
  const Backoff backoff{.first = seconds(1), .most = seconds(60)};
  EXPECT_EQ(backoff_after(backoff, 1, 0.0), milliseconds(500));
  EXPECT_LT(backoff_after(backoff, 1, 0.999), milliseconds(1'000));
  EXPECT_EQ(backoff_after(backoff, 4, 0.0), milliseconds(4'000));
  EXPECT_EQ(backoff_after(backoff, 1'000, 0.0), milliseconds(30'000));
}

TEST(RetryAfter, IsSecondsOrADateAndADayAtMost) {
  const Time now{seconds(784'111'700)};  // Sun, 06 Nov 1994 08:48:20 GMT
  EXPECT_EQ(parse_retry_after("120", now), Millis(seconds(120)));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), Millis(seconds(77)));
  EXPECT_EQ(parse_retry_after("99999999", now), Millis(hours(24)));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), std::nullopt);
  EXPECT_EQ(parse_retry_after("-5", now), std::nullopt);
  EXPECT_EQ(parse_retry_after("soon", now), std::nullopt);
}

}  // namespace
}  // namespace giro::relay
