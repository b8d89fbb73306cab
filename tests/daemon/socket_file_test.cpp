// The socket's file while the daemon runs: removed, moved, replaced, and at the stop.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/daemon/daemon_process.hpp"

namespace giro::test {
namespace {

namespace fs = std::filesystem;

bool comes_true(const std::function<bool()>& holds) {
  const auto deadline = client::Clock::now() + std::chrono::seconds(10);
  while (!holds()) {
    if (client::Clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

bool can_connect(const DaemonProcess& daemon) {
  auto connection = client::Connection::open(daemon.socket());
  return connection && connection->call("server.info", "{}");
}

bool log_says(const DaemonProcess& daemon, const std::string& words) {
  return comes_true([&] { return daemon.log().find(words) != std::string::npos; });
}

// A socket of somebody else; the descriptor is open until the end.
class OtherSocket {
 public:
  explicit OtherSocket(const fs::path& path) : socket_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.native().copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket_, 8), 0);
  }
  ~OtherSocket() { ::close(socket_); }
  OtherSocket(const OtherSocket&) = delete;
  OtherSocket& operator=(const OtherSocket&) = delete;

 private:
  int socket_;
};

TEST(TheSocketFile, IsMadeAgainWhateverTookItAway) {
  struct Loss {
    const char* what;
    std::function<void(const fs::path&)> happen;
  };
  const Loss losses[] = {
      {"removed", [](const fs::path& file) { fs::remove(file); }},
      {"moved", [](const fs::path& file) { fs::rename(file, file.string() + ".moved"); }},
      {"replaced by a socket where nobody listens",
       [](const fs::path& file) {
         {
           const OtherSocket ended(file.string() + ".other");
         }
         fs::rename(file.string() + ".other", file);
       }},
  };
  const ScratchFolder folder;
  const DaemonProcess daemon(folder.path());
  client::Connection before = daemon.connect();
  for (const Loss& loss : losses) {
    SCOPED_TRACE(loss.what);
    loss.happen(daemon.socket());
    EXPECT_TRUE(comes_true([&] { return can_connect(daemon); })) << daemon.log();
    struct stat status{};
    ASSERT_EQ(::stat(daemon.socket().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0660U);
    EXPECT_TRUE(before.call("ledger.status", "{}")) << "who was connected is served as before";
  }
  EXPECT_TRUE(log_says(daemon, "it was made again")) << daemon.log();
}

TEST(TheSocketFile, IsMadeAgainWithItsFolder) {
  const ScratchFolder folder;
  fs::create_directory(folder.path() / "run");
  const DaemonProcess daemon(folder.path() / "run");
  fs::rename(folder.path() / "run", folder.path() / "elsewhere");
  EXPECT_TRUE(comes_true([&] { return can_connect(daemon); }));
}

TEST(TheSocketFile, IsLeftToWhoUsesItsPathAndMadeAgainAfterwards) {
  const ScratchFolder folder;
  const DaemonProcess daemon(folder.path());
  const fs::path text = folder.path() / "text";
  std::ofstream(text) << "not a socket";
  fs::rename(text, daemon.socket());
  EXPECT_TRUE(log_says(daemon, "no new one can be made")) << daemon.log();
  EXPECT_TRUE(fs::is_regular_file(daemon.socket()));
  fs::remove(daemon.socket());
  EXPECT_TRUE(comes_true([&] { return can_connect(daemon); })) << daemon.log();
}

TEST(TheSocketFile, OfAnotherProgramIsStillThereAfterAStop) {
  const ScratchFolder folder;
  DaemonProcess daemon(folder.path());
  const OtherSocket other(folder.path() / "other.sock");
  fs::rename(folder.path() / "other.sock", daemon.socket());
  EXPECT_TRUE(log_says(daemon, "another girod is listening")) << daemon.log();
  EXPECT_EQ(daemon.stop(), 0) << daemon.log();
  EXPECT_TRUE(fs::is_socket(folder.path() / "giro.sock"));
}

TEST(TheSocketFile, OfTheDaemonIsGoneAfterAStop) {
  const ScratchFolder folder;
  DaemonProcess daemon(folder.path());
  fs::remove(daemon.socket());
  ASSERT_TRUE(comes_true([&] { return can_connect(daemon); })) << daemon.log();
  EXPECT_EQ(daemon.stop(), 0) << daemon.log();
  EXPECT_FALSE(fs::exists(folder.path() / "giro.sock"));
}

TEST(TheSocketFile, OfTheServiceManagerIsReportedAndNotMade) {
  const ScratchFolder folder;
  const DaemonProcess daemon(folder.path(), {.activated = true});
  client::Connection before = daemon.connect();
  fs::remove(daemon.socket());
  EXPECT_TRUE(log_says(daemon, "Restart girod.socket")) << daemon.log();
  EXPECT_FALSE(fs::exists(daemon.socket()));
  EXPECT_TRUE(before.call("ledger.status", "{}"));
}

TEST(TheSocketFile, MayHaveItsModeChanged) {
  const ScratchFolder folder;
  const DaemonProcess daemon(folder.path());
  fs::permissions(daemon.socket(), fs::perms::owner_all);
  EXPECT_TRUE(can_connect(daemon));
  fs::remove(daemon.socket());
  EXPECT_TRUE(comes_true([&] { return can_connect(daemon); })) << "still watched afterwards";
}

}  // namespace
}  // namespace giro::test
