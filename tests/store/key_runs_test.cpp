// The parts that find old keys: the table of recent ones, blocks, runs, the filter.
#include "ledger/store/keys/key_runs.hpp"

#include <algorithm>
#include <functional>
#include <random>
#include <stdexcept>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/store/keys/key_run_tables.hpp"
#include "ledger/store/keys/run_builder.hpp"
#include "ledger/store/schema/schema.hpp"

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

TEST(BloomFilter, SaysMaybeToAllThatWasAddedAndToOneInAHundredOthers) {
  std::mt19937_64 random(1);
  constexpr std::size_t kKeys = 100'000;
  std::vector<std::uint64_t> keys(kKeys);
  std::ranges::generate(keys, std::ref(random));
  BloomFilter filter(kKeys, KeyRunInfo::kFilterBitsPerKey);
  for (const std::uint64_t key : keys) filter.add(key);
  for (const std::uint64_t key : keys) ASSERT_TRUE(filter.maybe(key));
  std::size_t maybes = 0;
  for (std::size_t i = 0; i < 10 * kKeys; ++i) maybes += filter.maybe(random());
  EXPECT_LT(maybes, std::size_t{15} * kKeys / 100) << "of ten times as many";
}

// Distinct, and spread as fingerprints are.
std::uint64_t fingerprint_of(std::uint64_t i) {
  return (i + 1) * 0x9E3779B97F4A7C15U;
}

std::vector<KeyEntry> distinct_entries(std::uint64_t count, Seq first_seq = 1) {
  std::vector<KeyEntry> entries;
  entries.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    entries.push_back({.fingerprint = fingerprint_of(i), .seq = first_seq + i});
  }
  return entries;
}

// A run of such keys, written as the store writes it.
class KeyRunTest : public testing::Test {
 protected:
  KeyRunTest()
      : db_(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE),
        is_made_((make_schema(db_, {}), true)),
        tables_(db_),
        reader_(db_) {}

  KeyRun make_run(const std::vector<KeyEntry>& entries) {
    const auto table = std::make_shared<KeyTable>(entries.size());
    for (const KeyEntry& entry : entries) table->add(entry.fingerprint, entry.seq);
    RunBuilder builder({.run = ++runs_, .first_seq = 1, .last_seq = entries.size()},
                       keys_of_table(table), *threads());
    for (;;) {
      const RunBuilder::Taken taken = builder.take_pages(2);
      EXPECT_EQ(taken.failure, "");
      for (const KeyPage& page : taken.pages) tables_.insert(page);
      if (taken.done) break;
    }
    return KeyRun(builder.run());
  }

  // All of its filter in memory.
  void load(KeyRun& run) {
    run.filter.set_room(run.info.bloom_blocks() * sizeof(BloomBlock));
    while (run.filter.wants_more()) {
      run.filter.load(
          reader_.filter_page(run.info, run.filter.loaded() / KeyRunInfo::kBloomBlocksInPage));
    }
  }

  std::vector<Seq> in_run(const KeyRun& run, std::uint64_t fingerprint) {
    return all_found([&](auto use) { (void)reader_.find(run, fingerprint, use); });
  }

  SQLite::Database db_;
  bool is_made_;
  KeyRunTables tables_;
  KeyRunReader reader_;
  std::uint32_t runs_ = 0;
};

