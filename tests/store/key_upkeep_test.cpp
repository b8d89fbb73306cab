// Upkeep of key runs that fails: payments go on, nothing grows without a bound, and it heals by itself.
#include <atomic>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include <dlfcn.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/store/test_ledger.hpp"
#include "tests/store/workers.hpp"

namespace {

std::atomic<bool>& threads_fail() {
  static std::atomic<bool> fail{false};
  return fail;
}

}  // namespace

// Every thread of this program is started through here. The C library's own names are reserved.
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*run)(void*), void* argument) {
  if (threads_fail()) return EAGAIN;
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto real = reinterpret_cast<Create>(::dlsym(RTLD_NEXT, "pthread_create"));
  return real(thread, attributes, run, argument);
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)

namespace giro::test {
namespace {

using store::CommitResult;
using store::Obstacle;
using store::ObstacleKind;
using testing::HasSubstr;

constexpr std::uint32_t kKeysInRun = 100;
constexpr std::uint64_t kRecentKeysMax = 1'000;

class KeyUpkeep : public testing::Test {
 protected:
  explicit KeyUpkeep(store::StoreOptions options = {.keys_in_run = kKeysInRun,
                                                    .recent_keys_max = kRecentKeysMax})
      : ledger(std::move(options)) {
    open_few_accounts(ledger);
  }
  ~KeyUpkeep() override { threads_fail() = false; }

  static std::string key_of(int i) { return "payment-" + std::to_string(i); }
  void pay(int payments) {
    for (int i = 0; i < payments; ++i) ledger.pay(key_of(count++), eur("world", "bob", 1));
    ledger.commit();
  }
  void expect_every_key() {
    for (int i = 0; i < count; ++i) {
      ASSERT_NE(ledger.seq_of(PaymentKey(key_of(i))), 0U) << "payment " << i;
    }
  }
  std::string trouble() { return ledger.store().figures().key_trouble; }

  TestLedger ledger;
  int count = 0;
};

// No file can be opened while it is there.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::close(next);
    const rlimit none{.rlim_cur = static_cast<rlim_t>(next), .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

class KeyUpkeepInTurn : public KeyUpkeep {
 protected:
  KeyUpkeepInTurn()
      : KeyUpkeep({.keys_in_run = kKeysInRun,
                   .recent_keys_max = kRecentKeysMax,
                   .surroundings = {.worker = std::make_shared<AtOnceWorker>()}}) {}
};

TEST_F(KeyUpkeepInTurn, OfAMergeWithoutDescriptorsFailsAloneIsToldOnceAndIsMadeUpFor) {
  if (GIRO_TEST_LOOKS_AT_TYPES) GTEST_SKIP() << "UBSan looks at an object's type through a pipe";
  {
    const NoDescriptors none;
    while (trouble().empty()) {
      ASSERT_LT(count, 100'000);
      pay(50);
    }
    EXPECT_THAT(trouble(), HasSubstr("can't be merged"));
    EXPECT_EQ(ledger.store().take_key_notices().size(), 1U);
    while (ledger.store().figures().key_runs < 20) {
      ASSERT_LT(count, 100'000) << "seals go on beside it";
      pay(50);
    }
    EXPECT_TRUE(ledger.store().take_key_notices().empty()) << "the same again is no news";
  }
  const std::uint64_t runs = ledger.store().figures().key_runs;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!trouble().empty() || ledger.store().figures().key_runs >= runs) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << trouble();
    ledger.settle();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  expect_every_key();
  ledger.crash_and_reopen();
  expect_every_key();
  EXPECT_EQ(problems_of(ledger.file()), "");
}

TEST_F(KeyUpkeep, ThatCantSealStopsNewPaymentsAtABoundAndGoesOnByItself) {
  threads_fail() = true;
  std::optional<Obstacle> obstacle;
  while (!(obstacle = ledger.store().begin())) {
    ASSERT_LT(count, 2'000);
    pay(50);
  }
  EXPECT_EQ(obstacle->kind, ObstacleKind::keys_unsealed);
  EXPECT_THAT(obstacle->what, HasSubstr("can't be sealed"));
  EXPECT_LT(ledger.store().figures().keys_recent, kRecentKeysMax + 50);
  EXPECT_EQ(ledger.store().probe(), CommitResult::refused);
  EXPECT_FALSE(ledger.store().is_spent()) << "memory isn't ahead of the file";
  expect_every_key();

  threads_fail() = false;
  EXPECT_EQ(ledger.store().probe(), CommitResult::committed);
  EXPECT_FALSE(ledger.store().obstacle());
  pay(50);
  ledger.settle();
  EXPECT_LE(ledger.store().figures().keys_recent, kKeysInRun);
  expect_every_key();
  EXPECT_EQ(problems_of(ledger.file()), "");
}

// Each daemon is killed after a single group, whose share of a run's pages is far too small. What a start reads
// stays bounded all the same.
class KeyUpkeepOfShortLives : public KeyUpkeep {
 protected:
  static constexpr std::uint32_t kKeysOfRun = 4'000;
  static constexpr Seq kStartEntriesMax = Seq{4} * kKeysOfRun;

  KeyUpkeepOfShortLives()
      : KeyUpkeep({.keys_in_run = kKeysOfRun,
                   .start_entries_max = kStartEntriesMax,
                   .surroundings = {.worker = std::make_shared<AtOnceWorker>()}}) {}
};

TEST_F(KeyUpkeepOfShortLives, EndsARunAllTheSame) {
  for (int life = 0; life < 60; ++life) {
    pay(300);
    ledger.crash_and_reopen();
    ASSERT_EQ(trouble(), "") << "life " << life;
    ASSERT_LE(ledger.store().figures().keys_recent, 3 * kKeysOfRun) << "life " << life;
  }
  expect_every_key();
  EXPECT_EQ(problems_of(ledger.file()), "");
}

}  // namespace
}  // namespace giro::test
