// Starting, stopping, reloading, and who may do what.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/daemon/daemon_process.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;
using testing::AllOf;
using testing::HasSubstr;

std::string error_name(const std::expected<json::value, client::CallError>& answer) {
  if (answer) return "no error";
  const auto* error = std::get_if<client::RpcError>(&answer.error());
  return error == nullptr ? "lost" : error->name;
}

TEST(Stopping, BySigtermCommitsAndAnswersWhatWasAccepted) {
  const ScratchFolder folder;
  std::int64_t answered = 0;
  {
    DaemonProcess daemon(folder.path());
    client::Connection connection = daemon.connect();
    open_account(connection, "world", true);
    open_account(connection, "acct:a");
    for (int i = 0; i < 1'000; ++i) {
      connection.start("payments.submit",
                       payment_params("s" + std::to_string(i), "world", "acct:a", 1));
    }
    ASSERT_TRUE(connection.next_reply());
    ++answered;
    daemon.signal(SIGTERM);
    while (const auto reply = connection.next_reply()) {
      if (reply->answer) {
        ++answered;
      } else {
        EXPECT_EQ(reply->answer.error().name, "shutting_down");
      }
    }
    EXPECT_EQ(daemon.wait(), 0) << daemon.log();
  }
  const DaemonProcess daemon(folder.path());
  client::Connection connection = daemon.connect();
  EXPECT_EQ(call(connection, "accounts.get", {{"id", "acct:a"}}).at("balance").as_int64(), answered)
      << "every answered payment is there, and no other";
}

TEST(Starting, TwiceOnOneLedgerIsRefusedAndSaysWhy) {
  const ScratchFolder folder;
  const DaemonProcess daemon(folder.path());
  const ScratchFolder other;
  std::filesystem::create_directory_symlink(daemon.data(), other.path() / "data");
  try {
    const DaemonProcess second(other.path());
    FAIL() << "two writers on one ledger";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("one writer"), std::string::npos) << error.what();
  }
}

TEST(Starting, ReplacesTheSocketOfADaemonThatWasKilled) {
  const ScratchFolder folder;
  {
    DaemonProcess daemon(folder.path());
    daemon.kill_now();
  }
  ASSERT_TRUE(std::filesystem::exists(folder.path() / "giro.sock"));
  const DaemonProcess daemon(folder.path());
  EXPECT_NO_THROW(daemon.connect());
}

TEST(Starting, MakesASocketThatOnlyItsOwnerAndGroupMayUse) {
  const ScratchFolder folder;
  const DaemonProcess daemon(folder.path());
  struct stat status{};
  ASSERT_EQ(::stat(daemon.socket().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0660U);
}

// What girod says when it doesn't start; "" when it does.
std::string refusal_to_start(const std::filesystem::path& folder,
                             const DaemonOptions& options = {}) {
  try {
    const DaemonProcess daemon(folder, options);
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(Starting, InAnEmptyFolderMakesALedgerOnlyWhenAsked) {
  const ScratchFolder folder;
  std::filesystem::create_directory(folder.path() / "data");
  EXPECT_THAT(refusal_to_start(folder.path()),
              AllOf(HasSubstr("no ledger in"), HasSubstr("mounted"), HasSubstr("--init")));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "data"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "giro.sock"));
  EXPECT_EQ(refusal_to_start(folder.path(), {.arguments = {"--init"}}), "");
  EXPECT_EQ(refusal_to_start(folder.path()), "") << "now there is one";
}

// As the service does it: a folder that is empty later is a disk that isn't mounted.
TEST(Starting, WithInitOnceMakesALedgerOnceAndNeverAgain) {
  const ScratchFolder folder;
  const DaemonOptions once{.arguments = {"--init-once", (folder.path() / "made").string()}};
  std::filesystem::create_directory(folder.path() / "data");
  EXPECT_EQ(refusal_to_start(folder.path(), once), "");
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "made"));
  EXPECT_EQ(refusal_to_start(folder.path(), once), "");
  std::filesystem::remove_all(folder.path() / "data");
  std::filesystem::create_directory(folder.path() / "data");
  EXPECT_THAT(refusal_to_start(folder.path(), once), HasSubstr("no ledger in"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "data"));
}

