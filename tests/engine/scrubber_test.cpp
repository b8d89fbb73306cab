// The ledger's file is looked through page by page, beside whoever writes it.
#include "engine/scrubber.hpp"

#include <atomic>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/store/schema/schema.hpp"
#include "ledger/store/sqlite/damaged_pages.hpp"
#include "tests/store/workload.hpp"

namespace giro::test {
namespace {

using namespace std::chrono_literals;
using testing::Contains;

constexpr ScrubPace kAtOnce{
    .every = 0s, .bytes_per_second = std::size_t{1} << 40, .first_after = 0ms};

class ScrubberTest : public testing::Test {
 protected:
  ScrubberTest() {
    workload.open_accounts(ledger);
    workload.run(ledger, 400, 40);
    ledger.close_and_reopen();  // All of it is in the file.
  }

  static bool ends_a_pass(const Scrubber& scrubber) {
    const Timestamp before = scrubber.figures().last_pass;
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (scrubber.figures().last_pass.ns == before.ns) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(1ms);
    }
    return true;
  }

  TestLedger ledger{{.keys_in_run = 100, .wal_pages_max = 50}};
  Workload workload{8};
};

TEST_F(ScrubberTest, FindsADamagedPageThatNobodyAskedFor) {
  constexpr std::size_t kPage = 7;
  {
    std::fstream file(ledger.file(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekg((kPage * 4'096) - 100);
    const int byte = file.get();
    file.seekp((kPage * 4'096) - 100);
    file.put(static_cast<char>(byte ^ 16));
  }
  std::atomic<int> told = 0;
  Scrubber scrubber(ledger.file(), kAtOnce, [&told] { ++told; });
  const auto before = scrubber.figures();
  EXPECT_TRUE(before.have_sums);
  EXPECT_EQ(before.last_pass.ns, 0);
  scrubber.start();
  ASSERT_TRUE(ends_a_pass(scrubber));
  scrubber.stop();
  EXPECT_EQ(scrubber.figures().damaged, before.damaged + 1);
  EXPECT_GT(scrubber.figures().looked_at, kPage);
  EXPECT_GE(told, 1);
  EXPECT_THAT(store::damaged_pages(), Contains("page 7 of " + ledger.file().string()));
}

TEST_F(ScrubberTest, FindsAPageOfZeros) {
  constexpr std::size_t kPage = 5;
  {
    std::fstream file(ledger.file(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp((kPage - 1) * 4'096);
    file << std::string(4'096, '\0');
  }
  Scrubber scrubber(ledger.file(), kAtOnce, [] {});
  const auto before = scrubber.figures();
  scrubber.start();
  ASSERT_TRUE(ends_a_pass(scrubber));
  scrubber.stop();
  EXPECT_EQ(scrubber.figures().damaged, before.damaged + 1);
  EXPECT_THAT(store::damaged_pages(), Contains("page 5 of " + ledger.file().string()));
}

TEST_F(ScrubberTest, TakesNoWriteForDamage) {
  Scrubber scrubber(ledger.file(), kAtOnce, [] {});
  const std::uint64_t before = scrubber.figures().damaged;
  scrubber.start();
  for (int pass = 0; pass < 20; ++pass) {
    workload.run(ledger, 100, 20);
    (void)ledger.store().idle_step();
  }
  EXPECT_TRUE(ends_a_pass(scrubber));
  scrubber.stop();
  EXPECT_EQ(scrubber.figures().damaged, before);
}

TEST_F(ScrubberTest, KeepsToItsRateAndStopsAtOnce) {
  Scrubber scrubber(ledger.file(), {.every = 0s, .bytes_per_second = 1, .first_after = 0ms}, [] {});
  scrubber.start();
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (scrubber.figures().looked_at == 0 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(1ms);
  }
  scrubber.stop();
  EXPECT_LE(scrubber.figures().looked_at, 256U);
  EXPECT_EQ(scrubber.figures().last_pass.ns, 0);
}

TEST(Scrubber, KnowsThatALedgerOfAnOlderVersionHasNothingToCheck) {
  const ScratchFolder folder;
  const std::filesystem::path file = folder.path() / "ledger.db";
  {
    SQLite::Database db(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    store::make_schema(db, {});
  }
  Scrubber scrubber(file, kAtOnce, [] {});
  EXPECT_FALSE(scrubber.figures().have_sums);
  scrubber.start();
  scrubber.stop();
  EXPECT_EQ(scrubber.figures().looked_at, 0U);
}

}  // namespace
}  // namespace giro::test
