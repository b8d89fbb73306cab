// Key runs that are damaged or missing are made anew from the journal; an old key is never taken for a
// new one meanwhile, and payments go on.
#include <chrono>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/test_ledger.hpp"

namespace giro::test {
namespace {

using testing::AnyOf;
using testing::Contains;
using testing::HasSubstr;

// A ledger that seals every 100 keys, with some of its runs merged.
class KeyRepairTest : public testing::Test {
 protected:
  static constexpr Seq kBeforeFirst = 3;  // The accounts.

  explicit KeyRepairTest(store::StoreOptions options = {.keys_in_run = 100})
      : ledger(std::move(options)) {
    open_few_accounts(ledger);
    for (int group = 0; group < 25; ++group) {
      pay(100);
      ledger.settle();  // Each run is finished before the next, so that several are left.
    }
    ledger.close();
  }

  void pay(std::size_t payments) {
    for (std::size_t i = 0; i < payments; ++i) {
      ledger.pay(key_of(count++), eur("world", "bob", 1));
    }
    ledger.commit();
  }

  void damage(const std::string& sql) {
    SQLite::Database db = open_to_change(ledger.file());
    db.exec(sql);
    ASSERT_GT(db.getTotalChanges(), 0) << sql;
  }

  std::int64_t number(const std::string& sql) const {
    SQLite::Database db(ledger.file().string());
    return db.execAndGet(sql).getInt64();
  }

  // Refused, because nobody can tell whether its key is new.
  [[nodiscard]] static bool is_unreadable(const Outcome& outcome) {
    const auto* refused = std::get_if<Refused>(&outcome);
    return refused != nullptr && refused->refusal.code == ErrorCode::read_only &&
           refused->refusal.field == "key";
  }

  // Sends every payment again. None may be decided anew; those that were refused.
  std::vector<store::KeyUnreadable> resend_all() {
    std::vector<store::KeyUnreadable> refused;
    for (std::size_t i = 0; i < count; ++i) {
      const Outcome again = ledger.pay(key_of(i), eur("world", "bob", 1));
      if (const auto* prior = std::get_if<Replayed>(&again)) {
        EXPECT_EQ(prior->entry->seq, i + 1 + kBeforeFirst);
      } else if (is_unreadable(again)) {
        const auto keys = ledger.ledger().find_payment(PaymentKey(key_of(i))).error();
        EXPECT_LE(keys.first_seq, i + 1 + kBeforeFirst);
        EXPECT_GE(keys.last_seq, i + 1 + kBeforeFirst);
        refused.push_back(keys);
      } else {
        ADD_FAILURE() << "payment " << i << " was decided twice";
      }
    }
    return refused;
  }

  // Until no step is left, or it takes too long.
  void mend() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!ledger.store().figures().key_trouble.empty()) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << ledger.store().figures().key_trouble;
      (void)ledger.store().idle_step();
    }
    ledger.settle();
  }

  void expect_whole() {
    EXPECT_TRUE(resend_all().empty());
    EXPECT_EQ(problems_of(ledger.file()), "");
    EXPECT_EQ(ledger.store().figures().key_trouble, "");
  }

  TestLedger ledger;
  std::size_t count = 0;
};

constexpr const char* kOldestRun = "(SELECT run FROM key_runs ORDER BY first_seq LIMIT 1)";

class KeyRepairOfDamage : public KeyRepairTest, public testing::WithParamInterface<const char*> {};

TEST_P(KeyRepairOfDamage, RefusesWhatItCantTellAndMakesTheRunAnew) {
  damage(GetParam());
  ledger.reopen();
  const auto refused = resend_all();
  EXPECT_FALSE(refused.empty()) << "nothing was damaged where keys are looked up";
  EXPECT_NE(ledger.store().figures().key_trouble, "");
  EXPECT_THAT(ledger.store().take_key_notices(), Contains(HasSubstr("made anew from the journal")));
  ASSERT_NO_FATAL_FAILURE(mend());
  EXPECT_THAT(ledger.store().take_key_notices(), Contains(HasSubstr("found again")));
  expect_whole();
  ledger.crash_and_reopen();
  expect_whole();
}