TEST(Starting, OnDamageEndsAndNamesWhatToDo) {
  struct Damage {
    const char* what;
    void (*make)(const std::filesystem::path& data);
    const char* words;
  };
  const auto overwrite = [](const std::filesystem::path& file, std::string_view bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
  };
  static const auto kWrite = overwrite;
  constexpr Damage kDamages[] = {
      {"its file is gone", [](const auto& data) { std::filesystem::remove(data / "ledger.db"); },
       "ledger.db is missing"},
      {"its log is gone", [](const auto& data) { std::filesystem::remove(data / "ledger.db-wal"); },
       "acknowledged"},
      {"its anchor is garbage", [](const auto& data) { kWrite(data / "anchor", "garbage"); },
       "giro verify --data"},
      {"its file is garbage",
       [](const auto& data) { kWrite(data / "ledger.db", std::string(8'192, 'x')); }, ""},
      {"its file is cut off",
       [](const auto& data) { std::filesystem::resize_file(data / "ledger.db", 8'192); }, ""},
  };
  for (const Damage& damage : kDamages) {
    SCOPED_TRACE(damage.what);
    const ScratchFolder folder;
    {
      DaemonProcess daemon(folder.path());
      client::Connection connection = daemon.connect();
      open_account(connection, "world", true);
      open_account(connection, "acct:a");
      call(connection, "payments.submit",
           json::parse(payment_params("k", "world", "acct:a", 5)).as_object());
      daemon.kill_now();
    }
    std::filesystem::remove(folder.path() / "data/ledger.db-shm");
    damage.make(folder.path() / "data");
    const std::string said = refusal_to_start(folder.path());
    EXPECT_THAT(said, AllOf(HasSubstr("girod ended at its start"), HasSubstr(damage.words)));
  }
}

#ifdef GIRO_TEST_CLOCK_SHIM
// An entry's time is for ever: a clock that can't be right is not decided with.
TEST(Starting, WithAClockBehindTheLastEntryMustBeToldThatItIsRight) {
  const auto with_clock_off = [](const std::string& seconds) {
    return DaemonOptions{
        .environment = {"LD_PRELOAD=" GIRO_TEST_CLOCK_SHIM, "GIRO_TEST_CLOCK_OFF=" + seconds}};
  };
  const ScratchFolder folder;
  {
    DaemonProcess daemon(folder.path());
    client::Connection connection = daemon.connect();
    open_account(connection, "world", true);
    EXPECT_EQ(call(connection, "ledger.status").at("clock").as_object().at("state"), "agrees");
    EXPECT_EQ(daemon.stop(), 0);
  }
  EXPECT_THAT(refusal_to_start(folder.path(), with_clock_off("-7200")),
              AllOf(HasSubstr("behind the ledger's last entry"), HasSubstr("--accept-clock")));
  EXPECT_EQ(refusal_to_start(folder.path(), with_clock_off("-30")), "") << "a little is told only";
  DaemonOptions accepted = with_clock_off("-7200");
  accepted.arguments = {"--accept-clock"};
  DaemonProcess daemon(folder.path(), accepted);
  client::Connection connection = daemon.connect();
  open_account(connection, "acct:a");
  EXPECT_EQ(daemon.stop(), 0);
}
#endif

TEST(Rules, AllowWhatTheyNameAndNothingElse) {
  const ScratchFolder folder;
  DaemonProcess daemon(folder.path(), {.configuration = R"(
[[rule]]
users = ["root"]
methods = ["accounts.*", "payments.submit", "server.info"]
debit = ["shop:", "world"]
max_amount = { EUR = 1000 }
)"});
  if (::getuid() != 0) GTEST_SKIP() << "the rule is about root";
  client::Connection connection = daemon.connect();
  open_account(connection, "world", true);
  open_account(connection, "shop:till");
  open_account(connection, "private:ada");
  const auto pay = [&](const char* key, const char* from, const char* to, std::int64_t amount) {
    return connection.call("payments.submit", payment_params(key, from, to, amount));
  };
  EXPECT_TRUE(pay("k1", "world", "shop:till", 1'000));
  EXPECT_EQ(error_name(pay("k2", "world", "shop:till", 1'001)), "unauthorized");
  EXPECT_EQ(error_name(pay("k3", "private:ada", "shop:till", 1)), "unauthorized");
  EXPECT_EQ(error_name(connection.call("ledger.verify", "{}")), "unauthorized");
  EXPECT_EQ(error_name(connection.call("payments.get", R"({"key":"k1"})")), "unauthorized");
}

TEST(Rules, NameThePaymentOfManyThatIsntAllowedAndDecideNone) {
  if (::getuid() != 0) GTEST_SKIP() << "the rule is about root";
  const ScratchFolder folder;
  DaemonProcess daemon(folder.path(), {.configuration = R"(
[[rule]]
users = ["root"]
methods = ["accounts.*", "payments.*", "server.info"]
debit = ["world", "shop:1"]
)"});
  client::Connection connection = daemon.connect();
  open_account(connection, "world", true);
  open_account(connection, "shop:10", true);
  // The first one fails its checks, so that places among those that passed differ from the request's.
  const std::string many = R"({"payments":[{"key":"m-0"},)" +
                           payment_params("m-1", "world", "shop:10", 5) + "," +
                           payment_params("m-2", "shop:10", "world", 5) + "]}";
  const auto reply = connection.call("payments.submit_many", many);
  ASSERT_EQ(error_name(reply), "unauthorized");
  const auto& error = std::get<client::RpcError>(reply.error());
  EXPECT_NE(error.message.find("payments[2] (key m-2)"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("debit shop:10"), std::string::npos) << error.message;
  EXPECT_EQ(call(connection, "payments.get", {{"key", "m-1"}}).at("status"), "unknown")
      << "nothing of it is decided";
}

TEST(Log, NamesARefusedUserOnceACause) {
  if (::getuid() != 0) GTEST_SKIP() << "the rule is about root";
  const ScratchFolder folder;
  DaemonProcess daemon(
      folder.path(),
      {.configuration = "[[rule]]\nusers = [\"root\"]\nmethods = [\"server.info\"]\n"});
  client::Connection connection = daemon.connect();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(error_name(connection.call("ledger.status", "{}")), "unauthorized");
  }
  EXPECT_EQ(error_name(connection.call("ledger.verify", "{}")), "unauthorized");
  EXPECT_EQ(count_of(daemon.log(), "don't let user 0 call ledger.status"), 1U) << daemon.log();
  EXPECT_EQ(count_of(daemon.log(), "don't let user 0 call ledger.verify"), 1U) << daemon.log();
}

TEST(Log, SaysOnceThatAllConnectionsAreInUse) {
  const ScratchFolder folder;
  DaemonProcess daemon(folder.path(), {.configuration = "[limits]\nconnections = 1\n"});
  client::Connection first = daemon.connect();
  // The one that the start tried itself with may be still there.
  while (!first.call("server.info", "{}")) first = daemon.connect();
  for (int i = 0; i < 20; ++i) {
    client::Connection second = daemon.connect();
    EXPECT_FALSE(second.call("server.info", "{}"));
  }
  EXPECT_EQ(count_of(daemon.log(), "all 1 connections are in use"), 1U) << daemon.log();
}

TEST(Log, NamesWhatAReloadLeavesForARestart) {
  const ScratchFolder folder;
  DaemonProcess daemon(folder.path(), {.configuration = "[limits]\nwindow = 9\n"});
  std::ofstream(folder.path() / "girod.toml")
      << "socket_mode = \"0600\"\n[limits]\nwindow = 8\nqueue_items = 77\n";
  daemon.signal(SIGHUP);
  const std::string line = "waiting for a restart: socket_mode, limits.queue_items";
  for (int i = 0; i < 1'000 && count_of(daemon.log(), line) == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(count_of(daemon.log(), line), 1U) << daemon.log();
}

TEST(Log, SaysThatAnAuditFoundDamage) {
  const ScratchFolder folder;
  DaemonProcess daemon(folder.path());
  client::Connection connection = daemon.connect();
  open_account(connection, "world", true);
  open_account(connection, "ada");
  ASSERT_TRUE(
      connection.call("payments.submit", payment_params("before-damage", "world", "ada", 5)));
  EXPECT_EQ(call(connection, "ledger.verify").at("ok"), true);
  EXPECT_EQ(count_of(daemon.log(), "damaged"), 0U);
  const std::string damage = "sqlite3 " + daemon.data().string() +
                             "/ledger.db 'UPDATE journal SET uid = 4711 WHERE seq = 3'";
  ASSERT_EQ(std::system(damage.c_str()), 0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(call(connection, "ledger.verify").at("ok"), false);
  EXPECT_EQ(count_of(daemon.log(), "finds the ledger damaged"), 1U) << daemon.log();
}

TEST(Rules, ChangeWithSighup) {
  if (::getuid() != 0) GTEST_SKIP() << "the rule is about root";
  const ScratchFolder folder;
  const std::string narrow = "[[rule]]\nusers = [\"root\"]\nmethods = [\"server.info\"]\n";
  DaemonProcess daemon(folder.path(), {.configuration = narrow});
  client::Connection connection = daemon.connect();
  EXPECT_EQ(error_name(connection.call("ledger.status", "{}")), "unauthorized");

  std::ofstream(folder.path() / "girod.toml")
      << "[[rule]]\nusers = [\"root\"]\nmethods = [\"server.info\", \"ledger.status\"]\n";
  daemon.signal(SIGHUP);
  const auto deadline = client::Clock::now() + std::chrono::seconds(10);
  bool allowed = false;
  while (!allowed && client::Clock::now() < deadline) {
    allowed = daemon.connect().call("ledger.status", "{}").has_value();
  }
  EXPECT_TRUE(allowed) << daemon.log();

  std::ofstream(folder.path() / "girod.toml") << "this isn't TOML [";
  daemon.signal(SIGHUP);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_TRUE(daemon.connect().call("ledger.status", "{}"))
      << "a broken file must leave the rules as they were";
  EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace giro::test
