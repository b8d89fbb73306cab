// A power cut forgets what was not synced. What was acknowledged was synced.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/faulty_vfs.hpp"
#include "tests/store/workload.hpp"

namespace giro::test {
namespace {

// Groups, upkeep and checkpoints until the power goes at some step; many times over one ledger.
TEST(PowerCut, LosesNoAcknowledgedCommit) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    FaultyDisk disk;
    TestLedger ledger(
        {.keys_in_run = 100, .wal_pages_max = 40, .surroundings = {.vfs = disk.vfs()}});
    Workload workload(seed);
    workload.open_accounts(ledger);
    for (std::uint64_t cut = 0; cut < 25; ++cut) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", cut " + std::to_string(cut));
      Snapshot acknowledged = snapshot(ledger.state());
      Snapshot in_doubt = acknowledged;
      disk.fail_at(1 + workload.pick(600), FaultyDisk::Failure::broken);
      while (!disk.failed()) {
        workload.decide(ledger, 1 + workload.pick(60));
        in_doubt = snapshot(ledger.state());
        const bool committed = ledger.store().commit() == store::CommitResult::committed;
        if (!committed) break;
        (void)ledger.store().take_group();
        acknowledged = in_doubt;
        if (workload.pick(3) > 0) continue;
        const auto idle = ledger.store().idle_step();
        if (idle == store::Store::Idle::refused || idle == store::Store::Idle::unknown) break;
      }
      ledger.crash();
      disk.heal();
      disk.cut_power((seed * 1'000) + cut);
      ledger.reopen();
      const Snapshot found = snapshot(ledger.state());
      ASSERT_TRUE(found == acknowledged || found == in_doubt)
          << "acknowledged up to seq " << acknowledged.seq << ", found " << found.seq;
      const std::string problems = problems_of(ledger.file());
      ASSERT_EQ(problems, "");
    }
  }
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
