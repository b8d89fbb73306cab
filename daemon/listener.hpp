// The listening socket: handed over by systemd, or made here.
//
// What always holds: a socket file is replaced only when nobody listens behind it, and removed only when
// it is the one that was made here; the file never has a wider mode than asked for, not even for a
// moment. Thread: the owner's before the daemon starts, then the I/O thread.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>

#include <sys/types.h>

#include "daemon/config.hpp"

namespace giro {

// Tells a file from every other one: the listening socket holds its file, so that its number isn't given
// to another one.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

struct Listener {
  int socket = -1;
  std::filesystem::path path;
  gid_t group = 0;        // Of the socket's file: whose members may submit by default.
  bool own_file = false;  // Made here: removed when the daemon stops.
  FileIdentity file;
};

// What lies at a listener's path.
enum class SocketFile : std::uint8_t { ours, gone, another };

// Errors: a sentence for the operator.
[[nodiscard]] std::expected<Listener, std::string> open_listener(const Config& config);
// REQUIRES, for both: the listener's socket is open.
[[nodiscard]] SocketFile find_file(const Listener& listener);
// Unless it is systemd's, or another one has taken its place.
void remove_own_file(const Listener& listener);

}  // namespace giro
