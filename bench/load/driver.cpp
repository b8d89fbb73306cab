#include "bench/load/driver.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace giro::load {
namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 20;
constexpr std::chrono::milliseconds kWatchInterval{100};
constexpr std::chrono::seconds kReplyPatience{60};
constexpr Clock::time_point kFree{};
constexpr std::string_view kReplyHead = R"({"jsonrpc":"2.0","id":)";
constexpr std::string_view kResultHead = R"(,"result":)";

// Sleeps are to end when they are meant to, for the open loop.
constexpr unsigned long kTimerSlackNs = 1;

timespec until(Clock::time_point deadline, Clock::time_point now) {
  const auto left = std::max(deadline - now, Clock::duration::zero());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  return {.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
}

}  // namespace

struct Driver::Lane {
  Lane(Channel opened, Route& of) : channel(std::move(opened)), route(&of) {}

  Channel channel;
  Route* route;
  bool waits_to_write = false;
  // The id of a request is its place here; kFree: no such request is outstanding.
  std::vector<Clock::time_point> sent_at;
  std::vector<std::uint32_t> free_ids;
};

struct Driver::Route {
  explicit Route(Stream& of) : stream(&of) {}

  Stream* stream;
  std::vector<std::unique_ptr<Lane>> lanes;
  bool issuing = true;
  std::uint64_t outstanding = 0;
  std::uint64_t arrivals = 0;
  Clock::time_point begun;
  Clock::time_point last_reply;

  [[nodiscard]] bool is_open_loop() const { return stream->arrivals_per_second > 0; }
  [[nodiscard]] Clock::time_point next_arrival() const {
    const double seconds = static_cast<double>(arrivals) / stream->arrivals_per_second;
    return begun +
           std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  }
};

Driver::Driver(std::vector<std::string> sockets, Watch watch)
    : sockets_(std::move(sockets)),
      watch_(std::move(watch)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      buffer_(kReadBytes) {}

Driver::~Driver() {
  if (epoll_ >= 0) ::close(epoll_);
}

Result<void> Driver::run(const std::vector<Stream*>& streams) {
  (void)::prctl(PR_SET_TIMERSLACK, kTimerSlackNs);
  Result<void> done = open(streams);
  if (done) done = start();
  if (done) done = loop();
  for (Stream* stream : streams) stream->progress.finish();
  routes_.clear();
  return done;
}

Result<void> Driver::open(const std::vector<Stream*>& streams) {
  for (Stream* stream : streams) {
    Route& route = *routes_.emplace_back(std::make_unique<Route>(*stream));
    for (unsigned count = 0; count < stream->connections; ++count) {
      auto channel = Channel::open(sockets_[count % sockets_.size()]);
      if (!channel) return std::unexpected(std::move(channel).error());
      Lane& lane = *route.lanes.emplace_back(std::make_unique<Lane>(std::move(*channel), route));
      epoll_event event{.events = EPOLLIN, .data = {.ptr = &lane}};
      if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, lane.channel.handle(), &event) != 0) {
        return failed(fmt::format("epoll_ctl: {}", std::strerror(errno)));
      }
    }
  }
  return {};
}

Result<void> Driver::start() {
  const Clock::time_point now = Clock::now();
  next_watch_ = now;
  for (const auto& route : routes_) {
    route->begun = now;
    route->last_reply = now;
    route->stream->progress.start(now);
    if (route->is_open_loop()) continue;
    for (const auto& lane : route->lanes) {
      if (auto filled = fill(*lane); !filled) return filled;
    }
  }
  return {};
}

Result<void> Driver::loop() {
  std::array<epoll_event, 256> events;
  while (!finished()) {
    const Clock::time_point now = Clock::now();
    if (now >= next_watch_) {
      if (!watch_()) return failed("interrupted");
      next_watch_ = now + kWatchInterval;
      for (const auto& route : routes_) {
        if (route->outstanding > 0 && now - route->last_reply > kReplyPatience) {
          return failed("a request has had no reply for a minute", "See the daemon's log.");
        }
      }
    }
    for (const auto& route : routes_) {
      if (!route->is_open_loop()) continue;
      if (auto sent = send_arrivals(*route, now); !sent) return sent;
    }
    const timespec timeout = until(next_deadline(), Clock::now());
    const int count =
        ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
    if (count < 0 && errno != EINTR) {
      return failed(fmt::format("epoll_pwait2: {}", std::strerror(errno)));
    }
    for (int at = 0; at < count; ++at) {
      const epoll_event& event = events[static_cast<std::size_t>(at)];
      if (auto served = serve(*static_cast<Lane*>(event.data.ptr), event.events); !served) {
        return served;
      }
    }
  }
  return {};
}

