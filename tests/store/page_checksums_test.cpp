// Each page of a ledger's file has a checksum: SQLite's own, kept by any sqlite3 that reads, and made good where
// another program wrote.
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/store/schema/schema.hpp"
#include "ledger/store/sqlite/page_sum.hpp"
#include "ledger/store/sqlite/summed_file.hpp"
#include "tests/store/workload.hpp"

namespace giro::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

// As SQLite's page about its checksum VFS defines it.
store::PageSum plain_sum(store::PageSum sum, std::span<const std::uint8_t> bytes) {
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    std::uint32_t words[2];
    std::memcpy(words, &bytes[at], sizeof words);
    sum.first += words[0] + sum.second;
    sum.second += words[1] + sum.first;
  }
  return sum;
}

TEST(PageSum, IsTheOneThatSQLiteDefinesForAnyLength) {
  std::mt19937 random(1);
  std::vector<std::uint8_t> bytes(8'192);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  const store::PageSum before{.first = 7, .second = 0xFFFF'FFF0};
  for (std::size_t size = 0; size <= bytes.size(); size += 8) {
    const std::span<const std::uint8_t> some = std::span(bytes).first(size);
    ASSERT_EQ(store::add_to_sum(before, some), plain_sum(before, some)) << size;
  }
}

TEST(PageSum, ShowsEverySingleBit) {
  std::vector<std::uint8_t> page(4'096, 0x5A);
  store::keep_sum(page, store::sum_of_page(page));
  for (std::size_t bit = 0; bit < page.size() * 8; ++bit) {
    page[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    ASSERT_FALSE(store::sum_holds(page)) << bit;
    page[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
  }
  EXPECT_TRUE(store::sum_holds(page));
}

TEST(PageSum, ProvesNoPageOfZeros) {
  std::vector<std::uint8_t> page(4'096, 0);
  EXPECT_EQ(store::state_of(page), store::PageState::blank);
  EXPECT_FALSE(store::sum_holds(page));
  page[0] = 1;
  EXPECT_EQ(store::state_of(page), store::PageState::unsummed);
}

class PageChecksums : public testing::Test {
 protected:
  PageChecksums() {
    workload.open_accounts(ledger);
    workload.run(ledger, 600, 40);
    ledger.settle();
  }

  [[nodiscard]] store::SummedFile::Found look() const {
    auto file = store::SummedFile::open(ledger.file(), store::VfsFile::Use::read);
    return (*file)->look(1, (*file)->page_count());
  }
  [[nodiscard]] std::string sqlite3(const std::string& sql) const {
    SQLite::Database db(ledger.file().string(), SQLite::OPEN_READWRITE);
    return db.execAndGet(sql).getString();
  }

  void zero(std::size_t page) {
    std::fstream file(ledger.file(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>((page - 1) * kPageBytes));
    file << std::string(kPageBytes, '\0');
  }
  [[nodiscard]] std::size_t first_zeroed_page() const {
    const std::string file = read_file(ledger.file());
    for (std::size_t at = 0; at < file.size(); at += kPageBytes) {
      if (file.compare(at, kPageBytes, std::string(kPageBytes, '\0')) == 0)
        return (at / kPageBytes) + 1;
    }
    return 0;
  }
  // Takes pages out of use as builds of SQLite do that overwrite them with zeros. The ledger is closed.
  void free_some_pages() const {
    SQLite::Database db = open_to_change(ledger.file());
    db.exec("PRAGMA secure_delete = ON");
    db.exec("CREATE TABLE gone AS SELECT key, randomblob(30000) FROM journal LIMIT 300");
    db.exec("DROP TABLE gone");
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  // Ids of the accounts, as accounts.list has them; throws where they can't be read.
  [[nodiscard]] std::string accounts_text() const {
    std::string text;
    for (const auto& account : ledger.reader()->accounts("", "", 10'000).accounts) {
      text.append(account.id.view()).append("\n");
    }
    return text;
  }

  static constexpr std::size_t kPageBytes = 4'096;
  TestLedger ledger{{.keys_in_run = 100}};
  Workload workload{5};
};

TEST_F(PageChecksums, AreOnEveryPageOfANewLedger) {
  ledger.close();
  EXPECT_THAT(look().damaged, IsEmpty());
  EXPECT_THAT(look().without, IsEmpty());
  EXPECT_GT(store::size_of(ledger.file()), 100'000U);
}

TEST_F(PageChecksums, AreNoMatterToASQLiteThatKnowsNothingOfThem) {
  ledger.close();
  EXPECT_EQ(sqlite3("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(sqlite3("SELECT count(*) FROM journal"), std::to_string(ledger.journal().size()));
}

// A program that opens a ledger after a crash of girod's moves the log into the file as it closes, and takes the
// log away.
TEST_F(PageChecksums, AreMadeGoodWhereAnotherProgramEmptiedTheLog) {
  workload.run(ledger, 200, 20);
  const Seq head = ledger.state().seq();
  ledger.crash();
  EXPECT_EQ(sqlite3("SELECT max(seq) FROM journal"), std::to_string(head));
  ASSERT_FALSE(std::filesystem::exists(ledger.file().string() + "-wal"));
  ASSERT_THAT(look().without, testing::Not(IsEmpty()));
  ASSERT_THAT(look().damaged, IsEmpty());
  ledger.reopen();
  EXPECT_EQ(ledger.state().seq(), head);
  EXPECT_THAT(ledger.store().notices(), Contains(HasSubstr("had no checksums")));
  EXPECT_EQ(problems_of(ledger.file()), "");
  ledger.close_and_reopen();
  EXPECT_THAT(ledger.store().notices(), IsEmpty());
}

TEST_F(PageChecksums, AreMadeForACopyByVacuumInto) {
  const ScratchFolder other;
  const std::filesystem::path copy = other.path() / "ledger.db";
  {
    SQLite::Database db(ledger.file().string(), SQLite::OPEN_READWRITE);
    db.exec("VACUUM INTO '" + copy.string() + "'");
  }
  const auto never = [] { return false; };
  const auto unused = store::verify_at_rest(other.path(), never);
  EXPECT_EQ(problems_in(unused.value()), "");
  EXPECT_GT(unused->pages, 0U);
  EXPECT_EQ(unused->pages_without_sum, unused->pages);
  TestLedger restored({.directory = other.path()});
  EXPECT_THAT(restored.store().notices(), Contains(HasSubstr("had no checksums")));
  restored.close();
  const auto used = store::verify_at_rest(other.path(), never);
  EXPECT_EQ(problems_in(used.value()), "");
  EXPECT_EQ(used->pages_without_sum, 0U);
}

// A ledger of before there were checksums goes on without, and gets them by a copy that reserves their bytes.
TEST(PageChecksumsOfAnOldLedger, ComeWithACopyThatReservesTheirBytes) {
  const ScratchFolder old_folder;
  const ScratchFolder new_folder;
  const std::filesystem::path old = old_folder.path() / "ledger.db";
  {
    SQLite::Database db(old.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    store::make_schema(db, {});
  }
  const auto never = [] { return false; };
  TestLedger ledger({.directory = old_folder.path()});
  open_few_accounts(ledger);
  ledger.close();
  EXPECT_EQ(problems_in(store::verify_at_rest(old_folder.path(), never).value()), "");
  EXPECT_EQ(store::verify_at_rest(old_folder.path(), never)->pages, 0U);
  {
    SQLite::Database db(old.string(), SQLite::OPEN_READWRITE);
    int reserved = 8;
    sqlite3_file_control(db.getHandle(), "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
    db.exec("VACUUM INTO '" + (new_folder.path() / "ledger.db").string() + "'");
  }
  TestLedger copied({.directory = new_folder.path()});
  EXPECT_EQ(copied.state().seq(), 3U);
  copied.close();
  const auto report = store::verify_at_rest(new_folder.path(), never);
  EXPECT_EQ(problems_in(report.value()), "");
  EXPECT_GT(report->pages, 0U);
  EXPECT_EQ(report->pages_without_sum, 0U);
}

// A block that a disk trimmed comes back as zeros, whose sum is zero. On a page that a long text goes on over there
// is nothing else by which it would show.
TEST_F(PageChecksums, TellAPageOfZerosFromTheOneThatWasWritten) {
  pay_with_long_texts(ledger, 1);
  const Seq seq = ledger.state().seq();
  ledger.close_and_reopen();  // All of it is in the file. A start reads the newest entries.
  const std::size_t page =
      (read_file(ledger.file()).find(std::string(3'000, 'x')) / kPageBytes) + 1;
  zero(page);
  EXPECT_THROW((void)ledger.reader()->entry(seq), std::runtime_error);
  EXPECT_THAT(look().damaged, testing::ElementsAre(page));
  ledger.close();
  EXPECT_THAT(problems_in(store::verify_at_rest(ledger.directory(), [] { return false; }).value()),
              HasSubstr(fmt::format("page {} of the file isn't what was written", page)));
}

TEST_F(PageChecksums, TakeNoFreePageOfZerosForDamage) {
  ledger.close();
  ASSERT_EQ(first_zeroed_page(), 0U);
  free_some_pages();
  ASSERT_NE(first_zeroed_page(), 0U);
  const auto expect_whole = [this] {
    EXPECT_THAT(look().damaged, IsEmpty());
    EXPECT_THAT(look().without, IsEmpty());
    EXPECT_EQ(problems_of(ledger.file()), "");
  };
  expect_whole();
  // They are taken into use again, one after the other.
  for (int round = 0; round < 6; ++round) {
    ledger.reopen();
    EXPECT_THAT(ledger.store().notices(), IsEmpty());
    workload.run(ledger, 400, 40);
    ledger.settle();
    ledger.close();
    expect_whole();
  }
}

// Where another program took the log away, a start looks at every page.
TEST_F(PageChecksums, TellAPageOfZerosAtAStartThatLooksAtAllPages) {
  ledger.close();
  free_some_pages();
  const std::size_t free = first_zeroed_page();
  const auto used = static_cast<std::size_t>(
      std::stoul(sqlite3("SELECT rootpage FROM sqlite_schema WHERE name = 'payment_references'")));
  std::filesystem::remove(ledger.file().string() + "-wal");
  zero(used);
  ASSERT_NE(free, used);
  const auto opened = ledger.try_to_reopen();
  ASSERT_TRUE(opened) << opened.error();
  EXPECT_THAT(ledger.store().notices(),
              Contains(HasSubstr(fmt::format("1 pages of ledger.db are damaged or were changed by "
                                             "another program ({})",
                                             used))));
}

// What SQLite writes to as it takes pages into use and out of it.
TEST_F(PageChecksums, TellAPageOfTheListOfFreePagesThatIsZeros) {
  ledger.close();
  free_some_pages();
  const std::string header = read_file(ledger.file()).substr(0, 100);
  const std::size_t list =
      (static_cast<unsigned char>(header[34]) << 8U) | static_cast<unsigned char>(header[35]);
  ASSERT_GT(list, 1U);
  zero(list);
  EXPECT_THAT(look().damaged, testing::ElementsAre(list));
}

// The example of the issue: the index of ids said that accounts aren't there, and nothing knew better.
TEST_F(PageChecksums, KeepAListOfAccountsFromLeavingSomeOut) {
  const std::string before = accounts_text();
  ledger.close();
  const auto page = static_cast<std::size_t>(std::stoul(
      sqlite3("SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_accounts_1'")));
  std::string file = read_file(ledger.file());
  for (std::size_t at = (page - 1) * 4'096; at < page * 4'096; at += 7) {
    file[at] ^= 4;
    write_file(ledger.file(), file);
    TestLedger damaged({.directory = ledger.directory(), .keys_in_run = 100});
    std::string after = before;
    try {
      after = accounts_text();
    } catch (const std::runtime_error& error) {
      EXPECT_THAT(error.what(), HasSubstr("malformed"));
    }
    ASSERT_EQ(after, before) << at;
    damaged.crash();
    file[at] ^= 4;
  }
}

}  // namespace
}  // namespace giro::test
