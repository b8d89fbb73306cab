#include "cli/explain/outflow.hpp"

#include <gtest/gtest.h>

#include "ledger/timestamp.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kWindow = 1'000 * kSecond;  // Pieces of a second.

json::object line(std::int64_t seq, std::int64_t second, std::int64_t amount,
                  std::int64_t held_out = 0) {
  return {{"seq", seq},
          {"at", format_rfc3339(Timestamp{second * kSecond})},
          {"amount", amount},
          {"held_out", held_out}};
}

std::vector<std::int64_t> amounts(const Flows& flows) {
  std::vector<std::int64_t> amounts;
  amounts.reserve(flows.paid.size());
  for (const PaidOut& one : flows.paid) amounts.push_back(static_cast<std::int64_t>(one.amount));
  return amounts;
}

std::int64_t amount_at(const Flows& flows, std::int64_t second) {
  return static_cast<std::int64_t>(used_at(flows.paid, kWindow, second * kSecond).amount);
}

TEST(Flows, AreWhatGoesOut) {
  const Flows flows = flows_of({line(1, 1, -500), line(2, 2, 900), line(3, 3, -20)}, 0);
  EXPECT_EQ(amounts(flows), (std::vector<std::int64_t>{500, 20}));
  EXPECT_TRUE(flows.let_go.empty());
}

TEST(Flows, OfAHoldAreWhenItIsMadeAndNotWhenItIsCaptured) {
  const Flows flows = flows_of({line(1, 1, 0, 80), line(2, 2, -30, 50), line(3, 3, -50, 0)}, 0);
  EXPECT_EQ(amounts(flows), (std::vector<std::int64_t>{80}));
  EXPECT_TRUE(flows.let_go.empty());
}

TEST(Flows, OfAHoldThatIsLetGoOfAreTakenOff) {
  // A final capture of 30 lets go of 50; a void of all of the other one.
  Flows flows =
      flows_of({line(1, 1, 0, 80), line(2, 2, 0, 90), line(3, 3, -30, 10), line(4, 4, 0, 0)}, 0);
  ASSERT_EQ(flows.let_go.size(), 2U);
  EXPECT_EQ(flows.let_go[0].by, 3);
  flows.let_go[0].hold = 1;
  flows.let_go[1].hold = 2;
  take_off(flows);
  EXPECT_EQ(amounts(flows), (std::vector<std::int64_t>{30, 0}));
  EXPECT_EQ(used_at(flows.paid, kWindow, 5 * kSecond).count, 1);
}

TEST(Flows, OfSeveralLegsAreOnePayment) {
  const Flows flows = flows_of({line(7, 1, -10), line(7, 1, -20), line(8, 1, -5)}, 0);
  EXPECT_EQ(amounts(flows), (std::vector<std::int64_t>{30, 5}));
}

TEST(Flows, TellHeldMoneyOfBeforeApart) {
  EXPECT_EQ(amounts(flows_of({line(5, 1, -10, 70)}, 70)), (std::vector<std::int64_t>{10}));
}

TEST(Used, SlidesByPiecesOfAThousandth) {
  const Flows flows = flows_of({line(1, 10, -500)}, 0);
  EXPECT_EQ(amount_at(flows, 11), 500);
  EXPECT_EQ(amount_at(flows, 1'010), 500);
  EXPECT_EQ(amount_at(flows, 1'011), 0);
}

TEST(Room, IsThereOnceEnoughIsPast) {
  const Flows flows = flows_of({line(1, 10, -500), line(2, 20, -300), line(3, 30, -100)}, 0);
  const auto room = [&](std::int64_t amount, std::int64_t count) {
    return room_at(flows.paid, kWindow, 40 * kSecond, {.amount = amount, .count = count});
  };
  EXPECT_EQ(room(400, 9), 1'011 * kSecond);
  EXPECT_EQ(room(399, 9), 1'021 * kSecond);
  EXPECT_EQ(room(900, 0), 1'031 * kSecond);
  EXPECT_EQ(room(900, 9), std::nullopt) << "It is there already.";
  EXPECT_EQ(room(-1, 9), std::nullopt) << "It never is.";
}

}  // namespace
}  // namespace giro::cli
