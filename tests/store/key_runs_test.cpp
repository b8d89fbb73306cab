// The parts that find old keys: the table of recent ones, blocks, runs, the filter.
#include "ledger/store/key_runs.hpp"

#include <algorithm>
#include <functional>
#include <random>
#include <stdexcept>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/store/run_builder.hpp"
#include "ledger/store/schema.hpp"

namespace giro::store {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

// Every seq that a look-up offers for the fingerprint.
template <class Find>
std::vector<Seq> all_found(Find find) {
  std::vector<Seq> seqs;
  find([&](Seq seq) {
    seqs.push_back(seq);
    return false;
  });
  return seqs;
}

std::vector<Seq> in_table(const KeyTable& table, std::uint64_t fingerprint) {
  return all_found([&](auto use) { (void)table.find(fingerprint, use); });
}

TEST(KeyTable, OffersEveryKeyOfAFingerprint) {
  KeyTable table(4);
  table.add(7, 1);
  table.add(7, 2);
  table.add(8, 3);
  EXPECT_THAT(in_table(table, 7), UnorderedElementsAre(1U, 2U));
  EXPECT_THAT(in_table(table, 8), ElementsAre(3U));
  EXPECT_THAT(in_table(table, 9), ElementsAre());
}

TEST(KeyTable, StopsAtTheFirstThatIsTaken) {
  KeyTable table(4);
  table.add(7, 1);
  table.add(7, 2);
  int asked = 0;
  EXPECT_TRUE(table.find(7, [&](Seq) { return ++asked == 1; }));
  EXPECT_EQ(asked, 1);
}

TEST(KeyTable, TakesMoreThanItWasMadeForAndKeysThatAllMeet) {
  KeyTable table(10);
  for (std::uint64_t i = 0; i < 1'000; ++i) table.add(i << 32, i + 1);  // All of one home.
  EXPECT_EQ(table.size(), 1'000U);
  EXPECT_TRUE(table.full());
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    ASSERT_THAT(in_table(table, i << 32), ElementsAre(i + 1));
  }
  EXPECT_EQ(table.entries().size(), 1'000U);
}

TEST(KeyBlock, DecodesToWhatWasEncoded) {
  const Seq first = 5'000'000'000;  // Past 32 bits: offsets count from it.
  std::vector<KeyEntry> entries;
  for (std::uint64_t i = 0; i < kKeysInBlock; ++i) {
    entries.push_back({.fingerprint = i * 0x0123456789ABCDEFU, .seq = first + (i * 12'345'678)});
  }
  std::ranges::sort(entries);
  const auto bytes = encode_block(entries, first);
  EXPECT_EQ(bytes.size(), kKeysInBlock * kKeyBytes);
  EXPECT_EQ(decode_block(bytes, first), entries);
  EXPECT_TRUE(decode_block({}, first).empty());
}

TEST(KeyBlock, OfAWrongSizeIsRefused) {
  const std::vector<std::uint8_t> bytes(kKeyBytes + 1);
  EXPECT_THROW((void)decode_block(bytes, 1), std::runtime_error);
}

TEST(BloomFilter, SaysMaybeToAllThatWasAddedAndToOneInAThousandOthers) {
  std::mt19937_64 random(1);
  constexpr std::size_t kKeys = 100'000;
  std::vector<std::uint64_t> keys(kKeys);
  std::ranges::generate(keys, std::ref(random));
  BloomFilter filter(kKeys);
  for (const std::uint64_t key : keys) filter.add(key);
  const BloomFilter copy(filter.bytes());
  for (const std::uint64_t key : keys) {
    ASSERT_TRUE(filter.maybe(key));
    ASSERT_TRUE(copy.maybe(key));
  }
  std::size_t maybes = 0;
  for (std::size_t i = 0; i < 10 * kKeys; ++i) maybes += filter.maybe(random());
  EXPECT_LT(maybes, std::size_t{20} * kKeys / 1'000);
}

// One that was cut short would look for keys in other places than they were put.
TEST(BloomFilter, OfANumberOfBytesThatCantBeSaysMaybeToAll) {
  BloomFilter filter(1'000);
  const BloomFilter cut(filter.bytes().first(filter.bytes().size() - 1));
  for (std::uint64_t key = 0; key < 1'000; ++key) ASSERT_TRUE(cut.maybe(key * 0x9E3779B97F4A7C15U));
}

TEST(BloomFilter, WithoutBytesSaysMaybeToAll) {
  EXPECT_TRUE(BloomFilter().maybe(1));
  EXPECT_TRUE(BloomFilter(std::span<const std::uint8_t>()).maybe(1));
}

// A run of such keys, written as the store writes it.
class KeyRunTest : public testing::Test {
 protected:
  KeyRunTest() : db_(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE) { make_schema(db_); }

  KeyRun make_run(const std::vector<KeyEntry>& entries) {
    const auto table = std::make_shared<KeyTable>(entries.size());
    for (const KeyEntry& entry : entries) table->add(entry.fingerprint, entry.seq);
    KeyRun wanted;
    wanted.run = 3;
    wanted.first_seq = 1;
    wanted.last_seq = entries.size();
    RunBuilder builder(std::move(wanted), table);
    Statement insert(db_, "INSERT INTO key_blocks (id, entries) VALUES (?, ?)");
    for (std::uint64_t next = 0;;) {
      const RunBuilder::Taken taken = builder.take_blocks(2);
      EXPECT_EQ(taken.failure, "");
      for (const auto& block : taken.blocks) {
        insert.bind(0, block_id(3, next++)).bind_blob(1, block).run();
      }
      if (taken.done) break;
    }
    return std::move(builder.run());
  }

  std::vector<Seq> in_run(const KeyRun& run, std::uint64_t fingerprint) {
    KeyRunReader reader(db_);
    return all_found([&](auto use) { (void)reader.find(run, fingerprint, use); });
  }

  SQLite::Database db_;
};

TEST_F(KeyRunTest, OffersEveryKeyOfAFingerprintAcrossTheBordersOfBlocks) {
  // For each place where the equal ones may start: before, on and after a border; and many blocks.
  for (const std::size_t equal : {2U, 5U, 336U, 337U, 1'000U}) {
    for (const std::size_t start : {0U, 1U, 334U, 335U, 336U, 337U, 671U, 672U, 900U}) {
      std::vector<KeyEntry> entries;
      for (std::uint64_t i = 0; i < 2'000; ++i) {
        const bool same = i >= start && i < start + equal;
        entries.push_back({.fingerprint = same ? start * 10 : i * 10, .seq = i + 1});
      }
      const KeyRun run = make_run(entries);
      ASSERT_EQ(in_run(run, start * 10).size(), equal) << equal << " from " << start;
      ASSERT_THAT(in_run(run, 19'990), ElementsAre(2'000U));
      ASSERT_THAT(in_run(run, 19'991), ElementsAre());
      ASSERT_THAT(in_run(run, (start * 10) + 1), ElementsAre());
      db_.exec("DELETE FROM key_blocks");
    }
  }
}

TEST_F(KeyRunTest, OfASizeThatFillsBlocksToTheLastKeyHasThemAll) {
  for (const std::uint64_t keys : {1U, 335U, 336U, 337U, 672U}) {
    std::vector<KeyEntry> entries;
    for (std::uint64_t i = 0; i < keys; ++i)
      entries.push_back({.fingerprint = i * 3, .seq = i + 1});
    const KeyRun run = make_run(entries);
    EXPECT_EQ(run.keys, keys);
    EXPECT_EQ(run.fences.size(), (keys + kKeysInBlock - 1) / kKeysInBlock);
    for (std::uint64_t i = 0; i < keys; ++i) {
      ASSERT_TRUE(run.filter.maybe(i * 3));
      ASSERT_THAT(in_run(run, i * 3), ElementsAre(i + 1));
    }
    db_.exec("DELETE FROM key_blocks");
  }
}

TEST_F(KeyRunTest, WithAMissingBlockThrowsInsteadOfSayingUnknown) {
  std::vector<KeyEntry> entries;
  for (std::uint64_t i = 0; i < 1'000; ++i) entries.push_back({.fingerprint = i, .seq = i + 1});
  const KeyRun run = make_run(entries);
  db_.exec("DELETE FROM key_blocks");
  EXPECT_THROW((void)in_run(run, 500), std::runtime_error);
}

}  // namespace
}  // namespace giro::store
