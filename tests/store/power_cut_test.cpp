// A power cut forgets what was not synced. What was acknowledged was synced.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <expected>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/faulty_vfs.hpp"
#include "tests/store/workload.hpp"

namespace giro::test {
namespace {

using Left = FaultyDisk::Left;

// GIRO_LONG=1 cuts the power twenty times as often.
std::uint64_t times(std::uint64_t usual) {
  return std::getenv("GIRO_LONG") != nullptr ? 20 * usual : usual;
}

// A ledger that lives on a disk which loses power again and again, and what was acknowledged of it.
class Outages {
 public:
  explicit Outages(std::uint64_t seed) : workload_(seed) {
    workload_.open_accounts(ledger_);
    acknowledged_ = in_doubt_ = snapshot(ledger_.state());
    earlier_.push_back(acknowledged_);
  }

  // Groups, upkeep and checkpoints until the disk has failed at that step, and what it does then.
  void work_until(std::uint64_t step, FaultyDisk::Failure failure) {
    disk_.fail_at(step, failure);
    while (!disk_.failed() && work()) {
    }
  }
  void work_until_some_step(FaultyDisk::Failure failure) {
    work_until(1 + workload_.pick(600), failure);
  }
  // Again, but the power goes in the middle of the recovery.
  void cut(std::uint64_t seed, Left left) {
    ledger_.crash();
    disk_.heal();
    disk_.cut_power(seed, left);
    if (workload_.pick(3) != 0) return;
    disk_.fail_at(1 + workload_.pick(30), FaultyDisk::Failure::broken);
    (void)Ledger::open(ledger_.options());
    disk_.heal();
    disk_.cut_power(seed + 1, left);
  }
  // Errors: why the ledger didn't start.
  std::expected<Snapshot, std::string> start() {
    if (auto opened = ledger_.try_to_reopen(); !opened) return std::unexpected(opened.error());
    return snapshot(ledger_.state());
  }
  void go_on_from(const Snapshot& found) { acknowledged_ = in_doubt_ = found; }

  [[nodiscard]] const Snapshot& acknowledged() const { return acknowledged_; }
  [[nodiscard]] bool was_ever(const Snapshot& found) const {
    return found == in_doubt_ || std::ranges::find(earlier_, found) != earlier_.end();
  }
  [[nodiscard]] const Snapshot& in_doubt() const { return in_doubt_; }
  [[nodiscard]] std::string problems() const { return problems_of(ledger_.file()); }

 private:
  bool work() {
    workload_.decide(ledger_, 1 + workload_.pick(60));
    in_doubt_ = snapshot(ledger_.state());
    if (ledger_.store().commit() != store::CommitResult::committed) return false;
    (void)ledger_.store().take_group();
    acknowledged_ = in_doubt_;
    earlier_.push_back(acknowledged_);
    if (workload_.pick(3) > 0) return true;
    const auto idle = ledger_.store().idle_step();
    return idle != store::Store::Idle::refused && idle != store::Store::Idle::unknown;
  }

  FaultyDisk disk_;
  TestLedger ledger_{
      {.keys_in_run = 100, .wal_pages_max = 40, .surroundings = {.vfs = disk_.vfs()}}};
  Workload workload_;
  Snapshot acknowledged_;
  Snapshot in_doubt_;
  std::vector<Snapshot> earlier_;
};

// What the cut leaves, and after which fifth of the steps it comes.
class PowerCuts : public testing::TestWithParam<std::tuple<Left, std::uint64_t>> {};

// Each step of a life up to the 715th is the last one once.
constexpr std::uint64_t kFifths = 5;
constexpr std::uint64_t kStepsOfAFifth = 143;
constexpr std::uint64_t kCutsOfALedger = 25;
// A start checks what it needs; all of the file is verified as often, which takes as long. What is wrong with it stays.
constexpr std::uint64_t kVerifiedEvery = 5;

TEST_P(PowerCuts, AtAnyStepLoseNoAcknowledgedCommit) {
  const auto [left, fifth] = GetParam();
  const std::uint64_t cuts = times(kStepsOfAFifth);
  std::optional<Outages> outages;
  for (std::uint64_t cut = 0; cut < cuts; ++cut) {
    const std::uint64_t step = 1 + fifth * kStepsOfAFifth + cut % kStepsOfAFifth;
    SCOPED_TRACE("cut " + std::to_string(cut) + ", step " + std::to_string(step));
    if (cut % kCutsOfALedger == 0) outages.emplace(1 + fifth + kFifths * cut);
    outages->work_until(step, FaultyDisk::Failure::broken);
    outages->cut(cut, left);
    const auto found = outages->start();
    ASSERT_TRUE(found) << found.error();
    ASSERT_TRUE(*found == outages->acknowledged() || *found == outages->in_doubt())
        << "acknowledged up to seq " << outages->acknowledged().seq << ", found " << found->seq;
    if ((cut + 1) % kVerifiedEvery == 0 || cut + 1 == cuts) {
      ASSERT_EQ(outages->problems(), "");
    }
    outages->go_on_from(*found);
  }
}

std::string name_of(const testing::TestParamInfo<PowerCuts::ParamType>& info) {
  const auto [left, fifth] = info.param;
  static const std::array<std::string, 7> kNames{
      "Nothing", "Everything", "ABeginning", "SomeSectors", "SomePages", "Garbage", "AnyOfThem"};
  return kNames.at(static_cast<std::size_t>(left)) + std::to_string(1 + fifth);
}

INSTANTIATE_TEST_SUITE_P(
    ThatLeave, PowerCuts,
    testing::Combine(testing::Values(Left::nothing, Left::everything, Left::beginning,
                                     Left::sectors, Left::pages, Left::garbage, Left::any_of_them),
                     testing::Range<std::uint64_t>(0, kFifths)),
    name_of);

// Nobody can keep what a disk only claims to have, and the anchor is lost with it where the power goes at once. But what is
// there then is a ledger as it was after some commit, or none that starts.
TEST(PowerCut, AfterASyncThatLiedLeavesAnEarlierLedgerOrNoneThatStarts) {
  std::uint64_t went_back = 0;
  for (std::uint64_t seed = 1; seed <= times(60); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Outages outages(seed);
    outages.work_until_some_step(FaultyDisk::Failure::lies_once);
    outages.cut(seed, seed % 2 == 0 ? Left::nothing : Left::any_of_them);
    const auto found = outages.start();
    if (!found) continue;
    ASSERT_TRUE(outages.was_ever(*found)) << "found " << found->seq;
    ASSERT_EQ(outages.problems(), "");
    went_back += found->seq < outages.acknowledged().seq ? 1 : 0;
  }
  EXPECT_GT(went_back, 5U) << "the test says little";
}

// No failure comes before it: the power just goes, in the middle of everything.
TEST(PowerCut, AfterAnyCommitLeavesThatCommit) {
  FaultyDisk disk;
  TestLedger ledger({.keys_in_run = 100, .wal_pages_max = 60, .surroundings = {.vfs = disk.vfs()}});
  Workload workload(9);
  workload.open_accounts(ledger);
  for (std::uint64_t cut = 0; cut < 60; ++cut) {
    workload.run(ledger, 1 + workload.pick(80), 30);
    workload.pick(2) == 0 ? (void)ledger.store().idle_step() : (void)0;
    const Snapshot before = snapshot(ledger.state());
    ledger.crash();
    disk.cut_power(cut);
    ledger.reopen();
    ASSERT_EQ(snapshot(ledger.state()), before) << "cut " << cut;
  }
  EXPECT_EQ(problems_of(ledger.file()), "");
}

}  // namespace
}  // namespace giro::test
