// HTTP by TCP, where the configuration asks for it: a listening socket on the loopback, made here or handed over
// by systemd, and the token that its clients must show.
//
// What always holds: it listens on an address of the loopback, never on another one; a token that others on
// the machine may read or change is refused. Thread: the owner's before the daemon starts; read_token() any.
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>

#include "daemon/config.hpp"

namespace giro {

struct TcpListener {
  int socket = -1;
  int family = 0;
  std::string address;  // "127.0.0.1:8480".
};

// Nothing: none is asked for. Call it before open_listener(), which forgets what systemd handed over. Errors: a
// sentence for the operator.
[[nodiscard]] std::expected<std::optional<TcpListener>, std::string> open_tcp_listener(
    const Config& config);

// Of the file's first line; empty where no file is named. Errors: a sentence for the operator.
[[nodiscard]] std::expected<std::string, std::string> read_token(const std::filesystem::path& file);

}  // namespace giro
