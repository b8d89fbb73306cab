#include "engine/cluster/log_thread.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <system_error>
#include <utility>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace giro {
namespace {

using Moment = cluster::Log::Moment;

int made_event() {
  const int event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (event < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return event;
}

}  // namespace

LogThread::LogThread(Parts parts, ClusterSource& source)
    : source_(source),
      on_halt_(std::move(parts.on_halt)),
      tell_(std::move(parts.tell)),
      clock_(std::move(parts.clock)),
      log_({.socket = std::move(parts.etcd_socket)}, parts.settings.node,
           std::move(parts.identity)),
      replicator_(
          std::move(parts.settings), log_, source_, [this] { return clock_.now(); }, on_halt_),
      wake_(made_event()) {}

LogThread::~LogThread() {
  source_.close();
  join();
  ::close(wake_);
}

void LogThread::start() {
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "log");
    run();
  });
}

void LogThread::join() {
  wake();
  if (thread_.joinable()) thread_.join();
}

void LogThread::wake() {
  if (awake_.exchange(true)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

void LogThread::run() {
  try {
    keep_in_step();
  } catch (const std::exception& error) {
    on_halt_(cluster::Halt::log,
             std::string(error.what()) +
                 ". What was answered is safe, and nothing more is decided here; see "
                 "docs/CLUSTER.md, a group that can't be read");
  }
  source_.end();
}

void LogThread::keep_in_step() {
  for (;;) {
    awake_ = false;
    if (source_.take_tick()) replicator_.want_tick();
    const Moment now = std::chrono::steady_clock::now();
    const auto next = replicator_.step(now);
    look_at_figures(now);
    if (next.ended || source_.is_abandoned()) return;
    sleep(next.at);
  }
}

// Until etcd says something, somebody wakes it, or then.
void LogThread::sleep(Moment until) {
  const etcd::Connection& etcd = log_.connection();
  if (const auto step = etcd.next_step()) until = std::min(until, *step);
  const auto now = std::chrono::steady_clock::now();
  const auto left = std::max(std::chrono::nanoseconds(0),
                             std::chrono::duration_cast<std::chrono::nanoseconds>(until - now));
  const timespec patience{.tv_sec = left / std::chrono::seconds(1),
                          .tv_nsec = (left % std::chrono::seconds(1)).count()};
  std::array<pollfd, 2> files{
      pollfd{.fd = wake_, .events = POLLIN, .revents = 0},
      pollfd{.fd = etcd.fd(),
             .events = static_cast<short>(POLLIN | (etcd.wants_write() ? POLLOUT : 0)),
             .revents = 0}};
  if (left.count() > 0) ::ppoll(files.data(), files.size(), &patience, nullptr);
  if ((files[0].revents & POLLIN) == 0) return;
  std::uint64_t count = 0;
  [[maybe_unused]] const auto read = ::read(wake_, &count, sizeof count);
}

void LogThread::look_at_figures(Moment now) {
  if (const auto notice = notices_.next(replicator_.figures(), now)) tell_(*notice);
  const std::scoped_lock lock(mutex_);
  figures_ = replicator_.figures();
  if (figures_.fresh_at) fresh_at_ = figures_.fresh_at->time_since_epoch().count();
}

std::optional<std::chrono::milliseconds> LogThread::age() const {
  const Moment fresh_at{Moment::duration(fresh_at_)};
  if (fresh_at == Moment{}) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               fresh_at);
}

cluster::Replicator::Figures LogThread::figures() const {
  const std::scoped_lock lock(mutex_);
  return figures_;
}

}  // namespace giro
