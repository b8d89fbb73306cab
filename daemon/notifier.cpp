#include "daemon/notifier.hpp"

#include <chrono>

#include <systemd/sd-daemon.h>

namespace giro {

Notifier::Notifier(boost::asio::io_context& io, WorkQueue& queue) : queue_(queue) {
  constexpr int kKeepEnvironment = 0;
  std::uint64_t watchdog_us = 0;
  if (::sd_watchdog_enabled(kKeepEnvironment, &watchdog_us) <= 0) return;
  // Twice the rate that is asked for, as sd_watchdog_enabled(3) advises; and the heartbeat of one
  // turn is seen at the next.
  interval_ = std::chrono::microseconds(watchdog_us / 3);
  timer_.emplace(io);
}

void Notifier::ready(const std::string& status) {
  ::sd_notify(0, ("READY=1\nSTATUS=" + status).c_str());
  if (timer_) watch();
}

void Notifier::reloading() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto now_us = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  ::sd_notify(0, ("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now_us)).c_str());
}

void Notifier::stopping() {
  timer_.reset();
  ::sd_notify(0, "STOPPING=1\nSTATUS=Committing what was accepted");
}

void Notifier::watch() {
  if (std::exchange(progressed_, false)) ::sd_notify(0, "WATCHDOG=1");
  // A full queue needs no heartbeat: its next group is the sign of life.
  (void)queue_.push(WorkItem{.reply_to = {}, .uid = 0, .work = Heartbeat{}}, Weight{});
  timer_->expires_after(interval_);
  timer_->async_wait([this](const boost::system::error_code& error) {
    if (!error && timer_) watch();
  });
}

}  // namespace giro
