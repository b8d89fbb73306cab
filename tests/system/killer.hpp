// How a daemon ends under its clients: most often it is killed, sometimes stopped for a moment before, sometimes asked
// to go; and before the next one serves anybody, some are killed in the middle of their start. Thread: the test's.
#pragma once

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <thread>

#include "tests/daemon/daemon_process.hpp"

namespace giro::test {

// GIRO_LONG=1 kills ten times as often.
[[nodiscard]] inline int times_as_long(int usual) {
  return std::getenv("GIRO_LONG") != nullptr ? 10 * usual : usual;
}

class Killer {
 public:
  explicit Killer(unsigned seed) : random_(seed) {}

  // Some, each killed while it recovers what the one before left.
  void kill_starts(const std::filesystem::path& folder) {
    while (random_() % 3 == 0) {
      DaemonProcess::start_and_kill(folder, std::chrono::microseconds(random_() % 20'000));
    }
  }
  // `most`: how long it serves.
  void end(DaemonProcess& daemon, std::chrono::microseconds most) {
    std::this_thread::sleep_for(
        std::chrono::microseconds(1'000 + random_() % static_cast<unsigned long>(most.count())));
    switch (random_() % 8) {
      case 0:
        daemon.signal(SIGTERM);
        std::this_thread::sleep_for(std::chrono::microseconds(random_() % 10'000));
        break;
      case 1:
        daemon.signal(SIGSTOP);
        std::this_thread::sleep_for(std::chrono::microseconds(random_() % 20'000));
        break;
      default:
        break;
    }
    daemon.kill_now();
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace giro::test