INSTANTIATE_TEST_SUITE_P(
    Keys, KeyRepairOfDamage,
    testing::Values(
        // A fingerprint with one bit flipped; a block, a filter page that are gone; what a run says of
        // itself; a run that is gone; all that runs consist of.
        "UPDATE key_blocks SET page = CAST(x'00' || substr(page, 2) AS BLOB) WHERE id & 0xFFFFFFFF "
        "= 1",
        "DELETE FROM key_blocks WHERE id & 0xFFFFFFFF = 0",
        "UPDATE key_filters SET page = zeroblob(length(page))",
        "UPDATE key_runs SET keys = keys + 300 WHERE first_seq = 1",
        "DELETE FROM key_runs WHERE first_seq = 1",
        "DELETE FROM key_runs WHERE run = (SELECT run FROM key_runs ORDER BY first_seq LIMIT 1 "
        "OFFSET 1)",
        "DELETE FROM key_blocks", "DELETE FROM key_filters"));

// The one damaged run answers for its other pages, and everything else goes on.
TEST_F(KeyRepairTest, RefusesOnlyRequestsThatNeedTheDamagedPage) {
  damage(std::string("UPDATE key_blocks SET page = zeroblob(9) WHERE id = (") + kOldestRun +
         " << 32) + 1");
  ledger.reopen();
  const auto refused = resend_all();
  EXPECT_GT(refused.size(), 100U);
  EXPECT_LT(refused.size(), 500U) << "of 2,500, in a block of about 290";
  std::size_t decided = 0;
  for (std::size_t i = 0; i < 1'000; ++i) {
    const auto made = ledger.pay("new-" + std::to_string(i), eur("world", "ada", 1));
    decided += std::holds_alternative<Decided>(made);
    ASSERT_TRUE(std::holds_alternative<Decided>(made) || is_unreadable(made));
  }
  EXPECT_GT(decided, 950U) << "a filter tells nearly all of them";
  ledger.commit();
  ASSERT_NO_FATAL_FAILURE(mend());
  EXPECT_TRUE(resend_all().empty());
}

// Nothing is decided while a run is missing, so that no group is written: the keys come back all
// the same, while clients send nothing but requests that must be refused.
TEST_F(KeyRepairTest, GoesOnWhileEveryRequestIsRefused) {
  damage("DELETE FROM key_runs WHERE last_seq < 2000");
  ledger.reopen();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::size_t refused = 0;
  for (bool open = true; open; ++refused) {
    ASSERT_LT(std::chrono::steady_clock::now(), end);
    const auto made = ledger.pay("new-" + std::to_string(refused), eur("world", "ada", 1));
    open = is_unreadable(made);
    ledger.commit();
  }
  EXPECT_GT(refused, 1U);
  EXPECT_TRUE(resend_all().empty());
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(KeyRepairTest, GoesOnAfterACrashAtAnyPointOfIt) {
  damage("DELETE FROM key_runs WHERE first_seq = 1");
  damage("UPDATE key_blocks SET page = zeroblob(9) WHERE id & 0xFFFFFFFF = 0");
  for (int life = 0; life < 30; ++life) {
    life == 0 ? ledger.reopen() : ledger.crash_and_reopen();
    for (int step = 0; step < life; ++step) (void)ledger.store().idle_step();
    (void)resend_all();
  }
  ASSERT_NO_FATAL_FAILURE(mend());
  expect_whole();
}

// The journal alone can say which keys there were: where it has a gap, no run may be made of the rest.
TEST_F(KeyRepairTest, MakesNoRunOfAJournalThatLacksAnEntry) {
  damage("DELETE FROM key_runs WHERE first_seq = 1");
  ledger.reopen();
  damage("DELETE FROM journal WHERE seq = 50");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::string trouble;
  while (trouble.find("entry 50") == std::string::npos) {
    ASSERT_LT(std::chrono::steady_clock::now(), end) << trouble;
    (void)ledger.store().idle_step();
    trouble = ledger.store().figures().key_trouble;
  }
  const auto made = ledger.pay("new", eur("world", "ada", 1));
  EXPECT_TRUE(is_unreadable(made));
}

// A start reads a bounded part of the journal, and the rest comes back as a lost run.
class KeyRepairOfATail : public KeyRepairTest {
 protected:
  KeyRepairOfATail() : KeyRepairTest({.keys_in_run = 100, .start_entries_max = 500}) {}
};

TEST_F(KeyRepairOfATail, ReadsALongTailOfTheJournalBesideTheStart) {
  damage("DELETE FROM key_runs WHERE first_seq > 1500");
  ledger.reopen();
  EXPECT_LT(ledger.store().figures().keys_recent, 500U);
  EXPECT_TRUE(is_unreadable(ledger.pay("new", eur("world", "ada", 1))));
  ASSERT_NO_FATAL_FAILURE(mend());
  expect_whole();
}

}  // namespace
}  // namespace giro::test