bool Driver::finished() {
  const auto busy = [](const auto& route) { return route->issuing || route->outstanding > 0; };
  const bool foreground = std::ranges::any_of(
      routes_, [&](const auto& route) { return !route->stream->background && busy(route); });
  if (foreground) return false;
  for (const auto& route : routes_) route->issuing = false;
  return std::ranges::none_of(routes_, busy);
}

Clock::time_point Driver::next_deadline() const {
  Clock::time_point deadline = next_watch_;
  for (const auto& route : routes_) {
    if (route->is_open_loop() && route->issuing) {
      deadline = std::min(deadline, route->next_arrival());
    }
  }
  return deadline;
}

Result<void> Driver::serve(Lane& lane, std::uint32_t events) {
  if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) {
    std::optional<Clock::time_point> now;
    auto received = lane.channel.receive(buffer_, [&](std::string_view line) {
      if (!now) now = Clock::now();
      return take_line(lane, line, *now);
    });
    if (!received) return received;
  }
  if (!lane.route->is_open_loop()) return fill(lane);
  return flush(lane);
}

Result<void> Driver::take_line(Lane& lane, std::string_view line, Clock::time_point now) {
  Traffic& traffic = *lane.route->stream->traffic;
  if (traffic.is_http()) {
    // Heads come as lines, too.
    return line.starts_with('{') ? take_result(lane, 0, line, now) : Result<void>();
  }
  if (!line.starts_with(kReplyHead)) return traffic.take_notification(line);
  std::uint32_t id = 0;
  const char* end = line.data() + line.size();
  const auto read = std::from_chars(line.data() + kReplyHead.size(), end, id);
  const std::string_view rest(read.ptr, end);
  if (read.ec != std::errc() || !rest.starts_with(kResultHead)) return unexpected_reply(line);
  return take_result(lane, id, rest.substr(kResultHead.size()), now);
}

Result<void> Driver::take_result(Lane& lane, std::uint32_t id, std::string_view result,
                                 Clock::time_point now) {
  Route& route = *lane.route;
  Stream& stream = *route.stream;
  const bool awaited = id < lane.sent_at.size() && lane.sent_at[id] != kFree;
  if (!awaited) return unexpected_reply(result);
  const auto latency = now - lane.sent_at[id];
  stream.latency.record(static_cast<std::uint64_t>(std::max(latency.count(), Clock::rep{0})));
  lane.sent_at[id] = kFree;
  lane.free_ids.push_back(id);
  --route.outstanding;
  route.last_reply = now;
  const auto units = stream.traffic->take(result);
  if (!units) return std::unexpected(units.error());
  stream.progress.add(now, *units);
  return {};
}

Result<void> Driver::send_arrivals(Route& route, Clock::time_point now) {
  while (route.issuing) {
    const Clock::time_point intended = route.next_arrival();
    if (intended > now) break;
    Lane& lane = *route.lanes[route.arrivals % route.lanes.size()];
    if (!issue(lane, intended)) break;
    ++route.arrivals;
    if (auto flushed = flush(lane); !flushed) return flushed;
  }
  return {};
}

Result<void> Driver::fill(Lane& lane) {
  const std::size_t window = lane.route->stream->window;
  while (lane.sent_at.size() - lane.free_ids.size() < window) {
    if (!issue(lane, std::nullopt)) break;
    // A large request is to be on its way while the next one is written.
    if (lane.channel.outgoing().size() > kReadBytes / 4) {
      if (auto flushed = flush(lane); !flushed) return flushed;
    }
  }
  return flush(lane);
}

bool Driver::issue(Lane& lane, std::optional<Clock::time_point> intended) {
  Route& route = *lane.route;
  if (!route.issuing) return false;
  const Clock::time_point before = intended ? *intended : Clock::now();
  const auto& duration = route.stream->duration;
  if (duration && before - route.begun >= *duration) {
    route.issuing = false;
    return false;
  }
  if (lane.free_ids.empty()) {
    lane.free_ids.push_back(static_cast<std::uint32_t>(lane.sent_at.size()));
    lane.sent_at.push_back(kFree);
  }
  const std::uint32_t id = lane.free_ids.back();
  if (!route.stream->traffic->append_next(lane.channel.outgoing(), id)) {
    route.issuing = false;
    return false;
  }
  lane.free_ids.pop_back();
  lane.sent_at[id] = before;
  ++route.outstanding;
  return true;
}

Result<void> Driver::flush(Lane& lane) {
  if (auto flushed = lane.channel.flush(); !flushed) return flushed;
  const bool waits = !lane.channel.all_sent();
  if (waits == lane.waits_to_write) return {};
  lane.waits_to_write = waits;
  epoll_event event{.events = EPOLLIN, .data = {.ptr = &lane}};
  if (waits) event.events |= EPOLLOUT;
  if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, lane.channel.handle(), &event) != 0) {
    return failed(fmt::format("epoll_ctl: {}", std::strerror(errno)));
  }
  return {};
}

}  // namespace giro::load
