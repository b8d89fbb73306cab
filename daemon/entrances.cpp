#include "daemon/entrances.hpp"

#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "daemon/peer.hpp"

namespace giro {

std::expected<Entrances, std::string> open_entrances(const Config& config) {
  auto token = read_token(config.http.token_file);
  if (!token) return std::unexpected(token.error());
  auto tcp = open_tcp_listener(config);
  if (!tcp) return std::unexpected(tcp.error());
  auto local = open_listener(config);
  if (!local) return std::unexpected(local.error());
  return Entrances{.local = std::move(*local), .tcp = std::move(*tcp), .token = std::move(*token)};
}

std::string words_on(const Entrances& entrances) {
  if (!entrances.tcp) return entrances.local.path.string();
  return fmt::format("{} and on http://{} ({})", entrances.local.path.string(),
                     entrances.tcp->address,
                     entrances.token.empty() ? "for reading alone" : "with a token");
}

Door tcp_door(const TcpListener& tcp, const Config& config, const http::Gate& gate) {
  Peer stranger = peer_named(config.http.user.value_or(::geteuid()));
  stranger.only_reads = !gate.has_token();
  return {
      .socket = tcp.socket, .family = tcp.family, .stranger = std::move(stranger), .gate = &gate};
}

}  // namespace giro
