// kill -9 aimed at what is seldom under way: keys that are sealed into a run, runs that are merged, an old ledger that is
// migrated, a backup and a restore. Whatever was answered is there once, and what was being made is there whole or not
// at all.
#include <chrono>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/daemon/daemon_process.hpp"
#include "tests/store/old_ledger.hpp"
#include "tests/store/test_ledger.hpp"
#include "tests/store/workers.hpp"
#include "tests/system/killer.hpp"
#include "tests/system/paying_client.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;

constexpr std::uint32_t kKeysInRun = 262'144;  // As girod seals them.

// Accounts as the clients use them.
void open_accounts_in(TestLedger& ledger) {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  ledger.now = {std::chrono::duration_cast<std::chrono::nanoseconds>(wall).count()};
  ledger.open("world", without_floor);
  for (int i = 0; i < 10; ++i) {
    const std::string id = "acct:" + std::to_string(i);
    ledger.open(id);
    ledger.pay("fund-" + id, eur("world", id, 100'000));
  }
  ledger.commit();
}

// Payments `first` to `last`, whose keys are key_of().
void pay_many(
    TestLedger& ledger, std::size_t first, std::size_t last,
    const std::function<void()>& after_each_group = [] {}) {
  for (std::size_t i = first; i < last; ++i) {
    ledger.pay(test::key_of(i), eur("world", "acct:" + std::to_string(i % 10), 1));
    if (i % 1'000 != 999 && i + 1 != last) continue;
    ledger.commit();
    after_each_group();
  }
}

std::int64_t number_in(const std::filesystem::path& ledger_file, const std::string& sql) {
  SQLite::Database db(ledger_file.string());
  return db.execAndGet(sql).getInt64();
}

// A program that runs beside the test, and is killed with it.
class GiroProcess {
 public:
  explicit GiroProcess(std::vector<std::string> words) : pid_(::fork()) {
    if (pid_ != 0) return;
    const int nowhere = ::open("/dev/null", O_RDWR);
    for (const int output : {STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, output);
    std::vector<char*> arguments{const_cast<char*>(GIRO_TEST_CLI)};
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::execv(GIRO_TEST_CLI, arguments.data());
    ::_exit(127);
  }
  ~GiroProcess() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    (void)wait();
  }
  GiroProcess(const GiroProcess&) = delete;
  GiroProcess& operator=(const GiroProcess&) = delete;

  void kill_now() const { ::kill(pid_, SIGKILL); }
  // Its exit code; -1: it was killed.
  int wait() {
    int status = 0;
    if (pid_ <= 0 || ::waitpid(std::exchange(pid_, -1), &status, 0) < 0) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_;
};

int run_giro(std::vector<std::string> words) {
  return GiroProcess(std::move(words)).wait();
}

template <class Do>
std::chrono::microseconds time_of(Do it) {
  const auto begun = client::Clock::now();
  it();
  return std::chrono::duration_cast<std::chrono::microseconds>(client::Clock::now() - begun);
}

class KillNineAimed : public testing::Test {
 protected:
  // Up to a half more than the time that something takes.
  std::chrono::microseconds within(std::chrono::microseconds time) {
    return std::chrono::microseconds(random_() %
                                     (1 + static_cast<std::uint64_t>(time.count() * 3 / 2)));
  }

  ~KillNineAimed() override {
    std::size_t answers = answers_before_;
    for (const PayingClient& client : clients_) answers += client.answered();
    std::cout << fmt::format("  {} answers; {} kills, {} of them before it was over\n", answers,
                             kills_, hits_);
  }

  void begin_clients() {
    for (const PayingClient& client : clients_) answers_before_ += client.answered();
    clients_.clear();
    for (int c = 0; c < 3; ++c) clients_.emplace_back(c);
  }
  // A life of a daemon under load.
  void live(const std::function<void(DaemonProcess&)>& end) {
    DaemonProcess daemon(folder_.path());
    std::vector<std::jthread> threads;
    threads.reserve(clients_.size());
    for (PayingClient& client : clients_) {
      threads.emplace_back([&client, &daemon] { client.run_until_killed(daemon); });
    }
    end(daemon);
    daemon.kill_now();
    ++kills_;
  }

  // Some lives on a copy of the ledger, the first killed once what is aimed at is under way, the others within that time;
  // then all is right. `under_way` asks the file, as it is and as the kill left it, for a number that isn't 0 while it was.
  void kill_under_load(const std::filesystem::path& base, std::chrono::microseconds most,
                       const std::string& under_way) {
    copy_folder(base, data());
    begin_clients();
    for (int life = 0; life < 4; ++life) {
      killer_.kill_starts(folder_.path());
      live([&](DaemonProcess& daemon) {
        if (life == 0) wait_until(under_way);
        killer_.end(daemon, life == 0 ? std::chrono::milliseconds(1) : most);
      });
      copy_folder(data(), folder_.path() / "looked-at");
      hits_ += number_in(folder_.path() / "looked-at" / "ledger.db", under_way) != 0;
    }
    expect_all_right();
  }

  // At most for some seconds.
  void wait_until(const std::string& under_way) const {
    const auto until = client::Clock::now() + std::chrono::seconds(10);
    while (client::Clock::now() < until && number_in(data() / "ledger.db", under_way) == 0) {
    }
  }

  void expect_all_right(std::size_t old_keys = 0) {
    DaemonProcess daemon(folder_.path());
    client::Connection connection = daemon.connect();
    for (const PayingClient& client : clients_) {
      EXPECT_FALSE(client.contradicted()) << "one key was answered with two decisions";
      ASSERT_NO_FATAL_FAILURE(client.expect_all_there(connection));
    }
    for (std::size_t i = 0; i < old_keys; i += 977) {
      const std::string again =
          payment_params(test::key_of(i), "world", "acct:" + std::to_string(i % 10), 1);
      const auto answer = connection.call("payments.submit", again);
      ASSERT_TRUE(answer && answer->at("replayed").as_bool())
          << test::key_of(i) << " was taken for new";
    }
    const json::object report = call(connection, "ledger.verify");
    EXPECT_TRUE(report.at("ok").as_bool()) << json::serialize(report);
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(number_in(data() / "ledger.db",
                        "SELECT count(*) FROM (SELECT key FROM journal WHERE kind <> 2 "
                        "GROUP BY key HAVING count(*) > 1)"),
              0)
        << "a key was decided twice";
  }

  [[nodiscard]] std::filesystem::path data() const { return folder_.path() / "data"; }

  ScratchFolder folder_{folder_in_memory()};
  std::mt19937_64 random_{20'261'129};
  Killer killer_{20'261'129};
  std::vector<PayingClient> clients_;
  std::size_t answers_before_ = 0;
  int kills_ = 0;
  int hits_ = 0;
};

constexpr const char* kHalfARun =
    "SELECT count(*) FROM key_blocks WHERE id >> 32 NOT IN (SELECT run FROM key_runs)";

TEST_F(KillNineAimed, AtASealOfKeysLosesNoneOfThem) {
  const std::filesystem::path base = folder_.path() / "base";
  {
    TestLedger ledger({.directory = base, .keys_in_run = 2 * kKeysInRun});
    open_accounts_in(ledger);
    pay_many(ledger, 0, kKeysInRun - 300);
  }
  for (int round = 0; round < times_as_long(1); ++round) {
    ASSERT_NO_FATAL_FAILURE(kill_under_load(base, std::chrono::milliseconds(300), kHalfARun));
  }
  ASSERT_NO_FATAL_FAILURE(expect_all_right(kKeysInRun - 300));
  EXPECT_GT(hits_, 0) << "no kill met a seal";
}

TEST_F(KillNineAimed, AtAMergeOfRunsLosesNoneOfTheirKeys) {
  constexpr std::size_t kRuns = 8;
  constexpr std::uint32_t kKeys = 20'000;
  const std::filesystem::path base = folder_.path() / "base";
  {
    TestLedger ledger({.directory = base,
                       .keys_in_run = kKeys,
                       .surroundings = {.worker = std::make_shared<AtOnceWorker>()}});
    open_accounts_in(ledger);
    std::int64_t runs = 0;
    pay_many(ledger, 0, (kRuns + 1) * kKeys, [&] {
      while (runs < std::int64_t{kRuns} && ledger.store().idle_step() == store::Store::Idle::more) {
        runs = number_in(ledger.file(), "SELECT count(*) FROM key_runs");
      }
    });
    ASSERT_EQ(runs, std::int64_t{kRuns});
  }
  for (int round = 0; round < times_as_long(1); ++round) {
    ASSERT_NO_FATAL_FAILURE(kill_under_load(base, std::chrono::milliseconds(100), kHalfARun));
  }
  ASSERT_NO_FATAL_FAILURE(expect_all_right(kRuns * kKeys));
  EXPECT_GT(hits_, 0) << "no kill met a merge";
}

TEST_F(KillNineAimed, AtAMigrationLeavesTheOldLedgerOrTheNewOne) {
  for (const OldLedger& old : {kVersion2, kVersion3, kVersion4, kVersion5, kVersion6}) {
    SCOPED_TRACE(old.text());
    old.make_in(data());
    // It goes no further with this clock.
    const auto start = time_of([this] { EXPECT_ANY_THROW(DaemonProcess(folder_.path())); });
    for (int round = 0; round < times_as_long(3); ++round) {
      old.make_in(data());
      for (int kill = 0; kill < 3; ++kill) {
        DaemonProcess::start_and_kill(folder_.path(), within(start / 2));
        ++kills_;
        copy_folder(data(), folder_.path() / "looked-at");
        hits_ += number_in(folder_.path() / "looked-at" / "ledger.db", "PRAGMA user_version") ==
                 old.version;
      }
      // Not girod: the fixture's time is long ago, and what is due by now would be decided.
      TestLedger({.directory = data(), .make = store::MakeLedger::never}).close();
      const auto report = store::verify(data() / "ledger.db", [] { return false; });
      ASSERT_EQ(problems_in(report), "");
      ASSERT_EQ(report.head_seq, old.head);
      ASSERT_EQ(report.head_digest, old.digest);
    }
  }
  EXPECT_GT(hits_, 0) << "each of them was over";
  EXPECT_LT(hits_, kills_) << "none of them was over";
}

TEST_F(KillNineAimed, AtABackupOrARestoreLeavesAWholeOneOrNone) {
  const std::string backup = (folder_.path() / "backup").string();
  const std::string good = (folder_.path() / "good").string();
  const std::string restored = (folder_.path() / "restored").string();
  const std::filesystem::path base = folder_.path() / "base";
  {
    TestLedger ledger({.directory = base, .keys_in_run = kKeysInRun});
    open_accounts_in(ledger);
    pay_many(ledger, 0, 60'000);
  }
  std::chrono::microseconds takes{};
  std::chrono::microseconds restore_takes{};
  constexpr int kLives = 4;
  for (int life = 0; life < times_as_long(kLives); ++life) {
    if (life % kLives == 0) {
      copy_folder(base, data());
      begin_clients();
      std::filesystem::remove(good);
      std::filesystem::remove_all(restored);
      live([&](DaemonProcess& /*daemon*/) {
        takes = time_of([&] { EXPECT_EQ(run_giro({"backup", good, "--data", data()}), 0); });
      });
      restore_takes =
          time_of([&] { EXPECT_EQ(run_giro({"restore", good, "--data", restored}), 0); });
    }
    live([&](DaemonProcess& daemon) {
      GiroProcess giro({"backup", backup, "--data", data()});
      std::this_thread::sleep_for(within(takes));
      life % 2 == 0 ? giro.kill_now() : daemon.kill_now();
      (void)giro.wait();
    });
    hits_ += !std::filesystem::exists(backup);
    if (std::filesystem::exists(backup)) std::filesystem::rename(backup, good);

    std::filesystem::remove_all(restored);
    {
      GiroProcess giro({"restore", good, "--data", restored});
      std::this_thread::sleep_for(within(restore_takes));
      giro.kill_now();
      (void)giro.wait();
    }
    ++kills_;
    if (!std::filesystem::exists(restored)) {
      ++hits_;
      std::filesystem::remove_all(restored + ".part");  // As it is told.
      ASSERT_EQ(run_giro({"restore", good, "--data", restored}), 0) << "the backup isn't whole";
    }
    ASSERT_EQ(run_giro({"verify", "--data", restored}), 0);
    if (life % kLives == kLives - 1) {
      ASSERT_NO_FATAL_FAILURE(expect_all_right(60'000));
    }
  }
  EXPECT_GT(hits_, 0) << "each of them was over";
  EXPECT_LT(hits_, kills_) << "none of them was over";
}

}  // namespace
}  // namespace giro::test
