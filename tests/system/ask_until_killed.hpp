// A client on one connection until the daemon dies under it, for tests that kill it. Thread: the client's.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "tests/daemon/daemon_process.hpp"

namespace giro::test {

// Sends `again` first, what wasn't answered before, as a client should; then keeps so many requests outstanding.
//   start(connection, asked)   sends one: its id
//   next()                     a new one; nothing: no more in this life
//   take(asked, answer)        its answer, or the daemon's error
template <class Asked, class Start, class Next, class Take>
void ask_until_killed(const DaemonProcess& daemon, std::size_t outstanding,
                      const std::vector<Asked>& again, Start start, Next next, Take take) {
  auto opened = client::Connection::open(daemon.socket());
  if (!opened) return;
  client::Connection connection = std::move(*opened);
  std::map<client::RequestId, Asked> open;
  for (const Asked& asked : again) open.emplace(start(connection, asked), asked);
  for (;;) {
    while (open.size() < outstanding) {
      const std::optional<Asked> asked = next();
      if (!asked) break;
      open.emplace(start(connection, *asked), *asked);
    }
    auto reply = connection.next_reply();
    if (!reply) return;  // Killed.
    take(open.at(reply->id), std::move(reply->answer));
    open.erase(reply->id);
  }
}

}  // namespace giro::test
