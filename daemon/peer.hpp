// Who is at the other end of a connection, as the kernel tells it. Thread: any.
#pragma once

#include <optional>
#include <vector>

#include <sys/types.h>

namespace giro {

struct Peer {
  uid_t uid = 0;
  std::vector<gid_t> groups;  // The primary one and all others.
};

// Nothing: the socket can't tell (it isn't a Unix socket, or it is closed).
[[nodiscard]] std::optional<Peer> peer_of(int socket);

}  // namespace giro