TEST_F(KeyRunTest, HasAllItsKeysAndNoOthersWhateverItsSize) {
  for (const std::uint64_t keys : {0U, 1U, 289U, 290U, 291U, 3'225U, 3'226U, 40'000U}) {
    KeyRun run = make_run(distinct_entries(keys));
    ASSERT_EQ(run.info.keys, keys);
    for (const bool in_memory : {false, true}) {
      if (in_memory) load(run);
      for (std::uint64_t i = 0; i < keys; ++i) {
        ASSERT_THAT(in_run(run, fingerprint_of(i)), ElementsAre(i + 1)) << keys;
      }
      for (std::uint64_t i = keys; i < keys + 1'000; ++i) {
        ASSERT_THAT(in_run(run, fingerprint_of(i)), ElementsAre()) << keys;
      }
    }
  }
}

TEST_F(KeyRunTest, FillsPagesWithoutOverflow) {
  (void)make_run(distinct_entries(100'000));
  const auto longest = [&](const std::string& table) {
    return db_.execAndGet("SELECT max(length(page)) FROM " + table).getInt();
  };
  constexpr int kRowInPage = 4'061 - 8;  // Of 4 KiB, less what SQLite's row takes.
  EXPECT_LE(longest("key_filters"), kRowInPage);
  EXPECT_LE(longest("key_blocks"), kRowInPage);
}

TEST_F(KeyRunTest, OffersEveryKeyOfAFingerprint) {
  std::vector<KeyEntry> entries = distinct_entries(2'000);
  for (std::size_t i = 700; i < 760; ++i) entries[i].fingerprint = fingerprint_of(700);
  const KeyRun run = make_run(entries);
  EXPECT_EQ(in_run(run, fingerprint_of(700)).size(), 60U);
  EXPECT_THAT(in_run(run, fingerprint_of(1'999)), ElementsAre(2'000U));
}

TEST_F(KeyRunTest, KeepsSeqsPast32Bits) {
  const Seq first = 5'000'000'000;
  const KeyRunInfo run{.run = 9, .first_seq = first, .last_seq = first + 999, .keys = 1'000};
  const PageSink sink{.take = [&](const KeyPage& page) { tables_.insert(page); }};
  RunWriter writer(run, sink);
  std::vector<KeyEntry> entries = distinct_entries(1'000, first);
  std::ranges::sort(entries);
  for (const KeyEntry& entry : entries) writer.add(entry);
  writer.finish();
  EXPECT_THAT(in_run(KeyRun(run), fingerprint_of(999)), ElementsAre(first + 999));
}

TEST_F(KeyRunTest, KeepsAsMuchOfItsFilterInMemoryAsThereIsRoomFor) {
  constexpr std::uint64_t kKeys = 4'000'000;  // 5 MB of filter: three chunks.
  RunFilter filter(bloom_blocks_for(kKeys, KeyRunInfo::kFilterBitsPerKey));
  EXPECT_EQ(filter.set_room(std::uint64_t{1} << 30),
            bloom_blocks_for(kKeys, KeyRunInfo::kFilterBitsPerKey) * sizeof(BloomBlock));
  const std::vector<BloomBlock> page(126);
  while (filter.wants_more()) filter.load(page);
  EXPECT_TRUE(filter.rules_out(BloomProbe(~std::uint64_t{0}))) << "all of it is in memory";

  EXPECT_EQ(filter.set_room(3 << 20), std::uint64_t{2} << 20) << "whole chunks of 2 MiB";
  EXPECT_TRUE(filter.rules_out(BloomProbe(0))) << "its beginning still is";
  EXPECT_FALSE(filter.rules_out(BloomProbe(~std::uint64_t{0})))
      << "its end must be asked elsewhere";
  EXPECT_FALSE(filter.wants_more());
  EXPECT_EQ(filter.set_room(0), 0U);
  EXPECT_FALSE(filter.rules_out(BloomProbe(0)));
}

// A flipped bit in a fingerprint would make an old key new, and a payment double.
TEST_F(KeyRunTest, ThrowsInsteadOfSayingUnknownWhicheverBitIsFlipped) {
  const KeyRun run = make_run(distinct_entries(100));
  for (const std::string table : {"key_blocks", "key_filters"}) {
    const std::string page = db_.execAndGet("SELECT page FROM " + table).getString();
    for (std::size_t bit = 0; bit < page.size() * 8; ++bit) {
      std::string flipped = page;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
      Statement(db_, "UPDATE " + table + " SET page = ?")
          .bind_blob(0, {reinterpret_cast<const std::uint8_t*>(flipped.data()), flipped.size()})
          .run();
      ASSERT_THROW((void)in_run(run, fingerprint_of(50)), UnreadableKeys) << table << " " << bit;
    }
    Statement(db_, "UPDATE " + table + " SET page = ?")
        .bind_blob(0, {reinterpret_cast<const std::uint8_t*>(page.data()), page.size()})
        .run();
  }
  EXPECT_THAT(in_run(run, fingerprint_of(50)), ElementsAre(51U));
}

TEST_F(KeyRunTest, ThrowsInsteadOfSayingUnknownWhenAPageIsMissingCutOrMoved) {
  for (const char* damage :
       {"DELETE FROM key_blocks WHERE id & 0xFFFFFFFF = 0",
        "DELETE FROM key_filters WHERE id & 0xFFFFFFFF = 0",
        "UPDATE key_blocks SET page = zeroblob(0)", "UPDATE key_filters SET page = zeroblob(4)",
        "UPDATE key_blocks SET page = substr(page, 1, length(page) - 12)",
        ("UPDATE key_blocks SET page = (SELECT page FROM key_blocks b WHERE "
         "b.id = key_blocks.id + 1) WHERE id & 0xFFFFFFFF = 0")}) {
    const auto entries = distinct_entries(1'000);
    const KeyRun run = make_run(entries);
    db_.exec(damage);
    const std::uint64_t in_first_block = std::ranges::min(entries).fingerprint;
    ASSERT_THROW((void)in_run(run, in_first_block), UnreadableKeys) << damage;
    db_.exec("DELETE FROM key_blocks; DELETE FROM key_filters");
  }
}

TEST_F(KeyRunTest, WhoseRowWasChangedIsNotTakenForOne) {
  for (const char* column : {"run", "level", "first_seq", "last_seq", "keys", "checksum"}) {
    tables_.insert({.run = 7, .level = 1, .first_seq = 5, .last_seq = 9, .keys = 4});
    ASSERT_EQ(reader_.runs().runs.size(), 1U);
    db_.exec(std::string("UPDATE key_runs SET ") + column + " = " + column + " + 1");
    EXPECT_EQ(reader_.runs().runs.size(), 0U) << column;
    EXPECT_EQ(reader_.runs().unusable.size(), 1U) << column;
    db_.exec("DELETE FROM key_runs");
  }
}

}  // namespace
}  // namespace giro::store
