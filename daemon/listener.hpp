// The listening socket: handed over by systemd, or made here.
//
// What always holds: a socket file is replaced only when nobody listens behind it; the file never
// has a wider mode than asked for, not even for a moment. Thread: the owner's, before the daemon
// starts; close() on the I/O thread.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include <sys/types.h>

#include "daemon/config.hpp"

namespace giro {

struct Listener {
  int socket = -1;
  std::filesystem::path path;
  gid_t group = 0;        // Of the socket's file: whose members may submit by default.
  bool own_file = false;  // Made here: removed when the daemon stops.
};

// Errors: a sentence for the operator.
[[nodiscard]] std::expected<Listener, std::string> open_listener(const Config& config);

}  // namespace giro
