// Asks the kernel who is at the other end of a connection. Thread: any.
#pragma once

#include <optional>

#include "session/authorization.hpp"

namespace giro {

// Nothing: the socket can't tell (it isn't a Unix socket, or it is closed).
[[nodiscard]] std::optional<Peer> peer_of(int socket);

}  // namespace giro
