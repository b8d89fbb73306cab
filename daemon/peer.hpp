// Who is at the other end of a connection: the kernel knows, but for TCP. Thread: any.
#pragma once

#include <optional>

#include "session/authorization.hpp"

namespace giro {

// Nothing: the socket can't tell (it isn't a Unix socket, or it is closed).
[[nodiscard]] std::optional<Peer> peer_of(int socket);
// A user of this machine, with its groups; of one that has no name, none.
[[nodiscard]] Peer peer_named(uid_t uid);

}  // namespace giro
