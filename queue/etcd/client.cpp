#include "queue/etcd/client.hpp"

#include <algorithm>

#include <poll.h>

namespace giro::etcd {

std::expected<Answer, Failure> Client::call_any(const Request& request, Clock::duration timeout) {
  const Clock::time_point deadline = Clock::now() + timeout;
  connection_.start(request, deadline);
  while (true) {
    connection_.step(Clock::now());
    // It is the only one.
    if (auto finished = connection_.take()) return std::move(finished->answer);
    wait(deadline);
  }
}

std::optional<Bell> Client::next_bell(Clock::duration timeout) {
  const Clock::time_point deadline = Clock::now() + timeout;
  while (true) {
    connection_.step(Clock::now());
    if (auto bell = connection_.take_bell()) return bell;
    if (Clock::now() >= deadline) return std::nullopt;
    wait(deadline);
  }
}

void Client::wait(Clock::time_point until) {
  until = std::min(until, connection_.next_step().value_or(until));
  const auto left = std::max(std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()),
                             std::chrono::milliseconds(0));
  const short events = connection_.wants_write() ? POLLIN | POLLOUT : POLLIN;
  pollfd socket{.fd = connection_.fd(), .events = events, .revents = 0};  // -1 is passed over.
  (void)::poll(&socket, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 3'600'000)));
}

}  // namespace giro::etcd
