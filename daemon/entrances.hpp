// Where clients come in: the daemon's own socket and, where the configuration asks for it, HTTP by TCP.
// Thread: the owner's before the daemon starts.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "daemon/config.hpp"
#include "daemon/listener.hpp"
#include "daemon/server.hpp"
#include "daemon/tcp_listener.hpp"

namespace giro {

struct Entrances {
  Listener local;
  std::optional<TcpListener> tcp;
  std::string token;  // Empty: who comes by TCP only reads.
};

// Errors: a sentence for the operator.
[[nodiscard]] std::expected<Entrances, std::string> open_entrances(const Config& config);

// For the log: their addresses, and what may be done there.
[[nodiscard]] std::string words_on(const Entrances& entrances);

// What the server by TCP is made of.
[[nodiscard]] Door tcp_door(const TcpListener& tcp, const Config& config, const http::Gate& gate);

}  // namespace giro
