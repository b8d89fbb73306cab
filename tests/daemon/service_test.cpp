// What the service manager sees and gives: readiness, the watchdog, reloads, stopping, the socket.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/daemon/daemon_process.hpp"

namespace giro::test {
namespace {

// The socket that systemd would listen on for sd_notify(3).
class NotifySocket {
 public:
  explicit NotifySocket(const std::filesystem::path& path)
      : path_(path.string()), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("no socket at " + path_);
    }
  }
  ~NotifySocket() { ::close(socket_); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  [[nodiscard]] std::string environment() const { return "NOTIFY_SOCKET=" + path_; }

  // Whether a message with this word comes within ten seconds.
  [[nodiscard]] bool hears(const std::string& word) const {
    const auto deadline = client::Clock::now() + std::chrono::seconds(10);
    while (client::Clock::now() < deadline) {
      pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
      if (::poll(&waiting, 1, 100) <= 0) continue;
      char bytes[4096];
      const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
      const std::string message(bytes, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
      if (message.find(word) != std::string::npos) return true;
    }
    return false;
  }

 private:
  std::string path_;
  int socket_;
};

TEST(Service, TellsWhenItIsReadyReloadsAndStops) {
  const ScratchFolder folder;
  const NotifySocket manager(folder.path() / "notify");
  DaemonProcess daemon(folder.path(), {.environment = {manager.environment()}});
  EXPECT_TRUE(manager.hears("READY=1"));
  daemon.signal(SIGHUP);
  EXPECT_TRUE(manager.hears("RELOADING=1"));
  EXPECT_TRUE(manager.hears("READY=1"));
  daemon.signal(SIGTERM);
  EXPECT_TRUE(manager.hears("STOPPING=1"));
  EXPECT_EQ(daemon.wait(), 0) << daemon.log();
}

TEST(Service, FeedsTheWatchdogAsLongAsTheCommitThreadGoesOn) {
  const ScratchFolder folder;
  const NotifySocket manager(folder.path() / "notify");
  const DaemonProcess daemon(folder.path(),
                             {.environment = {manager.environment(), "WATCHDOG_USEC=300000"}});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(manager.hears("WATCHDOG=1"));
}

TEST(Service, TakesOverTheSocketThatItIsHanded) {
  const ScratchFolder folder;
  {
    DaemonProcess daemon(folder.path(), {.activated = true});
    client::Connection connection = daemon.connect();
    open_account(connection, "world", true);
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
  }
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "giro.sock"))
      << "the socket is the service manager's: the next start must find it";
}

}  // namespace
}  // namespace giro::test
