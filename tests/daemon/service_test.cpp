// What the service manager sees and gives: readiness, the watchdog, reloads, stopping, the socket.
#include <csignal>

#include <gtest/gtest.h>

#include "tests/daemon/daemon_process.hpp"
#include "tests/daemon/notify_socket.hpp"

namespace giro::test {
namespace {

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
