// What systemd is told: ready, reloading, stopping, a status line, and the watchdog's signs of life.
//
// What always holds: WATCHDOG=1 is sent only after the commit thread has made progress since the
// last one: an answered group, or a heartbeat that went through the queue. Without a watchdog there
// is no timer at all, so that an idle daemon sleeps. Thread: the I/O thread.
#pragma once

#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "engine/work.hpp"

namespace giro {

class Notifier {
 public:
  Notifier(boost::asio::io_context& io, WorkQueue& queue);

  void ready(const std::string& status);
  static void reloading();
  void stopping();
  // The commit thread delivered a group.
  void progress() { progressed_ = true; }

 private:
  void watch();

  WorkQueue& queue_;
  std::optional<boost::asio::steady_timer> timer_;  // With a watchdog.
  std::chrono::microseconds interval_{0};
  bool progressed_ = false;
};

}  // namespace giro
